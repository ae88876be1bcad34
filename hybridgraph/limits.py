"""Fields of a job with their limits and documentation as metadata, and the one check of a whole job against them."""

from dataclasses import MISSING, field, fields
from typing import Any

from hybridgraph.errors import RunError

_KINDS = {int: "a whole number", float: "a number", str: "a word", bool: "true or false", tuple: "a list"}


def number(default: Any, doc: str, low: float, high: float, unit: str = "") -> Any:
    """A field that holds a number from `low` to `high`."""
    return field(default=default, metadata={"doc": doc, "low": low, "high": high, "unit": unit})


def several(default: tuple[Any, ...], doc: str, **limits: Any) -> Any:
    """A field that holds different values of one type; `low` and `high`, or `choices`, are for each of them.

    They are whole numbers, words where there are choices, or of the `kind` given.
    """
    kind = str if "choices" in limits else int
    return field(default=default, metadata={"doc": doc, "each": {"unit": "", "kind": kind, **limits}})


def parse(name: str, text: str, kind: type) -> Any:
    """The value that a text stands for. Raises RunError."""
    if kind is bool and text in ("true", "false"):
        return text == "true"
    if kind is tuple:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return tuple(int(part) if part.isdecimal() else _number(part) for part in parts)
    if kind not in (int, float, bool):
        return text
    try:
        if kind is bool:
            raise ValueError
        return kind(text)
    except ValueError as error:
        raise RunError(f"The setting {name} needs {_KINDS[kind]}, not {text!r}.") from error


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def check(values: Any, owner: str) -> None:
    """Compare every field with its default's type and its limits. Raises RunError for the first that is off."""
    for item in fields(values):
        value: Any = getattr(values, item.name)
        default: Any = item.default
        wanted: type = item.default_factory if default is MISSING else type(default)  # type: ignore[assignment]
        name, limits = f"The {owner}'s {item.name}", item.metadata
        _check_type(value, wanted, name)
        if "each" in limits:
            _check_each(value, name, limits["each"])
        else:
            _check_limits(value, name, limits)
        if wanted is float and type(value) is int:  # 3 in a file is 3.0
            object.__setattr__(values, item.name, float(value))


def _check_type(value: Any, wanted: type, name: str) -> None:
    if type(value) is not wanted and not (wanted is float and type(value) is int):
        needed = _KINDS.get(wanted, f"a {wanted.__name__.lower()}")
        raise RunError(f"{name} is {value!r} where {needed} is needed.")


def _check_each(several: tuple[Any, ...], name: str, limits: Any) -> None:
    kind: type = limits["kind"]
    for value in several:
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise RunError(f"{name} holds {value!r} where {_KINDS[kind]} is needed.")
        _check_limits(value, name, limits)
    if len(set(several)) < len(several):
        raise RunError(f"{name} names a value twice.", "Leave one of them out.")


def _check_limits(value: Any, name: str, limits: Any) -> None:
    if "choices" in limits and value not in limits["choices"]:
        raise RunError(f"{name} is {value!r}.", f"Choose one of {', '.join(limits['choices'])}.")
    if "low" in limits and not limits["low"] <= value <= limits["high"]:  # refuses nan and inf as well
        unit = f" {limits['unit']}" if limits["unit"] else ""
        low, high = f"{limits['low']:g}", f"{limits['high']:g}"
        raise RunError(f"{name} is {str(value)[:30]}{unit}.", f"Choose a value from {low} to {high}.")
