"""The halves of sentences that messages about patterns are made of: what was possible, and what is nearest."""

from __future__ import annotations

from collections.abc import Sequence

from hybridgraph.graph.values import Ramp
from hybridgraph.patterns.letters import Letter
from hybridgraph.patterns.model import Option
from hybridgraph.spec import Parameter


def complaint(parameter: Parameter, value: Option) -> str | None:
    """Why an option cannot be taken, as the end of a sentence."""
    if not isinstance(value, Ramp):
        return parameter.complaint(value)
    if parameter.kind != "float":
        return "only a number with a fraction can change over the repeats of a stage"
    return parameter.complaint(value.start) or parameter.complaint(value.stop)


def values_of(parameter: Parameter) -> str:
    """Which values a parameter takes, as a hint."""
    words = list(parameter.choices)
    if parameter.kind == "bool":
        words = ["yes", "no"]
    if parameter.kind in ("int", "float"):
        words = [f"a number from {parameter.minimum:g} to {parameter.maximum:g}"]
    return f"It takes {', '.join([*words, *(['none'] if parameter.optional else [])])}."


def range_of(allowed: Sequence[int]) -> str:
    """The allowed numbers in words."""
    if not allowed:
        return "none"
    if len(allowed) <= 3:
        return " or ".join(map(str, allowed))
    odd = ", odd" if allowed[1] - allowed[0] == 2 else ""
    return f"{allowed[0]} to {allowed[-1]}{odd}"


def names_of(letters: Sequence[Letter]) -> str:
    """The letters' names, as a list in a sentence."""
    return ", ".join(letter.name for letter in letters)


def nearest(allowed: Sequence[int], value: int) -> int:
    """The allowed number that is nearest to a value; `allowed` is in order."""
    if value <= allowed[0]:
        return allowed[0]
    if value >= allowed[-1]:
        return allowed[-1]
    return min(allowed, key=lambda each: abs(each - value))
