"""Compares exported ONNX files, in onnxruntime, with the blobs that they were exported from, in the C runtime.

    venv/bin/python exported.py KINGLET MODEL...

Each model is encoded (`kinglet encode`) and exported again (`kinglet export`). Of a model of floats the largest difference is
printed, over the largest answer, which is to be below 1e-5; of one of integers, exported with --quantized, how many answers are
the same step of the output's scale, and by how many steps the others are off.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

SAMPLES = 64


def run(kinglet, *arguments):
    return subprocess.run([kinglet, *map(str, arguments)], check=True, capture_output=True, text=True)


def exported(kinglet, blob, path):
    """Whether it is of integers."""
    try:
        run(kinglet, "export", blob, "-o", path)
        return False
    except subprocess.CalledProcessError as error:
        if "--quantized" not in error.stderr:
            raise
    run(kinglet, "export", blob, "--quantized", "-o", path)
    return True


def compare(kinglet, model, folder):
    blob, path = folder / "net.kgl", folder / "net.onnx"
    run(kinglet, "encode", model, "-o", blob, "-q")
    quantized = exported(kinglet, blob, path)
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    samples = np.random.default_rng(1).uniform(-2, 2, [SAMPLES, *given.shape[1:]]).astype(np.float32)
    np.save(folder / "x.npy", samples)
    run(kinglet, "run", blob, "--input", folder / "x.npy", "--output", folder / "y.npy", "-q")
    own = np.load(folder / "y.npy").reshape(SAMPLES, -1)
    found = session.run(None, {given.name: samples})[0].reshape(SAMPLES, -1)
    if not quantized:
        return f"off by {np.abs(own - found).max() / np.abs(own).max():.1e} of the largest answer"
    steps = np.unique(np.abs(np.diff(np.unique(np.concatenate([own.ravel(), found.ravel()])))))
    step = steps[steps > 1e-6].min() if (steps > 1e-6).any() else 1.0
    off = np.rint(np.abs(own - found) / step)
    return f"{100 * np.mean(off == 0):.2f} % of {off.size} answers are equal, the others off by {off.max():.0f} at most"


def main():
    for model in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as place:
            try:
                print(f"{pathlib.Path(model).stem}: {compare(sys.argv[1], model, pathlib.Path(place))}", flush=True)
            except subprocess.CalledProcessError as error:
                print(f"{pathlib.Path(model).stem}: {error.stderr.strip()}", flush=True)


main()
