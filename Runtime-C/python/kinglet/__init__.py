"""Kinglet from Python: run compressed networks, and drive the compiler that makes them.

Two halves, of which either works without the other:

- :class:`Model` runs a ``.kgl`` blob in the C runtime that is built into this package, the very code that firmware
  links. Nothing else is needed but numpy.
- :mod:`kinglet.command` drives the ``kinglet`` command, where it is installed: :func:`compile`, :func:`encode`,
  :func:`verify`, :func:`inspect`, with results as dataclasses (:mod:`kinglet.reports`).
"""

from ._library import RuntimeStatus, StatusError
from .command import CommandError, Progress, compile, encode, inspect, verify
from .model import Model, StepValues, Tensor

__all__ = [
    "CommandError",
    "Model",
    "Progress",
    "RuntimeStatus",
    "StatusError",
    "StepValues",
    "Tensor",
    "compile",
    "encode",
    "inspect",
    "verify",
]
