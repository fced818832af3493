#!/usr/bin/env python3
"""Clips of espeak-ng's voices in noise, for a wake word "hey jarvis".

    voices.py train|word|near|test CLIPS OUT.wav

OUT.wav holds CLIPS clips one after another, each CLIP samples of 16 kHz, 16 bits, one channel; OUT.txt, a line for
each: what is said, the voice, the noise, and the ratio of signal to noise in dB. The same arguments give the same
bytes with the same espeak-ng (1.51 here).

Clips of `train` say the wake word, what sounds nearly like it, other words, or nothing. Clips of `word` say the wake
word and those of `near` what sounds nearly like it, by voices and in kinds of noise that `train` has none of; `test`
is half of `word` and half of `near`. Whether a clip counts as the wake word is for the teacher to say. Needs numpy and
espeak-ng.
"""
import io
import subprocess
import sys
import wave
from concurrent.futures import ThreadPoolExecutor

import numpy as np

RATE = 16000
# 330 windows of 30 ms, 10 ms apart: 110 frames of three.
CLIP = 480 + 329 * 160
# Where speech may end: its last 0.3 s and what a network takes to answer lie within the clip.
LEAD, LAST = 1.55, 3.1

ACCENTS = ["en-gb-scotland", "en-029", "en-us"]
VARIANTS = {
    "train": ["Annie", "Denis", "Diogo", "Henrique", "Michael", "RicishayMax2", "RicishayMax3", "aunty", "benjamin",
              "f2", "f3", "f5", "grandma", "gustave", "iven3", "iven4", "m2", "m7", "m8", "max", "michel", "miguel",
              "rob", "sandro", "steph", "steph3", "travis", "klatt2", "Hugo", "anika", "antonio", "f1"],
    "test": ["belinda", "f4", "linda", "marcelo", "Mario", "quincy", "robert", "shelby"],
}
SAID = {
    "word": ["hey jarvis", "hey jarvis!", "hey, jarvis", "hey jarvis?"],
    "near": ["hey travis", "hey marvin", "hey jarred", "hey harvest", "hey service", "jarvis", "hey john", "hey charlie",
             "hey java", "hey davis", "hey jarring", "hey justice", "a jar is", "hey jasper", "hey jersey", "hey carver",
             "hey george", "they carve it", "hey garbage", "hi jarvis", "okay jarvis", "hey artist", "hey jar", "hey vis"],
    "other": ["what time is it", "turn on the light", "play some music", "the weather tomorrow", "stop", "seven",
              "good morning", "open the door", "I do not know", "call me later", "yes please", "where is the car",
              "set a timer", "never mind", "thank you", "a cup of coffee"],
}
SHARES = {"word": 0.45, "near": 0.4, "other": 0.1, "nothing": 0.05}
OTHER_SPEECH = [("de+f2", "Guten Morgen, wie geht es Ihnen heute, wir fahren morgen in die Stadt"),
                ("fr+m7", "Bonjour, nous allons prendre le train de huit heures demain matin")]


