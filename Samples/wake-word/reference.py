#!/usr/bin/env python3
"""Writes reference.txt on standard output: the features of check.c's sound by TensorFlow Lite Micro's own front end.

Needs the package pymicro-features (2.0.2 here), which is that front end with microWakeWord's settings, compiled. A line
is every fourth window.
"""
from pymicro_features import MicroFrontend

SAMPLES, HOP = 480 + 119 * 160, 160


def sound():
    """Triangles and noise of changing loudness, in integers: the same numbers as sound_of in check.c."""
    levels = [0, 40, 400, 3000, 9000, 1200]
    state, phase, pitch, samples = 1, 0, 0, []
    for i in range(SAMPLES):
        state = (state * 1664525 + 1013904223) % 2 ** 32
        if i % 800 == 0:
            pitch = 2 ** 24 + (state >> 4)
        phase = (phase + pitch) % 2 ** 32
        ramp = (phase >> 15) - 65536
        triangle = 32768 - abs(ramp)
        noise = (state >> 16) - 32768
        level = levels[i // 1600 % 6]
        samples.append((triangle * level + noise * (level // 8 + 12)) // 32768)
    return samples


def main():
    front_end, windows = MicroFrontend(), []
    samples = sound()
    for at in range(0, SAMPLES, HOP):
        part = b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples[at:at + HOP])
        taken = front_end.process_samples(part)
        assert taken.samples_read == HOP
        if taken.features:
            windows.append([round(feature * 25.6) for feature in taken.features])
    for window in windows[::4]:
        print(*window)


if __name__ == "__main__":
    main()
