"""How alike two items are, whatever they are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hybridgraph.graph import values
from hybridgraph.graph.model import Group, Item, is_port
from hybridgraph.graph.values import Value

UNKNOWN = 0.5
"""The likeness of what has nothing to compare: as likely the same as not."""


def kind(item: Item) -> str:
    """What an item is: its block, or the word for a group, which no block can have."""
    return "" if isinstance(item, Group) else item.block


def signature(item: Item) -> tuple[object, ...]:
    """What decides an item's work, without ids: equal for items that do the same."""
    params = tuple(sorted((name, repr(values.encode(value))) for name, value in item.params.items()))
    if isinstance(item, Group):
        inside = tuple(signature(inner) for inner in item.body.nodes.values())
        return "", item.once, params, item.repeat, inside
    return item.block, item.once, params


def likeness(one: Item, other: Item) -> float:
    """How alike two items of the same kind are, 0 to 1."""
    params = _of_params(one.params, other.params)
    if isinstance(one, Group) and isinstance(other, Group):
        return (params + _of_contents(one, other) + (one.repeat == other.repeat)) / 3
    return params


def _of_params(one: Mapping[str, Value], other: Mapping[str, Value]) -> float:
    names = {*one, *other}
    if not names:
        return UNKNOWN
    return sum(_of_values(one[name], other[name]) for name in names if name in one and name in other) / len(
        names
    )


def _of_values(one: Value, other: Value) -> float:
    if one == other:
        return 1.0
    if isinstance(one, bool) or isinstance(other, bool):
        return 0.0
    if isinstance(one, int | float) and isinstance(other, int | float) and min(one, other) > 0:
        return min(one, other) / max(one, other) / 2
    return 0.0


def _of_contents(one: Group, other: Group) -> float:
    first, second = _contents(one), _contents(other)
    every = (first | second).total()
    return (first & second).total() / every if every else UNKNOWN


def _contents(group: Group) -> Counter[str]:
    """How many blocks of each kind are inside, at any depth."""
    return Counter(
        kind(item) for _, item in group.body.walk() if not (is_port(item, "input") or is_port(item, "output"))
    )
