#!/usr/bin/env python3
"""Writes small Darknet networks and answers.json: what they give for one sample each.

Their weights are random numbers of a fixed seed. OpenCV answers (opencv-python-headless below 5, which is the last
that reads Darknet's files), but for what it does not read, or reads otherwise than Darknet, which `plain` computes
by Darknet's formulas, number by number:

- the activations relu6, hard_mish and hardswish, stride_x and stride_y, dilation, softmax of groups and with a
  temperature;
- additions of larger planes, which are read at one place of each square;
- a group of several layers, which OpenCV joins in another order than the section names them in;
- normalized connected layers, whose weights lie before what normalizes them.

    python3 Tests/Darknet/make.py
"""

import json
import os

import cv2
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
RANDOM = np.random.default_rng(20)
HEADER = np.array([0, 2, 5, 64, 0], "<i4").tobytes()


def net(channels, height, width):
    return f"[net]\nbatch=1\nwidth={width}\nheight={height}\nchannels={channels}\n"


def convolution(filters, size=1, activation="linear", **options):
    lines = {"filters": filters, "size": size, "stride": 1, "pad": 1} | options | {"activation": activation}
    return "\n[convolutional]\n" + "".join(f"{name}={value}\n" for name, value in lines.items())


def section(kind, **options):
    return f"\n[{kind}]\n" + "".join(f"{name}={value}\n" for name, value in options.items())


def normal(*shape):
    return RANDOM.standard_normal(shape).astype("<f4")


def filters(count, per_filter, normalized=False, connected=False):
    """The numbers of a layer in the order of the file."""
    biases, weights = 0.3 * normal(count), normal(count, per_filter) / np.float32(per_filter) ** 0.5
    if not normalized:
        return [biases, weights]
    scales, means = 1 + 0.2 * normal(count), 0.2 * normal(count)
    variances = RANDOM.uniform(0.3, 2, count).astype("<f4")
    if connected:
        return [biases, weights, scales, means, variances]
    return [biases, scales, means, variances, weights]


CASES = {}


def case(name, text, numbers, shape, layers=None, answer=None):
    """One network. `layers` are OpenCV's names for what heads read; `answer` stands in for OpenCV."""
    CASES[name] = (text, numbers, shape, layers, answer)


case(
    "activations",
    net(3, 3, 5)
    + "".join(convolution(6, activation=a) for a in ["leaky", "relu", "logistic", "swish", "mish", "tanh", "linear"]),
    filters(6, 3) + sum((filters(6, 6) for _ in range(6)), []),
    (3, 3, 5),
)
case(
    "convolutions",
    net(4, 9, 9)
    + convolution(8, 3, "leaky", batch_normalize=1)
    + convolution(8, 3, "linear", batch_normalize=1, groups=8, stride=2)
    + convolution(6, 3, "logistic", groups=2, pad=0, padding=2)
    + convolution(5, 5, "leaky", pad=0),
    filters(8, 36, True) + filters(8, 9, True) + filters(6, 36) + filters(5, 150),
    (4, 9, 9),
)
case(
    "pools",
    net(3, 13, 13)
    + section("maxpool", size=2, stride=1)
    + section("maxpool", size=3, stride=1)
    + section("maxpool", size=2, stride=2)
    + section("maxpool", size=3, stride=2, padding=1)
    + section("maxpool", stride=2),
    [],
    (3, 13, 13),
)
case(
    "spatial-pyramid",
    net(3, 6, 6)
    + convolution(4)
    + section("maxpool", size=5, stride=1)
    + section("route", layers=-2)
    + section("maxpool", size=3, stride=1)
    + section("route", layers="-1,-3,-4"),
    filters(4, 3),
    (3, 6, 6),
)
case(
    "routes",
    net(3, 4, 4)
    + convolution(8, 3, "leaky")
    + section("route", layers=-1, groups=2, group_id=1)
    + convolution(6, 1)
    + section("dropout", probability=".5")
    + section("route", layers="-1, 0")
    + section("upsample", stride=3)
    + convolution(5, 1)
    + section("route", layers=-3)
    + section("upsample", stride=3)
    + section("route", layers="6,-1"),
    filters(8, 27) + filters(6, 4) + filters(5, 14),
    (3, 4, 4),
)
case(
    "shortcuts",
    net(3, 4, 4)
    + convolution(6, 3, "leaky")
    + convolution(6, 1)
    + section("shortcut", **{"from": -2}, activation="linear")
    + convolution(4, 1)
    + section("shortcut", **{"from": -2}, activation="leaky")
    + convolution(9, 1)
    + section("shortcut", **{"from": 2}, activation="linear"),
    filters(6, 27) + filters(6, 6) + filters(4, 6) + filters(9, 4),
    (3, 4, 4),
)
case("reorg", net(3, 6, 6) + convolution(8, 1) + section("reorg", stride=2), filters(8, 3), (3, 6, 6))
case("reorg-in-threes", net(9, 6, 6) + convolution(18, 1) + section("reorg", stride=3), filters(18, 9), (9, 6, 6))
case(
    "classifier",
    net(2, 6, 6)
    + convolution(4, 3, "leaky", batch_normalize=1)
    + section("maxpool", size=2, stride=2)
    + section("connected", output=7, activation="relu")
    + section("connected", output=5, activation="linear")
    + section("softmax"),
    filters(4, 18, True) + filters(7, 36) + filters(5, 7),
    (2, 6, 6),
)
case(
    "averaged",
    net(2, 5, 5) + convolution(6, 3, "leaky") + section("avgpool") + section("softmax", groups=1) + section("cost", type="sse"),
    filters(6, 18),
    (2, 5, 5),
)
case(
    "heads",
    net(3, 8, 8)
    + convolution(6, 3, "leaky", stride=2)
    + convolution(16, 1)
    + section("yolo", mask="1,2", anchors="1,2, 3,4, 5,7", classes=3, num=3, scale_x_y=1.05)
    + section("route", layers=-3)
    + convolution(7, 1)
    + section("yolo", mask=0, anchors="1,2, 3,4, 5,7", classes=2, num=3),
    filters(6, 27) + filters(16, 6) + filters(7, 6),
    (3, 8, 8),
    layers=["conv_1", "conv_4"],
)
case(
    "region",
    net(3, 8, 8)
    + convolution(14, 3, stride=4)
    + section("region", anchors="1.5,2, 3,0.5", classes=2, num=2, coords=4, softmax=1, thresh=".1"),
    filters(14, 27),
    (3, 8, 8),
    layers=["conv_0"],
)


