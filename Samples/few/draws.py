#!/usr/bin/env python3
"""What figures of few samples are worth: draws of test images against the ones that are left.

    python3 draws.py KINGLET MODEL MNIST FOLDER DRAWS [COUNT [FIRST]]

Each draw, seeded by its number (from FIRST, 1, on), takes COUNT (200) of MNIST's test images as all the data there is, compiles the
model to 90 % zeros by them, and runs the blob on the images that are left. A row is what the report
promised of the blob's accuracy, its interval, and the truth; the table is Markdown. Python's standard
library alone.
"""
import gzip
import json
import random
import struct
import subprocess
import sys

kinglet, model, mnist, folder, draws = sys.argv[1:6]
count = int(sys.argv[6]) if len(sys.argv) > 6 else 200
first = int(sys.argv[7]) if len(sys.argv) > 7 else 1

images = gzip.open(f"{mnist}/t10k-images-idx3-ubyte.gz").read()[16:]
labels = gzip.open(f"{mnist}/t10k-labels-idx1-ubyte.gz").read()[8:]


def write(name, chosen):
    """IDX files of some images and of their labels."""
    with open(f"{name}-images", "wb") as file:
        file.write(struct.pack(">IIII", 0x803, len(chosen), 28, 28))
        file.writelines(images[784 * i : 784 * (i + 1)] for i in chosen)
    with open(f"{name}-labels", "wb") as file:
        file.write(struct.pack(">II", 0x801, len(chosen)) + bytes(labels[i] for i in chosen))
    return [f"{name}-images", f"{name}-labels"]


def run(*arguments):
    subprocess.run([kinglet, *arguments, "-q"], check=True, stdout=subprocess.DEVNULL)


def drawn(number):
    """Promised accuracy and its interval, and the truth, in percent."""
    name = f"{folder}/draw-{number}"
    order = random.Random(number).sample(range(len(labels)), len(labels))
    few, rest = write(f"{name}-few", order[:count]), write(f"{name}-rest", order[count:])
    run("compile", model, "--data", few[0], "--labels", few[1], "--sparsity", "0.9", "--threads", "1",
        "--seed", "1", "--json", f"{name}.json", "-o", f"{name}.kgl")
    run("verify", f"{name}.kgl", "--teacher", model, "--test", rest[0], "--test-labels", rest[1],
        "--json", f"{name}-rest.json")
    promise = json.load(open(f"{name}.json"))
    truth = json.load(open(f"{name}-rest.json"))["edgeAccuracy"]
    interval = promise["intervals"]["edgeAccuracy"]
    return [100 * x for x in (promise["edgeAccuracy"], interval["low"], interval["high"], truth)]


print(f"| draw of {count} | promised | interval | width | truth | error | inside |")
print("|---|---|---|---|---|---|---|")
rows = []
for number in range(first, first + int(draws)):
    promised, low, high, truth = row = drawn(number)
    rows.append(row)
    inside = "yes" if low <= truth <= high else "no"
    print(f"| {number} | {promised:.2f} | {low:.2f} to {high:.2f} | {high - low:.2f} | {truth:.2f} "
          f"| {promised - truth:+.2f} | {inside} |", flush=True)
error = sum(row[0] - row[3] for row in rows) / len(rows)
widest = max(row[2] - row[1] for row in rows)
inside = sum(row[1] <= row[3] <= row[2] for row in rows)
print(f"\nMean signed error {error:+.2f} points, widest interval {widest:.2f} points, "
      f"the truth inside {inside} of {len(rows)} times.")
