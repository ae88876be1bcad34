"""From a `Pattern` to its string, which reads back as the same pattern."""

from __future__ import annotations

from decimal import Decimal

from hybridgraph.graph.values import Ramp
from hybridgraph.patterns.model import Option, Part, Pattern


def write(pattern: Pattern) -> str:
    """The string of a pattern: letters between dashes where there is nothing else, parts between spaces else."""
    parts = [part for part in (pattern.stem, *pattern.stages, pattern.head) if part is not None]
    words = [_part(part) for part in parts]
    if pattern.drop is not None:
        words.append(f"drop={_number(pattern.drop)}")
    return ("-" if pattern.bare else " ").join(words)


def _part(part: Part) -> str:
    text = part.letter + ("" if part.number is None else str(part.number))
    if part.width is not None:
        text += f"·{part.width}"
    if part.stride is not None:
        text += f"/{part.stride}"
    if part.options:
        text += f"({', '.join(_option(name, value) for name, value in part.options)})"
    return text


def _option(name: str, value: Option) -> str:
    if value is True:
        return name
    if value is False:
        return f"{name}=no"
    if value is None:
        return f"{name}=none"
    if isinstance(value, Ramp):
        return f"{name}={_number(value.start)}:{_number(value.stop)}"
    return f"{name}={value if isinstance(value, str) else _number(value)}"


def _number(value: int | float) -> str:
    """The shortest digits that read back as this number, never with an exponent."""
    return format(Decimal(repr(value)), "f").removesuffix(".0")