# What OpenCV does not answer, by Darknet's formulas.


def swept(x, weights, biases, strides, dilation, pad):
    """A convolution of [channels, height, width], number by number."""
    count, _, size, _ = weights.shape
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    reach = dilation * (size - 1) + 1
    rows, columns = ((x.shape[a + 1] - reach) // strides[a] + 1 for a in (0, 1))
    y = np.zeros((count, rows, columns))
    for f, i, j in np.ndindex(*y.shape):
        top, left = i * strides[0], j * strides[1]
        seen = x[:, top : top + reach : dilation, left : left + reach : dilation]
        y[f, i, j] = (seen * weights[f]).sum() + biases[f]
    return y


def by_formula():
    functions = {
        "relu6": lambda v: np.clip(v, 0, 6),
        "hard_mish": lambda v: np.where(v > 0, v, np.where(v > -2, v * v / 2 + v, 0)),
        "hardswish": lambda v: v * np.clip(v + 3, 0, 6) / 6,
    }
    numbers, x = [], 4 * normal(3, 4, 4)
    y = x.astype(float)
    for activation, function in functions.items():
        biases, weights = filters(3, 3)
        numbers += [biases, 3 * weights]
        y = function(swept(y, 3.0 * weights.reshape(3, 3, 1, 1), biases, (1, 1), 1, 0))
    case("other-activations", net(3, 4, 4) + "".join(convolution(3, activation=a) for a in functions), numbers, x, answer=y)

    first, second = filters(4, 18), filters(3, 36)
    x = normal(2, 7, 8)
    y = swept(x, first[1].reshape(4, 2, 3, 3), first[0], (2, 1), 1, 1)
    y = swept(y, second[1].reshape(3, 4, 3, 3), second[0], (1, 1), 2, 2)
    case(
        "strides",
        net(2, 7, 8)
        + "\n[convolutional]\nfilters=4\nsize=3\nstride_x=1\nstride_y=2\npad=1\nactivation=linear\n"
        + convolution(3, 3, dilation=2),
        first + second,
        x,
        answer=y,
    )

    first, second = filters(8, 3), filters(6, 8)
    x = normal(3, 4, 4)
    before = swept(x, first[1].reshape(8, 3, 1, 1), first[0], (1, 1), 1, 0)
    last = swept(before, second[1].reshape(6, 8, 1, 1), second[0], (1, 1), 1, 0)
    case(
        "grouped-route",
        net(3, 4, 4) + convolution(8) + convolution(6) + section("route", layers="-1,-2", groups=2, group_id=1),
        first + second,
        x,
        answer=np.concatenate([last[3:], before[4:]]),
    )

    x = normal(3, 6, 4)
    smaller = x.reshape(3, 3, 2, 2, 2).max((2, 4)).astype(float)
    case(
        "strided-shortcut",
        net(3, 6, 4) + section("dropout") + section("maxpool", size=2, stride=2) + section("shortcut", **{"from": -2}),
        [],
        x,
        answer=smaller + x[:, ::2, ::2],
    )

    numbers = filters(6, 12, True, connected=True)
    x = normal(3, 2, 2)
    biases, weights, scales, means, variances = (n.astype(float) for n in numbers)
    y = scales * (weights @ x.reshape(12) - means) / (variances**0.5 + 1e-6) + biases
    y = np.exp(y.reshape(2, 3) / 0.5)
    y = (y / y.sum(1, keepdims=True)).reshape(6)
    case(
        "normalized-connected",
        net(3, 2, 2)
        + section("connected", output=6, batch_normalize=1, activation="linear")
        + section("softmax", groups=2, temperature=0.5),
        numbers,
        x,
        answer=y,
    )


def by_opencv(text, weights, x, layers):
    network = cv2.dnn.readNetFromDarknet(np.frombuffer(text.encode(), np.uint8), np.frombuffer(weights, np.uint8))
    network.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    # Layers that are fused into others could not be asked for.
    network.enableFusion(False)
    network.setInput(x[None])
    return network.forward(layers or network.getUnconnectedOutLayersNames())


def numbers(array):
    return {"shape": list(array.shape), "values": [float(f"{v:.8g}") for v in array.reshape(-1)]}


def main():
    by_formula()
    answers = {}
    for name, (text, parts, x, layers, answer) in CASES.items():
        weights = HEADER + b"".join(np.ascontiguousarray(p, "<f4").tobytes() for p in parts)
        if isinstance(x, tuple):
            x = normal(*x)
        outputs = by_opencv(text, weights, x, layers) if answer is None else [answer[None]]
        for suffix, content in ("cfg", text.encode()), ("weights", weights):
            with open(os.path.join(HERE, f"{name}.{suffix}"), "wb") as file:
                file.write(content)
        answers[name] = {"input": numbers(x), "outputs": [numbers(o[0]) for o in outputs]}
    with open(os.path.join(HERE, "answers.json"), "w") as file:
        json.dump(answers, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
