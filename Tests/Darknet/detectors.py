#!/usr/bin/env python3
"""What OpenCV answers to a Darknet detector on photographs, as raw numbers.

    python3 detectors.py NET.cfg NET.weights WIDTH HEIGHT HEAD[,HEAD...] SAMPLES ANSWERS PHOTOGRAPH...

A photograph is stretched to WIDTH x HEIGHT, its pixels by 255, red first. SAMPLES are the photographs so, ANSWERS
what the layers with numbers HEAD give for each, float32 all, one photograph after the other. Needs PyPI's
opencv-python-headless, below 5.
"""

import sys

import cv2
import numpy as np


def main(configuration, weights, width, height, heads, samples, answers, *photographs):
    network = cv2.dnn.readNetFromDarknet(configuration, weights)
    network.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    layers = [f"conv_{head}" for head in heads.split(",")]
    with open(samples, "wb") as x, open(answers, "wb") as y:
        for path in photographs:
            image = cv2.imread(path)
            sample = cv2.dnn.blobFromImage(image, 1 / 255, (int(width), int(height)), swapRB=True, crop=False)
            network.setInput(sample)
            x.write(np.ascontiguousarray(sample, "<f4").tobytes())
            for output in network.forward(layers):
                y.write(np.ascontiguousarray(output, "<f4").tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
