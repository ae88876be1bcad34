"""What a parameter can hold: a literal, a reference to a parameter of the group, or a value for each repeat.

Ref("channels")          the group's own parameter of that name
First(2, rest=1)         2 in the first repeat, 1 in the others (a stage's stride)
Cycle((0, 3))            0, 3, 0, 3, ... (Swin's shift)
Ramp(0.0, 0.2)           evenly spaced from the first repeat to the last (stochastic depth);
                         over="net" spaces it over the repeats of every stage of the network
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hybridgraph.errors import GraphError

Literal_ = int | float | bool | str | None


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a parameter of the enclosing group."""

    name: str

    def __str__(self) -> str:
        return f"= {self.name}"


@dataclass(frozen=True, slots=True)
class First:
    """One value in the first repeat, another in the rest."""

    first: Literal_
    rest: Literal_

    def at(self, index: int) -> Literal_:
        """The value in repeat `index`."""
        return self.first if index == 0 else self.rest

    def __str__(self) -> str:
        return f"{self.first}, then {self.rest}"


@dataclass(frozen=True, slots=True)
class Cycle:
    """The values in turn, over and over."""

    values: tuple[Literal_, ...]

    def at(self, index: int) -> Literal_:
        """The value in repeat `index`."""
        return self.values[index % len(self.values)]

    def __str__(self) -> str:
        return ", ".join(str(value) for value in self.values) + ", …"


@dataclass(frozen=True, slots=True)
class Ramp:
    """Evenly spaced numbers from `start` in the first repeat to `stop` in the last."""

    start: float
    stop: float
    over: Literal["stage", "net"] = "stage"

    def at(self, index: int, count: int) -> float:
        """The value in repeat `index` of `count`, rounded to a millionth."""
        fraction = index / (count - 1) if count > 1 else 0.0
        return round(self.start + (self.stop - self.start) * fraction, 6)

    def __str__(self) -> str:
        return f"{self.start:g} → {self.stop:g}" + (" over the net" if self.over == "net" else "")


Value = Literal_ | Ref | First | Cycle | Ramp


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where in its repeats a body stands: repeat `index` of `count`, and the same over the whole network."""

    index: int = 0
    count: int = 1
    net_index: int = 0
    net_count: int = 1


def resolve(value: Value, group: Mapping[str, Literal_], where: Position) -> Literal_:
    """The literal that `value` stands for, given the group's resolved parameters and the place in the repeats.

    Raises GraphError when a reference names no parameter of the group.
    """
    if isinstance(value, Ref):
        if value.name not in group:
            known = ", ".join(group) or "none"
            raise GraphError(
                f"The group has no parameter called {value.name!r}.", f"Its parameters are: {known}."
            )
        return group[value.name]
    if isinstance(value, First | Cycle):
        return value.at(where.index)
    if isinstance(value, Ramp):
        if value.over == "net":
            return value.at(where.net_index, where.net_count)
        return value.at(where.index, where.count)
    return value


def literals(value: Value) -> tuple[Literal_, ...]:
    """Every literal that a value is made of; none of a reference."""
    if isinstance(value, Ref):
        return ()
    if isinstance(value, First):
        return value.first, value.rest
    if isinstance(value, Cycle):
        return value.values
    if isinstance(value, Ramp):
        return value.start, value.stop
    return (value,)


def encode(value: Value) -> Any:
    """The value as JSON-ready data; everything but a literal is an object with one "$" key."""
    if isinstance(value, Ref):
        return {"$ref": value.name}
    if isinstance(value, First):
        return {"$first": [value.first, value.rest]}
    if isinstance(value, Cycle):
        return {"$cycle": list(value.values)}
    if isinstance(value, Ramp):
        return {"$ramp": [value.start, value.stop], "over": value.over}
    return value


def decode(data: Any) -> Value:
    """The inverse of `encode`. Raises ValueError with a sentence on anything else."""
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if isinstance(data, dict):
        match data:
            case {"$ref": str(name), **rest} if not rest:
                return Ref(name)
            case {"$first": [first, later], **other} if not other and _plain(first) and _plain(later):
                return First(first, later)
            case {"$cycle": [_, *_] as values, **other} if not other and all(map(_plain, values)):
                return Cycle(tuple(values))
            case {"$ramp": [start, stop], **other} if _number(start) and _number(stop):
                over = other.pop("over", "stage")
                if over in ("stage", "net") and not other:
                    return Ramp(float(start), float(stop), over)
    raise ValueError(
        "a value is a number, a text, true, false, null, or one of "
        '{"$ref": name}, {"$first": [a, b]}, {"$cycle": [a, …]}, {"$ramp": [a, b]}'
    )


def _plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
