"""Golden files and the command, where the tests lie in the repository."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(os.environ.get("KINGLET_REPOSITORY", Path(__file__).resolve().parents[3]))
VECTORS = REPOSITORY / "Formats" / "Vectors"
MODEL = REPOSITORY / "Samples" / "fashion-cnn" / "fashion-cnn-small.onnx"


@pytest.fixture
def command() -> str:
    """The command that KINGLET names; without one the test is skipped, and says so."""
    found = os.environ.get("KINGLET")
    if not found:
        pytest.skip("KINGLET names no command")
    return found
