"""Asks the command for real ONNX files of public repositories: the share that it reads, by kind, and answers rightly.

    python3 -m venv venv && venv/bin/pip install onnx onnxruntime numpy
    venv/bin/python corpus.py FOLDER ../../.build/release/kinglet [BEFORE] [--only PATTERN]

`corpus.txt` says which files: kind, SHA-256, repository, commit, path. The files are others' and not kept here: FOLDER
is searched for them, by their hashes, with what they keep beside them (`.data`). A file is asked as a user would: as it
is; then with what the refusal says to give (`--axis`), or `--batch none` where it speaks of the batch. What is read is
run on samples drawn by seed, two or as many as the file fixes: by onnxruntime, by `run` of the model (Execution), and
by `run` of the blob that `encode --levels float` writes (the C runtime). Compared are the outputs that inputs decide.
They are right within 1e-4 of the largest of each, or within 1e-6 (onnxruntime's sigmoid is off by 1e-7 near 0); of
quantized files within 2e-2, as a rounding that falls the other way is a step of the whole, or within three times what
onnxruntime's own answer moves by where inputs are 1e-6 others. Their blobs keep the integers where the file is of such; else
they round nowhere, and are right within 2e-1. BEFORE, an older command, is
only asked for what it reads. Ends with status 1 where an answer is wrong. What came of it all is written to
`corpus-results.txt`.
"""
import argparse
import collections
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

from nodes import reason

