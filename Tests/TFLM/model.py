"""Small .tflite files, and what TensorFlow Lite Micro answers to them.

Needs PyPI's tflite-micro, of 13 October 2026 or later, which brings numpy, flatbuffers and the schema.
"""

import flatbuffers
import numpy as np
from tflite_micro.python.tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

OPERATOR = schema.BuiltinOperator
TYPES = {
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "int32": schema.TensorType.INT32,
    "float32": schema.TensorType.FLOAT32,
    "bool": schema.TensorType.BOOL,
    "int16": schema.TensorType.INT16,
    "int64": schema.TensorType.INT64,
}


class Model:
    """One subgraph: tensors and operators as they are added."""

    def __init__(self):
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.model = schema.ModelT()
        self.model.version, self.model.description = 3, b""
        self.model.buffers, self.model.operatorCodes = [schema.BufferT()], []
        self.model.subgraphs = [self.graph]

    def tensor(self, shape, type="int8", scale=None, zero=0, data=None, axis=0, name=None, lasts=False):
        """A tensor's number. `scale` is a number or one for each position along `axis`; it may last from call to call."""
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.buffer = list(shape), TYPES[type], 0
        tensor.isVariable = lasts
        tensor.name = (name or f"t{len(self.graph.tensors)}").encode()
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, type).tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        if scale is not None:
            quantization = schema.QuantizationParametersT()
            quantization.scale = [float(s) for s in np.atleast_1d(np.float32(scale))]
            quantization.zeroPoint = [int(zero)] * len(quantization.scale)
            quantization.quantizedDimension = axis
            tensor.quantization = quantization
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def add(self, operator, inputs, outputs, options=None, **fields):
        """An operator by its name in the schema; `options` names its table (Conv2D), with fields."""
        code = schema.OperatorCodeT()
        code.builtinCode, code.version = getattr(OPERATOR, operator), 1
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        self.model.operatorCodes.append(code)
        node = schema.OperatorT()
        node.opcodeIndex = len(self.model.operatorCodes) - 1
        node.inputs, node.outputs = list(inputs), list(outputs)
        if options:
            table = getattr(schema, options + "OptionsT")()
            for field, value in fields.items():
                setattr(table, field, value)
            node.builtinOptions = table
            node.builtinOptionsType = getattr(schema.BuiltinOptions, options + "Options")
        self.graph.operators.append(node)

    def bytes(self, inputs, outputs):
        """The file."""
        self.graph.inputs, self.graph.outputs = list(inputs), list(outputs)
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def interpreter(data, arena=1 << 24):
    return runtime.Interpreter.from_bytes(data, arena_size=arena)


def answers(data, inputs, outputs=1, arena=1 << 24, runner=None):
    """What a fresh interpreter, or one that ran before, gives for one sample: `outputs` arrays."""
    runner = runner or interpreter(data, arena)
    for number, array in enumerate(inputs):
        runner.set_input(array, number)
    runner.invoke()
    return [np.array(runner.get_output(number)) for number in range(outputs)]
