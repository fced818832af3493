#!/usr/bin/env python3
"""What each kind of work takes on a processor, fitted to what counts.sh counted.

    python3 fit.py FOLDER BOARD TARGET.json [FILE.swift]

Least squares with no cost below 0 (of a product, 6), of errors relative to a step's instructions and a fiftieth of its blob's. Then each
network is left out in turn, the costs fitted to the others, and the whole of each of its blobs foretold; `alone` where
more than a fiftieth of it is work of a kind that no other network does, or none a fifth as much of for its size: the others do
not say then what it costs. The costs go
into the target's file, with the largest error of those; those of the Cortex-M4F into
Sources/Planning/InstructionCosts+CortexM4F.swift too, for where no target is named. Needs numpy.
"""
import glob
import json
import os
import sys

import numpy

folder, board, target = sys.argv[1:4]
source = sys.argv[4:]
with open(target) as file:
    profile = json.load(file)

rows, blobs, networks, counted = [], [], [], []
for path in sorted(glob.glob(f"{folder}/*.{board}")):
    name = os.path.basename(path)[: -len(board) - 1]
    with open(f"{path}.json") as file:
        steps = json.load(file)["steps"]
    with open(path) as file:
        counts = dict(map(int, line.split()) for line in file)
    if len(counts) != len(steps):
        print(f"{name}: {len(counts)} of {len(steps)} steps, left out")
        continue
    for step in steps:
        if any(kind.startswith("column") and amount for kind, amount in step["work"].items()):
            continue  # which inputs were zero is not known here
        rows.append(step["work"])
        blobs.append(name)
        networks.append(name.split(".")[0])
        counted.append(counts[step["step"]])

kinds = sorted({kind for row in rows for kind in row})
work = numpy.array([[row.get(kind, 0) for kind in kinds] for row in rows], float)
counted = numpy.array(counted, float)
blobs, networks = numpy.array(blobs), numpy.array(networks)
totals = {blob: counted[blobs == blob].sum() for blob in set(blobs)}
weights = 1 / (counted + 0.02 * numpy.array([totals[blob] for blob in blobs]))


def least_squares(a, b):
    """Least squares with no number below 0: the most negative is made 0 until none is."""
    free = list(range(a.shape[1]))
    while free:
        found = numpy.linalg.lstsq(a[:, free], b, rcond=None)[0]
        if found.min() >= 0:
            result = numpy.zeros(a.shape[1])
            result[free] = found
            return result
        free.pop(int(found.argmin()))
    return numpy.zeros(a.shape[1])


# Of layers with one row of inputs, which all of these are, decoding and multiplying are one loop, and counts do not part them; with
# more rows a product of a kept list takes about so many.
least = numpy.array([6.0 if kind == "multiply" else 0 for kind in kinds])


def fit(chosen):
    a, b = work[chosen] * weights[chosen][:, None], counted[chosen] * weights[chosen]
    sizes = numpy.linalg.norm(a, axis=0)
    sizes[sizes == 0] = 1
    return least + least_squares(a / sizes, b - a @ least) / sizes


costs = fit(networks == networks)
names = sorted(totals)
shares = numpy.array([(work[blobs == name] * costs).sum(axis=0) / totals[name] for name in names])
owners = numpy.array([name.split(".")[0] for name in names])
errors = []
print(f"{'blob':36} {'instructions':>12}  left out  fitted")
for network in sorted(set(networks)):
    others = fit(networks != network)
    unseen = shares[owners == network].max(axis=0) > 5 * shares[owners != network].max(axis=0)
    for blob in sorted(set(blobs[networks == network])):
        of = blobs == blob
        foretold, fitted = (work[of] @ others).sum(), (work[of] @ costs).sum()
        is_alone = (shares[names.index(blob)] * unseen).sum() > 1 / 50
        if not is_alone:
            errors.append(abs(foretold / totals[blob] - 1))
        left_out = "alone" if is_alone else f"{foretold / totals[blob] - 1:+.1%}"
        print(f"{blob:36} {totals[blob]:12.0f}  {left_out:>8}  {fitted / totals[blob] - 1:+6.1%}")
print(f"left out: {max(errors):.1%} at most, {numpy.median(errors):.1%} in the middle, of {len(errors)} blobs")

every = [kind for kind in profile["instructions"] if kind not in ("kernels", "error")]
found = {"kernels": profile["instructions"]["kernels"], "error": round(max(errors), 3)}
for kind in every:
    if kind.startswith("column"):  # not of these counts
        found[kind] = profile["instructions"][kind]
    else:
        found[kind] = round(float(costs[kinds.index(kind)]), 3) if kind in kinds else 0
profile["instructions"] = found
with open(target, "w") as file:
    file.write(json.dumps(profile, indent=2) + "\n")

for path in source:
    lines = "".join(f"      .{kind}: {found[kind]},\n" for kind in every if found[kind])
    with open(path, "w") as file:
        file.write(
            "// Written by Samples/targets/fit/fit.py.\n\n"
            "extension InstructionCosts {\n"
            "  /// Where no target is named: those of Samples/targets/cortex-m4f.json.\n"
            '  package static let usualTarget = "cortex-m4f"\n\n'
            "  package static let cortexM4F = InstructionCosts(\n"
            f"    hasTiles: true, error: {found['error']},\n    costs: [\n{lines}    ])\n"
            "}\n")
