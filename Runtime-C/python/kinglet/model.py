"""Compressed networks, run by the C runtime."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Sequence, Union

import numpy as np

from ._library import Observer, RuntimeStatus, StatusError, TensorStruct, check, library

# By kgl_type.
_TYPES: dict[int, np.dtype[Any]] = {0: np.dtype(np.float32), 1: np.dtype(np.uint8), 2: np.dtype(np.int8), 5: np.dtype(np.int32)}

Answer = Union[np.ndarray, "tuple[np.ndarray, ...]"]


@dataclass(frozen=True)
class Tensor:
    """An input or output of a network, for one sample.

    A number is ``scale * (element - zero_point)`` where ``type`` is ``int8`` or ``uint8``; of ``float32``, and of
    ``int32`` (places that an arg max finds, 0 the first), an element stands for itself.
    """

    name: str
    """``input_0``, ``output_0`` and so on: a blob does not keep its model's names."""
    shape: tuple[int, ...]
    """Without an axis of samples; in the model file's order of axes for a network of int8, else images have their
    channels first."""
    type: np.dtype[Any]
    scale: float
    zero_point: int

    @property
    def is_quantized(self) -> bool:
        """Whether its elements are bytes that stand for other numbers."""
        return self.type.itemsize == 1

    def elements(self, numbers: Any) -> np.ndarray:
        """Numbers as elements, to the last bit as ``Formats/Blob.md``, "Plan", has it: times the reciprocal of the
        scale, to the nearest whole number, those in the middle up, and kept in range; what is no number gives 0."""
        values = np.asarray(numbers)
        if not self.is_quantized:
            return np.ascontiguousarray(values, self.type)
        limits = np.iinfo(self.type)
        with np.errstate(over="ignore", invalid="ignore"):
            product = values.astype(np.float32) * (np.float32(1) / np.float32(self.scale))
            whole = np.floor(product + np.float32(0.5)) + np.float32(self.zero_point)
            kept = np.clip(np.where(np.isnan(product), np.float32(0), whole), limits.min, limits.max)
        return np.ascontiguousarray(kept, self.type)

    def numbers(self, elements: np.ndarray) -> np.ndarray:
        """What elements stand for: ``float32``, or ``int32`` where they are places."""
        if not self.is_quantized:
            return elements
        return np.float32(self.scale) * (elements.astype(np.float32) - np.float32(self.zero_point))


@dataclass(frozen=True)
class StepValues:
    """What one step of a run wrote."""

    step: int
    """From 0, as ``kinglet inspect`` counts."""
    operator: str
    """``convolution``, ``dense`` and so on: ``Formats/Blob.md`` has them all."""
    elements: np.ndarray
    """All elements of the tensor written to, in one row. Of a step that copies a part of a tensor, those that other
    copies write are as they are by then."""


