"""Pickled files that hold nothing but plain values and arrays of bytes, read without running what they ask for.

A pickle may name any function of any module to be called. Here five names are answered, each with a harmless
stand-in of this module, so that not even numpy's own constructors run; any other name ends the reading.
"""

from __future__ import annotations

import io
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hybridgraph.errors import DataError

Value = object


class _Dtype:
    """Stands in for `numpy.dtype`: the text it was made of."""

    def __init__(self, text: object = "", *_: object) -> None:
        self.text = text.decode("ascii", "replace") if isinstance(text, bytes) else text

    def __setstate__(self, state: object) -> None:
        """Byte order and the like mean nothing for bytes."""


class _Array:
    """Stands in for `numpy.ndarray`: takes the state of an array of unsigned bytes."""

    values: NDArray[np.uint8] | None = None

    def __setstate__(self, state: object) -> None:
        match state:
            case (_, tuple(shape), _Dtype(text="u1" | "|u1"), bool(is_fortran), bytes(data)):
                if not all(isinstance(side, int) and side >= 0 for side in shape) or math.prod(shape) != len(
                    data
                ):
                    raise pickle.UnpicklingError("an array whose shape does not fit its bytes")
                self.values = np.frombuffer(data, np.uint8).reshape(shape, order="F" if is_fortran else "C")
            case _:
                raise pickle.UnpicklingError("an array that is not of unsigned bytes")


def _array(*_: object) -> _Array:
    return _Array()


def _encoded(text: object, *_: object) -> bytes:
    """Protocol 2 writes bytes as text with the codes 0 to 255."""
    if not isinstance(text, str):
        raise pickle.UnpicklingError("bytes that are no text")
    return text.encode("latin-1")


_ANSWERS = {
    ("numpy.core.multiarray", "_reconstruct"): _array,
    ("numpy._core.multiarray", "_reconstruct"): _array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encoded,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ANSWERS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _ANSWERS[module, name]


def load_plain(path: Path, data: bytes) -> Value:
    """The value in `data`, the content of the file `path`; text of Python 2 comes as bytes, arrays as arrays.

    Arrays are unwrapped where they are values of a dictionary. Raises DataError for anything but plain values.
    """
    try:
        content = _Reader(io.BytesIO(data), encoding="bytes").load()
    except Exception as error:  # damaged bytes let every kind of error out of the pickle reader
        reason = str(error).strip().rstrip(".") or type(error).__name__
        raise DataError(
            f"{path} is refused: it is damaged or holds more than plain values ({reason}).",
            "Take the binary release of the same data.",
        ) from error
    if not isinstance(content, dict):
        return content
    return {key: value.values if isinstance(value, _Array) else value for key, value in content.items()}
