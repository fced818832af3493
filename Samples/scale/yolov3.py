"""Weights for a Darknet network of full size, as a trained one has them in what matters for time, memory and
compression; what it finds on photographs means nothing.

    python3 yolov3.py yolov3.cfg photographs/ yolov3.weights [--size 416] [--images 2] [--seed 1]

Weights of a convolution are normal with deviation sqrt(2 / fan-in), each filter's times a factor of its own
(log-normal, 0.35), as trained filters differ. Batch normalization has the means and variances that its
convolution gives on the photographs, layer by layer in running order, so that activations stay in range
through all 75; scales are near 1, biases near 0. Heads have no normalization: their weights are scaled to
logits of deviation 1, and the bias of objectness is -4, so that few cells hold an object.

Needs numpy and OpenCV (opencv-python-headless), which reads the photographs.
"""

import argparse
import os
import struct

import cv2
import numpy as np


def sections(path):
    """The sections of a .cfg: names and options in their order."""
    found = []
    for line in open(path):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            found.append((line[1:-1], {}))
        elif "=" in line:
            key, value = line.split("=", 1)
            found[-1][1][key.strip()] = value.strip()
    return found


def convolved(x, weights, stride):
    """[channels, height, width] with padding that keeps the size, [out, in, k, k]."""
    out, channels, k, _ = weights.shape
    x = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::stride, ::stride]
    height, width = windows.shape[1:3]
    result = np.empty((out, height, width), np.float32)
    rows = max(1, (1 << 23) // (width * channels * k * k))
    flat = weights.reshape(out, -1)
    for y in range(0, height, rows):
        part = windows[:, y:y + rows].transpose(0, 3, 4, 1, 2).reshape(channels * k * k, -1)
        result[:, y:y + rows] = (flat @ part).reshape(out, -1, width)
    return result


def photographs(folder, size, count):
    names = sorted(n for n in os.listdir(folder) if n.lower().endswith((".jpg", ".png")))[:count]
    images = []
    for name in names:
        pixels = cv2.resize(cv2.imread(os.path.join(folder, name)), (size, size))[:, :, ::-1]
        images.append((pixels.transpose(2, 0, 1) / 255).astype(np.float32))
    return images


def convolution(options, inputs, random, classes, file):
    filters, k = int(options["filters"]), int(options["size"])
    stride, channels = int(options["stride"]), inputs[0].shape[0]
    weights = random.normal(0, np.sqrt(2 / (channels * k * k)), (filters, channels, k, k))
    weights = (weights * random.lognormal(0, 0.35, (filters, 1, 1, 1))).astype(np.float32)
    outputs = [convolved(x, weights, stride) for x in inputs]
    values = np.concatenate([y.reshape(filters, -1) for y in outputs], axis=1)
    if options.get("batch_normalize") == "1":
        mean, variance = values.mean(axis=1), values.var(axis=1) + 1e-4
        scale = random.lognormal(0, 0.2, filters).astype(np.float32)
        bias = random.normal(0, 0.2, filters).astype(np.float32)
        arrays = [bias, scale, mean, variance, weights]
        factor = scale / np.sqrt(variance + 1e-5)
        outputs = [y * factor[:, None, None] + (bias - mean * factor)[:, None, None] for y in outputs]
    else:
        deviation = values.std()
        bias = random.normal(0, 0.5, filters).astype(np.float32)
        bias[4::5 + classes] = -4
        weights /= deviation
        arrays = [bias, weights]
        outputs = [y / deviation + bias[:, None, None] for y in outputs]
    for array in arrays:
        file.write(np.ascontiguousarray(array, "<f4").tobytes())
    if options["activation"] == "leaky":
        outputs = [np.where(y > 0, y, 0.1 * y).astype(np.float32) for y in outputs]
    return outputs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cfg")
    parser.add_argument("photographs")
    parser.add_argument("weights")
    parser.add_argument("--size", type=int, default=416)
    parser.add_argument("--images", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    random = np.random.default_rng(told.seed)
    network = sections(told.cfg)[1:]
    classes = next(int(o["classes"]) for name, o in network if name == "yolo")
    # What is read again later; others are forgotten, or all planes would be kept.
    read = set()
    for index, (name, options) in enumerate(network):
        places = options.get("layers") or options.get("from") or ""
        for place in places.split(","):
            if place.strip():
                read.add(int(place) if int(place) >= 0 else index + int(place))
    kept, x = {}, photographs(told.photographs, told.size, told.images)
    with open(told.weights, "wb") as file:
        file.write(struct.pack("<iiiq", 0, 2, 0, 0))
        for index, (name, options) in enumerate(network):
            if name == "convolutional":
                x = convolution(options, x, random, classes, file)
            elif name == "shortcut":
                other = kept[index + int(options["from"])]
                x = [a + b for a, b in zip(x, other)]
            elif name == "route":
                places = [int(p) for p in options["layers"].split(",")]
                parts = [kept[p if p >= 0 else index + p] for p in places]
                x = [np.concatenate(arrays) for arrays in zip(*parts)]
            elif name == "upsample":
                x = [a.repeat(2, axis=1).repeat(2, axis=2) for a in x]
            elif name != "yolo":
                raise SystemExit(f"section {index}: [{name}] is not made here")
            if index in read:
                kept[index] = x
            spread = float(np.std(x[0]))
            print(f"{index:3} {name:14} {str(x[0].shape):18} deviation {spread:.3f}", flush=True)


main()
