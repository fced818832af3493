"""Counts the answers of exported files that equal those of the blobs that they were exported from.

    venv/bin/python exported.py KINGLET FOLDER NAME...

FOLDER/NAME.tflite are files of int8. Each is encoded (`kinglet encode`), exported again (`kinglet export`), and given random
bytes: the blob in the C runtime (`kinglet run --raw`), the exported file in PyPI's tflite-micro. Every byte has to be equal.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import tflite_micro

SAMPLES = 16


def answers(path, samples):
    interpreter = tflite_micro.runtime.Interpreter.from_file(str(path), arena_size=1 << 23)
    shape = interpreter.get_input_details(0)["shape"]
    found = []
    for sample in samples:
        interpreter.set_input(sample.reshape(shape), 0)
        interpreter.invoke()
        found.append(interpreter.get_output(0).ravel())
    return np.array(found)


def compare(kinglet, source, folder):
    blob, exported = folder / "net.kgl", folder / "net.tflite"
    run = lambda *arguments: subprocess.run([kinglet, *map(str, arguments)], check=True, capture_output=True, text=True)
    run("encode", source, "-o", blob, "-q")
    run("export", blob, "-o", exported)
    details = tflite_micro.runtime.Interpreter.from_file(str(exported), arena_size=1 << 23).get_input_details(0)
    random = np.random.default_rng(1)
    shape = [SAMPLES, *details["shape"][1:]]
    if details["dtype"] == np.float32:
        samples = random.uniform(-1, 1, shape).astype(np.float32)
    else:
        samples = random.integers(-128, 128, shape).astype(details["dtype"])
    np.save(folder / "x.npy", samples)
    run("run", blob, "--raw", "--input", folder / "x.npy", "--output", folder / "y.npy", "-q")
    own = np.load(folder / "y.npy").reshape(SAMPLES, -1)
    return own == answers(exported, samples).reshape(SAMPLES, -1)


def main():
    kinglet, folder = sys.argv[1:3]
    for name in sys.argv[3:]:
        with tempfile.TemporaryDirectory() as place:
            try:
                equal = compare(kinglet, pathlib.Path(folder, f"{name}.tflite"), pathlib.Path(place))
                print(f"{name}: {equal.sum()} of {equal.size} answers are equal", flush=True)
            except subprocess.CalledProcessError as error:
                print(f"{name}: {error.stderr.strip()}", flush=True)


main()
