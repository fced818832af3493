"""Writes operators.json: small int8 models, a few for each operator, and what TensorFlow Lite Micro answers.

    python3 operators.py SEEDS > operators.json

Of each the file, its samples one after the other, and the answers, in base64. Shapes, scales, zero points and
activations are random, by the seed. Needs PyPI's tflite-micro.
"""

import base64
import json
import os
import sys

import numpy as np

from model import Model, answers, interpreter

SAMPLES = 4


class Case(Model):
    """A model whose numbers are drawn by a seed."""

    def __init__(self, name, seed):
        super().__init__()
        self.random = np.random.default_rng([seed, *name.encode()])
        self.ins, self.outs = [], []

    def whole(self, low, high):
        return int(self.random.integers(low, high + 1))

    def scale(self, low=0.002, high=0.3):
        return float(np.float32(np.exp(self.random.uniform(np.log(low), np.log(high)))))

    def encoding(self):
        return {"scale": self.scale(), "zero": self.whole(-128, 127)}

    def some(self, shape):
        return self.random.integers(-128, 128, shape)

    def input(self, shape, type="int8", **encoding):
        tensor = self.tensor(shape, type, **(encoding or self.encoding()))
        self.ins.append(tensor)
        return tensor

    def output(self, shape, type="int8", **encoding):
        tensor = self.tensor(shape, type, **(encoding or self.encoding()))
        self.outs.append(tensor)
        return tensor

    def found(self, shape, axis):
        """An output of numbers of places along an axis of this shape."""
        self.outs.append(self.tensor([n for i, n in enumerate(shape) if i != axis], "int32"))
        return self.outs[-1]

    def same(self, tensor):
        """The encoding of another tensor."""
        found = self.graph.tensors[tensor].quantization
        return {"scale": found.scale[0], "zero": found.zeroPoint[0]}

    def weights(self, shape, axis):
        """Of one scale or of one for each row, as the seed will have it."""
        rows = shape[axis] if self.whole(0, 1) else 1
        scales = [self.scale(0.001, 0.02) for _ in range(rows)]
        return self.tensor(shape, scale=scales, data=self.some(shape), axis=axis)

    def bias(self, x, weights, count):
        """One number for each row, of the scale of the products."""
        scales = np.multiply(self.scales(x), self.scales(weights))
        return self.tensor([count], "int32", scale=scales, data=self.random.integers(-3000, 3000, count))

    def scales(self, tensor):
        return self.graph.tensors[tensor].quantization.scale

    def ints(self, values):
        return self.tensor(np.shape(values), "int32", data=values)

    def plane(self):
        return [1, self.whole(3, 7), self.whole(3, 7), self.whole(1, 5)]

    def sizes(self, kernel):
        """Strides, dilations and padding of a window; one of strides and dilations is 1."""
        strides = [self.whole(1, 3), self.whole(1, 3)]
        wide = strides == [1, 1] and self.whole(0, 1)
        dilations = [self.whole(1, 2), self.whole(1, 2)] if wide else [1, 1]
        return strides, dilations, self.whole(0, 1)

    @staticmethod
    def places(size, kernel, strides, dilations, padding):
        found = []
        for axis in range(2):
            extent = (kernel[axis] - 1) * dilations[axis] + 1
            room = size[axis] if padding == 0 else size[axis] + 1 - extent
            found.append(-(-room // strides[axis]))
        return found


def conv(m):
    x, rows, kernel = m.plane(), m.whole(1, 4), [m.whole(1, 2), m.whole(1, 2)]
    strides, dilations, padding = m.sizes(kernel)
    a = m.input(x)
    w = m.weights([rows, *kernel, x[3]], 0)
    y = m.output([1, *m.places(x[1:3], kernel, strides, dilations, padding), rows])
    m.add("CONV_2D", [a, w, m.bias(a, w, rows) if m.whole(0, 3) else -1], [y], "Conv2D", padding=padding,
          strideH=strides[0], strideW=strides[1], dilationHFactor=dilations[0], dilationWFactor=dilations[1],
          fusedActivationFunction=m.whole(0, 3))


def grouped(m):
    groups, each = 2, m.whole(1, 3)
    a = m.input([1, 4, 5, groups * each])
    w = m.weights([4, 2, 2, each], 0)
    m.add("CONV_2D", [a, w, m.bias(a, w, 4)], [m.output([1, 3, 4, 4])], "Conv2D", padding=1, strideH=1, strideW=1,
          dilationHFactor=1, dilationWFactor=1)


def depthwise(m):
    x, multiplier, kernel = m.plane(), m.whole(1, 3), [m.whole(1, 3), m.whole(1, 3)]
    strides, dilations, padding = m.sizes(kernel)
    strides, dilations = [strides[0]] * 2, [1, 1]
    rows = x[3] * multiplier
    a = m.input(x)
    w = m.weights([1, *kernel, rows], 3)
    y = m.output([1, *m.places(x[1:3], kernel, strides, dilations, padding), rows])
    m.add("DEPTHWISE_CONV_2D", [a, w, m.bias(a, w, rows)], [y], "DepthwiseConv2D", padding=padding,
          strideH=strides[0], strideW=strides[1], dilationHFactor=1, dilationWFactor=1, depthMultiplier=multiplier,
          fusedActivationFunction=m.whole(0, 3))


def transpose_conv(m):
    """Also where the output ends before or behind the last stride."""
    size, kernel = [m.whole(1, 5), m.whole(1, 5)], [m.whole(1, 5), m.whole(1, 5)]
    strides, padding, rows, columns = [m.whole(1, 3), m.whole(1, 3)], m.whole(0, 1), m.whole(1, 4), m.whole(1, 4)
    shape = [1]
    for n, k, s in zip(size, kernel, strides):
        shape.append(n * s - m.whole(0, s - 1) if padding == 0 else (n - 1) * s + k + m.whole(0, s - 1))
    shape.append(rows)
    a = m.input([1, *size, columns])
    w = m.weights([rows, *kernel, columns], 0)
    bias = [m.bias(a, w, rows)] if m.whole(0, 2) else []
    m.add("TRANSPOSE_CONV", [m.ints(shape), w, a, *bias], [m.output(shape)], "TransposeConv", padding=padding,
          strideH=strides[0], strideW=strides[1], fusedActivationFunction=m.whole(0, 3))


def decoder(m):
    """A transposed convolution behind a layer and an image of another size; many of its weights are 0, and a row may be."""
    def sparse(shape):
        data = m.some(shape) * (m.random.random(shape) < 0.4)
        data[m.whole(0, shape[0] - 1)] *= m.whole(0, 1)
        return m.tensor(shape, scale=[m.scale(0.001, 0.02) for _ in range(shape[0])], data=data)
    x, columns, rows, size = m.plane(), m.whole(2, 5), m.whole(1, 4), [m.whole(2, 6), m.whole(2, 6)]
    a, b = m.input(x), m.tensor([*x[:3], columns], **m.encoding())
    w = sparse([columns, 1, 1, x[3]])
    m.add("CONV_2D", [a, w, m.bias(a, w, columns)], [b], "Conv2D", padding=1, strideH=1, strideW=1, dilationHFactor=1,
          dilationWFactor=1, fusedActivationFunction=1)
    c = m.tensor([1, *size, columns], **m.same(b))
    m.add("RESIZE_BILINEAR", [b, m.ints(size)], [c], "ResizeBilinear", halfPixelCenters=bool(m.whole(0, 1)))
    kernel, shape = [m.whole(2, 4), m.whole(2, 4)], [1, *(2 * n for n in size), rows]
    v = sparse([rows, *kernel, columns])
    m.add("TRANSPOSE_CONV", [m.ints(shape), v, c, m.bias(c, v, rows)], [m.output(shape)], "TransposeConv", padding=0,
          strideH=2, strideW=2, fusedActivationFunction=m.whole(0, 1))


def dense(m):
    rows, columns, outputs = m.whole(1, 3), m.whole(1, 20), m.whole(1, 9)
    a = m.input([1, rows, columns] if rows > 1 else [1, columns])
    y = m.output([1, rows, outputs] if rows > 1 else [1, outputs])
    w = m.weights([outputs, columns], 0)
    m.add("FULLY_CONNECTED", [a, w, m.bias(a, w, outputs) if m.whole(0, 3) else -1], [y], "FullyConnected",
          fusedActivationFunction=m.whole(0, 3), keepNumDims=rows > 1)


def dense_behind_a_plane(m):
    x, outputs = m.plane(), m.whole(2, 9)
    count = int(np.prod(x))
    a = m.input(x)
    c = m.tensor(x, **m.encoding())
    w = m.weights([1, 1, 1, x[3]], 3)
    m.add("DEPTHWISE_CONV_2D", [a, w, m.bias(a, w, x[3])], [c], "DepthwiseConv2D", padding=1, strideH=1,
          strideW=1, dilationHFactor=1, dilationWFactor=1, depthMultiplier=1)
    f = m.tensor([1, count], **m.same(c))
    m.add("RESHAPE", [c, m.ints([1, count])], [f], "Reshape", newShape=[1, count])
    v = m.weights([outputs, count], 0)
    m.add("FULLY_CONNECTED", [f, v, m.bias(f, v, outputs)], [m.output([1, outputs])], "FullyConnected",
          fusedActivationFunction=0)


def pool(operator):
    def case(m):
        x, kernel = m.plane(), [m.whole(1, 3), m.whole(1, 3)]
        strides, _, padding = m.sizes(kernel)
        a = m.input(x)
        y = m.output([1, *m.places(x[1:3], kernel, strides, [1, 1], padding), x[3]], **m.same(a))
        m.add(operator, [a], [y], "Pool2D", padding=padding, strideH=strides[0], strideW=strides[1],
              filterHeight=kernel[0], filterWidth=kernel[1], fusedActivationFunction=m.whole(0, 3))
    return case


def binary(operator, options):
    def case(m):
        x = m.plane()
        other = [x, x, [1, 1, 1, x[3]], [1]][m.whole(0, 3)]
        a = m.input(x)
        if m.whole(0, 1):
            b = m.input(other)
        else:
            b = m.tensor(other, data=m.some(other), **m.encoding())
        sides = [a, b] if m.whole(0, 1) else [b, a]
        m.add(operator, sides, [m.output(x)], options, fusedActivationFunction=m.whole(0, 3))
    return case


def extreme(operator):
    def case(m):
        x = m.plane()
        other = [x, x, [1, 1, 1, x[3]], [1, x[1], 1, x[3]], [1]][m.whole(0, 4)]
        a = m.input(x)
        keeps = m.same(a) if m.whole(0, 1) else m.encoding()
        b = m.input(other, **keeps) if m.whole(0, 1) else m.tensor(other, data=m.some(other), **keeps)
        sides = [a, b] if m.whole(0, 1) else [b, a]
        m.add(operator, sides, [m.output(x, **keeps)], "MaximumMinimum")
    return case


def unary(operator, options=None, to=None, keeps=False, **fields):
    def case(m):
        x = m.plane() if m.whole(0, 1) else [1, m.whole(2, 30)]
        a = m.input(x)
        m.add(operator, [a], [m.output(x, **(m.same(a) if keeps else to or {}))], options, **fields)
    return case


def hard_swish(m):
    a = m.input([1, 200], scale=m.scale(0.01, 0.1), zero=m.whole(-128, 127))
    m.add("HARD_SWISH", [a], [m.output([1, 200], scale=m.scale(0.01, 0.1), zero=m.whole(-128, 127))])


def prelu(m):
    x = m.plane()
    a = m.input(x)
    slope = [[1, 1, x[3]], x[1:], [x[1], 1, 1]][m.whole(0, 2)]
    m.add("PRELU", [a, m.tensor(slope, data=m.some(slope), **m.encoding())], [m.output(x)])


def concatenation(m):
    x, axis = m.plane(), m.whole(1, 3)
    other, joined = list(x), list(x)
    other[axis] = m.whole(1, 4)
    joined[axis] += other[axis]
    a = m.input(x)
    b = m.input(other, **m.same(a))
    m.add("CONCATENATION", [a, b], [m.output(joined, **m.same(a))], "Concatenation", axis=axis)


def pad(operator):
    def case(m):
        x = m.plane()
        pads = [[0, 0]] + [[m.whole(0, 2), m.whole(0, 2)] for _ in range(3)]
        a = m.input(x)
        y = m.output([n + sum(p) for n, p in zip(x, pads)], **m.same(a))
        more = [m.tensor([1], data=m.some([1]), **m.same(a))] if operator == "PADV2" else []
        m.add(operator, [a, m.ints(pads), *more], [y])
    return case


def mirror_pad(m):
    """Over height, width and channels; the edge is repeated in one mode and not in the other."""
    x, mode = [1, m.whole(2, 5), m.whole(2, 5), m.whole(2, 4)], m.whole(0, 1)
    pads = [[0, 0]] + [[m.whole(0, n - 1 + mode), m.whole(0, n - 1 + mode)] for n in x[1:]]
    a = m.input(x)
    y = m.output([n + sum(p) for n, p in zip(x, pads)], **m.same(a))
    m.add("MIRROR_PAD", [a, m.ints(pads)], [y], "MirrorPad", mode=mode)


def resize(operator):
    def case(m):
        x, size = m.plane(), [m.whole(1, 15), m.whole(1, 15)]
        corners, half = [(False, False), (True, False), (False, True)][m.whole(0, 2)]
        a = m.input(x)
        y = m.output([1, *size, x[3]], **m.same(a))
        names = {"RESIZE_BILINEAR": "ResizeBilinear", "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighbor"}
        m.add(operator, [a, m.ints(size)], [y], names[operator], alignCorners=corners, halfPixelCenters=half)
    return case


def resize_at_ties(m):
    """Sizes of which the places that are read, by float32, lie on no straight line."""
    sizes = [(48, 76, False, True), (43, 37, True, False), (28, 92, False, False), (3, 123, False, False)]
    n, size, corners, half = sizes[m.whole(0, 3)]
    a = m.input([1, n, 1, 2])
    y = m.output([1, size, 1, 2], **m.same(a))
    m.add("RESIZE_NEAREST_NEIGHBOR", [a, m.ints([size, 1])], [y], "ResizeNearestNeighbor", alignCorners=corners,
          halfPixelCenters=half)


def reduced(operator):
    def case(m):
        x = m.plane()
        axes = [[1, 2], [1, 2], [3], [1], [2, 3], [1, -1]][m.whole(0, 5)]
        keeps = bool(m.whole(0, 1))
        gone = [i % 4 for i in axes]
        shape = [1 if i in gone else n for i, n in enumerate(x) if keeps or i not in gone]
        m.add(operator, [m.input(x), m.ints(axes)], [m.output(shape)], "Reducer", keepDims=keeps)
    return case


def reduce_max(m):
    x = m.plane()
    axes = [[1, 2], [3], [2], [1, 3], [-1, 2]][m.whole(0, 4)]
    keeps = bool(m.whole(0, 1))
    a = m.input(x)
    gone = [i % 4 for i in axes]
    shape = [1 if i in gone else n for i, n in enumerate(x) if keeps or i not in gone]
    m.add("REDUCE_MAX", [a, m.ints(axes)], [m.output(shape, **m.same(a))], "Reducer", keepDims=keeps)


def softmax(m):
    x = [[1, m.whole(2, 30)], [1, m.whole(2, 5), m.whole(2, 9)], m.plane()][m.whole(0, 2)]
    m.add("SOFTMAX", [m.input(x)], [m.output(x, scale=1 / 256, zero=-128)], "Softmax", beta=1.0)


def softmax_times(m):
    x = [[1, m.whole(2, 30)], [1, m.whole(2, 5), m.whole(2, 9)], m.plane()][m.whole(0, 2)]
    beta = float(np.float32(m.random.uniform(0.1, 3)))
    m.add("SOFTMAX", [m.input(x)], [m.output(x, scale=1 / 256, zero=-128)], "Softmax", beta=beta)


def log_softmax(m):
    x = [[1, m.whole(2, 200)], [1, m.whole(2, 5), m.whole(2, 9)], m.plane()][m.whole(0, 2)]
    a = m.input(x, scale=m.scale(0.001, 0.5), zero=m.whole(-128, 127))
    m.add("LOG_SOFTMAX", [a], [m.output(x, scale=1 / 16, zero=127)], "LogSoftmax")


def places(operator):
    def case(m):
        x = [[1, m.whole(2, 200)], [1, m.whole(2, 5), m.whole(2, 9)], m.plane()][m.whole(0, 2)]
        axis = m.whole(1, len(x) - 1)
        where = axis - len(x) * m.whole(0, 1)
        m.add(operator, [m.input(x), m.ints([where] if m.whole(0, 1) else where)], [m.found(x, axis)])
    return case


def places_of_a_layer(m):
    """Classes of each pixel, or rows of each channel, behind a layer."""
    x, rows, axis = m.plane(), m.whole(2, 6), m.whole(1, 3)
    a, w = m.input(x), m.weights([rows, 1, 1, x[3]], 0)
    c = m.tensor([*x[:3], rows], **m.encoding())
    m.add("CONV_2D", [a, w, m.bias(a, w, rows)], [c], "Conv2D", padding=1, strideH=1, strideW=1, dilationHFactor=1,
          dilationWFactor=1, fusedActivationFunction=m.whole(0, 1))
    m.add("ARG_MAX", [c, m.ints(axis)], [m.found([*x[:3], rows], axis)])


def transpose(m):
    x, order = m.plane(), [[0, 2, 1, 3], [0, 3, 1, 2], [0, 1, 3, 2]][m.whole(0, 2)]
    a = m.input(x)
    m.add("TRANSPOSE", [a, m.ints(order)], [m.output([x[i] for i in order], **m.same(a))])


def strided_slice(m):
    x = [1, 6, 7, 4]
    begin, end, step = [0], [1], [1]
    for size in x[1:]:
        step.append([1, 1, 2, -1, -2][m.whole(0, 4)])
        low, high = m.whole(0, size // 2 - 1), m.whole(size // 2 + 1, size - 1)
        begin.append(low if step[-1] > 0 else high - m.whole(0, 1) * size)
        end.append(high if step[-1] > 0 else low)
    masks = {"beginMask": m.whole(0, 15), "endMask": m.whole(0, 15), "shrinkAxisMask": [0, 0, 2, 4, 8, 10][m.whole(0, 5)]}
    shape = []
    for axis, (size, b, e, s) in enumerate(zip(x, begin, end, step)):
        bit = 1 << axis
        if masks["shrinkAxisMask"] & bit:
            masks["beginMask"] &= ~bit
            step[axis], end[axis] = 1, b % size + 1
            continue
        picks = slice(None if masks["beginMask"] & bit else b, None if masks["endMask"] & bit else e, s)
        shape.append(len(range(size)[picks]))
    a = m.input(x)
    m.add("STRIDED_SLICE", [a, m.ints(begin), m.ints(end), m.ints(step)], [m.output(shape, **m.same(a))],
          "StridedSlice", **masks)


def slice_(m):
    x = [1, 6, 7, 4]
    begin = [0] + [m.whole(0, n - 1) for n in x[1:]]
    size = [1] + [m.whole(1, n - b) for n, b in zip(x[1:], begin[1:])]
    a = m.input(x)
    y = m.output(size, **m.same(a))
    whole = m.whole(1, 3)
    if begin[whole] + size[whole] == x[whole]:
        size[whole] = -1
    m.add("SLICE", [a, m.ints(begin), m.ints(size)], [y], "Slice")


def split_v(m):
    x, axis = [1, 6, 5, 7], m.whole(1, 3)
    sizes = [m.whole(1, 2), m.whole(1, 2)]
    sizes.append(x[axis] - sum(sizes))
    a = m.input(x)
    parts = [m.output([n if i != axis else size for i, n in enumerate(x)], **m.same(a)) for size in sizes]
    m.add("SPLIT_V", [a, m.ints(sizes), m.tensor([], "int32", data=axis - 4 * m.whole(0, 1))], parts, "SplitV",
          numSplits=3)


def gather(m):
    x, axis = m.plane(), m.whole(1, 3)
    count = [[], [m.whole(1, 6)], [m.whole(1, 2), m.whole(1, 3)]][m.whole(0, 2)]
    indices = m.random.integers(0, x[axis], count)
    if len(count) == 1 and m.whole(0, 1):
        indices = np.sort(indices)
    a = m.input(x)
    y = m.output([*x[:axis], *count, *x[axis + 1:]], **m.same(a))
    m.add("GATHER", [a, m.ints(indices)], [y], "Gather", axis=axis - 4 * m.whole(0, 1))


def pack(m):
    x, count = m.plane()[: m.whole(2, 4)], m.whole(1, 3)
    axis = m.whole(1, len(x))
    a = m.input(x)
    parts = [a] + [m.input(x, **m.same(a)) for _ in range(count - 1)]
    y = m.output([*x[:axis], count, *x[axis:]], **m.same(a))
    m.add("PACK", parts, [y], "Pack", axis=axis, valuesCount=count)


def unpack(m):
    x, axis = m.plane(), m.whole(1, 3)
    a = m.input(x)
    parts = [m.output([n for i, n in enumerate(x) if i != axis], **m.same(a)) for _ in range(x[axis])]
    m.add("UNPACK", [a], parts, "Unpack", axis=axis - 4 * m.whole(0, 1), num=x[axis])


def blocks(operator):
    def case(m):
        block, [height, width, depth] = m.whole(1, 3), [m.whole(1, 3), m.whole(1, 3), m.whole(1, 4)]
        sides = [1, height * block, width * block, depth], [1, height, width, depth * block * block]
        x, y = sides if operator == "SPACE_TO_DEPTH" else sides[::-1]
        a = m.input(x)
        options = "SpaceToDepth" if operator == "SPACE_TO_DEPTH" else "DepthToSpace"
        m.add(operator, [a], [m.output(y, **m.same(a))], options, blockSize=block)
    return case


def expand_dims(m):
    x = m.plane()[: m.whole(2, 4)]
    axis = m.whole(1, len(x))
    a = m.input(x)
    y = m.output([*x[:axis], 1, *x[axis:]], **m.same(a))
    m.add("EXPAND_DIMS", [a, m.ints([axis - (len(x) + 1) * m.whole(0, 1)])], [y], "ExpandDims")


def squeeze(m):
    x, axis = m.plane(), m.whole(1, 3)
    x[axis] = 1
    a = m.input(x)
    rest = [n for i, n in enumerate(x) if i != axis]
    m.add("SQUEEZE", [a], [m.output(rest, **m.same(a))], "Squeeze", squeezeDims=[axis])


def shape_chain(m):
    """A plane as rows: the number of them is what the others leave, or the plane's width."""
    x = m.plane()
    a = m.input(x)
    c = m.tensor(x, **m.encoding())
    m.add("RELU", [a], [c])
    sizes, width, wanted = m.tensor([4], "int32"), m.tensor([], "int32"), m.tensor([3], "int32")
    m.add("SHAPE", [c], [sizes], "Shape", outType=2)
    m.add("STRIDED_SLICE", [sizes, m.ints([2]), m.ints([3]), m.ints([1])], [width], "StridedSlice", shrinkAxisMask=1)
    m.add("PACK", [m.tensor([], "int32", data=1), width, m.tensor([], "int32", data=x[1] * x[3])], [wanted], "Pack",
          axis=0, valuesCount=3)
    m.add("RESHAPE", [c, wanted], [m.output([1, x[2], x[1] * x[3]], **m.same(c))], "Reshape", newShape=[])


def split(m):
    x, axis = [1, 4, 4, 4], m.whole(1, 3)
    part = list(x)
    part[axis] = 2
    a = m.input(x)
    m.add("SPLIT", [m.ints(axis), a], [m.output(part, **m.same(a)) for _ in range(2)], "Split", numSplits=2)


def quantize(m):
    x = [1, m.whole(2, 200)]
    m.add("QUANTIZE", [m.input(x)], [m.output(x)])


def unsigned_borders(m):
    x = m.plane()
    a = m.input(x, "uint8", scale=m.scale(), zero=m.whole(0, 255))
    b, c = m.tensor(x, **m.encoding()), m.tensor(x, **m.encoding())
    m.add("QUANTIZE", [a], [b])
    m.add("RELU", [b], [c])
    m.add("QUANTIZE", [c], [m.output(x, "uint8", scale=m.scale(), zero=m.whole(0, 255))])


def float_borders(m):
    x = m.plane()
    a = m.input(x, "float32", scale=None)
    b, c = m.tensor(x, **m.encoding()), m.tensor(x, **m.encoding())
    m.add("QUANTIZE", [a], [b])
    m.add("LEAKY_RELU", [b], [c], "LeakyRelu", alpha=0.125)
    m.add("DEQUANTIZE", [c], [m.output(x, "float32", scale=None)])


def image_borders(m):
    """Planes of another type than int8 in and out, and a second output that shares the layer."""
    x, rows = m.plane(), m.whole(1, 4)
    kinds = ["float32", "uint8"]
    side = lambda kind: {"scale": None} if kind == "float32" else {"scale": m.scale(), "zero": m.whole(0, 255)}
    given, taken = kinds[m.whole(0, 1)], kinds[m.whole(0, 1)]
    a = m.input(x, given, **side(given))
    b = m.tensor(x, **m.encoding())
    m.add("QUANTIZE", [a], [b])
    w = m.weights([rows, 2, 2, x[3]], 0)
    shape = [1, x[1], x[2], rows]
    c = m.output(shape)
    m.add("CONV_2D", [b, w, m.bias(b, w, rows)], [c], "Conv2D", padding=0, strideH=1, strideW=1, dilationHFactor=1,
          dilationWFactor=1, fusedActivationFunction=m.whole(0, 3))
    y = m.output(shape, taken, **side(taken))
    m.add("DEQUANTIZE" if taken == "float32" else "QUANTIZE", [c], [y])


def sequence(frames):
    """An LSTM of int8, one frame or several, with its output behind it; cells of all powers of two, limits or none."""
    def case(m):
        count, columns, units, first = frames or m.whole(2, 4), m.whole(1, 9), m.whole(1, 6), bool(m.whole(0, 1))
        shape = lambda n: [count, 1, n] if first else [1, count, n]
        a = m.input(shape(columns))
        kept, power = {"scale": m.scale(0.004, 0.02), "zero": m.whole(-20, 20)}, m.whole(-15, -9)
        x, r = ([m.tensor([units, n], scale=m.scale(0.002, 0.03), data=m.some([units, n])) for _ in range(4)]
                for n in (columns, units))
        biases = [m.bias(a, w, units) for w in x]
        h = m.tensor([1, units], lasts=True, **kept)
        c = m.tensor([1, units], "int16", lasts=True, scale=2.0 ** power)
        y = m.output(shape(units), **kept)
        limit = float(2.0 ** power * m.whole(2000, 30000)) if m.whole(0, 2) == 0 else 0.0
        m.add("UNIDIRECTIONAL_SEQUENCE_LSTM", [a, *x, *r, -1, -1, -1, *biases, -1, -1, h, c, -1, -1, -1, -1], [y],
              "UnidirectionalSequenceLSTM", fusedActivationFunction=4, timeMajor=first, cellClip=limit)
    return case


def memory(bits):
    """SVDF of int8 whose state has so many bits, of one or more windows a unit."""
    def case(m):
        columns, units, rank, frames = m.whole(1, 9), m.whole(1, 5), m.whole(1, 3), m.whole(1, 6)
        filters, limit, kind = units * rank, 2 ** (bits - 1), f"int{bits}"
        a = m.input([1, columns])
        feature = m.tensor([filters, columns], scale=m.scale(0.002, 0.03), data=m.some([filters, columns]))
        state = m.scale(0.01, 0.1) if bits == 8 else m.scale(0.0001, 0.001)
        weight = m.scale(0.005, 0.05) if bits == 8 else m.scale(0.00002, 0.0002)
        time = m.tensor([filters, frames], kind, scale=weight, data=m.random.integers(-limit, limit, [filters, frames]))
        bias = m.tensor([units], "int32", scale=np.float32(state) * np.float32(weight),
                        data=m.random.integers(-3000, 3000, units))
        kept = m.tensor([1, filters * frames], kind, scale=state, lasts=True)
        m.add("SVDF", [a, feature, time, bias, kept], [m.output([1, units])], "SVDF", rank=rank,
              fusedActivationFunction=m.whole(0, 1))
    return case


CASES = {
    "conv": conv, "conv-grouped": grouped, "depthwise": depthwise, "dense": dense,
    "dense-behind-a-plane": dense_behind_a_plane, "average-pool": pool("AVERAGE_POOL_2D"),
    "max-pool": pool("MAX_POOL_2D"), "add": binary("ADD", "Add"), "sub": binary("SUB", "Sub"),
    "mul": binary("MUL", "Mul"), "logistic": unary("LOGISTIC", to={"scale": 1 / 256, "zero": -128}),
    "tanh": unary("TANH", to={"scale": 1 / 128, "zero": 0}), "relu": unary("RELU"),
    "relu6": unary("RELU6", keeps=True), "leaky-relu": unary("LEAKY_RELU", "LeakyRelu", alpha=0.3),
    "hard-swish": hard_swish, "prelu": prelu, "concatenation": concatenation, "pad": pad("PAD"),
    "padv2": pad("PADV2"), "mirror-pad": mirror_pad, "transpose-conv": transpose_conv, "decoder": decoder,
    "resize-nearest": resize("RESIZE_NEAREST_NEIGHBOR"), "resize-bilinear": resize("RESIZE_BILINEAR"),
    "resize-at-ties": resize_at_ties, "mean": reduced("MEAN"), "reduce-max": reduce_max, "softmax": softmax, "transpose": transpose,
    "strided-slice": strided_slice, "split": split, "quantize": quantize, "unsigned-borders": unsigned_borders,
    "float-borders": float_borders, "image-borders": image_borders, "sum": reduced("SUM"), "elu": unary("ELU"),
    "maximum": extreme("MAXIMUM"), "minimum": extreme("MINIMUM"), "slice": slice_, "split-v": split_v,
    "gather": gather, "pack": pack, "unpack": unpack, "space-to-depth": blocks("SPACE_TO_DEPTH"),
    "depth-to-space": blocks("DEPTH_TO_SPACE"), "expand-dims": expand_dims, "squeeze": squeeze,
    "shape-chain": shape_chain, "softmax-times": softmax_times, "log-softmax": log_softmax,
    "arg-max": places("ARG_MAX"), "arg-min": places("ARG_MIN"), "places-of-a-layer": places_of_a_layer,
    "lstm": sequence(1), "lstm-sequence": sequence(None),
    "svdf": memory(16), "svdf-bytes": memory(8),
}


def sample(random, tensor):
    shape = tensor.shape
    if tensor.type == 0:
        return (random.standard_normal(shape) * 8).astype(np.float32)
    kind = np.int8 if tensor.type == 9 else np.uint8
    limits = np.iinfo(kind)
    if random.random() < 0.3:
        return random.choice([limits.min, limits.max], shape).astype(kind)
    return random.integers(limits.min, limits.max + 1, shape).astype(kind)


def written(name, seed):
    model = Case(name, seed)
    CASES[name](model)
    data = model.bytes(model.ins, model.outs)
    samples, results = [], []
    lasts = any(tensor.isVariable for tensor in model.graph.tensors)
    runner = interpreter(data) if lasts else None
    for _ in range(4 * SAMPLES if lasts else SAMPLES):
        arrays = [sample(model.random, model.graph.tensors[index]) for index in model.ins]
        samples += arrays
        results += answers(data, arrays, len(model.outs), runner=runner)
    text = lambda arrays: base64.b64encode(b"".join(a.tobytes() for a in arrays)).decode()
    return {"model": base64.b64encode(data).decode(), "samples": text(samples), "answers": text(results)}


if __name__ == "__main__":
    found = {f"{name}-{seed}": written(name, seed) for name in CASES for seed in range(int(sys.argv[1]))}
    print(json.dumps(found, indent=0))
    sys.stdout.flush()
    os._exit(0)
