"""From two designs to what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from hybridgraph.comparison.matching import match
from hybridgraph.comparison.model import UNSET, Change, Comparison, Pair, Wire
from hybridgraph.graph.model import Edge, Graph, Group, Item, Path

_APART = frozenset({"id", "params", "x", "y", "extra", "body"})
"""The fields of an item that are compared in a way of their own; every other one is a property."""


def compare(before: Graph, after: Graph) -> Comparison:
    """What became of `before` in `after`.

    A node is the same in both when it has the same id and block; else the one of its block that stands at its
    place of the flow with the most similar parameters; else the one that stands in its place with another block.
    """
    if before is after or before == after:
        same = tuple(Pair(before=path, after=path) for path, _ in after.walk())
        return Comparison(before=before, after=after, pairs=same)
    forward = match(before, after)
    back = {there: path for path, there in forward.items()}
    homes = {(): (), **forward}
    pairs = [
        _pair(path, before.item(path), there, item, homes)
        for there, item in after.walk()
        if (path := back.get(there)) is not None
    ]
    wires = _wires(before), _wires(after)
    ends = _Ends(before, after, homes)
    carried = {place: wire for wire in wires[0] if (place := ends.there(wire)) is not None}
    now = {wire: wire for wire in wires[1]}
    return Comparison(
        before=before,
        after=after,
        pairs=tuple(pairs),
        added=tuple(path for path, _ in after.walk() if path not in back),
        removed=tuple(path for path, _ in before.walk() if path not in forward),
        wires_added=tuple(wire for wire in wires[1] if wire not in carried),
        wires_removed=tuple(wire for wire in wires[0] if ends.there(wire) not in now),
        changes=tuple(_changes_of_whole(before, after)),
    )


def _pair(path: Path, old: Item, there: Path, new: Item, homes: Mapping[Path, Path]) -> Pair:
    places = (old.x, old.y), (new.x, new.y)
    return Pair(
        before=path,
        after=there,
        changes=tuple(_changes(old, new)),
        moved=places if places[0] != places[1] else None,
        is_rehomed=homes.get(path[:-1]) != there[:-1],
    )


def _changes(old: Item, new: Item) -> Iterator[Change]:
    shared = {each.name for each in fields(old)} & {each.name for each in fields(new)}
    for name in (each.name for each in fields(old) if each.name in shared - _APART):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(kind="property", name=name, before=before, after=after)
    for name in dict.fromkeys(sorted({*old.params, *new.params})):
        held = old.params.get(name, UNSET), new.params.get(name, UNSET)
        if held[0] != held[1] or type(held[0]) is not type(held[1]):
            yield Change(kind="parameter", name=name, before=held[0], after=held[1])
    yield from _foreign(old.extra, new.extra)
    if isinstance(old, Group) and isinstance(new, Group):
        yield from _foreign(old.body.extra, new.body.extra)


def _changes_of_whole(before: Graph, after: Graph) -> Iterator[Change]:
    if before.name != after.name:
        yield Change(kind="property", name="name", before=before.name, after=after.name)
    yield from _foreign(before.extra, after.extra)


def _foreign(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted({*old, *new}):
        if old.get(name, UNSET) != new.get(name, UNSET):
            yield Change(kind="foreign", name=name, before=old.get(name, UNSET), after=new.get(name, UNSET))


# -- wires


def _wires(graph: Graph, at: Path = ()) -> list[Wire]:
    found = [Wire(at, edge) for edge in graph.edges]
    for item in graph.nodes.values():
        if isinstance(item, Group):
            found += _wires(item.body, (*at, item.id))
    return found


class _Ends:
    """Where the wires of the former design would be in the new one."""

    def __init__(self, before: Graph, after: Graph, homes: Mapping[Path, Path]) -> None:
        self._before, self._after, self._homes = before, after, homes

    def there(self, wire: Wire) -> Wire | None:
        """The same wire in the new design's names; None when an end is gone or the two lie apart."""
        ends = [self._homes.get(end) for end in wire.ends]
        source, target = ends
        if source is None or target is None or source[:-1] != target[:-1]:
            return None
        edge = wire.edge
        return Wire(
            source[:-1],
            Edge(
                source[-1], self._port(wire.ends[0], edge.source_port),
                target[-1], self._port(wire.ends[1], edge.target_port),
            ),
        )  # fmt: skip

    def _port(self, path: Path, port: str) -> str:
        """The name of a port now: that of a group is the id of a node in its body."""
        there = self._homes.get((*path, port))
        whole = self._homes[path]
        return there[-1] if there is not None and there[:-1] == whole else port
