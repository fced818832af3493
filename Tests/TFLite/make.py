"""Writes the small .tflite files of this folder, and the answers of LiteRT's reference kernels.

    python3 -m venv venv && venv/bin/pip install ai-edge-litert flatbuffers numpy
    venv/bin/python make.py

Every file is written by LiteRT's own schema code from a few random numbers of a fixed seed, so the same
versions write the same bytes. `answers.json` has, of each file, inputs and outputs in the file's order of
axes. A file of integer weights is answered by its twin with the floats that these stand for.
"""
import json
import pathlib

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s
from ai_edge_litert.interpreter import Interpreter, OpResolverType

FOLDER = pathlib.Path(__file__).parent
TYPES = {"float32": 0, "float16": 1, "int32": 2, "int8": 9}
SAME, VALID = 0, 1
NONE, RELU, RELU_N1, RELU6 = 0, 1, 2, 3


class File:
    """A model under construction: tensors are numbers."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.model, self.graph = s.ModelT(), s.SubGraphT()
        self.model.version, self.model.description = 3, "kinglet test file"
        self.model.subgraphs, self.model.operatorCodes = [self.graph], []
        self.model.buffers = [s.BufferT()]
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []

    def tensor(self, shape, data=None, type="float32", scales=None, axis=0, name=None):
        t = s.TensorT()
        t.shape, t.type, t.buffer = list(shape), TYPES[type], 0
        t.name = name or f"t{len(self.graph.tensors)}"
        if data is not None:
            buffer = s.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.model.buffers.append(buffer)
            t.buffer = len(self.model.buffers) - 1
        if scales is not None:
            q = s.QuantizationParametersT()
            q.scale, q.zeroPoint = list(scales), [0] * len(scales)
            q.quantizedDimension = axis
            t.quantization = q
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def input(self, *shape, name="x"):
        t = self.tensor(shape, name=name)
        self.graph.inputs.append(t)
        return t

    def weights(self, *shape):
        return self.tensor(shape, self.random.normal(size=shape).astype(np.float32) / 2)

    def numbers(self, values):
        values = np.float32(values)
        return self.tensor(values.shape, values)

    def ints(self, values):
        values = np.int32(values)
        return self.tensor(values.shape, values, "int32")

    def add(self, op, inputs, shapes, options=None, type="float32", **fields):
        """An operator; shapes of its outputs, one or a list."""
        code = s.OperatorCodeT()
        number = getattr(s.BuiltinOperator, op)
        code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
        self.model.operatorCodes.append(code)
        o = s.OperatorT()
        o.opcodeIndex, o.inputs = len(self.model.operatorCodes) - 1, list(inputs)
        many = isinstance(shapes, list)
        o.outputs = [self.tensor(shape, type=type) for shape in (shapes if many else [shapes])]
        if options:
            o.builtinOptionsType = getattr(s.BuiltinOptions, options)
            o.builtinOptions = getattr(s, options + "T")()
            for field, value in fields.items():
                assert hasattr(o.builtinOptions, field), field
                setattr(o.builtinOptions, field, value)
        self.graph.operators.append(o)
        return o.outputs if many else o.outputs[0]

    def conv(self, x, filters, out, padding=SAME, strides=(1, 1), dilations=(1, 1), activation=NONE, weights=None):
        w = self.weights(*filters) if weights is None else weights
        return self.add(
            "CONV_2D", [x, w, self.weights(filters[0])], out, "Conv2DOptions", padding=padding, strideH=strides[0],
            strideW=strides[1], dilationHFactor=dilations[0], dilationWFactor=dilations[1],
            fusedActivationFunction=activation)

    def depthwise(self, x, filters, out, multiplier=1, padding=SAME, strides=(1, 1), dilations=(1, 1),
                  activation=NONE):
        return self.add(
            "DEPTHWISE_CONV_2D", [x, self.weights(*filters), self.weights(filters[3])], out, "DepthwiseConv2DOptions",
            padding=padding, strideH=strides[0], strideW=strides[1], dilationHFactor=dilations[0],
            dilationWFactor=dilations[1], depthMultiplier=multiplier, fusedActivationFunction=activation)

    def pool(self, op, x, kernel, out, padding=SAME, strides=(1, 1), activation=NONE):
        return self.add(
            op, [x], out, "Pool2DOptions", padding=padding, filterHeight=kernel[0], filterWidth=kernel[1],
            strideH=strides[0], strideW=strides[1], fusedActivationFunction=activation)

    def dense(self, x, shape, out, activation=NONE, keeps=False, weights=None):
        w = self.weights(*shape) if weights is None else weights
        return self.add(
            "FULLY_CONNECTED", [x, w, self.weights(shape[0])], out, "FullyConnectedOptions",
            fusedActivationFunction=activation, keepNumDims=keeps)

    def binary(self, op, a, b, out, activation=NONE):
        options = op.capitalize() + "Options"
        return self.add(op, [a, b], out, options, fusedActivationFunction=activation)

    def reshape(self, x, out):
        return self.add("RESHAPE", [x, self.ints(out)], out, "ReshapeOptions", newShape=list(out))

    def encoded(self, *outputs):
        self.graph.outputs = list(outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


FILES = {}


def file(make):
    FILES[make.__name__.replace("_", "-")] = make
    return make


@file
def conv_same(f):
    x = f.input(1, 7, 6, 3)
    return f.conv(x, (4, 3, 2, 3), (1, 4, 3, 4), strides=(2, 2), activation=RELU6)


@file
def conv_odd_pad(f):
    x = f.input(1, 8, 5, 2)
    return f.conv(x, (3, 4, 3, 2), (1, 8, 3, 3), strides=(1, 2), activation=RELU_N1)


@file
def conv_dilated(f):
    x = f.input(1, 9, 8, 2)
    y = f.conv(x, (3, 3, 3, 2), (1, 5, 6, 3), padding=VALID, dilations=(2, 1), activation=RELU)
    return f.conv(y, (2, 2, 2, 3), (1, 5, 6, 2), dilations=(2, 3))


@file
def conv_grouped(f):
    x = f.input(1, 5, 5, 4)
    return f.conv(x, (6, 3, 3, 2), (1, 5, 5, 6))


@file
def depthwise(f):
    x = f.input(1, 6, 7, 3)
    y = f.depthwise(x, (1, 3, 3, 6), (1, 3, 4, 6), multiplier=2, strides=(2, 2), activation=RELU)
    return f.depthwise(y, (1, 2, 2, 6), (1, 3, 4, 6), dilations=(2, 2))


@file
def dense_behind_plane(f):
    x = f.input(1, 4, 5, 2)
    y = f.conv(x, (3, 3, 3, 2), (1, 4, 5, 3), activation=RELU)
    y = f.dense(f.reshape(y, (1, 60)), (7, 60), (1, 7), activation=RELU)
    y = f.dense(y, (4, 7), (1, 4))
    return f.add("SOFTMAX", [y], (1, 4), "SoftmaxOptions", beta=1.0)


@file
def dense_keeps_axes(f):
    x = f.input(1, 3, 5)
    return f.dense(x, (4, 5), (1, 3, 4), keeps=True)


@file
def weights_float16(f):
    x = f.input(1, 4, 4, 2)
    data = f.random.normal(size=(3, 3, 3, 2)).astype(np.float16)
    w = f.add("DEQUANTIZE", [f.tensor(data.shape, data, "float16")], (3, 3, 3, 2))
    return f.conv(x, (3, 3, 3, 2), (1, 4, 4, 3), weights=w)


def integer_weights(f, shape, axis):
    data = f.random.integers(-127, 128, shape).astype(np.int8)
    scales = f.random.uniform(0.002, 0.02, shape[axis]).astype(np.float32)
    wide = scales.reshape([-1 if a == axis else 1 for a in range(len(shape))])
    if f.twin:
        return f.numbers(data.astype(np.float32) * wide)
    return f.tensor(shape, data, "int8", scales, axis)


@file
def weights_int8(f):
    x = f.input(1, 4, 4, 2)
    y = f.conv(x, (3, 3, 3, 2), (1, 4, 4, 3), activation=RELU, weights=integer_weights(f, (3, 3, 3, 2), 0))
    return f.dense(f.reshape(y, (1, 48)), (5, 48), (1, 5), weights=integer_weights(f, (5, 48), 0))


@file
def pools(f):
    x = f.input(1, 7, 6, 3)
    y = f.pool("AVERAGE_POOL_2D", x, (3, 2), (1, 4, 3, 3), strides=(2, 2))
    y = f.pool("MAX_POOL_2D", y, (2, 2), (1, 4, 3, 3), activation=RELU)
    return f.pool("AVERAGE_POOL_2D", y, (2, 2), (1, 2, 1, 3), padding=VALID, strides=(2, 2), activation=RELU6)


@file
def residual(f):
    x = f.input(1, 5, 4, 3)
    y = f.conv(x, (3, 3, 3, 3), (1, 5, 4, 3))
    y = f.binary("ADD", y, x, (1, 5, 4, 3), RELU)
    y = f.binary("MUL", y, f.weights(3), (1, 5, 4, 3))
    y = f.binary("SUB", f.weights(1, 5, 1, 3), y, (1, 5, 4, 3))
    return f.binary("ADD", y, f.numbers(0.25), (1, 5, 4, 3), RELU_N1)


@file
def squeeze_and_excite(f):
    x = f.input(1, 4, 4, 5)
    y = f.conv(x, (6, 1, 1, 5), (1, 4, 4, 6), activation=RELU)
    m = f.add("MEAN", [y, f.ints([1, 2])], (1, 6), "ReducerOptions", keepDims=False)
    m = f.dense(m, (3, 6), (1, 3), activation=RELU)
    m = f.add("LOGISTIC", [f.dense(m, (6, 3), (1, 6))], (1, 6))
    m = f.reshape(m, (1, 1, 1, 6))
    return f.binary("MUL", y, m, (1, 4, 4, 6))


@file
def concatenation(f):
    x = f.input(1, 4, 4, 3)
    a = f.conv(x, (2, 1, 1, 3), (1, 4, 4, 2))
    b = f.conv(x, (3, 3, 3, 3), (1, 4, 4, 3))
    y = f.add("CONCATENATION", [a, b], (1, 4, 4, 5), "ConcatenationOptions", axis=3)
    z = f.add("CONCATENATION", [y, y], (1, 8, 4, 5), "ConcatenationOptions", axis=1)
    return f.add("CONCATENATION", [z, f.weights(1, 8, 4, 2)], (1, 8, 4, 7), "ConcatenationOptions", axis=-1)


@file
def borders(f):
    x = f.input(1, 4, 5, 2)
    y = f.add("PAD", [x, f.ints([[0, 0], [1, 2], [0, 1], [0, 0]])], (1, 7, 6, 2), "PadOptions")
    y = f.conv(y, (3, 3, 3, 2), (1, 5, 4, 3), padding=VALID)
    y = f.add("PADV2", [y, f.ints([[0, 0], [0, 1], [1, 0], [1, 1]]), f.numbers(0.5)], (1, 6, 5, 5), "PadV2Options")
    return f.add("MIRROR_PAD", [y, f.ints([[0, 0], [1, 1], [2, 0], [0, 0]])], (1, 8, 7, 5), "MirrorPadOptions", mode=0)


@file
def means(f):
    x = f.input(1, 4, 3, 5)
    y = f.conv(x, (6, 1, 1, 5), (1, 4, 3, 6))
    a = f.add("MEAN", [y, f.ints([1, 2])], (1, 1, 1, 6), "ReducerOptions", keepDims=True)
    b = f.add("MEAN", [y, f.ints([-1])], (1, 4, 3), "ReducerOptions", keepDims=False)
    c = f.add("MEAN", [x, f.ints([1, 3])], (1, 3), "ReducerOptions", keepDims=False)
    return a, b, c


@file
def sums(f):
    x = f.input(1, 4, 3, 5)
    y = f.conv(x, (6, 1, 1, 5), (1, 4, 3, 6))
    a = f.add("SUM", [y, f.ints([1, 2])], (1, 6), "ReducerOptions", keepDims=False)
    b = f.add("REDUCE_MAX", [y, f.ints([2])], (1, 4, 1, 6), "ReducerOptions", keepDims=True)
    return a, b


@file
def channels_first(f):
    x = f.input(1, 3, 5, 4)
    y = f.add("TRANSPOSE", [x, f.ints([0, 2, 3, 1])], (1, 5, 4, 3), "TransposeOptions")
    y = f.conv(y, (2, 3, 3, 3), (1, 5, 4, 2), activation=RELU)
    return f.add("TRANSPOSE", [y, f.ints([0, 3, 1, 2])], (1, 2, 5, 4), "TransposeOptions")


@file
def other_transposes(f):
    x = f.input(1, 3, 5, 4)
    y = f.add("TRANSPOSE", [x, f.ints([0, 3, 1, 2])], (1, 4, 3, 5), "TransposeOptions")
    y = f.add("PRELU", [y, f.weights(1, 1, 5)], (1, 4, 3, 5))
    y = f.add("SOFTMAX", [y], (1, 4, 3, 5), "SoftmaxOptions", beta=0.5)
    y = f.add("TRANSPOSE", [y, f.ints([0, 2, 1, 3])], (1, 3, 4, 5), "TransposeOptions")
    return f.reshape(y, (1, 6, 10))


@file
def rows_of_a_plane(f):
    x = f.input(1, 4, 3, 2)
    y = f.conv(x, (6, 1, 1, 2), (1, 4, 3, 6))
    y = f.reshape(y, (1, 12, 6))
    return f.add("SOFTMAX", [y], (1, 12, 6), "SoftmaxOptions", beta=1.0)


@file
def one_dimension(f):
    x = f.input(1, 10, 3)
    y = f.add("EXPAND_DIMS", [x, f.ints(1)], (1, 1, 10, 3), "ExpandDimsOptions")
    y = f.conv(y, (4, 1, 3, 3), (1, 1, 5, 4), strides=(1, 2), activation=RELU)
    y = f.add("SQUEEZE", [y], (1, 5, 4), "SqueezeOptions", squeezeDims=[1])
    return f.dense(y, (2, 4), (1, 5, 2), keeps=True)


@file
def activations(f):
    x = f.input(1, 12)
    y = [f.add(op, [x], (1, 12)) for op in ["LOGISTIC", "TANH", "RELU", "RELU6", "RELU_N1_TO_1", "HARD_SWISH"]]
    y.append(f.add("LEAKY_RELU", [x], (1, 12), "LeakyReluOptions", alpha=0.125))
    y.append(f.add("SOFTMAX", [x], (1, 12), "SoftmaxOptions", beta=2.0))
    return f.add("CONCATENATION", y, (1, 96), "ConcatenationOptions", axis=1)


@file
def prelu_of_a_plane(f):
    x = f.input(1, 4, 3, 2)
    y = f.conv(x, (5, 1, 1, 2), (1, 4, 3, 5))
    return f.add("PRELU", [y, f.weights(1, 1, 5)], (1, 4, 3, 5))


@file
def slices(f):
    x = f.input(1, 6, 5, 4)
    y = f.conv(x, (8, 1, 1, 4), (1, 6, 5, 8))
    a = f.add("STRIDED_SLICE", [y, f.ints([0, 1, 0, 2]), f.ints([0, -1, 5, 0]), f.ints([1, 2, 1, 3])], (1, 2, 5, 2),
              "StridedSliceOptions", beginMask=1, endMask=9)
    b = f.add("SLICE", [y, f.ints([0, 2, 1, 3]), f.ints([1, 3, -1, 2])], (1, 3, 4, 2), "SliceOptions")
    c = f.add("STRIDED_SLICE", [x, f.ints([0, 2, 0, 1]), f.ints([0, 3, 0, 2]), f.ints([1, 1, 1, 1])], (1, 5),
              "StridedSliceOptions", beginMask=5, endMask=5, shrinkAxisMask=10)
    return a, b, c


@file
def splits(f):
    x = f.input(1, 4, 3, 6)
    y = f.conv(x, (6, 1, 1, 6), (1, 4, 3, 6))
    a = f.add("SPLIT", [f.ints(3), y], [(1, 4, 3, 2)] * 3, "SplitOptions", numSplits=3)
    b = f.add("SPLIT_V", [a[2], f.ints([1, -1]), f.ints(1)], [(1, 1, 3, 2), (1, 3, 3, 2)], "SplitVOptions", numSplits=2)
    return f.binary("SUB", a[1], a[0], (1, 4, 3, 2)), b[0], b[1]


@file
def stacks(f):
    x = f.input(1, 3, 4)
    a = f.add("UNPACK", [x], [(1, 4)] * 3, "UnpackOptions", num=3, axis=1)
    b = f.add("PACK", [a[2], a[0]], (1, 4, 2), "PackOptions", valuesCount=2, axis=-1)
    c = f.add("GATHER", [x, f.ints([0, 2])], (1, 2, 4), "GatherOptions", axis=1)
    d = f.add("TILE", [c, f.ints([1, 2, 3])], (1, 4, 12), "TileOptions")
    return b, d


@file
def blocks(f):
    x = f.input(1, 4, 6, 3)
    y = f.add("SPACE_TO_DEPTH", [x], (1, 2, 3, 12), "SpaceToDepthOptions", blockSize=2)
    y = f.conv(y, (8, 1, 1, 12), (1, 2, 3, 8))
    return f.add("DEPTH_TO_SPACE", [y], (1, 4, 6, 2), "DepthToSpaceOptions", blockSize=2)


@file
def shape_chain(f):
    x = f.input(1, 4, 3)
    n = f.add("SHAPE", [x], (3,), "ShapeOptions", type="int32", outType=2)
    n = f.add("STRIDED_SLICE", [n, f.ints([0]), f.ints([1]), f.ints([1])], (), "StridedSliceOptions", type="int32",
              shrinkAxisMask=1)
    n = f.add("PACK", [n, f.ints(6), f.ints(2)], (3,), "PackOptions", type="int32", valuesCount=3, axis=0)
    return f.add("RESHAPE", [x, n], (1, 6, 2))


@file
def two_inputs(f):
    a, b = f.input(1, 6, name="a"), f.input(1, 2, 3, name="b")
    y = f.dense(a, (3, 6), (1, 3))
    y = f.binary("MUL", b, y, (1, 2, 3))
    return y, a


@file
def extremes(f):
    x = f.input(1, 4, 3, 5)
    y = f.conv(x, (5, 1, 1, 5), (1, 4, 3, 5))
    y = f.add("MAXIMUM", [y, x], (1, 4, 3, 5), "MaximumMinimumOptions")
    y = f.add("MINIMUM", [f.weights(5), y], (1, 4, 3, 5), "MaximumMinimumOptions")
    return f.add("ELU", [y], (1, 4, 3, 5))


@file
def orders(f):
    x = f.input(1, 4, 5, 3)
    y = f.add("GATHER", [x, f.ints([2, 0, 1])], (1, 4, 5, 3), "GatherOptions", axis=3)
    y = f.add(
        "STRIDED_SLICE", [y, f.ints([0, 3, 0, 2]), f.ints([1, -5, 0, 0]), f.ints([1, -2, 1, -1])], (1, 2, 5, 2),
        "StridedSliceOptions", ellipsisMask=4)
    z = f.add(
        "STRIDED_SLICE", [y, f.ints([0, 0, 0]), f.ints([1, 0, 2]), f.ints([1, 1, 1])], (1, 1, 2, 5, 2),
        "StridedSliceOptions", newAxisMask=2)
    return f.add("GATHER", [z, f.ints([[1, 0], [0, 0]])], (1, 1, 2, 2, 5, 2), "GatherOptions", axis=2), y


def transposed(f, x, filters, out, padding=SAME, strides=(1, 1), activation=NONE, bias=True):
    more = [f.weights(filters[0])] if bias else []
    return f.add(
        "TRANSPOSE_CONV", [f.ints(out), f.weights(*filters), x, *more], out, "TransposeConvOptions", padding=padding,
        strideH=strides[0], strideW=strides[1], fusedActivationFunction=activation)


@file
def transpose_conv(f):
    x = f.input(1, 3, 2, 2)
    y = transposed(f, x, (3, 3, 4, 2), (1, 6, 4, 3), strides=(2, 2), activation=RELU)
    y = transposed(f, y, (2, 5, 3, 3), (1, 6, 11, 2), strides=(1, 3))
    return transposed(f, y, (2, 2, 4, 2), (1, 18, 24, 2), padding=VALID, strides=(3, 2), bias=False)


def resized(f, op, x, size, corners=False, half=False):
    options = "ResizeBilinearOptions" if op == "RESIZE_BILINEAR" else "ResizeNearestNeighborOptions"
    shape = f.graph.tensors[x].shape
    out = (1, *size, shape[3])
    return f.add(op, [x, f.ints(size)], out, options, alignCorners=corners, halfPixelCenters=half)


@file
def resizes(f):
    x = f.input(1, 5, 4, 2)
    y = f.conv(x, (2, 1, 1, 2), (1, 5, 4, 2))
    parts = []
    for op in ["RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"]:
        for corners, half in [(False, False), (True, False), (False, True)]:
            z = resized(f, op, y, (7, 9), corners, half)
            parts.append(resized(f, op, z, (3, 12), corners, half))
    return f.add("CONCATENATION", parts, (1, 3, 12, 12), "ConcatenationOptions", axis=3)


@file
def mirrors(f):
    x = f.input(1, 3, 4, 2)
    y = f.add("MIRROR_PAD", [x, f.ints([[0, 0], [3, 1], [0, 4], [2, 1]])], (1, 7, 8, 5), "MirrorPadOptions", mode=1)
    return f.add("MIRROR_PAD", [y, f.ints([[0, 0], [0, 2], [1, 1], [0, 0]])], (1, 9, 10, 5), "MirrorPadOptions", mode=0)


@file
def logarithms(f):
    x = f.input(1, 4, 5, 3)
    y = f.conv(x, (6, 1, 1, 3), (1, 4, 5, 6))
    y = f.add("LOG_SOFTMAX", [y], (1, 4, 5, 6), "LogSoftmaxOptions")
    z = f.add("RESHAPE", [y, f.ints([1, 120])], (1, 120), "ReshapeOptions", newShape=[1, 120])
    return f.add("LOG_SOFTMAX", [z], (1, 120), "LogSoftmaxOptions"), y


def build(make, seed, twin):
    f = File(seed)
    f.twin = twin
    outputs = make(f)
    return f, f.encoded(*(outputs if isinstance(outputs, tuple) else (outputs,)))


def interpreter(content):
    """By the reference kernels, or by the others where these lack an operator (ELU)."""
    try:
        return Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    except ValueError:
        others = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        return Interpreter(model_content=content, experimental_op_resolver_type=others)


def answers(content, inputs):
    run = interpreter(content)
    run.allocate_tensors()
    for detail, value in zip(run.get_input_details(), inputs):
        run.set_tensor(detail["index"], value)
    run.invoke()
    return [run.get_tensor(d["index"]) for d in run.get_output_details()]


def main():
    results = {}
    for seed, (name, make) in enumerate(FILES.items()):
        f, content = build(make, seed, twin=False)
        (FOLDER / f"{name}.tflite").write_bytes(content)
        shapes = [f.graph.tensors[i].shape for i in f.graph.inputs]
        inputs = [np.random.default_rng(100 + seed).normal(size=n).astype(np.float32) * 2 for n in shapes]
        outputs = answers(build(make, seed, twin=True)[1], inputs)
        pack = lambda arrays: [{"shape": list(a.shape), "values": [float(f"{v:.8g}") for v in a.ravel()]} for a in arrays]
        results[name] = {"inputs": pack(inputs), "outputs": pack(outputs)}
    lines = [f'"{name}": {json.dumps(result)}' for name, result in results.items()]
    (FOLDER / "answers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
