"""Drives the ``kinglet`` command: compiles a model from Python, and reads what comes of it.

The command is the one that ``kinglet=`` names, else the environment's KINGLET, else the one in PATH. Options have the names
that ``kinglet compile --help`` gives, with underscores::

    report = kinglet.compile("net.onnx", data=images, output="net.kgl", sparsity=0.9, layer_sparsity={"conv1": 0.5})

True is a flag, False its ``--no-`` form, None is left out; a list repeats an option, a dict repeats it as NAME=VALUE. Arrays
of numpy are handed over in files that are gone afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Sequence, Union

import numpy as np

from .reports import BlobReport, CompileReport, ModelReport, VerificationReport, parse

PathLike = Union[str, "os.PathLike[str]"]
Samples = Union[str, "os.PathLike[str]", np.ndarray]


@dataclass(frozen=True)
class Progress:
    """How far a stage is. ``done`` and ``total`` are None where it begins or ends, or where a note is all there is; ``total``
    also where nobody knows it before.
    """

    stage: str
    """``teacher``, ``evolve``, ``quantize``, ``encode``, ``verify``; empty with a note."""
    done: Optional[int] = None
    total: Optional[int] = None
    text: str = ""
    """What is known by now; of a stage that ended, what came of it."""
    unit: str = ""
    """What is counted, the word for one: ``cycle``, ``step``, ``sample``; empty where nothing is."""


class CommandError(Exception):
    """The command did not do what it was told.

    status: its exit status: 2 the options are wrong, 3 a file is, 1 something was found that should not be, 130 it was
        interrupted. The exception's text is the command's own sentence.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def compile(
    model: PathLike, data: Optional[Samples] = None, *, output: PathLike,
    progress: Optional[Callable[[Progress], None]] = None, kinglet: Optional[PathLike] = None, **options: Any,
) -> CompileReport:
    """Evolves a model sparse, quantizes it and writes a blob: ``kinglet compile``.

    model: an ONNX, .tflite or Darknet (.cfg) file.
    data: calibration samples: a file or folder that the command reads, ``random:N``, or an array with samples along its
        first axis, scaled as the model takes them. ``labels``, ``test`` and ``test_labels`` may be arrays too.
    output: the blob to write.
    progress: called from this thread as stages go on, several times a second.

    A limit that was not met (``max_bytes``, ``max_loss``) is no error: ``broken_limit`` and ``shortfall`` say so.
    Raises :class:`CommandError`, or FileNotFoundError without a command. An interrupt stops the run, which is kept in its
    checkpoint.
    """
    given = {"data": data, "output": output, **options}
    return parse(CompileReport, _report("compile", [model], given, kinglet, progress))


def encode(
    model: PathLike, *, output: PathLike, progress: Optional[Callable[[Progress], None]] = None,
    kinglet: Optional[PathLike] = None, **options: Any,
) -> CompileReport:
    """Writes a blob straight from a model, keeping its zeros; one of int8 keeps its very answers: ``kinglet encode``."""
    return parse(CompileReport, _report("encode", [model], {"output": output, **options}, kinglet, progress))


def verify(
    blob: PathLike, teacher: PathLike, test: Samples, *, kinglet: Optional[PathLike] = None, **options: Any
) -> VerificationReport:
    """Compares a blob's answers with its teacher's, in the C runtime: ``kinglet verify``.

    Where a limit is given (``max_loss``) and not met, CommandError has status 1.
    """
    given = {"teacher": teacher, "test": test, **options}
    return parse(VerificationReport, _report("verify", [blob], given, kinglet, None, may_fail=False))


def inspect(file: PathLike, *, kinglet: Optional[PathLike] = None, **options: Any) -> Union[BlobReport, ModelReport]:
    """What a blob or a model holds: ``kinglet inspect``."""
    found = _report("inspect", [file], options, kinglet, None, may_fail=False)
    return parse(BlobReport, found) if "blobBytes" in found else parse(ModelReport, found)


def _report(
    name: str, arguments: Sequence[PathLike], options: Mapping[str, Any], kinglet: Optional[PathLike],
    progress: Optional[Callable[[Progress], None]], may_fail: bool = True,
) -> dict[str, Any]:
    """Runs a command and reads its JSON. `may_fail`: status 1 is no error where there is a report all the same."""
    with tempfile.TemporaryDirectory(prefix="kinglet-") as folder:
        result = Path(folder) / "report.json"
        words = [_executable(kinglet), name, *(os.fspath(argument) for argument in arguments)]
        words += _words(options, Path(folder)) + ["--json", str(result)]
        if progress is not None:
            words += ["--progress", "json"]
        status, sentence = _run(words, progress)
        if status != 0 and not (status == 1 and may_fail and result.exists()):
            raise CommandError(status, sentence)
        report: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return report


def _executable(named: Optional[PathLike]) -> str:
    given = named or os.environ.get("KINGLET")
    found = os.fspath(given) if given else shutil.which("kinglet")
    if not found:
        raise FileNotFoundError("no kinglet command: put it in PATH, name it in KINGLET, or give kinglet=")
    return found


def _words(options: Mapping[str, Any], folder: Path) -> list[str]:
    """Options as a command line has them; arrays go to files in `folder`."""
    words: list[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is None:
            continue
        if value is True:
            words.append(option)
        elif value is False:
            words.append("--no-" + option[2:])
        elif isinstance(value, np.ndarray):
            file = folder / f"{name}.npy"
            np.save(file, value)
            words += [option, str(file)]
        elif isinstance(value, Mapping):
            for key, item in value.items():
                words += [option, f"{key}={item}"]
        elif isinstance(value, (list, tuple)):
            for item in value:
                words += [option, os.fspath(item) if isinstance(item, os.PathLike) else str(item)]
        else:
            words += [option, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
    return words


def _run(words: Sequence[str], progress: Optional[Callable[[Progress], None]]) -> tuple[int, str]:
    """Runs a command, telling of its progress; its exit status, and its sentence where it failed."""
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", errors="replace",
    )
    assert process.stderr is not None
    said: list[str] = []
    try:
        with process.stderr as lines:
            for line in lines:
                event = _progress(line) if progress is not None else None
                if progress is None or event is None:
                    said.append(line.rstrip("\n"))
                else:
                    progress(event)
        status = process.wait()
    except BaseException:  # an interrupt, or an error of the callback's: the command ends as by Ctrl-C
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    sentences = [line for line in said if line.startswith(("kinglet: ", "Error: "))]
    return status, "\n".join(sentences or said)


def _progress(line: str) -> Optional[Progress]:
    """A line of ``--progress json``; None where it is another."""
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    text = event.get("detail") or event.get("summary") or event.get("note") or ""
    return Progress(event.get("stage", ""), event.get("done"), event.get("total"), text, event.get("unit", ""))
