"""Writes the small ONNX files of this folder, and onnxruntime's answers to them.

    python3 -m venv venv && venv/bin/pip install onnx onnxruntime numpy
    venv/bin/python make.py

Each file has one input of a few random numbers of a fixed seed and many outputs, a node or a few each.
`answers.json` has, of each file, inputs and outputs as onnxruntime's CPU provider has them.
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent


class File:
    """A graph under construction, of one input and many outputs."""

    def __init__(self, shape, opset=18, seed=1, samples=2, positive=False, below=0):
        self.random = np.random.default_rng(seed)
        self.opset, self.nodes, self.weights, self.outputs = opset, [], [], []
        # Integers below a number, where there is one, in place of floats.
        self.positive, self.below = positive, below
        self.x, self.inputs = "x", [("x", [samples] + list(shape))]

    def weight(self, value):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def floats(self, *shape):
        return self.weight(self.random.normal(size=shape).astype(np.float32))

    def integers(self, *values):
        return self.weight(np.array(values, np.int64))

    def node(self, operator, *inputs, outputs=1, **attributes):
        names = [f"v{len(self.nodes)}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def out(self, operator, *inputs, outputs=1, **attributes):
        names = self.node(operator, *inputs, outputs=outputs, **attributes)
        self.outputs += [names] if outputs == 1 else names

    def write(self, name):
        element = TensorProto.INT64 if self.below else TensorProto.FLOAT
        ends = lambda names: [helper.make_tensor_value_info(n, element, s) for n, s in names]
        graph = helper.make_graph(
            self.nodes, name, ends(self.inputs), [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in self.outputs],
            self.weights)
        domains = sorted({node.domain for node in self.nodes} - {""})
        sets = [helper.make_opsetid("", self.opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
        model = helper.make_model(graph, opset_imports=sets, ir_version=8)
        bytes = model.SerializeToString()
        (FOLDER / f"{name}.onnx").write_bytes(bytes)
        values = {}
        for n, s in self.inputs:
            values[n] = self.random.normal(size=s).astype(np.float32)
            if self.positive:
                values[n] = np.abs(values[n]) + np.float32(0.1)
            if self.below:
                values[n] = self.random.integers(0, self.below, size=s)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(bytes, options, providers=["CPUExecutionProvider"])
        found = session.run(self.outputs, values)
        numbers = lambda array: {"shape": list(array.shape), "values": [float(f"{v:.9g}") for v in array.ravel()]}
        return {"inputs": [numbers(values[n]) for n, _ in self.inputs], "outputs": [numbers(v) for v in found]}


def functions():
    f = File([3, 5], opset=22)
    for name in "Abs Exp Neg Erf Softplus Softsign Mish Sin Cos Tan Floor Ceil Round Sign Selu Celu ThresholdedRelu Gelu".split():
        f.out(name, "x")
    f.out("Gelu", "x", approximate="tanh")
    f.out("Selu", "x", alpha=1.5, gamma=0.7)
    f.out("Celu", "x", alpha=0.6)
    f.out("ThresholdedRelu", "x", alpha=0.3)
    f.out("Mul", "x", f.node("Sigmoid", "x"))
    return f


def of_positive():
    f = File([3, 5], positive=True)
    for name in "Log Sqrt Reciprocal".split():
        f.out(name, "x")
    for power in (0.5, 1, 2, 3, -1, 1.7, -0.75):
        f.out("Pow", "x", f.weight(np.float32(power)))
    f.out("Pow", "x", f.weight(np.array([2], np.int64)))
    f.out("Pow", f.weight(np.float32(2)), "x")
    f.out("ReduceLogSum", "x", f.integers(1))
    return f


REDUCTIONS = "Sum Mean Max Min Prod L1 L2 SumSquare LogSumExp".split()


def reductions():
    f = File([3, 4, 5])
    for kind in REDUCTIONS:
        for axes, keeps in (([1], 1), ([-1], 0), ([1, 3], 0), ([3, 2], 1), ([1, 2, 3], 1)):
            f.out("Reduce" + kind, "x", f.integers(*axes), keepdims=keeps)
    f.out("ReduceSumSquare", "x", noop_with_empty_axes=1)
    f.out("GlobalMaxPool", "x")
    return f


def reductions_by_attributes():
    f = File([3, 7], opset=11)
    for kind in REDUCTIONS:
        f.out("Reduce" + kind, "x", axes=[2], keepdims=0)
        f.out("Reduce" + kind, "x", axes=[-2])
    return f


def picks():
    f = File([5, 6, 3])
    whole = 2**63 - 1
    cut = lambda starts, ends, axes, steps: f.out(
        "Slice", "x", f.integers(*starts), f.integers(*ends), f.integers(*axes), f.integers(*steps))
    cut([1], [4], [1], [1])
    cut([0, -5], [whole, -1], [0, 2], [1, 2])
    cut([-1, 5], [-whole, 0], [3, 2], [-1, -2])
    cut([3, 1, 0], [0, 5, 2], [1, 2, 3], [-1, 3, 1])
    f.out("Gather", "x", f.weight(np.int64(-2)), axis=2)
    f.out("Gather", "x", f.weight(np.array([[0, 2], [4, 4], [1, 3]], np.int64)), axis=1)
    f.out("Gather", "x", f.integers(2, 0), axis=-1)
    f.out("Split", "x", f.integers(2, 3), axis=1, outputs=2)
    f.out("Split", "x", outputs=3, axis=2, num_outputs=3)
    f.out("Split", "x", outputs=3, axis=1, num_outputs=3)
    return f


def picks_by_attributes():
    f = File([4, 6], opset=9)
    f.out("Slice", "x", starts=[1, -4], ends=[3, 2**31 - 1], axes=[1, 2])
    f.out("Slice", "x", starts=[0, 0, 2], ends=[2**31 - 1, 2, 9])
    f.out("Split", "x", axis=2, split=[1, 5], outputs=2)
    f.out("Split", "x", axis=-2, outputs=2)
    f.out("Tile", "x", f.integers(1, 2, 3))
    f.out("Expand", f.node("Slice", "x", starts=[1], ends=[2], axes=[1]), f.integers(2, 3, 6))
    f.out("Expand", f.node("ReduceMax", "x", axes=[2]), f.integers(1, 5))
    return f


def blocks():
    f = File([8, 4, 6], opset=13)
    for mode in ("DCR", "CRD"):
        f.out("DepthToSpace", "x", blocksize=2, mode=mode)
    f.out("SpaceToDepth", "x", blocksize=2)
    f.out("Tile", "x", f.integers(1, 1, 2, 1))
    f.out("Max", "x", f.floats(8, 1, 1), f.floats(6), "x")
    f.out("Min", "x")
    f.out("Sum", "x", f.floats(1, 4, 1), "x")
    f.out("Mean", "x", f.floats(4, 6), f.floats(1, 6))
    return f


LINES = "half_pixel pytorch_half_pixel asymmetric align_corners half_pixel_symmetric".split()


def resizes():
    f = File([2, 5, 4], opset=19, samples=1)
    for line in LINES:
        for sizes in ([8, 7], [3, 4], [1, 9]):
            size = f.integers(1, 2, *sizes)
            f.out("Resize", "x", "", "", size, mode="linear", coordinate_transformation_mode=line)
            for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")[:2 if line == LINES[-1] else 4]:
                f.out("Resize", "x", "", "", size, mode="nearest", coordinate_transformation_mode=line, nearest_mode=rounding)
    for line in LINES[:3]:
        for mode in ("linear", "nearest"):
            for scale in ([1.0, 1.0, 2.0, 2.5], [1.0, 1.0, 0.6, 1.75]):
                f.out("Resize", "x", "", f.weight(np.array(scale, np.float32)), mode=mode, coordinate_transformation_mode=line)
    f.out("Resize", "x", "", "", f.integers(9, 9), axes=[2, 3], keep_aspect_ratio_policy="not_larger", mode="linear")
    return f


def cubics():
    """Resizes whose outputs are sums of more than two places."""
    f = File([2, 6, 5], opset=19, samples=1)
    for line in LINES:
        for sizes in ([9, 7], [3, 4]):
            f.out("Resize", "x", "", "", f.integers(1, 2, *sizes), mode="cubic", coordinate_transformation_mode=line)
    for coefficient, outside in ((-0.5, 0), (-0.75, 1), (-0.5, 1)):
        f.out("Resize", "x", "", f.weight(np.array([1, 1, 1.5, 0.6], np.float32)), mode="cubic",
              cubic_coeff_a=coefficient, exclude_outside=outside)
    for mode in ("linear", "cubic"):
        for sizes in ([3, 2], [2, 9]):
            f.out("Resize", "x", "", "", f.integers(1, 2, *sizes), mode=mode, antialias=1, exclude_outside=1)
    return f


def upsamples():
    f = File([2, 3, 4], opset=9)
    f.out("Upsample", "x", f.weight(np.array([1, 1, 2, 3], np.float32)))
    f.out("Upsample", "x", f.weight(np.array([1, 1, 2, 2], np.float32)), mode="linear")
    return f


def old_resizes():
    f = File([2, 5, 4], opset=10)
    for scale in ([1, 1, 2, 3], [1, 1, 0.6, 0.5]):
        f.out("Resize", "x", f.weight(np.array(scale, np.float32)))
    f.out("Resize", "x", f.weight(np.array([1, 1, 2, 2], np.float32)), mode="linear")
    return f


def lines():
    """One axis."""
    f = File([2, 7], opset=13)
    f.out("Resize", "x", "", f.weight(np.array([1, 1, 2], np.float32)))
    f.out("Resize", "x", "", "", f.integers(2, 2, 5), mode="linear")
    return f


def normalizations():
    f = File([4, 3, 5], opset=17)
    scale, bias = f.floats(5), f.floats(5)
    f.out("LayerNormalization", "x", scale, bias)
    f.out("LayerNormalization", "x", f.floats(3, 5), axis=2, epsilon=0.01)
    f.out("LayerNormalization", "x", f.floats(4, 3, 5), f.floats(4, 3, 5), axis=-3)
    f.out("InstanceNormalization", "x", f.floats(4), f.floats(4), epsilon=0.001)
    f.out("LRN", "x", size=3, alpha=0.2, beta=0.6, bias=1.5)
    f.out("LpNormalization", "x", axis=1)
    f.out("LpNormalization", "x", axis=-1, p=1)
    mean = f.node("ReduceMean", "x", axes=[-1])
    less = f.node("Sub", "x", mean)
    square = f.node("Pow", less, f.weight(np.float32(2)))
    deviation = f.node("Sqrt", f.node("Add", f.node("ReduceMean", square, axes=[-1]), f.weight(np.float32(1e-5))))
    f.out("Add", f.node("Mul", f.node("Div", less, deviation), scale), bias)
    return f


def groups():
    f = File([4, 3, 5], opset=21)
    f.out("GroupNormalization", "x", f.floats(4), f.floats(4), num_groups=2)
    return f


def products():
    f = File([3, 4, 5], opset=13)
    turned = f.node("Transpose", "x", perm=[0, 1, 3, 2])
    f.out("MatMul", "x", turned)
    f.out("MatMul", turned, "x")
    f.out("MatMul", "x", f.floats(3, 5, 2))
    f.out("MatMul", f.floats(3, 2, 4), "x")
    f.out("MatMul", "x", f.floats(5, 2))
    channel = f.node("Slice", turned, f.integers(0), f.integers(1), f.integers(1))
    f.out("MatMul", "x", channel)
    scores = f.node("Softmax", f.node("MatMul", "x", turned), axis=-1)
    f.out("MatMul", scores, "x")
    return f


def folded():
    """Shapes worked out by what exporters write."""
    f = File([3, 4], opset=13)
    shape = f.node("Shape", "x")
    ones = f.node("ConstantOfShape", f.integers(3), value=helper.make_tensor("v", TensorProto.INT64, [1], [1]))
    least = f.node("Mul", ones, f.integers(-1))
    wanted = f.integers(-1, 3, 4)
    target = f.node("Where", f.node("Equal", wanted, least), ones, wanted)
    f.out("Expand", f.node("ReduceMean", "x", axes=[2]), target)
    line = f.node("Range", f.weight(np.int64(0)), f.weight(np.int64(12)), f.weight(np.int64(5)))
    f.out("Gather", f.node("Reshape", "x", f.integers(0, 12)), line, axis=1)
    size = f.node("Gather", shape, f.weight(np.int64(2)))
    half = f.node("Div", size, f.weight(np.int64(2)))
    f.out("Slice", "x", f.integers(0), f.node("Unsqueeze", half, f.integers(0)), f.integers(2))
    mask = f.node("Cast", f.node("Not", f.node("Less", f.weight(np.arange(4)), f.weight(np.int64(2)))), to=TensorProto.FLOAT)
    f.out("Mul", "x", f.node("Sqrt", f.node("Tile", mask, f.integers(1))))
    return f


def composites():
    """What exporters write as several nodes."""
    f = File([3, 5], opset=15)
    number = lambda value: f.weight(np.float32(value))
    f.out("Mul", "x", f.node("Sigmoid", "x"))
    f.out("Mul", f.node("Tanh", f.node("Softplus", "x")), "x")
    f.out("Mul", "x", f.node("HardSigmoid", "x", alpha=1 / 6, beta=0.5))
    f.out("Div", f.node("Mul", "x", f.node("Clip", f.node("Add", "x", number(3)), number(0), number(6))), number(6))
    gate = f.node("Add", f.node("Erf", f.node("Div", "x", number(2**0.5))), number(1))
    f.out("Mul", f.node("Mul", "x", gate), number(0.5))
    f.out("Mul", f.node("Mul", "x", number(0.5)), gate)
    # Not quite the same, and so none of them.
    f.out("Mul", f.node("Mul", "x", gate), number(0.25))
    f.out("Mul", "x", f.node("Sigmoid", f.node("Neg", "x")))
    f.out("Mul", "x", f.node("HardSigmoid", "x"))
    f.out("Div", f.node("Sigmoid", "x"), "x")
    return f


def choices():
    f = File([3, 4], opset=15)
    f.out("Where", f.weight(np.array([[True, False, True, False]])), "x", f.weight(np.float32(-7)))
    f.out("Where", f.weight(np.array([[True], [False], [False]])), f.node("Neg", "x"), "x")
    f.out("CastLike", "x", f.floats(1))
    branches = {}
    for name, operator in (("then_branch", "Neg"), ("else_branch", "Exp")):
        node = helper.make_node(operator, ["x"], [f"{operator}_y"])
        branches[name] = helper.make_graph(
            [node], name, [], [helper.make_tensor_value_info(f"{operator}_y", TensorProto.FLOAT, None)])
    f.out("If", f.node("Equal", f.node("Shape", "x", start=2), f.integers(4)), **branches)
    return f


def embedding():
    f = File([6], opset=13, below=9)
    word = f.node("Gather", f.floats(9, 4), "x")
    kind = f.node("Gather", f.floats(9, 4), f.node("Cast", "x", to=TensorProto.INT32))
    f.outputs.append(f.node("Add", word, kind))
    f.out("Gather", f.floats(9, 2, 3), f.node("Unsqueeze", "x", f.integers(1)), axis=0)
    mask = f.node("Cast", "x", to=TensorProto.FLOAT)
    f.out("Mul", f.node("Sub", f.weight(np.float32(1)), mask), f.weight(np.float32(-10000)))
    return f


def matrices():
    f = File([4, 3, 3])
    f.out("Trilu", "x")
    f.out("Trilu", "x", f.weight(np.array(-1, np.int64)), upper=0)
    f.out("Add", "x", f.node("Trilu", f.floats(3, 3), f.weight(np.array(1, np.int64))))
    f.out("Einsum", "x", equation="bijk -> bkij")
    other = f.node("Neg", "x")
    for equation in ("bhij,bhjk->bhik", "bhij,bhkj->bhik", "bhji,bhjk->bhik", "bhij,bhjk->bhki"):
        f.out("Einsum", "x", other, equation=equation)
    f.out("MatMul", "x", f.node("MatMul", f.floats(3, 2), f.floats(2, 3)))
    f.out("Add", "x", f.node("MatMul", f.floats(4, 3, 5), f.floats(5, 3)))
    f.out("Concat", f.node("Exp", "x"), axis=1)
    for name, inputs in (("Gelu", 1), ("QuickGelu", 1), ("FastGelu", 1), ("FastGelu", 2), ("BiasGelu", 2)):
        f.out(name, *["x", f.floats(3)][:inputs], domain="com.microsoft")
    return f


def comparisons():
    f = File([3, 4])
    half = f.weight(np.float32(0.25))
    as_float = lambda v: f.node("Cast", v, to=TensorProto.FLOAT)
    truths = [f.node(kind, "x", half) for kind in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal")]
    truths.append(f.node("Equal", f.node("Relu", "x"), f.weight(np.float32(0))))
    truths.append(f.node("Less", f.node("Neg", "x"), "x"))
    truths.append(f.node("Cast", f.node("Relu", "x"), to=TensorProto.BOOL))
    truths += [f.node(kind, truths[0], truths[7]) for kind in ("And", "Or", "Xor")]
    truths.append(f.node("Not", truths[0]))
    for truth in truths:
        f.outputs.append(as_float(truth))
    f.out("Where", truths[0], "x", f.weight(np.float32(-7)))
    f.out("Where", truths[2], f.floats(3, 4), f.node("Exp", "x"))
    f.out("Mul", as_float(f.node("Cast", truths[0], to=TensorProto.INT64)), "x")
    return f


def recurrent():
    """Samples are the second axis of frames, of states too."""
    f = File([3, 2], opset=14)
    frames = f.node("Transpose", "x", perm=[1, 0, 2])

    def cell(kind, gates, n, directions=1, bias=False, begun=False, peepholes=False, **attributes):
        inputs = [frames, f.floats(directions, gates * n, 2), f.floats(directions, gates * n, n)]
        inputs += [f.floats(directions, 2 * gates * n) if bias else "", ""]
        state = ""
        if begun:
            states = f.node("Transpose", f.node("ReduceMax", "x", axes=[2], keepdims=1), perm=[1, 0, 2])
            part = f.node("Slice", states, f.integers(0), f.integers(directions), f.integers(0))
            state = f.node("Mul", part, f.floats(directions, 1, n))
        inputs += [state] * (2 if kind == "LSTM" else 1)
        inputs += [f.floats(directions, 3 * n)] * peepholes
        while not inputs[-1]:
            inputs.pop()
        names = f.node(kind, *inputs, outputs=3 if kind == "LSTM" else 2, hidden_size=n, **attributes)
        f.out("Transpose", names[0], perm=[2, 0, 1, 3])
        for name in names[1:]:
            f.out("Transpose", name, perm=[1, 0, 2])

    for direction, count in (("forward", 1), ("reverse", 1), ("bidirectional", 2)):
        cell("RNN", 1, 3, count, bias=True, begun=True, direction=direction)
        cell("GRU", 3, 2, count, bias=True, direction=direction)
        cell("LSTM", 4, 2, count, bias=True, begun=True, direction=direction)
    cell("GRU", 3, 2, bias=True, begun=True, linear_before_reset=1)
    cell("GRU", 3, 1, bias=True, linear_before_reset=1, clip=0.4)
    cell("LSTM", 4, 2, peepholes=True, begun=True, clip=0.5)
    cell("LSTM", 4, 1, begun=True, input_forget=1)
    cell("LSTM", 4, 2, bias=True, activations=["HardSigmoid", "Softsign", "Relu"], activation_alpha=[0.3], activation_beta=[0.4])
    cell("RNN", 1, 2, 2, direction="bidirectional", activations=["LeakyRelu", "Elu"], activation_alpha=[0.1, 0.7])
    return f


def loops():
    """Scans and a loop over frames of [N, 3, 4] that read one pair of matrices."""
    f = File([3, 4], opset=18)
    input, recurrent = f.floats(4, 5), f.floats(5, 5)
    info = lambda name, type=TensorProto.FLOAT, shape=None: helper.make_tensor_value_info(name, type, shape)

    def cell(tag, frame, state):
        """A frame [N, 4] and a state [N, 5] to the next state and an answer [N, 5]."""
        names = [f"{tag}_{k}" for k in range(5)]
        return [
            helper.make_node("MatMul", [frame, input], [names[0]]), helper.make_node("MatMul", [state, recurrent], [names[1]]),
            helper.make_node("Add", names[:2], [names[2]]), helper.make_node("Tanh", [names[2]], [names[3]]),
            helper.make_node("Mul", [names[3], names[0]], [names[4]]),
        ], names[3], names[4]

    begun = f.node("MatMul", f.node("ReduceMax", "x", f.integers(1), keepdims=0), f.floats(4, 5))
    turned = f.node("Transpose", "x", perm=[1, 0, 2])
    for tag, frames, attributes in (
            ("a", turned, {}), ("b", "x", {"scan_input_axes": [1], "scan_output_axes": [-1]}),
            ("c", "x", {"scan_input_axes": [-2], "scan_input_directions": [1], "scan_output_axes": [1]}),
            ("d", turned, {"scan_output_axes": [1], "scan_output_directions": [1]})):
        nodes, left, answer = cell(tag, f"{tag}_x", f"{tag}_s")
        body = helper.make_graph(nodes, tag, [info(f"{tag}_s"), info(f"{tag}_x")], [info(left), info(answer)])
        state, answers = f.node("Scan", begun, frames, outputs=2, body=body, num_scan_inputs=1, **attributes)
        f.outputs.append(state)
        f.outputs.append(answers if "scan_output_axes" in attributes else f.node("Transpose", answers, perm=[1, 0, 2]))

    # A second constant that is scanned, a state that is passed through, an answer that is not asked for.
    nodes, left, answer = cell("e", "e_x", "e_s")
    nodes += [helper.make_node("Add", [answer, "e_k"], ["e_sum"]), helper.make_node("Identity", ["e_p"], ["e_same"])]
    body = helper.make_graph(
        nodes, "e", [info("e_s"), info("e_p"), info("e_x"), info("e_k")], [info(left), info("e_same"), info("e_sum"), info(answer)])
    f.outputs += f.node(
        "Scan", begun, begun, "x", f.floats(3, 5), outputs=4, body=body, num_scan_inputs=2, scan_input_axes=[1, 0],
        scan_output_axes=[1, 1])[:3]

    # Loops: by number, and by a condition that ends it.
    nodes, left, answer = cell("l", "l_x", "l_s")
    first = [helper.make_node("Gather", ["x", "l_i"], ["l_x"], axis=1)]
    ends = [info("l_i", TensorProto.INT64, []), info("l_c", TensorProto.BOOL, []), info("l_s")]
    same = [helper.make_node("Identity", ["l_c"], ["l_go"])]
    body = helper.make_graph(first + nodes + same, "l", ends, [info("l_go", TensorProto.BOOL, []), info(left), info(answer)])
    state, answers = f.node("Loop", f.weight(np.array(3, np.int64)), "", begun, outputs=2, body=body)
    f.outputs += [state, f.node("Transpose", answers, perm=[1, 0, 2])]
    less = [helper.make_node("Less", ["l_i", f.weight(np.array(1, np.int64))], ["l_go"])]
    body = helper.make_graph(first + nodes + less, "m", ends, [info("l_go", TensorProto.BOOL, []), info(left)])
    f.out("Loop", "", f.weight(np.array(True)), begun, body=body)
    return f


FILES = {
    "functions": functions, "functions-of-positive": of_positive, "reductions": reductions,
    "reductions-by-attributes": reductions_by_attributes, "picks": picks, "picks-by-attributes": picks_by_attributes,
    "blocks": blocks, "resizes": resizes, "cubics": cubics, "upsamples": upsamples, "old-resizes": old_resizes, "lines": lines,
    "normalizations": normalizations, "groups": groups, "products": products, "folded": folded,
    "composites": composites, "choices": choices, "embedding": embedding, "matrices": matrices, "comparisons": comparisons,
    "recurrent": recurrent, "loops": loops,
}

if __name__ == "__main__":
    answers = {name: build().write(name) for name, build in FILES.items()}
    (FOLDER / "answers.json").write_text(json.dumps(answers, separators=(",", ":")) + "\n")
