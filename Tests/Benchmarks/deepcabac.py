"""Bytes of integer matrices under DeepCABAC, by the reference coder in PyPI's nncodec.

    deepcabac.py FILE

FILE holds matrices one after another, as little-endian int32: rows, columns, then the numbers row
by row. For each one line is printed: the bytes of its smallest bitstream, and the setting that gave
it. Every bitstream is decoded again and compared. Without FILE the coder is only looked for.

Nothing but the bitstream of the numbers is counted: no header, no table of levels. In all eight
settings the coder chooses the initial states and rates of its models for the layer
(param_opt_flag) and there is no dependent quantization (general_profile_idc 1); the matrix is taken
by rows or by columns, rows of zeros are skipped or not, numbers bounded by the size of the table or
not (codebook_size). Fixed rates, scans by blocks, other unary lengths save a byte or two at most.
"""
import importlib.machinery
import importlib.util
import itertools
import pathlib
import sys

import numpy as np

# Greatest number of "greater than x?" flags with a model each; nncodec's own choice is 10.
UNARY_LENGTH = 10


def coder():
    """The extension alone: the package itself asks for torch, which the coder does not need."""
    package = importlib.util.find_spec("nncodec")
    if package is None:
        sys.exit("nncodec is not installed")
    for folder in package.submodule_search_locations:
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            path = pathlib.Path(folder, "extensions", "deepCABAC" + suffix)
            if path.exists():
                spec = importlib.util.spec_from_file_location("deepCABAC", path)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
    sys.exit("nncodec is installed without its coder")


def encoded(cabac, matrix, skips, bounded):
    """The bitstream of a matrix; None if it decodes to anything else."""
    off = (cabac.HdspMode.AlwaysOff, np.zeros(0, np.int8))
    size = int(matrix.max(initial=0) - matrix.min(initial=0)) + 1 if bounded else 0
    zero = int(-matrix.min(initial=0)) if bounded else 0
    zeros = (~matrix.any(axis=1)).astype(np.int32)
    encoder = cabac.Encoder()
    encoder.initCtxModels(UNARY_LENGTH, 1)
    encoder.encodeLayer(matrix, 0, 0, 1, 0, skips, zeros, *off, size, zero)
    stream = encoder.finish().copy()
    decoder = cabac.Decoder()
    padded = np.append(stream, np.zeros(16, np.uint8))
    decoder.setStream(padded)
    decoder.initCtxModels(UNARY_LENGTH)
    back = np.zeros_like(matrix)
    decoder.decodeLayer(back, 0, 0, 1, 0, *off, size, zero)
    return stream if np.array_equal(back, matrix) else None


def smallest(cabac, matrix):
    """Bytes of the smallest bitstream, and the names of what it uses."""
    best = None
    forms = (("", matrix), ("by columns", np.ascontiguousarray(matrix.T)))
    for (form, numbers), skips, bounded in itertools.product(forms, (0, 1), (0, 1)):
        stream = encoded(cabac, numbers, skips, bounded)
        if stream is not None and (best is None or stream.size < best[0]):
            names = (form, "row skip" * skips, "bounded" * bounded)
            best = (stream.size, ", ".join(filter(None, names)))
    return best or sys.exit("no bitstream decodes to what was encoded")


def main():
    cabac = coder()
    if len(sys.argv) < 2:
        return
    numbers = np.fromfile(sys.argv[1], "<i4")
    place = 0
    while place < numbers.size:
        rows, columns = map(int, numbers[place : place + 2])
        place += 2
        matrix = numbers[place : place + rows * columns].reshape(rows, columns).astype(np.int32)
        place += rows * columns
        print(*smallest(cabac, matrix))


main()
