"""What commands give back, as dataclasses.

Fields are the keys of the commands' ``--json`` files in Python's spelling; what a class does not name is in ``json``, the
whole of what was read.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from dataclasses import dataclass, field
from typing import Any, Optional, Type, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Interval:
    """Of a share, 95 % confidence: 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True)
class Intervals:
    """Of the shares of answers."""

    teacher_accuracy: Optional[Interval] = None
    edge_accuracy: Optional[Interval] = None
    agreement: Optional[Interval] = None


@dataclass(frozen=True)
class Divergence:
    """How far answers are from the teacher's; ``mean`` is up to ``half_width`` off, 95 % confidence."""

    kind: str
    mean: float
    half_width: float
    samples: int


@dataclass(frozen=True)
class Layer:
    """A layer of a blob."""

    name: str
    parameters: int
    """Weights of the teacher's layer, zeros too; without biases."""
    survivors: int
    """Those that are left."""
    bytes: int
    """Of the blob, there for this layer alone."""
    levels: Optional[int] = None
    """Of its table; None where its weights are floats."""
    remark: Optional[str] = None


@dataclass(frozen=True)
class Cycle:
    """A cycle of the evolution."""

    cycle: int
    sparsity: float
    """Over all weights, 0 to 1."""
    seconds: float
    divergence_before: float
    divergence_after: float
    agreement: Optional[float] = None


@dataclass(frozen=True)
class CompileReport:
    """What :func:`kinglet.compile` and :func:`kinglet.encode` made."""

    blob_bytes: int
    ratio: float
    """Bytes of the teacher's parameters as floats over those of the blob."""
    teacher_parameters: int
    sparsity: float
    """Share of zeros over all weights."""
    arena_bytes: int
    """Of RAM."""
    activation_bytes: int
    layers: list[Layer]
    cycles: list[Cycle]
    evaluated_on: Optional[str] = None
    """What the figures below were measured on, in the C runtime; None: nothing was."""
    samples: Optional[int] = None
    teacher_accuracy: Optional[float] = None
    edge_accuracy: Optional[float] = None
    agreement: Optional[float] = None
    loss: Optional[float] = None
    """In points of ``loss_name``."""
    loss_name: Optional[str] = None
    intervals: Optional[Intervals] = None
    equal: Optional[float] = None
    """Of a model of int8: share of output elements that are its very integers."""
    divergence: Optional[Divergence] = None
    warning: Optional[str] = None
    shortfall: Optional[str] = None
    """What the evolution did not reach, in a sentence."""
    broken_limit: Optional[str] = None
    """Where the blob is larger, or loses more, than it may: a sentence."""
    json: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class VerificationReport:
    """What :func:`kinglet.verify` found."""

    samples: int
    agreement: float
    """The share of samples answered alike, or 1 - RMS(edge - teacher) / RMS(teacher) where numbers are the answer."""
    loss: float
    loss_name: str
    blob_bytes: int
    ratio: float
    arena_bytes: int
    exact: bool
    """Whether the blob was encoded from a model of int8: all answers have to be equal then."""
    teacher_accuracy: Optional[float] = None
    edge_accuracy: Optional[float] = None
    intervals: Optional[Intervals] = None
    equal: Optional[float] = None
    mae: Optional[float] = None
    rmse: Optional[float] = None
    warnings: list[str] = field(default_factory=list)
    json: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class BlobStep:
    """A step of a blob."""

    step: int
    operator: str
    instructions: float
    """About how many it takes, by the costs of ``instruction_target``."""
    kernel: Optional[str] = None
    mask: Optional[str] = None
    rows: Optional[int] = None
    columns: Optional[int] = None
    survivors: Optional[int] = None
    levels: Optional[int] = None
    bytes: Optional[int] = None


@dataclass(frozen=True)
class BlobReport:
    """What :func:`kinglet.inspect` says of a blob."""

    path: str
    blob_bytes: int
    arena_bytes: int
    inputs: list[list[int]]
    outputs: list[list[int]]
    steps: list[BlobStep]
    instruction_target: Optional[str] = None
    json: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Node:
    """An operation of a model."""

    name: str
    operator: str
    inputs: list[list[int]]
    output: list[int]
    parameters: int
    sparsity: Optional[float] = None


@dataclass(frozen=True)
class ModelReport:
    """What :func:`kinglet.inspect` says of a model."""

    path: str
    parameters: int
    inputs: list[list[int]]
    outputs: list[list[int]]
    nodes: list[Node]
    operators: dict[str, int]
    """How often each occurs."""
    json: dict[str, Any] = field(default_factory=dict, repr=False)


def parse(kind: Type[T], content: dict[str, Any]) -> T:
    """A dataclass of what a command wrote; KeyError names a key that it needs and does not find."""
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for member in dataclasses.fields(kind):  # type: ignore[arg-type]
        if member.name == "json":
            values["json"] = content
            continue
        key = re.sub(r"_(.)", lambda match: match[1].upper(), member.name)
        if content.get(key) is not None:
            values[member.name] = _value(hints[member.name], content[key])
        elif member.default is dataclasses.MISSING and member.default_factory is dataclasses.MISSING:
            raise KeyError(key)
    return kind(**values)


def _value(kind: Any, content: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Union:
        return _value(next(argument for argument in arguments if argument is not type(None)), content)
    if origin is list:
        return [_value(arguments[0], item) for item in content]
    if dataclasses.is_dataclass(kind):
        return parse(typing.cast(type, kind), content)
    if kind is float:  # "inf" and "nan" are texts in the files
        return float(content)
    return content
