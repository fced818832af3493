"""A quantized ONNX model (QuantizeLinear, DequantizeLinear) as the floats that its integers stand for.

    python float.py quantized.onnx float.onnx

Weights become what they dequantize to; values between nodes are no longer rounded. Needs numpy and onnx.
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
graph = model.graph
numbers = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
renamed = {}
kept = []
for node in graph.node:
    inputs = [renamed.get(name, name) for name in node.input]
    if node.op_type == "DequantizeLinear" and inputs[0] in numbers:
        scale = numbers[inputs[1]]
        zero = numbers[inputs[2]] if len(inputs) > 2 else 0
        values = numbers[inputs[0]].astype(np.float32)
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        shape = [-1 if place == axis % values.ndim else 1 for place in range(values.ndim)]
        spread = [np.reshape(one, shape) if np.size(one) > 1 else one for one in (np.asarray(zero, np.float32), scale)]
        floats = ((values - spread[0]) * spread[1]).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(floats, node.output[0]))
    elif node.op_type in ("QuantizeLinear", "DequantizeLinear"):
        renamed[node.output[0]] = inputs[0]
    else:
        del node.input[:]
        node.input.extend(inputs)
        kept.append(node)
del graph.node[:]
graph.node.extend(kept)
for value in graph.output:
    if value.name in renamed:
        graph.node.append(onnx.helper.make_node("Identity", [renamed[value.name]], [value.name]))
used = {name for node in graph.node for name in node.input}
stays = [one for one in graph.initializer if one.name in used]
del graph.initializer[:]
graph.initializer.extend(stays)
onnx.save(model, sys.argv[2])
