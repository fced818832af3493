#!/usr/bin/env python3
"""A network of the toy operator, and whether its answers are right.

    python3 square.py write FOLDER          square.onnx: y = Square(W x); and x.npy, 64 samples of it
    python3 square.py check FOLDER A.npy T  the largest error of A.npy is at most T of the largest answer
"""
import struct
import sys

SIZES = (4, 3)
WEIGHTS = [[1, 0, -2, 0.5], [0, 1.5, 0, -1], [-1, 1, 0, 2]]
SAMPLES = [[((7 * sample + 3 * place) % 17 - 8) / 8 for place in range(SIZES[0])] for sample in range(64)]


def number(value):
    """A varint."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def field(key, value):
    """A field of a protobuf message: an integer, or the bytes of text or of another message."""
    if isinstance(value, int):
        return number(key << 3) + number(value)
    value = value.encode() if isinstance(value, str) else value
    return number(key << 3 | 2) + number(len(value)) + value


def tensor(name, rows):
    numbers = [x for row in rows for x in row]
    sizes = b"".join(field(1, size) for size in (len(rows), len(rows[0])))
    return sizes + field(2, 1) + field(8, name) + field(9, struct.pack(f"<{len(numbers)}f", *numbers))


def end(name, size):
    sizes = field(1, field(2, "N")) + field(1, field(1, size))
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))


def node(operator, name, inputs, output):
    return b"".join(field(1, i) for i in inputs) + field(2, output) + field(3, name) + field(4, operator)


def model():
    columns = [[row[place] for row in WEIGHTS] for place in range(SIZES[0])]
    graph = (
        field(1, node("MatMul", "product", ["x", "w"], "p")) + field(1, node("Square", "square", ["p"], "y"))
        + field(2, "square") + field(5, tensor("w", columns)) + field(11, end("x", SIZES[0]))
        + field(12, end("y", SIZES[1])))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 17))


def npy(rows):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    numbers = [x for row in rows for x in row]
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(numbers)}f", *numbers)


def answers():
    return [sum(w * x for w, x in zip(row, sample)) ** 2 for sample in SAMPLES for row in WEIGHTS]


folder = sys.argv[2]
if sys.argv[1] == "write":
    for name, content in (("square.onnx", model()), ("x.npy", npy(SAMPLES))):
        with open(f"{folder}/{name}", "wb") as file:
            file.write(content)
else:
    with open(f"{folder}/{sys.argv[3]}", "rb") as file:
        content = file.read()
    expected = answers()
    found = struct.unpack(f"<{len(expected)}f", content[-4 * len(expected):])
    error = max(abs(a - b) for a, b in zip(found, expected)) / max(expected)
    print(f"{sys.argv[3]}: largest error {error:.2g} of the largest answer")
    sys.exit(error > float(sys.argv[4]))
