"""Writes small.tflite: a whole network of int8, as converters make them, small enough for a test.

    python3 small.py > small.tflite

Its weights are random; ranges are those of its values on random images. The first rectifier is left to the zero
point of its output, the second is fused, the third is of 6. Needs PyPI's tflite-micro.
"""

import sys

import numpy as np

from model import Model, answers

SIZE, CHANNELS, CLASSES = 12, 8, 5


def windows(x, kernel, stride):
    """[samples, rows, columns, kernel, kernel, channels] of planes padded to the same size."""
    count, size, _, channels = x.shape
    out = -(-size // stride)
    pad = max((out - 1) * stride + kernel - size, 0)
    x = np.pad(x, ((0, 0), (pad // 2, pad - pad // 2), (pad // 2, pad - pad // 2), (0, 0)))
    rows = [[x[:, r * stride:r * stride + kernel, c * stride:c * stride + kernel] for c in range(out)]
            for r in range(out)]
    return np.array(rows).transpose(2, 0, 1, 3, 4, 5)


def main():
    random = np.random.default_rng(14)
    m = Model()
    images = random.random((64, SIZE, SIZE, 1)) * random.random((64, 1, 1, 1))

    def encoding(values):
        low, high = min(values.min(), 0), max(values.max(), 0)
        scale = np.float32((high - low) / 255)
        return {"scale": float(scale), "zero": int(np.clip(np.round(-128 - low / scale), -128, 127))}

    def layer(a, x_scale, weights, bias, axis):
        """Numbers of weights and biases: of bytes with one scale a row."""
        rows = np.moveaxis(weights, axis, 0).reshape(weights.shape[axis], -1)
        scales = np.float32(np.abs(rows).max(1) / 127)
        shape = [1] * weights.ndim
        shape[axis] = -1
        w = m.tensor(weights.shape, scale=scales, axis=axis, data=np.round(weights / scales.reshape(shape)))
        both = np.float32(x_scale) * scales
        return [a, w, m.tensor([len(bias)], "int32", scale=both, data=np.round(bias / both))]

    def scale(tensor):
        return m.graph.tensors[tensor].quantization.scale[0]

    same = dict(padding=0, dilationHFactor=1, dilationWFactor=1)
    a = m.tensor([1, SIZE, SIZE, 1], scale=1 / 255, zero=-128, name="image")

    # A convolution whose rectifier is the zero point of its output.
    w, b = random.normal(0, 0.5, (CHANNELS, 3, 3, 1)), random.normal(0, 0.1, CHANNELS)
    x = np.maximum(np.einsum("nrcijk,oijk->nrco", windows(images, 3, 2), w) + b, 0)
    first = m.tensor([1, *x.shape[1:]], **encoding(x))
    m.add("CONV_2D", layer(a, scale(a), w, b, 0), [first], "Conv2D", strideH=2, strideW=2, **same)

    # A depthwise one with a rectifier of 6.
    w, b = random.normal(0, 0.6, (1, 3, 3, CHANNELS)), random.normal(0, 0.1, CHANNELS)
    y = np.clip(np.einsum("nrcijk,ijk->nrck", windows(x, 3, 1), w[0]) + b, 0, 6)
    second = m.tensor([1, *y.shape[1:]], **encoding(y))
    m.add("DEPTHWISE_CONV_2D", layer(first, scale(first), w, b, 3), [second], "DepthwiseConv2D", strideH=1, strideW=1,
          depthMultiplier=1, fusedActivationFunction=3, **same)

    # One of single pixels without a rectifier, and the sum of it and what came before, with one.
    w, b = random.normal(0, 0.4, (CHANNELS, 1, 1, CHANNELS)), random.normal(0, 0.1, CHANNELS)
    z = np.einsum("nrck,ok->nrco", y, w[:, 0, 0]) + b
    third = m.tensor([1, *z.shape[1:]], **encoding(z))
    m.add("CONV_2D", layer(second, scale(second), w, b, 0), [third], "Conv2D", strideH=1, strideW=1, **same)
    z = np.maximum(z + x, 0)
    total = m.tensor([1, *z.shape[1:]], **encoding(z))
    m.add("ADD", [third, first], [total], "Add", fusedActivationFunction=1)

    pooled = z.reshape(64, 3, 2, 3, 2, CHANNELS).max((2, 4))
    tops = m.tensor([1, *pooled.shape[1:]], **encoding(z))
    m.add("MAX_POOL_2D", [total], [tops], "Pool2D", padding=1, strideH=2, strideW=2, filterHeight=2, filterWidth=2)
    flat = pooled.reshape(64, -1)
    line = m.tensor([1, flat.shape[1]], **encoding(z))
    m.add("RESHAPE", [tops, m.tensor([2], "int32", data=[1, flat.shape[1]])], [line])

    w, b = random.normal(0, 0.7, (CLASSES, flat.shape[1])), random.normal(0, 0.1, CLASSES)
    w[np.abs(w) < 0.3] = 0
    b -= (flat @ w.T).mean(0)
    logits = flat @ w.T + b
    dense = m.tensor([1, CLASSES], **encoding(logits))
    m.add("FULLY_CONNECTED", layer(line, scale(line), w, b, 0), [dense], "FullyConnected")
    out = m.tensor([1, CLASSES], scale=1 / 256, zero=-128, name="classes")
    m.add("SOFTMAX", [dense], [out], "Softmax", beta=1.0)
    data = m.bytes([a], [out])

    # Its answers are those of the numbers that it was made from, and not all alike.
    found = [answers(data, [np.int8(np.round(image * 255) - 128)[None]])[0].argmax() for image in images]
    assert np.mean(found == logits.argmax(1)) > 0.9 and len(set(found)) > 2, (found, logits.argmax(1))
    sys.stdout.buffer.write(data)


main()
