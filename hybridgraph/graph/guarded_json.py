"""Foreign JSON as plain data: bounded before it is parsed, with the faults that Python's reader lets pass refused.

Numbers that no computer word holds, NaN, keys that stand twice, nesting without end and text in other encodings each
end in one sentence.
"""

from __future__ import annotations

import codecs
import json
import math
from collections import Counter
from typing import Any, NoReturn

from hybridgraph.errors import DocumentError
from hybridgraph.graph.edits import MAX_DIGITS

MAX_PARTS = 800_000
"""Lists, objects and commas in the text: several times what the largest design has."""
MAX_NESTING = 100
"""Lists and objects inside one another: twelve bodies, and room for what other versions may keep."""

_MARKS = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"),
          (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))  # fmt: skip


def text_of(data: bytes, name: str) -> str:
    """The text in these bytes. Raises DocumentError that calls them `name` when they are no UTF-8."""
    if not data.strip():
        raise DocumentError(f"{name} is empty: it holds no design.", "Open an older copy of the file.")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            raise DocumentError(f"{name} is written in {encoding} (byte 0).", "Save it as UTF-8.")
    if b"\0" in data[:4]:
        place = data.index(b"\0")
        raise DocumentError(f"{name} is no UTF-8 text: byte {place} is zero.", "Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name} is no text file: byte {error.start} is not UTF-8.") from None


def data_of(text: str, name: str) -> Any:
    """What the text says. Raises DocumentError with the place of the fault in it."""
    if sum(map(text.count, "[{,")) > MAX_PARTS:
        raise DocumentError(f"{name} holds more than {MAX_PARTS:,} values, more than any design.")
    try:
        data = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_bounded_int,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode())
        raise DocumentError(
            f"{name} is damaged at byte {offset} (line {error.lineno}): {error.msg.lower()}.",
            "Open an older copy of the file.",
        ) from None
    except RecursionError:
        raise DocumentError(f"{name} is nested too deeply to be a design.") from None
    except _FaultError as error:
        raise DocumentError(f"{name} cannot be opened: {error}.") from None
    _check_nesting(data, name)
    return data


class _FaultError(ValueError):
    """A fault that Python's JSON reader would let pass."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        name = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise _FaultError(f"the key {name[:40]!r} stands twice in one object")
    return result


def _bounded_int(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _FaultError(f"a number of {len(digits):,} digits is beyond any parameter")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise _FaultError(f"the number {digits[:40]} is beyond what can be held")
    return value


def _no_constant(word: str) -> NoReturn:
    raise _FaultError(f"{word} is no number that a design can hold")


def _check_nesting(data: Any, name: str) -> None:
    """Refuse foreign data that is nested too deeply to be written back."""
    level: list[Any] = [data] if isinstance(data, dict | list) else []
    for _ in range(MAX_NESTING):
        level = [
            value
            for one in level
            for value in (one.values() if type(one) is dict else one)
            if type(value) is dict or type(value) is list
        ]
        if not level:
            return
    raise DocumentError(f"{name} is nested too deeply to be a design.")
