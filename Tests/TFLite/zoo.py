"""Writes zoo.json: what LiteRT's reference kernels answer for published float files.

    venv/bin/python zoo.py FOLDER_OF_FILES

The venv is that of make.py. Inputs are numbers of a formula that the test has too, so only answers are kept, of long
ones every thirteenth number.
A file of integer weights and float activations is answered by its twin in floats.
"""
import json
import pathlib
import sys

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s

from make import answers, TYPES

NAMES = [
    "mlperf-ad-float", "mlperf-ic02-float", "mlperf-resnet8-float", "mlperf-vww-float", "tflm-hello_world-float",
    "tinymaix-cifar10_f", "tinymaix-mnist_dw_f", "tinymaix-mnist_valid_f", "dtln-1-float", "dtln-1-dynamic",
]


def numbers(shape, seed):
    n = np.arange(int(np.prod(shape)), dtype=np.uint64)
    n = (n * 2654435761 + seed * 40503) % 2**32
    return (n / 2**31 - 1).astype(np.float32).reshape(shape)


def floats(model):
    """The same with floats for integer weights."""
    for tensor in model.subgraphs[0].tensors:
        data = model.buffers[tensor.buffer].data
        if tensor.type == TYPES["int8"] and data is not None:
            q = tensor.quantization
            wide = [-1 if len(q.scale) > 1 and a == q.quantizedDimension else 1 for a in range(len(tensor.shape))]
            values = data.view(np.int8).reshape(tensor.shape).astype(np.float32) * np.float32(q.scale).reshape(wide)
            buffer = s.BufferT()
            buffer.data = np.frombuffer(values.astype(np.float32).tobytes(), np.uint8)
            model.buffers.append(buffer)
            tensor.type, tensor.buffer, tensor.quantization = 0, len(model.buffers) - 1, None


def main():
    results = {}
    for name in NAMES:
        content = pathlib.Path(sys.argv[1], f"{name}.tflite").read_bytes()
        model = s.ModelT.InitFromObj(s.Model.GetRootAs(content, 0))
        if name.endswith("dynamic"):
            floats(model)
            builder = flatbuffers.Builder(1024)
            builder.Finish(model.Pack(builder), b"TFL3")
            content = bytes(builder.Output())
        shapes = [model.subgraphs[0].tensors[i].shape for i in model.subgraphs[0].inputs]
        results[name] = []
        for seed in range(3):
            outputs = answers(content, [numbers(shape, seed + 10 * i) for i, shape in enumerate(shapes)])
            results[name].append([[float(f"{v:.8g}") for v in o.ravel()[:: 13 if o.size > 64 else 1]] for o in outputs])
    lines = [f'"{name}": {json.dumps(result)}' for name, result in results.items()]
    (pathlib.Path(__file__).parent / "zoo.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
