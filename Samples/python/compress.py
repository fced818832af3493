"""Compresses a network for Fashion-MNIST to several sizes, draws bytes against what is lost, and compares the blobs with the
teacher in onnxruntime.

    pip install ./Runtime-C/python onnxruntime matplotlib
    python Samples/python/compress.py --kinglet .build/release/kinglet -o front.png

Each point is a run of its own, evolved on the first 10,000 training images; all figures are of the 10,000 test images, which
chose nothing. About five minutes on two cores.
"""

import argparse
import gzip
from pathlib import Path

import kinglet
import matplotlib
import numpy as np
import onnxruntime

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first)

HERE = Path(__file__).resolve().parent


def images(path: Path, count: int) -> np.ndarray:
    """Images of an IDX file, 0 to 1, as [count, 1, height, width]."""
    content = gzip.decompress(path.read_bytes())
    height, width = np.frombuffer(content[8:16], ">u4")
    pixels = np.frombuffer(content, np.uint8, offset=16).reshape(-1, 1, height, width)
    return pixels[:count].astype(np.float32) / 255


def labels(path: Path, count: int) -> np.ndarray:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=8)[:count].astype(np.int64)


def show(event: kinglet.Progress) -> None:
    if event.total:
        print(f"\r{event.stage} {event.unit} {event.done} of {event.total} {event.text:50.50}", end="", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=HERE.parent / "fashion-cnn" / "fashion-cnn-small.onnx")
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"), help="IDX files")
    parser.add_argument("--kinglet", help="the command (default: KINGLET, or the one in PATH)")
    parser.add_argument("--sparsities", type=float, nargs="+", default=[0.8, 0.9, 0.95, 0.975])
    parser.add_argument("--train", type=int, default=10000, help="training images")
    parser.add_argument("--cycle-steps", type=int, default=20, help="gradient steps of a cycle")
    parser.add_argument("--final-steps", type=int, default=300, help="gradient steps after the last")
    parser.add_argument("-o", "--output", type=Path, default=Path("front.png"), help="the drawing; blobs go beside it")
    options = parser.parse_args()

    train = images(options.data / "train-images-idx3-ubyte.gz", options.train)
    test = images(options.data / "t10k-images-idx3-ubyte.gz", 10000)
    truth = labels(options.data / "t10k-labels-idx1-ubyte.gz", 10000)

    session = onnxruntime.InferenceSession(str(options.model), providers=["CPUExecutionProvider"])
    teacher = session.run(None, {session.get_inputs()[0].name: test})[0].argmax(1)
    accuracy = (teacher == truth).mean()
    print(f"teacher in onnxruntime: {100 * accuracy:.2f} % of {len(test)} test images right")

    points = []
    for sparsity in options.sparsities:
        blob = options.output.with_name(f"{options.output.stem}-{sparsity:g}.kgl")
        report = kinglet.compile(
            options.model, train, output=blob, progress=show, kinglet=options.kinglet, sparsity=sparsity,
            activations="int8", steps_per_cycle=options.cycle_steps, final_steps=options.final_steps, test=test,
            test_labels=truth.astype(np.uint8),
        )
        # The blob in the C runtime, here, against the teacher there.
        model = kinglet.Model(blob)
        answers = model.run(test).argmax(1)
        lost = 100 * (accuracy - (answers == truth).mean())
        points.append((report.blob_bytes, lost))
        print(
            f"\r{sparsity:.1%} zeros: {report.blob_bytes} bytes, {report.ratio:.0f}x, {model.arena_bytes} bytes of RAM; "
            f"{lost:.2f} points of accuracy lost, {(answers == teacher).mean():.2%} answered as the teacher does"
        )

    sizes, losses = zip(*points)
    pyplot.figure(figsize=(6, 4))
    pyplot.plot(sizes, losses, "o-")
    pyplot.xscale("log")
    pyplot.xlabel("bytes of the blob, everything counted")
    pyplot.ylabel("points of accuracy lost")
    pyplot.title(f"{options.model.name}: {len(test)} test images")
    pyplot.grid(True, which="both", alpha=0.3)
    pyplot.tight_layout()
    pyplot.savefig(options.output, dpi=150)
    print(f"drawn on {options.output}")


if __name__ == "__main__":
    main()