class Model:
    """A network in a ``.kgl`` blob.

    >>> model = Model("net.kgl")
    >>> scores = model.run(images)          # one sample, or many along a first axis

    Opening checks every byte; a damaged blob raises :class:`StatusError` and can do no harm. A model may be used by
    several threads at a time: each call has an arena of its own, and none holds Python's lock while it computes.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes | bytearray | memoryview) -> None:
        """Opens a blob: a file's path, or its bytes."""
        if isinstance(source, (bytes, bytearray, memoryview)):
            self.path, content = None, bytes(source)
        else:
            self.path = Path(source)
            content = self.path.read_bytes()
        self._name = str(self.path or "the blob")
        if len(content) >= 1 << 32:
            raise ValueError(f"{self._name} has {len(content)} bytes, and no blob has 4 GiB")
        self._blob = (ctypes.c_uint8 * max(len(content), 1)).from_buffer_copy(content or b"\0")
        self._model = ctypes.create_string_buffer(library.kinglet_model_bytes())
        check(library.kgl_open(self._model, self._blob, len(content)), self._name)
        self.blob_bytes: int = len(content)
        """Of the blob, as it lies in flash."""
        self.arena_bytes: int = library.kgl_arena_bytes(self._model)
        self.state_bytes: int = library.kgl_state_bytes(self._model)
        """Of RAM that a run takes in this build of the runtime."""
        self.step_count: int = library.kinglet_step_count(self._model)
        self.inputs: tuple[Tensor, ...] = self._tensors("input", library.kgl_input_count, library.kgl_input)
        self.outputs: tuple[Tensor, ...] = self._tensors("output", library.kgl_output_count, library.kgl_output)

    def __repr__(self) -> str:
        def texts(tensors: Sequence[Tensor]) -> str:
            return ", ".join(f"{tensor.type}{list(tensor.shape)}" for tensor in tensors)

        return f"<Model {self._name}: {texts(self.inputs)} -> {texts(self.outputs)}, {self.blob_bytes} bytes>"

    def run(self, *inputs: Any, raw: bool = False, stream: bool = False) -> Answer:
        """Runs samples.

        inputs: an array for each of :attr:`inputs`, of its shape, or with one axis more in front for many samples.
        raw: elements as they are, in and out; an array must then be of its tensor's type. Otherwise numbers, put as
            elements by :meth:`Tensor.elements` and taken from them by :meth:`Tensor.numbers`.
        stream: the samples are frames in turn, and a network that keeps state (:attr:`state_bytes`) carries it from one to
            the next. Otherwise each sample is answered from the beginning of a stream.

        Returns an array for the one output, or a tuple of them; with an axis of samples where the inputs have it.
        Raises ValueError where an array does not fit, TypeError where it is of another type, :class:`StatusError` where
        a stream of the blob turns out damaged.
        """
        elements, samples = self._elements(inputs, raw)
        count = 1 if samples is None else samples
        outputs = [np.empty((count, *tensor.shape), tensor.type) for tensor in self.outputs]
        status = library.kinglet_run_samples(
            self._model, *self._arena(), count, stream, _pointers(elements), _pointers(outputs)
        )
        check(status, self._name)
        if samples is None:
            outputs = [output[0] for output in outputs]
        if not raw:
            outputs = [tensor.numbers(output) for tensor, output in zip(self.outputs, outputs)]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def steps(self, *inputs: Any, raw: bool = False) -> list[StepValues]:
        """Runs one sample, and gives what each step wrote, in their order. Arguments and errors as of :meth:`run`."""
        elements, samples = self._elements(inputs, raw)
        if samples is not None:
            raise ValueError("steps takes one sample, without an axis of samples")
        found: list[StepValues] = []

        def observe(_: Any, pointer: Any) -> None:
            written = pointer.contents
            kind = _TYPES[written.type]
            content = ctypes.string_at(written.values, written.elements * kind.itemsize)
            operator = library.kinglet_operator(written.opcode).decode().lower().replace("_", "-")
            found.append(StepValues(written.step, operator, np.frombuffer(content, kind)))

        arena = self._arena()
        check(library.kgl_reset(self._model, *arena), self._name)
        status = library.kgl_run_observed(
            self._model, *arena, _pointers(elements), None, Observer(observe), None
        )
        check(status, self._name)
        return found

    def self_test(self) -> None:
        """Replays the samples that the blob carries (``kinglet compile --self-test``).

        Raises :class:`StatusError`: SELF_TEST where an answer is not as it should be, ARGUMENT where the blob carries
        none.
        """
        status = library.kgl_self_test(self._model, *self._arena())
        if status == RuntimeStatus.ARGUMENT:
            raise StatusError(
                RuntimeStatus.ARGUMENT, f"{self._name} carries no self-test: kinglet compile --self-test adds one"
            )
        check(status, self._name)

    def _tensors(
        self, kind: str, count: Callable[[Any], int], read: Callable[[Any, int, Any], int]
    ) -> tuple[Tensor, ...]:
        tensors = []
        for index in range(count(self._model)):
            found = TensorStruct()
            check(read(self._model, index, ctypes.byref(found)), self._name)
            tensors.append(
                Tensor(
                    f"{kind}_{index}", tuple(found.sizes[: found.rank]), _TYPES[found.type], found.scale,
                    found.zero_point,
                )
            )
        return tuple(tensors)

    def _arena(self) -> tuple[ctypes.Array[ctypes.c_uint32], int]:
        return (ctypes.c_uint32 * max(self.arena_bytes // 4, 1))(), self.arena_bytes

    def _elements(self, inputs: Sequence[Any], raw: bool) -> tuple[list[np.ndarray], int | None]:
        """Each input's elements, and how many samples they are of; None: one, without an axis for it."""
        if len(inputs) != len(self.inputs):
            raise ValueError(f"{self._name} takes {len(self.inputs)} inputs, and {len(inputs)} are given")
        counts: set[int | None] = set()
        elements = []
        for tensor, given in zip(self.inputs, inputs):
            array = np.asarray(given)
            if array.shape == tensor.shape:
                counts.add(None)
            elif array.ndim == len(tensor.shape) + 1 and array.shape[1:] == tensor.shape:
                counts.add(array.shape[0])
            else:
                raise ValueError(
                    f"{tensor.name} is of shape {list(tensor.shape)}, or that with an axis of samples in front, and "
                    f"the array is of {list(array.shape)}"
                )
            if array.dtype.kind not in "biuf":
                raise TypeError(f"{tensor.name} takes numbers, and the array is of {array.dtype}")
            if raw and array.dtype != tensor.type:
                raise TypeError(f"{tensor.name} has elements of {tensor.type}, and the array is of {array.dtype}")
            elements.append(np.ascontiguousarray(array) if raw else tensor.elements(array))
        if len(counts) != 1:
            raise ValueError("inputs are of different numbers of samples")
        return elements, counts.pop()


def _pointers(arrays: Sequence[np.ndarray]) -> Any:
    return (ctypes.c_void_p * max(len(arrays), 1))(*[array.ctypes.data for array in arrays])
