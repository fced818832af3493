"""Writes detection.json: heads decoded by OpenCV, findings suppressed by OpenCV, average precision by pycocotools.

    python3 make.py > detection.json

Needs PyPI's opencv-python-headless below 5, pycocotools and numpy.
"""

import contextlib
import io
import json
import tempfile

import cv2
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

random = np.random.default_rng(7)
ANCHORS = [(10, 14), (23, 27)]
CLASSES, CHANNELS, GRID = 3, 3, (4, 2)  # the grid's width and height


def rounded(values, digits=9):
    return [float(f"%.{digits}g" % v) for v in np.ravel(values)]


def head(name, kind, activation="linear", **fields):
    """One convolution of a pixel on a grid, and the head on it."""
    filters = len(ANCHORS) * (5 + CLASSES)
    anchors = ", ".join(f"{w},{h}" for w, h in ANCHORS)
    if kind == "region":
        anchors = ", ".join(f"{w / 16},{h / 16}" for w, h in ANCHORS)
    lines = ["[net]", f"width={GRID[0]}", f"height={GRID[1]}", f"channels={CHANNELS}", "", "[convolutional]"]
    lines += [f"filters={filters}", "size=1", "stride=1", "pad=0", f"activation={activation}", "", f"[{kind}]"]
    lines += [f"anchors={anchors}", f"classes={CLASSES}", f"num={len(ANCHORS)}"]
    lines += ["mask=0,1"] if kind == "yolo" else ["coords=4"]
    lines += [f"{key}={value}" for key, value in fields.items()]
    with tempfile.TemporaryDirectory() as folder:
        open(folder + "/net.cfg", "w").write("\n".join(lines) + "\n")
        weights = random.normal(0, 1.5, filters * (1 + CHANNELS)).astype("<f4")
        open(folder + "/net.weights", "wb").write(np.array([0, 2, 0, 0, 0], "<i4").tobytes() + weights.tobytes())
        net = cv2.dnn.readNetFromDarknet(folder + "/net.cfg", folder + "/net.weights")
    net.setInput(random.uniform(0, 1, (1, CHANNELS, GRID[1], GRID[0])).astype(np.float32))
    names = [name for name in net.getLayerNames() if not name.startswith("permute")]
    outputs = net.forward([names[-1], names[-2]])
    rows, raw = outputs[0].reshape(-1, 5 + CLASSES), outputs[1]
    assert raw.shape == (1, filters, GRID[1], GRID[0]), raw.shape
    return {"name": name, "kind": kind, "fields": fields, "raw": rounded(raw), "rows": rounded(rows)}


def boxes(count):
    centre, size = random.uniform(0.2, 0.8, (count, 2)), random.uniform(0.1, 0.4, (count, 2))
    return np.concatenate([centre, size], 1).astype(np.float32).astype(float)


def objects(image, count, known):
    """Findings: known objects moved a little, and others."""
    found = []
    for number, box in known:
        for _ in range(int(random.integers(0, 3))):
            moved = box + random.normal(0, 0.03, 4) * np.array([1, 1, 0.7, 0.7])
            found.append((number if random.random() < 0.9 else (number + 1) % CLASSES, moved))
    found += [(int(random.integers(CLASSES)), box) for box in boxes(count)]
    confidences = random.permutation(len(found)) / 1000 + random.uniform(0.1, 0.8, len(found))
    return [[image, number, round(float(c), 6), *rounded(box, 7)] for (number, box), c in zip(found, confidences)]


def precision():
    known = [[(int(random.integers(CLASSES)), box) for box in boxes(int(random.integers(0, 6)))] for _ in range(9)]
    found = [row for image, own in enumerate(known) for row in objects(image, 4, own)]
    truth = [[image, number, *rounded(box, 7)] for image, own in enumerate(known) for number, box in own]

    def corner(x, y, w, h):
        return [1000 * (x - w / 2), 1000 * (y - h / 2), 1000 * w, 1000 * h]

    coco = COCO()
    coco.dataset = {
        "images": [{"id": i + 1} for i in range(len(known))],
        "categories": [{"id": i + 1} for i in range(CLASSES)],
        "annotations": [
            {"id": i + 1, "image_id": row[0] + 1, "category_id": row[1] + 1, "bbox": corner(*row[2:]),
             "area": 1e6 * row[4] * row[5], "iscrowd": 0} for i, row in enumerate(truth)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        results = coco.loadRes([
            {"image_id": row[0] + 1, "category_id": row[1] + 1, "score": row[2], "bbox": corner(*row[3:])}
            for row in found])
        judge = COCOeval(coco, results, "bbox")
        judge.evaluate(), judge.accumulate(), judge.summarize()
    return {"photographs": len(known), "found": found, "known": truth, "at50": judge.stats[1], "at50To95": judge.stats[0]}


def suppression():
    """Of one class, on whole pixels, as OpenCV's rectangles are."""
    corners = np.concatenate([random.integers(0, 60, (60, 2)), random.integers(10, 40, (60, 2))], 1)
    confidences = random.permutation(60) / 64 + 0.01
    kept = cv2.dnn.NMSBoxes(corners.tolist(), confidences.tolist(), 0.0, 0.45)
    return {"corners": corners.tolist(), "confidences": confidences.tolist(), "kept": np.ravel(kept).tolist()}


print(json.dumps({
    "heads": [
        head("yolo", "yolo"), head("yolo, centres stretched", "yolo", scale_x_y=1.05),
        head("yolo, new coordinates", "yolo", "logistic", scale_x_y=2.0, new_coords=1),
        head("region", "region", softmax=1),
    ],
    "suppression": suppression(), "precision": precision(),
}))
