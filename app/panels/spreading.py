"""How a value goes over the repeats of a stage: same, first and rest, in turn, evenly rising. Values, no widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.language import mark
from app.panels.facts import Entry
from hybridgraph.graph.model import Graph, Group
from hybridgraph.graph.topology import CycleError, order
from hybridgraph.graph.values import Cycle, First, Literal_, Position, Ramp, Ref, Value, resolve
from hybridgraph.spec import Parameter

Kind = Literal["same", "first", "turn", "ramp", "net"]
TITLES: dict[Kind, str] = {
    "same": mark("Same for all"),
    "first": mark("First, then"),
    "turn": mark("In turn"),
    "ramp": mark("Ramp"),
    "net": mark("Ramp over the net"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The repeats of a stage: how many, and where they stand among all that take part in ramps over the net."""

    count: int
    net_start: int = 0
    net_count: int = 1

    def values(self, value: Value) -> tuple[Literal_, ...]:
        """What the value is in each repeat; nothing for a reference."""
        if isinstance(value, Ref):
            return ()
        places = (
            Position(index=i, count=self.count, net_index=self.net_start + i, net_count=self.net_count)
            for i in range(self.count)
        )
        return tuple(resolve(value, {}, place) for place in places)


def span_of(graph: Graph, entry: Entry) -> Span | None:
    """The repeats that a parameter's value is for; None where there are none, or of several blocks at once.

    For a stage inside another one, a ramp over the net is shown over its own repeats.
    """
    item = graph.item(entry.path) if entry.path else None
    if item is None or entry.others or entry.at or isinstance(entry.value, Ref):
        return None
    path = entry.path if isinstance(item, Group) else entry.path[:-1]
    group = graph.item(path) if path else None
    if not isinstance(group, Group) or getattr(item, "block", "") in ("input", "output"):
        return None
    in_net = isinstance(entry.value, Ramp) and entry.value.over == "net"
    if len(path) > 1 or not in_net:
        return Span(count=group.repeat, net_count=group.repeat)
    start = total = 0
    for name in _in_order(graph):
        one = graph.nodes[name]
        if isinstance(one, Group):
            start = total if name == path[0] else start
            total += _ramped(one)
    return Span(count=group.repeat, net_start=start, net_count=max(total, 1))


def _in_order(graph: Graph) -> list[str]:
    try:
        return list(order(graph))
    except CycleError:
        return list(graph.nodes)


def _ramped(group: Group) -> int:
    """How many repeats of a group take part in ramps over the net, those of groups inside it counted."""
    inner = sum(_ramped(item) for item in group.body.nodes.values() if isinstance(item, Group))
    return group.repeat * (group.is_ramped + inner)


def kind_of(value: Value) -> Kind:
    """How a value goes over the repeats."""
    match value:
        case First():
            return "first"
        case Cycle():
            return "turn"
        case Ramp(over="net"):
            return "net"
        case Ramp():
            return "ramp"
    return "same"


def kinds_for(parameter: Parameter) -> tuple[Kind, ...]:
    """The kinds that a parameter can have: only one with a fraction can rise evenly."""
    return (
        ("same", "first", "turn", "ramp", "net") if parameter.kind == "float" else ("same", "first", "turn")
    )


def become(value: Value, kind: Kind, span: Span) -> Value:
    """The value gone over to another kind, with as much of what it was as that kind can hold."""
    values = span.values(value)
    if kind == kind_of(value) or not values:
        return value
    first = value.first if isinstance(value, First) else values[0]
    rest = value.rest if isinstance(value, First) else values[min(1, len(values) - 1)]
    if kind == "same":
        return rest if isinstance(value, First) else values[-1] if isinstance(value, Ramp) else first
    if kind == "first":
        return First(first, rest)
    if kind == "turn":
        return in_turn(values)
    ends = (value.start, value.stop) if isinstance(value, Ramp) else (_number(first), _number(values[-1]))
    return Ramp(*ends, "net" if kind == "net" else "stage")


def changed(value: Value, index: int, new: Literal_, span: Span) -> Value:
    """The value with another literal in one repeat. Of a ramp only the ends can change."""
    match value:
        case First(first, rest):
            return First(new, rest) if index == 0 else First(first, new)
        case Cycle():
            values = list(span.values(value))
            values[index] = new
            return in_turn(tuple(values))
        case Ramp(start, stop, over):
            return Ramp(_number(new), stop, over) if index == 0 else Ramp(start, _number(new), over)
    return new


def in_turn(values: tuple[Literal_, ...]) -> Cycle:
    """The shortest run of values that gives these when it is repeated."""
    for length in range(1, len(values)):
        if all(
            value == values[at % length] and type(value) is type(values[at % length])
            for at, value in enumerate(values)
        ):
            return Cycle(values[:length])
    return Cycle(values)


def editable(value: Value, index: int, span: Span) -> bool:
    """Whether the literal of a repeat can be changed by itself."""
    if isinstance(value, Ramp):
        ends = (0, span.count - 1)
        return index in ends and value.over == "stage"
    return True


def height(value: Literal_, parameter: Parameter) -> float:
    """How high a literal is drawn: a number as it is, a switch as 0 or 1, a choice by its place."""
    if isinstance(value, str):
        return float(parameter.choices.index(value) + 1) if value in parameter.choices else 0.0
    return _number(value)


def _number(value: Literal_) -> float:
    return float(value) if isinstance(value, bool | int | float) else 0.0
