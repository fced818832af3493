"""Writes functions.txt: what TensorFlow Lite Micro answers to all 256 bytes, and to rows of softmax.

    python3 functions.py > functions.txt

A line: the operator, its numbers (scale and zero point of input and output), and bytes in hex, in the order of
the inputs -128...127; of softmax the scale, the row, and its answer.
"""

import numpy as np

from model import Model, answers

ALL = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)


def digits(array):
    return np.asarray(array, np.int8).tobytes().hex()


def answer(operator, x, scale, zero, y_scale, y_zero, options=None, **fields):
    model = Model()
    a = model.tensor(x.shape, scale=scale, zero=zero)
    b = model.tensor(x.shape, scale=y_scale, zero=y_zero)
    model.add(operator, [a], [b], options, **fields)
    return digits(answers(model.bytes([a], [b]), [x])[0])


for scale, zero in [(0.047, 3), (0.00390625, -128), (0.5, 127)]:
    print("LOGISTIC", scale, zero, 1 / 256, -128, answer("LOGISTIC", ALL, scale, zero, 1 / 256, -128))
    print("TANH", scale, zero, 1 / 128, 0, answer("TANH", ALL, scale, zero, 1 / 128, 0))
for numbers in [(0.047, 3, 0.031, -120), (0.0235, -10, 0.05, 40), (0.03, 5, 0.0299, -7)]:
    for operator in ["HARD_SWISH", "RELU", "QUANTIZE", "ELU"]:
        print(operator, *numbers, answer(operator, ALL, *numbers))
    print("LEAKY_RELU", *numbers, answer("LEAKY_RELU", ALL, *numbers, "LeakyRelu", alpha=0.1))

random = np.random.default_rng(5)
for scale, count, low, high in [(0.1, 10, -128, 128), (0.02, 20, -128, 128), (0.3, 6, -10, 10), (1.5, 4, -4, 4)]:
    row = random.integers(low, high, (1, count)).astype(np.int8)
    print("SOFTMAX", scale, digits(row), answer("SOFTMAX", row, scale, 4, 1 / 256, -128, "Softmax", beta=1.0))
