"""Writes the small quantized ONNX files of this folder, by onnxruntime's quantizer, and onnxruntime's answers to them.

    python3 -m venv venv && venv/bin/pip install onnx onnxruntime numpy sympy
    venv/bin/python make.py

Four nets of random weights of a fixed seed: `cnn`, `mlp`, `residual`, `depthwise`; each quantized by the settings that
`SETTINGS` names. Answers (`answers.json`) are of onnxruntime's CPU provider without graph optimizations, which computes
QDQ files in float32 between the roundings that they say. What its fused integer kernels give instead is printed.
"""
import json
import os
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static)
from onnxruntime.quantization.shape_inference import quant_pre_process

FOLDER = pathlib.Path(__file__).parent
SAMPLES = 12


class Net:
    """A float network under construction."""

    def __init__(self, name, shape, seed):
        self.name, self.random = name, np.random.default_rng(seed)
        self.shape, self.nodes, self.weights = shape, [], []

    def weight(self, *shape, scale=None):
        name = f"w{len(self.weights)}"
        fan = np.prod(shape[1:]) if len(shape) > 1 else 4
        value = self.random.normal(size=shape) * (scale or (2 / fan) ** 0.5)
        self.weights.append(numpy_helper.from_array(value.astype(np.float32), name))
        return name

    def node(self, operator, *inputs, **attributes):
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name + "_y"], name=name, **attributes))
        return name + "_y"

    def conv(self, x, rows, columns, kernel=3, group=1, **attributes):
        w, b = self.weight(rows, columns // group, kernel, kernel), self.weight(rows, scale=0.3)
        attributes.setdefault("pads", [kernel // 2] * 4)
        return self.node("Conv", x, w, b, group=group, kernel_shape=[kernel] * 2, **attributes)

    def gemm(self, x, rows, columns):
        return self.node("Gemm", x, self.weight(rows, columns), self.weight(rows, scale=0.3), transB=1)

    def write(self, output, path):
        graph = helper.make_graph(
            self.nodes, self.name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N"] + self.shape)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(onnx.shape_inference.infer_shapes(model), path)


def cnn(path):
    net = Net("cnn", [1, 12, 12], 1)
    x = net.node("MaxPool", net.node("Relu", net.conv("x", 8, 1)), kernel_shape=[2, 2], strides=[2, 2])
    x = net.node("MaxPool", net.node("Relu", net.conv(x, 12, 8)), kernel_shape=[2, 2], strides=[2, 2])
    x = net.node("Flatten", x)
    net.write(net.gemm(x, 10, 108), path)


def mlp(path):
    net = Net("mlp", [24], 2)
    x = net.node("Relu", net.gemm("x", 32, 24))
    x = net.node("Tanh", net.gemm(x, 16, 32))
    x = net.node("Add", net.node("MatMul", x, net.weight(16, 6)), net.weight(6))
    net.write(net.node("Softmax", x, axis=-1), path)


def residual(path):
    net = Net("residual", [3, 10, 10], 3)
    x = net.node("Relu", net.conv("x", 8, 3))
    y = net.conv(net.node("Relu", net.conv(x, 8, 8)), 8, 8)
    x = net.node("Relu", net.node("Add", x, y))
    y = net.node("Sigmoid", net.conv(x, 8, 8, kernel=1))
    x = net.node("Mul", x, y)
    x = net.node("Concat", x, net.node("LeakyRelu", net.conv(x, 4, 8, kernel=1), alpha=0.1), axis=1)
    x = net.node("Flatten", net.node("GlobalAveragePool", x))
    net.write(net.gemm(x, 5, 12), path)


def depthwise(path):
    net = Net("depthwise", [3, 12, 12], 4)
    clip = lambda x: net.node("Clip", x, low, high)
    net.weights += [numpy_helper.from_array(np.float32(v), n) for v, n in ((0, "low"), (6, "high"))]
    low, high = "low", "high"
    x = clip(net.conv("x", 8, 3, strides=[2, 2]))
    x = clip(net.conv(x, 8, 8, group=8))
    x = net.conv(x, 12, 8, kernel=1)
    x = net.node("HardSwish", net.conv(x, 12, 12, group=12, strides=[2, 2]))
    x = net.node("AveragePool", x, kernel_shape=[3, 3], strides=[3, 3])
    x = net.node("Reshape", x, shape := "shape")
    net.weights.append(numpy_helper.from_array(np.array([0, -1], np.int64), shape))
    net.write(net.gemm(x, 6, 12), path)


NETS = {"cnn": cnn, "mlp": mlp, "residual": residual, "depthwise": depthwise}

U8, S8, U16, S16 = QuantType.QUInt8, QuantType.QInt8, QuantType.QUInt16, QuantType.QInt16
QDQ, OPERATORS = QuantFormat.QDQ, QuantFormat.QOperator
# By the end of a file's name: which nets, and what quantize_static is told.
SETTINGS = {
    "qdq-u8s8": (list(NETS), dict(quant_format=QDQ, activation_type=U8, weight_type=S8)),
    "qdq-s8s8-channels": (list(NETS), dict(quant_format=QDQ, activation_type=S8, weight_type=S8, per_channel=True)),
    "qdq-symmetric": (["cnn", "residual"], dict(
        quant_format=QDQ, activation_type=S8, weight_type=S8, extra_options={"ActivationSymmetric": True})),
    "qdq-u8u8": (["cnn"], dict(quant_format=QDQ, activation_type=U8, weight_type=U8)),
    "qdq-u16s8": (["residual"], dict(quant_format=QDQ, activation_type=U16, weight_type=S8)),
    "qdq-s16": (["mlp"], dict(quant_format=QDQ, activation_type=S16, weight_type=S16)),
    "qdq-some": (["residual"], dict(
        quant_format=QDQ, activation_type=U8, weight_type=S8, op_types_to_quantize=["Conv", "Gemm"])),
    "operators-u8s8": (list(NETS), dict(quant_format=OPERATORS, activation_type=U8, weight_type=S8)),
    "operators-u8u8-channels": (["cnn", "residual"], dict(
        quant_format=OPERATORS, activation_type=U8, weight_type=U8, per_channel=True)),
    "dynamic-u8": (["cnn", "mlp"], dict(weight_type=U8)),
    "dynamic-s8-channels": (["mlp"], dict(weight_type=S8, per_channel=True)),
    "qdq-s4": (["mlp"], dict(quant_format=QDQ, activation_type=U8, weight_type=QuantType.QInt4)),
}


class Samples(CalibrationDataReader):
    def __init__(self, values):
        self.left = [{"x": v[None]} for v in values]

    def get_next(self):
        return self.left.pop() if self.left else None


def answers(path, x, level):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    # One sample at a time: scales that are found anew are found in each.
    return np.concatenate([session.run(None, {"x": v[None]})[0] for v in x])


def scale_of(path):
    """What a step of the output is, where it is quantized."""
    graph = onnx.load(path).graph
    numbers = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    last = next(n for n in graph.node if graph.output[0].name in n.output)
    return float(numbers[last.input[1]]) if last.op_type == "DequantizeLinear" else None


def main():
    inputs, found = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, net in NETS.items():
            plain, ready = os.path.join(folder, name + ".onnx"), os.path.join(folder, name + "-ready.onnx")
            net(plain)
            quant_pre_process(plain, ready, skip_symbolic_shape=True)
            shape = [d.dim_value for d in onnx.load(plain).graph.input[0].type.tensor_type.shape.dim][1:]
            random = np.random.default_rng(7)
            x = random.normal(size=[64] + shape).astype(np.float32)
            given = (np.round(32 * x[32:32 + SAMPLES]) / 32).astype(np.float32)
            numbers = lambda a: {"shape": list(a.shape), "values": [float(f"{v:.9g}") for v in a.ravel()]}
            inputs[name] = numbers(given)
            for kind, (nets, settings) in SETTINGS.items():
                if name not in nets:
                    continue
                path = FOLDER / f"{name}-{kind}.onnx"
                if kind.startswith("dynamic"):
                    quantize_dynamic(ready, path, **settings)
                else:
                    quantize_static(ready, path, Samples(x[:32]), calibrate_method=CalibrationMethod.MinMax, **settings)
                levels = onnxruntime.GraphOptimizationLevel
                y = answers(path, given, levels.ORT_DISABLE_ALL)
                fused = answers(path, given, levels.ORT_ENABLE_ALL)
                step = scale_of(path)
                note = ""
                if step:
                    off = np.abs(np.round((fused - y) / step))
                    note = f", fused: {100 * (off == 0).mean():.2f} % equal, at most {off.max():.0f} steps off"
                print(f"{path.name}: {path.stat().st_size} bytes{note}")
                found[path.stem] = {"net": name, "output": numbers(y), "step": step}
    text = json.dumps({"inputs": inputs, "files": found}, separators=(",", ":"))
    (FOLDER / "answers.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
