"""What TensorFlow Lite Micro answers to a model: samples and answers as raw bytes, one sample after the other.

    python3 networks.py MODEL COUNT SEED SAMPLES ANSWERS

Half of the samples are uniform random bytes; then extremes (-128, 127 and both), ramps and waves, and the zero point
with and without spikes, in turn. Of several inputs or outputs each sample has all in their order. Needs PyPI's
tflite-micro.
"""

import os
import sys

import numpy as np

from model import interpreter


def sample(random, number, details):
    """One array of an input: its shape, type and zero point are in `details`."""
    shape, count = details["shape"], int(np.prod(details["shape"]))
    if details["dtype"] == np.float32:
        # Whatever the scale behind it: from fractions to hundreds.
        return (random.standard_normal(shape) * 10 ** random.uniform(-1, 2.5)).astype(np.float32)
    limits = np.iinfo(details["dtype"])
    zero = int(np.atleast_1d(details["quantization_parameters"]["zero_points"])[0])
    kind = number // 2 % 8 if number % 2 else -1
    place = np.arange(count)
    if kind in (0, 1):
        values = np.full(count, (limits.min, limits.max)[kind])
    elif kind == 2:
        values = random.choice([limits.min, limits.max], count)
    elif kind == 3:
        values = limits.min + place * random.integers(1, 20) % 256
    elif kind == 4:
        values = limits.min + 127.5 * (1 + np.sin(place * random.uniform(0.001, 0.5)))
    elif kind == 5:
        values = limits.max - (place * 256 // count)
    elif kind == 6:
        values = np.full(count, zero)
    elif kind == 7:
        values = np.where(random.random(count) < 0.02, random.integers(limits.min, limits.max + 1, count), zero)
    else:
        values = random.integers(limits.min, limits.max + 1, count)
    return values.astype(details["dtype"]).reshape(shape)


def main(model, count, seed, samples, answers):
    data = open(model, "rb").read()
    random = np.random.default_rng(int(seed))
    runner = interpreter(data, max(1 << 22, 24 * len(data)))
    # How many there are, the interpreter says by failing.
    inputs, outputs = ends(runner.get_input_details), ends(runner.get_output_details)
    with open(samples, "wb") as x, open(answers, "wb") as y:
        for number in range(int(count)):
            for index, details in enumerate(inputs):
                array = sample(random, number, details)
                runner.set_input(array, index)
                x.write(array.tobytes())
            runner.invoke()
            for index in range(len(outputs)):
                y.write(np.array(runner.get_output(index)).tobytes())


def ends(details):
    found = []
    while True:
        try:
            found.append(details(len(found)))
        except IndexError:
            return found


if __name__ == "__main__":
    main(*sys.argv[1:6])
    # The wheel may fail while it is taken down.
    sys.stdout.flush()
    os._exit(0)
