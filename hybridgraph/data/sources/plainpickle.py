"""Pickled files that hold nothing but plain values and arrays of bytes, read without running what they ask for.

A pickle may name any function of any module to be called. Here five names are answered, each with a harmless
stand-in of this module, so that not even numpy's own constructors run; any other name ends the reading. A pickle may
also set attributes of whatever it was answered with. The answers are classes that take none, so what one file holds
cannot change how the next is read.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from hybridgraph.errors import DataError

Value = object


def _refuse_state(_: type) -> NoReturn:
    raise pickle.UnpicklingError("it would change what it was answered with")


class _Sealed(type):
    """The type of classes that a pickle may name and call, but not change."""

    # the opcode BUILD asks for this; a property of the type goes before what the class itself defines
    __setstate__ = property(_refuse_state)

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise pickle.UnpicklingError(f"it would set {name}")

    def __delattr__(cls, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it would take {name} away")


class _Dtype(metaclass=_Sealed):
    """Stands in for `numpy.dtype`: the text it was made of."""

    __slots__ = ("text",)

    def __init__(self, text: object = "", *_: object) -> None:
        self.text = text.decode("ascii", "replace") if isinstance(text, bytes) else text

    def __setstate__(self, state: object) -> None:
        """Byte order and the like mean nothing for bytes."""


class _Array(metaclass=_Sealed):
    """Stands in for `numpy.ndarray`: takes the state of an array of unsigned bytes."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: NDArray[np.uint8] | None = None

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


class _Reconstruct(metaclass=_Sealed):
    """Stands in for the function that begins an array."""

    __slots__ = ()

    def __new__(cls, *_: object) -> _Array:  # type: ignore[misc]  # a call, dressed as a class
        return _Array()


class _Encode(metaclass=_Sealed):
    """Stands in for `codecs.encode`: protocol 2 writes bytes as text with the codes 0 to 255."""

    __slots__ = ()

    def __new__(cls, text: object, *_: object) -> bytes:  # type: ignore[misc]
        if not isinstance(text, str):
            raise pickle.UnpicklingError("bytes that are no text")
        return text.encode("latin-1")


_ANSWERS = {
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _Reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _Encode,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ANSWERS:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return _ANSWERS[module, name]


def _refuse_bombs(data: bytes) -> None:
    """Lengths beyond the file, and places of the memo so far off that the reader would fill the memory up to them."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > len(data):
            raise pickle.UnpicklingError(f"it counts to {argument:,}")


def load_plain(path: Path, data: bytes) -> Value:
    """The value in `data`, the content of the file `path`; text of Python 2 comes as bytes, arrays as arrays.

    Arrays are unwrapped where they are values of a dictionary. Raises DataError for anything but plain values.
    """
    try:
        _refuse_bombs(data)
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
