#!/usr/bin/env python3
"""The two small networks of this folder, trained on Fashion-MNIST: mlp.onnx and autoencoder.onnx.

    python3 networks.py /usr/share/datasets/fashion-mnist FOLDER [mlp] [autoencoder]

Needs numpy and onnx. Adam, the learning rate falling to zero along a cosine; the MLP on labels
smoothed by 0.1, the autoencoder on squared error. Weights are stored as float16. Prints what the
stored networks reach on the test images.
"""
import gzip
import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

data, folder, *names = sys.argv[1:]
names = names or ["mlp", "autoencoder"]


def images(name):
    raw = gzip.open(f"{data}/{name}-images-idx3-ubyte.gz").read()
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / 255


def labels(name):
    return np.frombuffer(gzip.open(f"{data}/{name}-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)


def halved(x):
    """Means of 2 x 2 pixels: [n, 784] to [n, 196]."""
    return x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4), dtype=np.float32).reshape(-1, 196)


def bent(layers, k):
    """Is there a ReLU after layer k: not at the end, nor at the autoencoder's bottleneck."""
    return k + 1 < len(layers) and len(layers[k][1]) != 16


def forward(layers, x):
    """What goes into each layer, and the last one's outputs."""
    seen = [x]
    for k, (w, b) in enumerate(layers):
        y = seen[-1] @ w + b
        seen.append(np.maximum(y, 0) if bent(layers, k) else y)
    return seen


def train(sizes, x, gradient, epochs, batch, rate=2e-3, decay=1e-5):
    """Layers (weights [in, out], bias); gradient(outputs, indices) is that of the loss."""
    draw = np.random.default_rng(1)
    layers = [[draw.normal(0, (2 / a) ** 0.5, (a, b)).astype(np.float32), np.zeros(b, np.float32)]
              for a, b in zip(sizes, sizes[1:])]
    first = [[np.zeros_like(p) for p in layer] for layer in layers]
    second = [[np.zeros_like(p) for p in layer] for layer in layers]
    steps, step = epochs * (len(x) // batch), 0
    while step < steps:
        for chosen in np.split(draw.permutation(len(x))[:len(x) // batch * batch], len(x) // batch):
            step += 1
            now = rate * (1 + np.cos(np.pi * step / steps)) / 2
            seen = forward(layers, x[chosen])
            error = gradient(seen[-1], chosen) / batch
            for k in reversed(range(len(layers))):
                slopes = [seen[k].T @ error + decay * layers[k][0], error.sum(0)]
                error = error @ layers[k][0].T
                error = error * (seen[k] > 0) if k > 0 and bent(layers, k - 1) else error
                for p, g, m, v in zip(layers[k], slopes, first[k], second[k]):
                    m += 0.1 * (g - m)
                    v += 0.001 * (g * g - v)
                    p -= now * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return layers


def halves(layers):
    return [[p.astype(np.float16) for p in layer] for layer in layers]


def write(name, layers, pooled):
    """float16 initializers, cast to float: a batch of [1, 28, 28] in, the last layer out."""
    nodes, weights, last = [], [], "image"
    if pooled:
        nodes.append(helper.make_node("AveragePool", [last], ["pooled"], kernel_shape=[2, 2],
                                      strides=[2, 2]))
        last = "pooled"
    nodes.append(helper.make_node("Flatten", [last], ["flat"]))
    last = "flat"
    for k, layer in enumerate(layers):
        for part, values in zip(("weight", "bias"), layer):
            full = f"{part}{k}"
            weights.append(numpy_helper.from_array(values, full + ".half"))
            nodes.append(helper.make_node("Cast", [full + ".half"], [full], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Gemm", [last, f"weight{k}", f"bias{k}"], [f"dense{k}"],
                                      f"dense{k}"))
        last = f"dense{k}"
        if bent(layers, k):
            nodes.append(helper.make_node("Relu", [last], [f"relu{k}"]))
            last = f"relu{k}"
    kinds = [("image", ["n", 1, 28, 28]), (last, ["n", len(layers[-1][1])])]
    given, wanted = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in kinds]
    model = helper.make_model(helper.make_graph(nodes, name, [given], [wanted], weights),
                              opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    checker.check_model(model)
    save(model, f"{folder}/{name}.onnx")


def softened(answers, chosen):
    """Gradient of the cross-entropy with smoothed labels."""
    share = np.exp(answers - answers.max(1, keepdims=True))
    return share / share.sum(1, keepdims=True) - smooth[chosen]


def answers(layers, x):
    return forward([[p.astype(np.float32) for p in layer] for layer in layers], x)[-1]


x, y, test, truth = images("train"), labels("train"), images("t10k"), labels("t10k")
smooth = (np.eye(10)[y] * 0.9 + 0.01).astype(np.float32)

if "mlp" in names:
    mlp = halves(train([196, 256, 128, 10], halved(x), softened, epochs=20, batch=128))
    write("mlp", mlp, pooled=True)
    print(f"mlp: accuracy {np.mean(answers(mlp, halved(test)).argmax(1) == truth):.2%}")

if "autoencoder" in names:
    mean = x.mean(0)
    centred = x - mean
    coder = train([784, 64, 16, 64, 784], centred, lambda out, chosen: 2 * (out - centred[chosen]),
                  epochs=30, batch=256)
    coder[0][1] -= mean @ coder[0][0]
    coder[-1][1] += mean
    coder = halves(coder)
    write("autoencoder", coder, pooled=False)
    print(f"autoencoder: mean squared error {np.mean((answers(coder, test) - test) ** 2):.5f}")
