#!/usr/bin/env python3
"""Seeded inputs of MLPerf Tiny's autoencoder, of the size of log-mel spectra: the teacher's own answers to them are what
the benchmark gives its students, for recordings are not at hand.

    python3 spectra.py FILE.npy [COUNT]

COUNT (256) samples of 640 float32: a level drawn for each around -17, and noise around it. Needs no package.
"""
import random
import struct
import sys

SIZE = 640
count = int(sys.argv[2]) if len(sys.argv) > 2 else 256
draw = random.Random(1)
numbers = []
for _ in range(count):
    level = draw.gauss(-17, 6)
    numbers += [draw.gauss(level, 2) for _ in range(SIZE)]
header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {SIZE}), }}"
header += " " * (-(len(header) + 11) % 64) + "\n"
with open(sys.argv[1], "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    file.write(struct.pack(f"<{len(numbers)}f", *numbers))
