"""Trials in PyTorch: the layer's whole product for each, its inputs at hand, two threads.

    torch_trials.py dense INPUTS HIDDEN STEP TRIALS SAMPLES
    torch_trials.py conv CHANNELS - STEP TRIALS SAMPLES

Prints trials a second, the best of eight turns. A trial zeroes a share STEP of a layer's weights
and takes the KL divergence of the classifier's ten outputs from those without it.
"""
import sys
import time

import torch
import torch.nn.functional as F

kind, inputs, hidden, step, trials, samples = sys.argv[1:]
step, trials, samples = float(step), int(trials), int(samples)
torch.set_num_threads(2)
torch.manual_seed(1)

if kind == "dense":
    inputs, hidden = int(inputs), int(hidden)
    x = torch.randn(samples, inputs)
    w1, b1 = torch.randn(hidden, inputs) / inputs**0.5, torch.zeros(hidden)
    layer = lambda w: F.relu(F.linear(x, w, b1))
else:
    channels, hidden = int(inputs), 64
    x = torch.randn(samples, channels, 14, 14).contiguous(memory_format=torch.channels_last)
    w1, b1 = torch.randn(hidden, channels, 3, 3) / (9 * channels) ** 0.5, torch.zeros(hidden)
    layer = lambda w: F.relu(F.conv2d(x, w, b1, padding=1)).mean((2, 3))
w2, b2 = torch.randn(10, hidden) / hidden**0.5, torch.zeros(10)


def log_answers(w):
    return F.log_softmax(F.linear(layer(w), w2, b2), 1)


with torch.inference_mode():
    teacher = log_answers(w1)
    count = int(step * w1.numel())
    sets = [torch.randperm(w1.numel())[:count] for _ in range(trials)]
    best = float("inf")
    for _ in range(8):
        start = time.perf_counter()
        for positions in sets:
            w = w1.clone()
            w.view(-1)[positions] = 0
            F.kl_div(log_answers(w), teacher, reduction="batchmean", log_target=True).item()
        best = min(best, time.perf_counter() - start)
print(trials / best)
