"""What the command is told, what is read of it, and, where there is one, the real one."""

import json
import sys

import numpy as np
import pytest
from conftest import MODEL

import kinglet
from kinglet.reports import BlobReport, CompileReport, ModelReport, VerificationReport, parse

REPORT = {
    "blobBytes": 10, "ratio": 4.5, "teacherParameters": 9, "sparsity": 0.5, "arenaBytes": 64, "activationBytes": 60,
    "layers": [{"name": "a", "parameters": 9, "survivors": 4, "bytes": 7, "levels": 16}], "cycles": [],
    "intervals": {"agreement": {"low": 0.1, "high": 0.9}}, "divergence": {"kind": "kl", "mean": "nan", "halfWidth": 0, "samples": 3},
    "somethingNew": [1],
}


@pytest.fixture
def fake(tmp_path):
    """A command that keeps its words and writes a report, some progress and a sentence, and ends as it is told."""

    def make(status=0, report=REPORT):
        script = tmp_path / "kinglet"
        script.write_text(
            f"#!{sys.executable}\n"
            "import json, sys\n"
            f"open({str(tmp_path / 'words')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
            'print(json.dumps({"stage": "evolve"}), file=sys.stderr)\n'
            'print(json.dumps({"stage": "evolve", "done": 1, "total": 2, "unit": "cycle", "detail": ""}), file=sys.stderr)\n'
            'print("kinglet: no such thing", file=sys.stderr)\n'
            f"report = {report!r}\n"
            "if report: json.dump(report, open(sys.argv[sys.argv.index('--json') + 1], 'w'))\n"
            f"sys.exit({status})\n"
        )
        script.chmod(0o755)
        return script

    return make


def words(tmp_path):
    return json.loads((tmp_path / "words").read_text())


def test_options_and_progress(fake, tmp_path):
    seen = []
    report = kinglet.compile(
        "net.onnx", "random:5", output=tmp_path / "net.kgl", kinglet=fake(), progress=seen.append, sparsity=0.5,
        halving=False, stochastic=True, layer_sparsity={"a": 0.25, "b=c": 1}, axis=["x=1", "y=2"], folds=None,
    )
    given = words(tmp_path)
    assert given[:2] == ["compile", "net.onnx"] and given[-2:] == ["--progress", "json"]
    assert given[2:-4] == [
        "--data", "random:5", "--output", str(tmp_path / "net.kgl"), "--sparsity", "0.5", "--no-halving", "--stochastic",
        "--layer-sparsity", "a=0.25", "--layer-sparsity", "b=c=1", "--axis", "x=1", "--axis", "y=2",
    ]
    assert seen == [kinglet.Progress("evolve"), kinglet.Progress("evolve", 1, 2, unit="cycle")]
    assert report.layers[0].levels == 16 and report.intervals.agreement.high == 0.9
    assert np.isnan(report.divergence.mean) and report.json["somethingNew"] == [1]


def test_arrays_are_handed_over(fake, tmp_path):
    kinglet.compile("net.onnx", np.arange(6.0).reshape(2, 3), output="net.kgl", kinglet=fake())
    given = words(tmp_path)
    assert given[2] == "--data" and given[3].endswith("data.npy")


def test_failures(fake, tmp_path):
    with pytest.raises(kinglet.CommandError, match="^kinglet: no such thing$") as caught:
        kinglet.compile("net.onnx", output="net.kgl", kinglet=fake(status=3, report=None), progress=lambda event: None)
    assert caught.value.status == 3
    # A limit that is not met is in the report of a compilation, and an error of a verification.
    broken = dict(REPORT, brokenLimit="too large")
    assert kinglet.encode("net.onnx", output="net.kgl", kinglet=fake(1, broken)).broken_limit == "too large"
    with pytest.raises(kinglet.CommandError):
        kinglet.verify("net.kgl", "net.onnx", "random:5", kinglet=fake(1))
    with pytest.raises(FileNotFoundError):
        kinglet.inspect("net.kgl", kinglet=tmp_path / "none")
    with pytest.raises(ZeroDivisionError):
        kinglet.compile("net.onnx", output="net.kgl", kinglet=fake(), progress=lambda event: 1 / 0)


def test_no_command(monkeypatch):
    monkeypatch.delenv("KINGLET", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="no kinglet command"):
        kinglet.inspect("net.kgl")


def test_reports_say_what_they_lack():
    with pytest.raises(KeyError, match="ratio"):
        parse(CompileReport, {"blobBytes": 1})


def test_the_real_command(command, tmp_path):
    output, seen = tmp_path / "net.kgl", []
    rng = np.random.default_rng(1)
    images = rng.random((40, 1, 28, 28), dtype=np.float32)
    report = kinglet.compile(
        MODEL, images, output=output, progress=seen.append, sparsity=0.5, step=0.5, trials=2, steps_per_cycle=1,
        final_steps=1, table_steps=1, folds=0, self_test=2, activations="int8", kinglet=command,
    )
    assert report.blob_bytes == output.stat().st_size and abs(report.sparsity - 0.5) < 0.01
    assert {event.stage for event in seen} >= {"teacher", "evolve", "quantize"}
    assert any(event.done == event.total and event.done for event in seen)
    assert {"cycle", "sample"} <= {event.unit for event in seen}
    assert [cycle.cycle for cycle in report.cycles] == list(range(len(report.cycles)))

    model = kinglet.Model(output)
    model.self_test()
    assert model.inputs[0].is_quantized
    found = kinglet.verify(output, MODEL, images, kinglet=command)
    assert isinstance(found, VerificationReport) and found.samples == 40
    blob = kinglet.inspect(output, kinglet=command)
    assert isinstance(blob, BlobReport) and len(blob.steps) == model.step_count
    assert [step.operator for step in model.steps(images[0])] == [
        step.operator.split()[0] for step in blob.steps  # behind it the types
    ]
    teacher = kinglet.inspect(MODEL, kinglet=command)
    assert isinstance(teacher, ModelReport) and teacher.parameters == report.teacher_parameters

    with pytest.raises(kinglet.CommandError) as caught:
        kinglet.inspect(tmp_path / "none.onnx", kinglet=command)
    assert caught.value.status == 3 and "none.onnx" in str(caught.value)
    with pytest.raises(kinglet.CommandError) as caught:
        kinglet.compile(MODEL, output=output, sparsity=2, kinglet=command)
    assert caught.value.status == 2
