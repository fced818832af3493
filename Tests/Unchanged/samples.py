#!/usr/bin/env python3
"""The samples of unchanged.sh: 600 digits with labels, 200 small photographs.

    python3 samples.py MNIST CIFAR FOLDER
"""
import gzip
import struct
import sys

mnist, cifar, folder = sys.argv[1:4]


def write(name, data):
    with open(f"{folder}/{name}", "wb") as file:
        file.write(data)


images = gzip.open(f"{mnist}/train-images-idx3-ubyte.gz").read(16 + 600 * 784)
labels = gzip.open(f"{mnist}/train-labels-idx1-ubyte.gz").read(8 + 600)
write("digits-images", struct.pack(">IIII", 0x803, 600, 28, 28) + images[16:])
write("digits-labels", struct.pack(">II", 0x801, 600) + labels[8:])
write("cifar.bin", gzip.open(f"{cifar}/test-2000.bin.gz").read(200 * 3073))
