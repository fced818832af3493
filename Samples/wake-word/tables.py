#!/usr/bin/env python3
"""Writes front_end_tables.c on standard output: what front_end.c would otherwise compute with floats.

Python's standard library alone. `test.sh` holds the committed file to it.
"""
from math import cos, floor, log, pi, sin

RATE, WINDOW, POINTS, CHANNELS = 16000, 480, 512, 40
LOWEST, HIGHEST = 125.0, 7500.0
STRENGTH, OFFSET, GAIN_BITS = 0.95, 80.0, 21
# An estimate of noise counts 2^-7 of the spectrum's magnitude.
ESTIMATE_BITS = 7


def rounded(x):
    return floor(x + 0.5)


def mel(frequency):
    return 1127 * log(1 + frequency / 700)


def hann():
    """Half of the window, of 2^12; the other half is its mirror image."""
    return [rounded((0.5 - 0.5 * cos(2 * pi * (i + 0.5) / WINDOW)) * 4096) for i in range(WINDOW // 2)]


def quarter():
    """The sine of the first quarter of a circle of 512 points, of 2^15."""
    return [rounded(sin(2 * pi * i / POINTS) * 32768) for i in range(POINTS // 4 + 1)]


def bank():
    """Where segments of bins end, and what share of each bin, of 2^12, falls to the channel before its segment.

    The centres of channels lie evenly in mels; between two of them a bin is shared by its distance. Segment 0 ends at
    the first centre, the last one at the highest frequency."""
    bottom, width = mel(LOWEST), (mel(HIGHEST) - mel(LOWEST)) / (CHANNELS + 1)
    bins = RATE / POINTS
    first = at = int(1.5 + LOWEST / bins)
    ends, shares = [], []
    for segment in range(CHANNELS + 1):
        centre = bottom + width * (segment + 1)
        while mel(at * bins) <= centre:
            shares.append(rounded((centre - mel(at * bins)) / width * 4096))
            at += 1
        ends.append(at)
    return first, ends, shares


def gains():
    """What a channel is multiplied by, of 2^21, by the estimate of its noise: 0, then the start and the middle of each
    octave from 1 on, and the end of the last."""
    def gain(estimate):
        return min(rounded(2 ** GAIN_BITS * (estimate / 2 ** ESTIMATE_BITS + OFFSET) ** -STRENGTH), 32767)
    octaves = [gain(2 ** octave * part) for octave in range(32) for part in (1, 1.5)]
    return [gain(0)] + octaves + [gain(2 ** 32)]


def listed(kind, name, numbers):
    lines, line = [], " "
    for number in numbers:
        word = f" {number},"
        if len(line) + len(word) > 110:
            lines.append(line)
            line = " "
        line += word
    return f"const {kind} {name}[{len(numbers)}] = {{\n" + "\n".join(lines + [line]) + "\n};\n"


def main():
    first, ends, shares = bank()
    assert first == 5 and ends[-1] - first == len(shares)
    print("/* Written by tables.py. */\n#include \"front_end_tables.h\"\n")
    print(listed("uint16_t", "front_end_window", hann()))
    print(listed("uint16_t", "front_end_sine", quarter()))
    print(listed("uint8_t", "front_end_ends", ends))
    print(listed("uint16_t", "front_end_shares", shares))
    print(listed("int16_t", "front_end_gains", gains()), end="")


if __name__ == "__main__":
    main()
