"""Asks the command for the node tests of PyPI's `onnx`: how many it answers rightly, refuses, and answers wrongly.

    python3 -m venv venv && venv/bin/pip install onnx numpy
    venv/bin/python nodes.py ../../.build/release/kinglet [PATTERN]

Asked are all tests with an input of floats or bytes whose outputs are all of these. Other integers and truth values become
constants of the model; inputs of floats and bytes stay inputs, all of them or else one, the others constants too. Bytes are
given and taken as they are, by `--raw` or as numbers, and must be equal. The first axis of what is
left counts samples, or else nothing does (`--batch none`). The first of these ways that is not refused is judged: by a
thousandth, and by what their types hold for float16 and bfloat16. Ends with status 1 where an answer is wrong.
"""
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

warnings.simplefilter("ignore")
from onnx.backend.test.case.node import collect_testcases  # noqa: E402  (what it warns of is its own)

FLOATS = {1, 10, 11, 16}
BYTES = {2: np.uint8, 3: np.int8}
# By a type's number, how far off a result may be.
TOLERANCES = {10: (2e-3, 2e-3), 16: (2e-2, 2e-2)}


def array(value):
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def kind(end):
    return end.type.tensor_type.elem_type


def is_asked(case):
    ends = list(case.model.graph.input) + list(case.model.graph.output)
    return (
        all(end.type.HasField("tensor_type") for end in ends)
        and any(kind(end) in FLOATS or kind(end) in BYTES for end in case.model.graph.input)
        and all(kind(end) in FLOATS or kind(end) in BYTES for end in case.model.graph.output))


def ways(case):
    """Names of the inputs that are kept, and options of the command."""
    floats = [end.name for end in case.model.graph.input if kind(end) in FLOATS]
    names = [end.name for end in case.model.graph.input if kind(end) in FLOATS or kind(end) in BYTES]
    kept = []
    for some in [floats, names] + [[name] for name in floats[:2] + names[:2]]:
        if some and some not in kept:
            kept.append(some)
    return [(k, options) for options in ([], ["--batch", "none"]) for k in kept]


def model_of(case, kept, data):
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    for end in list(model.graph.input):
        if end.name not in kept:
            value = data[end.name]
            tensor = onnx.TensorProto()
            tensor.CopyFrom(value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(np.asarray(value)))
            tensor.name = end.name
            model.graph.initializer.append(tensor)
            model.graph.input.remove(end)
    return model


def ask(command, case, kept, options, folder):
    """What came of it, and why: bytes as they are, or where a network takes numbers, their numbers."""
    kinds = {end.name: kind(end) for end in list(case.model.graph.input) + list(case.model.graph.output)}
    has_bytes = any(kinds[name] in BYTES for name in kept + [end.name for end in case.model.graph.output])
    fate, why = ask_once(command, case, kept, options + ["--raw"] * has_bytes, kinds, folder)
    if has_bytes and fate == "refused" and "--raw" in why:
        fate, why = ask_once(command, case, kept, options, kinds, folder)
    return fate, why


def ask_once(command, case, kept, options, kinds, folder):
    inputs, outputs = case.data_sets[0]
    data = {end.name: value for end, value in zip(case.model.graph.input, inputs)}
    path, answers = os.path.join(folder, "model.onnx"), os.path.join(folder, "answers.npz")
    with open(path, "wb") as file:
        file.write(model_of(case, kept, data).SerializeToString())
    outs, raw = [end.name for end in case.model.graph.output], "--raw" in options
    words = [command, "run", path, "--output", answers] + options
    for number, name in enumerate(kept):
        given = array(data[name]).astype(BYTES.get(kinds[name], np.float32) if raw else np.float32)
        words += ["--input", os.path.join(folder, f"{number}.npy")]
        np.save(words[-1], given[None] if "--batch" in options else given)
    run = subprocess.run(words, capture_output=True, text=True)
    if run.returncode in (2, 3):  # 2: another number of inputs, where one is not needed
        return "refused", run.stderr.strip().replace(path + ": ", "").removeprefix("kinglet: ")
    if run.returncode != 0:
        return "wrong", f"status {run.returncode}: {run.stderr.strip()[-300:]}"
    found = np.load(answers)
    for number, value in enumerate(outputs):
        expected, given = array(value).astype(np.float64), found[f"arr_{number}"].astype(np.float64)
        if "--batch" in options and given.shape == (1,) + expected.shape:
            given = given[0]
        relative, absolute = TOLERANCES.get(kinds[outs[number]], (1e-3, 1e-6))
        if kinds[outs[number]] in BYTES:
            relative, absolute = 0, 0
        if given.shape != expected.shape:
            return "wrong", f"its shape is {given.shape}, not {expected.shape}"
        if not np.allclose(given, expected, rtol=relative, atol=absolute, equal_nan=True):
            return "wrong", f"off by {np.nanmax(np.abs(given - expected))}"
    return "right", ""


def judge(command, case):
    refusals = []
    with tempfile.TemporaryDirectory() as folder:
        for kept, options in ways(case):
            fate, why = ask(command, case, kept, options, folder)
            if fate != "refused":
                return case.name, fate, why
            refusals.append(why)
    return case.name, "refused", refusals[-1]


def reason(sentence):
    """Without names and numbers, so that equal reasons are counted together."""
    sentence = re.sub(r" \(node [^)]*\)| \(\d+ nodes, the first [^)]*\)|node \S+ ", " ", sentence)
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", sentence)).strip()[:160]


def main():
    command, pattern = os.path.abspath(sys.argv[1]), re.compile(sys.argv[2] if len(sys.argv) > 2 else "")
    cases = [case for case in collect_testcases(None) if is_asked(case) and pattern.search(case.name)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        fates = list(pool.map(lambda case: judge(command, case), cases))
    for name, fate, why in fates:
        if fate == "wrong":
            print(f"wrong: {name}: {why}")
    for text, count in collections.Counter(reason(why) for _, fate, why in fates if fate == "refused").most_common():
        print(f"{count:5} {text}")
    counts = collections.Counter(fate for _, fate, _ in fates)
    print(f"{len(fates)} node tests: {counts['right']} right, {counts['refused']} refused, {counts['wrong']} wrong")
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