HERE = os.path.dirname(os.path.abspath(__file__))
QUANTIZED = {"qdq", "qoperator", "dynamic"}
RANDOM = {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"}
SAMPLES = 2
# What a user would give for an axis of such a name or place, the first that fits; sides of images are multiples of 32.
SIZES = [
    (r"^(height|width|h|w)\b|:[23]$", 64),
    (r"sample|audio|time|length_in", 16000),
    (r"batch|^n$|^b$", 1),
    (r"", 64),
]


def files(folder):
    """Paths of the folder's models, by hash."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".onnx"):
                with open(os.path.join(path, name), "rb") as file:
                    found[hashlib.sha256(file.read()).hexdigest()] = os.path.join(path, name)
    return found


def run(command, *words):
    """Status, and what was said."""
    try:
        done = subprocess.run([command, *words], capture_output=True, text=True, timeout=400)
    except subprocess.TimeoutExpired:
        return None, "not done in 400 s"
    return done.returncode, done.stderr.strip()


def without(path, sentence):
    return sentence.replace(path + ": ", "").replace(path, os.path.basename(path)).removeprefix("kinglet: ")


def options_of(sentence, given):
    """What the refusal says to give, or nothing if it says nothing new."""
    names = [name for name in re.findall(r"--axis (\S+?)=SIZE", sentence)]
    new = [word for name in names
           for word in ("--axis", f"{name}={next(size for form, size in SIZES if re.search(form, name.lower()))}")]
    if not new and re.search("batch (axis|size|of)", sentence) and "--batch" not in given:
        new = ["--batch", "none"]
    return [] if set(new) <= set(given) else new


def read(command, path):
    """Options with which the file is read, and the refusal if it is not."""
    options = []
    for _ in range(4):
        status, said = run(command, "inspect", path, *options)
        if status == 0:
            return options, None
        more = options_of(said, options) if status == 3 else []
        if not more:
            break
        options = options + more
    sentence = without(path, said)
    return options, sentence if status == 3 else f"status {status}: {sentence[-300:]}"


# --- Inputs

def indexed(model, name):
    """Rows of the smallest weight that the input indexes, through nodes that keep values; or nothing."""
    weights = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            weights[node.output[0]] = list(node.attribute[0].t.dims)
    names, rows = {name}, []
    for node in model.graph.node:
        if node.op_type == "Gather" and node.input[1] in names and node.input[0] in weights:
            axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
            rows.append(weights[node.input[0]][axis])
        elif node.op_type in ("Cast", "Reshape", "Unsqueeze", "Squeeze", "Identity", "Flatten", "Transpose", "Slice",
                              "Gather", "Split", "Concat", "Expand") and names & set(node.input[:1]):
            names |= set(node.output)
    return min(rows) if rows else None


def inputs(model, session, options, generator):
    """By name, arrays as onnxruntime takes them, and how often they are to be drawn for SAMPLES of them."""
    sizes = dict(word.split("=") for word in options if "=" in word)
    arrays, draws = {}, 1
    for end in session.get_inputs():
        shape = []
        for axis, size in enumerate(end.shape):
            if not isinstance(size, int) or size < 1:
                given = sizes.get(str(size), sizes.get(f"{end.name}:{axis}"))
                size = int(given) if given else SAMPLES
            shape.append(size)
        if not shape or shape[0] == 1 or "--batch" in options:
            draws = SAMPLES
        rows = indexed(model, end.name)
        if rows or "int" in end.type:
            array = generator.integers(0, rows or 2, shape)
        elif end.type == "tensor(bool)":
            array = generator.integers(0, 2, shape) > 0
        elif len(shape) == 4:
            array = generator.random(shape)
        else:
            array = generator.standard_normal(shape) * 0.5
        kinds = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64,
                 "tensor(int32)": np.int32, "tensor(int64)": np.int64, "tensor(bool)": bool,
                 "tensor(int8)": np.int8, "tensor(uint8)": np.uint8}
        arrays[end.name] = np.asarray(array).astype(kinds[end.type])
    return arrays, draws


# --- Answers

def answered(model):
    """Places of the outputs that inputs decide: neither constants of the file nor drawn at random."""
    makers = {name: node for node in model.graph.node for name in node.output}
    weights = {tensor.name for tensor in model.graph.initializer}
    given = {end.name for end in model.graph.input} - weights
    places = []
    for place, end in enumerate(model.graph.output):
        waiting, seen, kinds = [end.name], set(), set()
        while waiting:
            name = waiting.pop()
            node = makers.get(name)
            if node is not None and name not in seen:
                waiting += node.input
                kinds.add(node.op_type)
            seen.add(name)
        if seen & given and not kinds & RANDOM:
            places.append(place)
    return places


def answer(command, network, arrays, options, folder):
    """Why there is no answer, or nothing; and the outputs in their order."""
    stem = os.path.join(folder, f"{os.path.basename(network)}.answers")
    words = ["run", network, "--output", stem + ".npy", *options]
    for number, array in enumerate(arrays):
        words += ["--input", os.path.join(folder, f"{number}.npy")]
        np.save(words[-1], array)
    status, said = run(command, *words)
    if status != 0:
        return f"status {status}: {without(network, said)[-300:]}", []
    outputs = [np.load(stem + ".npy")]
    while os.path.exists(f"{stem}{len(outputs)}.npy"):
        outputs.append(np.load(f"{stem}{len(outputs)}.npy"))
    return None, outputs


def difference(found, expected, tolerance):
    """Why an answer is wrong, or nothing; and the difference as a share of its output's largest, at least of 1e-2."""
    if len(found) != len(expected):
        return f"{len(found)} outputs, not {len(expected)}", 0
    worst = 0
    for number, (one, other) in enumerate(zip(found, expected)):
        one, other = np.asarray(one).astype(np.float64), np.asarray(other).astype(np.float64)
        if one.shape not in (other.shape, (1,) + other.shape):
            return f"output {number}: shape {list(one.shape)}, not {list(other.shape)}", 0
        one = one.reshape(other.shape)
        if (np.isnan(one) != np.isnan(other)).any():
            return f"output {number}: other values are not numbers", 0
        largest = np.nanmax(np.abs(other), initial=1e-2)
        worst = max(worst, np.nanmax(np.abs(one - other), initial=0) / largest)
    return (f"off by {worst:.2g} of the largest" if worst > tolerance else None), worst


def moved(session, arrays, places, expected, generator):
    """By what share of the largest an answer changes where inputs change by a millionth."""
    near = {name: array if array.dtype.kind != "f" else
            (array * (1 + 1e-6 * generator.standard_normal(array.shape))).astype(array.dtype)
            for name, array in arrays.items()}
    found = session.run(None, near)
    return difference([found[place] for place in places] or found, expected, 1)[1]


def judge(command, path, kind, options, folder):
    """Class and words: right, or wrong and where."""
    model = onnx.load(path)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.intra_op_num_threads = 1
    if kind in QUANTIZED:
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # what it cannot read cannot be compared
        return "read", f"onnxruntime does not read it: {str(error)[:120]}"
    blob = os.path.join(folder, "net.kgl")
    status, said = run(command, "encode", path, "--levels", "float", "-o", blob, *options)
    keeps = status != 0 and "keeps its integers" in " ".join(said.split())
    if keeps:
        status, said = run(command, "encode", path, "-o", blob, *options)
    if status != 0:
        return "refused" if status == 3 else "wrong", f"encode: status {status}: {without(path, said)[-300:]}"
    worst, generator, places = 0, np.random.default_rng(7), answered(model)
    for _ in range(inputs(model, session, options, generator)[1]):
        arrays, _ = inputs(model, session, options, generator)
        expected = session.run(None, arrays)
        expected = [expected[place] for place in places] or expected
        tolerance = 1e-4
        if kind in QUANTIZED:
            tolerance = max(2e-2, 3 * moved(session, arrays, places, expected, generator))
        for name, network, words in (("Execution", path, options), ("C", blob, [])):
            wrong, found = answer(command, network, list(arrays.values()), words, folder)
            if wrong is None:
                rounds = keeps or name == "Execution" or kind not in QUANTIZED
                wrong, off = difference(found, expected, tolerance if rounds else max(tolerance, 2e-1))
                worst = max(worst, off)
            if wrong:
                return "wrong", f"{name}: {wrong}"
    return "right", f"{worst:.1e}"


# --- All of it

def table(rows, before):
    """Lines: by kind, how many files there are, are read, are right, are wrong."""
    lines = [f"{'kind':12} files" + ("  before" if before else "") + "  read   right  wrong"]
    kinds = sorted({row["kind"] for row in rows}) + ["all"]
    for kind in kinds:
        of = [row for row in rows if kind in (row["kind"], "all")]
        count = collections.Counter(row["fate"] for row in of)
        taken = len(of) - count["refused"]
        earlier = f"  {sum(row['before'] for row in of):4}  " if before else ""
        share = f"{100 * taken // max(len(of), 1):3} %"
        lines.append(f"{kind:12} {len(of):5}{earlier}  {taken:4} {share}  {count['right']:4}   {count['wrong']:4}")
    return lines


def report(rows, before):
    lines = table(rows, before) + ["", "Wrong"]
    lines += [f"  {row['name']} {' '.join(row['options'])}\n    {row['why']}"
              for row in rows if row["fate"] == "wrong"]
    lines += ["", "Refused, by reason"]
    refused = [row for row in rows if row["fate"] == "refused"]
    for text, count in collections.Counter(reason(row["why"]) for row in refused).most_common():
        lines.append(f"{count:5} {text}")
    lines += ["", "Refused, by file"]
    lines += [f"  {row['kind']}: {row['name']}\n    {row['why']}" for row in refused]
    lines += ["", "Read: options, and by how much the answers differ, as a share of the largest"]
    lines += [f"  {row['kind']}: {row['name']} {' '.join(row['options'])}  {row['why']}"
              for row in rows if row["fate"] in ("right", "read")]
    return "\n".join(lines) + "\n"


def ask(command, before, line, model):
    """A row of the results."""
    kind, _, repository, _, path = line.split("\t")
    options, refusal = read(command, model)
    fate, why = "refused", refusal
    if refusal is None:
        with tempfile.TemporaryDirectory() as folder:
            fate, why = judge(command, model, kind, options, folder)
    elif refusal.startswith("status"):
        fate = "wrong"
    earlier = bool(before) and read(before, model)[1] is None
    return dict(kind=kind, name=f"{repository} {path}", fate=fate, why=why, options=options, before=earlier)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("command", type=os.path.abspath)
    parser.add_argument("before", type=os.path.abspath, nargs="?")
    parser.add_argument("--only", default="", help="lines of the list that match")
    parser.add_argument("--rows", help="file of rows: what it has is not asked again, what is asked is added")
    parser.add_argument("--list", default=os.path.join(HERE, "corpus.txt"))
    parser.add_argument("--results", default=os.path.join(HERE, "corpus-results.txt"))
    asked, rows, known = parser.parse_args(), [], {}
    if asked.rows and os.path.exists(asked.rows):
        known = {row["name"]: row for row in map(json.loads, open(asked.rows))}
    found = files(asked.folder)
    with open(asked.list) as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#") and re.search(asked.only, line)]
    for line in lines:
        _, digest, repository, _, path = line.split("\t")
        if f"{repository} {path}" in known:
            rows.append(known[f"{repository} {path}"])
        elif digest not in found:
            print(f"not in the folder: {repository} {path}")
        else:
            row = ask(asked.command, asked.before, line, found[digest])
            rows.append(row)
            words = " ".join(row["options"])
            print(f"{row['fate']:8} {row['kind']}: {row['name']} {words}: {row['why'][:300]}", flush=True)
            if asked.rows:
                with open(asked.rows, "a") as file:
                    print(json.dumps(row), file=file)
    with open(asked.results, "w") as file:
        file.write(report(rows, asked.before))
    print("\n".join(table(rows, asked.before)))
    sys.exit(any(row["fate"] == "wrong" for row in rows))


if __name__ == "__main__":
    main()
