"""What a person types into a parameter's field, and what it means: numbers, sums, references, values per repeat.

384      96*2      none      on      batch
= channels        the group's own parameter
2, then 1         the first repeat, and the rest
0, 3, …           in turn
0 → 0.2           evenly from the first repeat to the last; "0 → 0.2 over the net" over all stages
"""

from __future__ import annotations

import re
from dataclasses import replace

from app.arithmetic import reckon
from app.language import tr
from hybridgraph.errors import GraphError
from hybridgraph.graph.values import Cycle, First, Literal_, Ramp, Ref, Value
from hybridgraph.spec import Parameter

_TRUE, _FALSE, _NONE = ("on", "true", "yes"), ("off", "false", "no"), ("none", "")


def show(value: Value) -> str:
    """The text that `read` turns into the same value."""
    match value:
        case None:
            return "none"
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case First(first, rest):
            return tr("{show}, then {show2}", show=show(first), show2=show(rest))
        case Cycle(values):
            return ", ".join(show(one) for one in values) + ", …"
    return str(value)


def brief(value: Value) -> str:
    """The text of a field that nobody types in: without what is said beside it, that a ramp goes over the net."""
    return show(replace(value, over="stage")) if isinstance(value, Ramp) else show(value)


def read(text: str, parameter: Parameter) -> Value:
    """The value that `text` stands for. Raises GraphError with a sentence when it is none or outside the limits."""
    words = text.strip()
    if words.startswith("="):
        name = words[1:].strip()
        if not name.isidentifier():
            raise GraphError(
                tr("After = the name of a parameter of the stage is needed, not {name!r}.", name=name)
            )
        return Ref(name)
    if parts := re.fullmatch(r"(.+?),\s*then\s+(.+)", words):
        return First(_literal(parts[1], parameter), _literal(parts[2], parameter))
    if parts := re.fullmatch(r"(.+?)\s*(?:→|->|to)\s*(.+?)(\s+over the net)?", words):
        return _ramp(parts[1], parts[2], bool(parts[3]), parameter)
    if "," in words or words.endswith(("…", "...")):
        listed = [part for part in re.sub(r"(…|\.\.\.)$", "", words).split(",") if part.strip()]
        if not listed:
            raise GraphError(tr("Write the values to take in turn, as in 0, 3, …"))
        return Cycle(tuple(_literal(part, parameter) for part in listed))
    return _literal(words, parameter)


def _ramp(start: str, stop: str, over_net: bool, parameter: Parameter) -> Ramp:
    if parameter.kind != "float":
        raise GraphError(
            tr("Only a parameter with a fraction can rise evenly; write 2, then 1 or 0, 3, … here.")
        )
    ends = [_literal(end, parameter) for end in (start, stop)]
    low, high = (float(end) for end in ends if isinstance(end, int | float))
    return Ramp(low, high, "net" if over_net else "stage")


def _literal(text: str, parameter: Parameter) -> Literal_:
    word = text.strip()
    value = _plain(word, parameter)
    if complaint := parameter.complaint(value):
        raise GraphError(tr("This value cannot be taken: {complaint}.", complaint=complaint))
    return value


def _plain(word: str, parameter: Parameter) -> Literal_:
    lower = word.casefold()
    if lower in _NONE:
        return None
    if parameter.kind == "choice":
        return next((choice for choice in parameter.choices if choice.casefold() == lower), word)
    if parameter.kind == "bool":
        if lower not in _TRUE + _FALSE:
            raise GraphError(tr("{word!r} is neither on nor off.", word=word))
        return lower in _TRUE
    number = reckon(word)
    if parameter.kind == "int":
        if number != int(number):
            raise GraphError(
                tr("{word} is {number:g}, and a whole number is needed.", word=word, number=number)
            )
        return int(number)
    return float(number)


def limits(parameter: Parameter) -> str:
    """The limits of a parameter in words; empty when it has none."""
    unit = f" {parameter.unit}" if parameter.unit else ""
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return tr("{low:g} to {high:g}{unit}", low=low, high=high, unit=unit)
    if low is not None:
        return tr("at least {low:g}{unit}", low=low, unit=unit)
    return tr("at most {high:g}{unit}", high=high, unit=unit) if high is not None else ""
