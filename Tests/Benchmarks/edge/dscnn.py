#!/usr/bin/env python3
"""The DS-CNN of keyword spotting (Zhang et al. 2017, as MLPerf Tiny has it), its weights drawn from a seed.

    python3 dscnn.py FILE.onnx

49 x 10 coefficients; a convolution of 64 filters of 10 x 4 at stride 2; four times a depthwise 3 x 3 and a pointwise of 64;
the mean; 12 classes; ReLU between. 22,604 parameters. Needs no package.
"""
import random
import struct
import sys

CHANNELS, CLASSES, BLOCKS = 64, 12, 4


def number(value):
    """A varint."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def field(key, value):
    """A field of a protobuf message: an integer, or the bytes of text or of another message."""
    if isinstance(value, int):
        return number(key << 3) + number(value)
    value = value.encode() if isinstance(value, str) else value
    return number(key << 3 | 2) + number(len(value)) + value


def tensor(name, shape, fan_in):
    count = 1
    for size in shape:
        count *= size
    spread = (2 / fan_in) ** 0.5
    numbers = struct.pack(f"<{count}f", *(draw.gauss(0, spread) for _ in range(count)))
    return b"".join(field(1, size) for size in shape) + field(2, 1) + field(8, name) + field(9, numbers)


def integers(name, *values):
    return field(1, name) + b"".join(field(8, value) for value in values) + field(20, 7)


def node(operator, name, inputs, output, *attributes):
    parts = [field(1, i) for i in inputs] + [field(2, output), field(3, name), field(4, operator)]
    return field(1, b"".join(parts + [field(5, attribute) for attribute in attributes]))


def end(name, *shape):
    sizes = field(1, field(2, "N")) + b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))


draw = random.Random(1)
nodes, weights, value = [], [], "x"


def convolution(name, filters, channels, kernel, *attributes):
    global value
    weights.append(tensor(f"{name}.weight", (filters, channels, *kernel), channels * kernel[0] * kernel[1]))
    weights.append(tensor(f"{name}.bias", (filters,), 100))
    nodes.append(
        node("Conv", name, [value, f"{name}.weight", f"{name}.bias"], f"{name}.sums", *attributes))
    nodes.append(node("Relu", f"{name}.relu", [f"{name}.sums"], name))
    value = name


convolution("first", CHANNELS, 1, (10, 4), integers("strides", 2, 2), integers("pads", 4, 1, 5, 1))
for block in range(BLOCKS):
    convolution(
        f"depthwise{block}", CHANNELS, 1, (3, 3), field(1, "group") + field(3, CHANNELS) + field(20, 2),
        integers("pads", 1, 1, 1, 1))
    convolution(f"pointwise{block}", CHANNELS, CHANNELS, (1, 1))
weights += [tensor("dense.weight", (CHANNELS, CLASSES), CHANNELS), tensor("dense.bias", (CLASSES,), 100)]
nodes += [
    node("GlobalAveragePool", "mean", [value], "mean"), node("Flatten", "flat", ["mean"], "flat"),
    node("Gemm", "dense", ["flat", "dense.weight", "dense.bias"], "y")]
graph = b"".join(nodes) + field(2, "dscnn") + b"".join(field(5, weight) for weight in weights)
graph += field(11, end("x", 1, 49, 10)) + field(12, end("y", CLASSES))
with open(sys.argv[1], "wb") as file:
    file.write(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 17)))
