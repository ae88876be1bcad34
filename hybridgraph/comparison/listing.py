"""Which of all differences a person should walk through."""

from __future__ import annotations

from hybridgraph.comparison.model import UNSET, Change, Comparison, Difference, Pair
from hybridgraph.graph.model import is_port
from hybridgraph.graph.values import Ref


def told(pair: Pair) -> tuple[Change, ...]:
    """The changes worth telling: not those that pass a parameter of the stage on, which the stage tells itself."""
    return tuple(change for change in pair.changes if not _passes_on(change))


def listed(comparison: Comparison) -> tuple[Difference, ...]:
    """The differences that a person should walk through.

    Left out are items that only pass on what their stage tells, ports of stages that only stand elsewhere, and
    the sources of other wires: what is at the other end of these tells it.
    """
    fed = (
        {wire.ends[1] for wire in comparison.wires_removed},
        {wire.ends[1] for wire in comparison.wires_added},
    )

    def is_worth_telling(difference: Difference) -> bool:
        pair = difference.pair
        if pair is None or pair.before in fed[0] or pair.after in fed[1]:
            return True
        item = comparison.after.item(pair.after)
        if difference.sign == "moved":
            return not (is_port(item, "input") or is_port(item, "output")) or pair.is_renamed
        return difference.sign == "changed" and bool(told(pair))

    return tuple(each for each in comparison.differences if is_worth_telling(each))


def _passes_on(change: Change) -> bool:
    values = change.before, change.after
    handed = any(isinstance(value, Ref) for value in values)
    return handed and all(value is UNSET or value == Ref(change.name) for value in values)