def resampled(samples, rate):
    """Samples of another rate at RATE, by the Fourier transform."""
    count = len(samples) * RATE // rate
    spectrum = np.fft.rfft(samples)[:count // 2 + 1]
    return np.fft.irfft(spectrum, count) * count / len(samples)


def spoken(voice, text, speed, pitch):
    """What espeak-ng says, without the silence around it."""
    done = subprocess.run(["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text],
                          capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as file:
        rate = file.getframerate()
    samples = np.frombuffer(done.stdout[44:], "<i2").astype(float)
    loud = np.flatnonzero(np.abs(samples) > 50)
    return resampled(samples[loud[0]:loud[-1] + 1] if len(loud) else samples, rate)


def coloured(rng, count, slope):
    """Noise whose power goes with frequency to the `slope`."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    frequency = np.maximum(np.arange(len(spectrum)) * RATE / count, 30)
    return np.fft.irfft(spectrum * frequency ** (slope / 2), count)


def impulses(rng, count, a_second, length):
    """Short bursts at random."""
    out = np.zeros(count + length)
    for at in rng.integers(0, count, rng.poisson(a_second * count / RATE)):
        out[at:at + length] += rng.normal(size=length) * np.exp(-np.arange(length) / (length / 5)) * rng.uniform(0.2, 1)
    return out[:count]


def tones(rng, count, frequencies, seconds):
    """Notes, one after another."""
    out, time, at = np.zeros(count), np.arange(count) / RATE, 0
    while at < count:
        end = at + int(rng.uniform(*seconds) * RATE)
        for harmonic in range(1, 5):
            out[at:end] += np.sin(2 * np.pi * rng.choice(frequencies) * harmonic * time[at:end]) / harmonic
        at = end
    return out


def noise(rng, kind, speech):
    """A clip of a kind of noise, of a deviation of 1."""
    if kind == "white":
        out = rng.normal(size=CLIP)
    elif kind == "pink":
        out = coloured(rng, CLIP, -1)
    elif kind == "hum":
        out = tones(rng, CLIP, [50], (9, 10)) + 3 * coloured(rng, CLIP, -1)
    elif kind == "keys":
        out = impulses(rng, CLIP, 6, 500) + 0.02 * rng.normal(size=CLIP)
    elif kind == "voices":
        out = sum(np.roll(speech[rng.integers(len(speech))], rng.integers(10 ** 6))[:CLIP] for _ in range(3))
        out = out + 1e-3 * np.std(out) * rng.normal(size=CLIP)
    elif kind == "brown":
        out = coloured(rng, CLIP, -2)
    elif kind == "street":
        wave_of = 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.1, 0.5) * np.arange(CLIP) / RATE + rng.uniform(0, 6))
        out = coloured(rng, CLIP, -1.5) * wave_of
    elif kind == "rain":
        out = impulses(rng, CLIP, 400, 60) + 0.05 * rng.normal(size=CLIP)
    else:  # music
        scale = 220 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
        out = tones(rng, CLIP, scale, (0.15, 0.5)) + tones(rng, CLIP, scale / 2, (0.3, 1)) + 0.01 * rng.normal(size=CLIP)
    return out / np.std(out)


NOISES = {"train": ["white", "pink", "hum", "keys", "voices"], "test": ["brown", "street", "rain", "music"]}


def clip(name, number, speech):
    """A clip, and the line that says what it is."""
    rng = np.random.default_rng([["train", "word", "near"].index(name), number])
    what = rng.choice(list(SHARES), p=list(SHARES.values())) if name == "train" else name
    whose = "train" if name == "train" else "test"
    kind, ratio = rng.choice(NOISES[whose]), rng.uniform(8, 30)
    level = 10 ** rng.uniform(2.7, 3.6)  # the speech's deviation, of 32768
    out = noise(rng, kind, speech) * level / 10 ** (ratio / 20)
    voice = f"{rng.choice(ACCENTS)}+{rng.choice(VARIANTS[whose])}"
    text = "" if what == "nothing" else str(rng.choice(SAID[what]))
    if text:
        said = spoken(voice, text, rng.integers(120, 181), rng.integers(35, 66))[:int((LAST - LEAD) * RATE)]
        latest = int(LAST * RATE) - len(said)
        at = rng.integers(min(int(LEAD * RATE), latest), latest + 1)
        out[at:at + len(said)] += said * level / np.std(said)
    samples = np.clip(np.round(out), -32768, 32767).astype("<i2")
    return samples.tobytes(), f"{what}\t{text}\t{voice}\t{kind}\t{ratio:.1f}\n"


def main():
    name, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    clips = [(name, number) for number in range(count)]
    if name == "test":
        clips = [("word", number) for number in range(count - count // 2)] + [("near", number) for number in range(count // 2)]
    speech = []
    for voice, text in OTHER_SPEECH:
        said = spoken(voice, text, 150, 50)
        speech.append(np.tile(said / np.std(said), 1 + CLIP // len(said)))
    with ThreadPoolExecutor(2) as workers, wave.open(path, "wb") as file, open(path[:-4] + ".txt", "w") as lines:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        for samples, line in workers.map(lambda which: clip(*which, speech), clips):
            file.writeframes(samples)
            lines.write(line)


if __name__ == "__main__":
    main()
