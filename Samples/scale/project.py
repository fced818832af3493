"""What a run takes on 1 to 100 machines, and what the paper's own run takes: on paper, from what one cycle and one
message were measured to take.

    python3 project.py yolov3.cfg measured.txt

`measured.txt` has a name and a number a line; README.md says what each is and has the formula.
"""

import math
import sys


def sections(path):
    found = []
    for line in open(path):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            found.append((line[1:-1], {}))
        elif "=" in line:
            key, value = line.split("=", 1)
            found[-1][1][key.strip()] = value.strip()
    return found


def convolutions(path, size):
    """For each convolution its weights and multiply-accumulates, in running order."""
    channels, side, shapes, found = 3, size, [], []
    for index, (name, options) in enumerate(sections(path)[1:]):
        if name == "convolutional":
            filters, k, stride = (int(options[key]) for key in ("filters", "size", "stride"))
            side //= stride
            weights = filters * channels * k * k
            found.append((weights, weights * side * side))
            channels = filters
        elif name == "route":
            places = [int(p) for p in options["layers"].split(",")]
            places = [p if p >= 0 else index + p for p in places]
            channels, side = sum(shapes[p][0] for p in places), shapes[places[0]][1]
        elif name == "upsample":
            side *= 2
        shapes.append((channels, side))
    return found


def hours(seconds):
    return f"{seconds / 3600:,.1f} h" if seconds < 72 * 3600 else f"{seconds / 86400:,.1f} days"


def exchange(machines, parts, elements, latency, bandwidth):
    """Seconds of a gradient step's messages, on the machine that has most of them."""
    if machines == 1:
        return 0
    own = math.ceil(parts / machines)
    others = (machines - 1) / machines
    sent = 4 * elements * (own * others + others)
    return sent / bandwidth + 2 * (machines - 1) * latency


def main():
    layers = convolutions(sys.argv[1], 416)
    m = {line.split()[0]: float(line.split()[1]) for line in open(sys.argv[2]) if line.strip()[:1] not in ("", "#")}
    total = sum(macs for _, macs in layers)
    weights = sum(count for count, _ in layers)
    forward = m["forward_seconds"]
    # A trial of one layer runs that layer and what follows; the nearest to it is by running order.
    suffix = [sum(macs for _, macs in layers[index:]) / total for index in range(len(layers))]
    mean = sum(suffix) / len(suffix)
    print(f"{len(layers)} convolutions, {weights:,} weights, {total / 1e9:.1f} G multiply-accumulates a photograph")
    print(f"a trial of one layer is {mean:.2f} of a whole forward pass, on average over layers")
    cycles = math.ceil(math.log(1 - 0.9) / math.log(1 - 0.05))
    trials = cycles * len(layers) * 120
    print(f"\nthe paper's run: {cycles} cycles x {len(layers)} layers x 120 trials = {trials:,} trials of 100 photographs")
    whole = trials * 100 * forward
    print(f"  every trial a whole forward pass        {hours(whole)}")
    print(f"  suffix only                             {hours(whole * mean)}")
    race = (64 / 64 + 8 * 7 / 64 + 2 * 56 / 64) / 64
    print(f"  and raced, 64 sets by eights ({1 / race:.1f} times fewer), for as many sets {hours(whole * mean * race)}")
    own = math.ceil(math.log(0.1) / math.log(0.9))
    default = own * 16 * 100 * forward
    print(f"the default: {own} cycles x 1 pool x 16 trials of 100 photographs  {hours(default)}")

    def cycle(machines, count, photographs, steps, alive):
        parts = int(m["parts"])
        compute = math.ceil(parts / machines) / parts * m["step_seconds"]
        messages = exchange(machines, parts, alive * weights, m["latency_seconds"], m["bandwidth_bytes"])
        # A rank that asks has its next trial after a message each way.
        trial = math.ceil(count / machines) * (photographs * forward + 2 * m["latency_seconds"])
        return m["serial_seconds"], trial, steps * compute, steps * messages

    print("\nseconds of a cycle: 120 trials of all layers on 16 photographs, 20 gradient steps, 10 % of the weights alive")
    print("machines  alone  trials  gradients  messages     all  times faster")
    first = sum(cycle(1, 120, 16, 20, 0.1))
    for machines in (1, 2, 4, 8, 16, 32, 64, 100):
        parts = cycle(machines, 120, 16, 20, 0.1)
        print(f"{machines:8}" + "".join(f"{x:8.1f}" for x in parts) + f"{sum(parts):10.1f}{first / sum(parts):12.1f}")


main()
