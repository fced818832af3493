"""Times blobs in the C runtime against a model in onnxruntime, one thread each, in turns.

Each is run six times a turn and timed the sixth time, so that none pays for what another left in the
caches.

host.py MODEL LIBRARIES BLOB...: LIBRARIES has a line NAME=PATH for each build of the runtime. Prints
the median of the turns, and the ratio of a blob's to onnxruntime's; the builds must give the same
bytes.
"""

import ctypes
import pathlib
import statistics
import sys
import time

import numpy
import onnxruntime

TURNS = 200


class Tensor(ctypes.Structure):  # kgl_tensor
    _fields_ = [("rank", ctypes.c_uint32), ("sizes", ctypes.c_uint32 * 6),
                ("elements", ctypes.c_uint32), ("word_offset", ctypes.c_uint32),
                ("type", ctypes.c_int), ("scale", ctypes.c_float)]


class Blob:
    """A blob, opened by one build of the runtime, and one image in its arena."""

    def __init__(self, library, path, image):
        self.library = ctypes.CDLL(library)
        self.data = pathlib.Path(path).read_bytes()
        self.model = (ctypes.c_uint64 * 32)()  # more than a kgl_model
        self.check(self.library.kgl_open(self.model, self.data, len(self.data)))
        self.bytes = self.library.kgl_arena_bytes(self.model)
        self.arena = numpy.zeros(self.bytes // 4, numpy.uint32)
        tensor = self.place(self.library.kgl_input)
        values = image if tensor.type == 0 else image / numpy.float32(tensor.scale)
        self.input = values.astype([numpy.float32, numpy.uint8, numpy.int8][tensor.type]).ravel()
        self.run = self.library.kgl_run
        self.arguments = (self.model, ctypes.c_void_p(self.arena.ctypes.data), self.bytes,
                          (ctypes.c_void_p * 1)(self.input.ctypes.data), None)

    def place(self, call):
        tensor = Tensor()
        self.check(call(self.model, 0, ctypes.byref(tensor)))
        return tensor

    @staticmethod
    def check(status):
        if status != 0:
            sys.exit(f"host.py: the runtime gave status {status}")

    def infer(self):
        self.check(self.run(*self.arguments))

    def output(self):
        tensor = self.place(self.library.kgl_output)
        width = 4 if tensor.type == 0 else 1
        begin = tensor.word_offset * 4
        return self.arena.view(numpy.uint8)[begin:begin + width * tensor.elements].tobytes()


def main(model, libraries, paths):
    image = numpy.random.default_rng(1).integers(0, 256, (1, 1, 28, 28)) / 255
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: image.astype(numpy.float32)}
    bodies = [lambda: session.run(None, feed)]
    names, outputs = [], {}
    for path in paths:
        for name, library in libraries:
            blob = Blob(library, path, image)
            blob.infer()
            outputs.setdefault(path, set()).add(blob.output())
            bodies.append(blob.infer)
            names.append(f"{pathlib.Path(path).stem}, {name}")
    times = [[] for _ in bodies]
    for _ in range(TURNS):
        for body, taken in zip(bodies, times):
            for _ in range(5):
                body()
            begin = time.perf_counter()
            body()
            taken.append(time.perf_counter() - begin)
    dense, *others = [statistics.median(taken) for taken in times]
    print(f"{pathlib.Path(model).stem} on one core, median of {TURNS} turns; "
          f"onnxruntime {onnxruntime.__version__}, dense float32: {dense * 1e3:.3f} ms")
    for name, taken in zip(names, others):
        print(f"{name:40} {taken * 1e3:8.3f} ms  {taken / dense:6.2f} times onnxruntime's")
    for path, different in outputs.items():
        if path.endswith("int8.kgl") and len(different) > 1:
            sys.exit(f"host.py: builds of the runtime differ on {path}")


if __name__ == "__main__":
    lines = pathlib.Path(sys.argv[2]).read_text().splitlines()
    main(sys.argv[1], [line.rsplit("=", 1) for line in lines], sys.argv[3:])
