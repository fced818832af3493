"""The C runtime as ctypes sees it: its functions, structs and statuses (``Runtime-C/include/kinglet.h``)."""

from __future__ import annotations

import ctypes
import enum
from pathlib import Path

MAX_RANK = 6


class RuntimeStatus(enum.IntEnum):
    """What a call of the runtime came to, as ``kgl_status`` numbers it."""

    OK = 0
    TRUNCATED = -1
    MAGIC = -2
    VERSION = -3
    CHECKSUM = -4
    CORRUPT = -5
    UNSUPPORTED = -6
    ARENA = -7
    ARGUMENT = -8
    SELF_TEST = -9


class StatusError(Exception):
    """The runtime refused a blob or stopped a run; :attr:`status` is why."""

    def __init__(self, status: RuntimeStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class TensorStruct(ctypes.Structure):
    """``kgl_tensor``."""

    _fields_ = [
        ("rank", ctypes.c_uint32),
        ("sizes", ctypes.c_uint32 * MAX_RANK),
        ("elements", ctypes.c_uint32),
        ("word_offset", ctypes.c_uint32),
        ("type", ctypes.c_int),
        ("scale", ctypes.c_float),
        ("zero_point", ctypes.c_int32),
    ]


class WrittenStruct(ctypes.Structure):
    """``kgl_written``."""

    _fields_ = [
        ("step", ctypes.c_uint32),
        ("opcode", ctypes.c_uint32),
        ("type", ctypes.c_int),
        ("elements", ctypes.c_uint32),
        ("values", ctypes.c_void_p),
    ]


Observer = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(WrittenStruct))

_POINTERS = ctypes.POINTER(ctypes.c_void_p)
_SIGNATURES = {
    "kgl_open": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]),
    "kgl_arena_bytes": (ctypes.c_uint32, [ctypes.c_void_p]),
    "kgl_input_count": (ctypes.c_uint32, [ctypes.c_void_p]),
    "kgl_output_count": (ctypes.c_uint32, [ctypes.c_void_p]),
    "kgl_input": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint32, ctypes.POINTER(TensorStruct)]),
    "kgl_output": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint32, ctypes.POINTER(TensorStruct)]),
    "kgl_state_bytes": (ctypes.c_uint32, [ctypes.c_void_p]),
    "kgl_reset": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]),
    "kgl_self_test": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]),
    "kgl_status_text": (ctypes.c_char_p, [ctypes.c_int]),
    "kgl_version": (ctypes.c_uint32, []),
    "kgl_run_observed": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, _POINTERS, _POINTERS, Observer, ctypes.c_void_p],
    ),
    "kinglet_model_bytes": (ctypes.c_uint32, []),
    "kinglet_step_count": (ctypes.c_uint32, [ctypes.c_void_p]),
    "kinglet_operator": (ctypes.c_char_p, [ctypes.c_uint32]),
    "kinglet_run_samples": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_int, _POINTERS, _POINTERS],
    ),
}


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(str(Path(__file__).with_name("_runtime.so")))
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


library = _load()


def check(status: int, what: str) -> None:
    """Raises :class:`StatusError` unless all is well; ``what`` begins its sentence."""
    if status != RuntimeStatus.OK:
        text = library.kgl_status_text(status).decode()
        raise StatusError(RuntimeStatus(status), f"{what}: {text}")
