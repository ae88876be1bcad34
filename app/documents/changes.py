"""What differs between two graphs, as plain data that is small where the graphs share most of their parts.

Edits leave what they do not touch as it was, so parts are compared by identity first. A change is
`{"name", "extra", "order", "items", "bodies", "edges", "frames"}`, each only where something differs: `order`
and `edges` replace a stretch of the list `[start, length, new]`; `items` are nodes as in a design file, groups
without their bodies; `bodies` are the changes inside groups, of new ones against an empty body; `frames` are all
comment frames of the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hybridgraph.graph import files
from hybridgraph.graph.model import Edge, Graph, Group, Item, frozen

_HEAD = {"format": files.FORMAT, "version": files.VERSION}
_EMPTY = Graph()


def difference(before: Graph, after: Graph) -> dict[str, Any]:
    """The change that `changed` makes of `before` to get `after`."""
    change: dict[str, Any] = {}
    if before.name != after.name:
        change["name"] = after.name
    if before.extra is not after.extra and before.extra != after.extra:
        change["extra"] = dict(after.extra)
    if before.frames is not after.frames and before.frames != after.frames:
        change["frames"] = files.encode(Graph(frames=after.frames)).get("frames", [])
    if before.nodes is not after.nodes:
        change |= _nodes(before, after)
    if before.edges is not after.edges:
        stretch = _stretch(before.edges, after.edges)
        if stretch is not None:
            start, length, new = stretch
            rows = [[edge.source, edge.source_port, edge.target, edge.target_port] for edge in new]
            change["edges"] = [start, length, rows]
    return change


def _nodes(before: Graph, after: Graph) -> dict[str, Any]:
    """The part of a change that is about nodes."""
    change: dict[str, Any] = {}
    if (stretch := _stretch(tuple(before.nodes), tuple(after.nodes))) is not None:
        change["order"] = stretch
    items, bodies = {}, {}
    for name, item in after.nodes.items():
        old = before.nodes.get(name)
        if old is item:
            continue
        bare, old_bare = _bare(item), _bare(old) if old is not None else None
        if bare != old_bare:
            items[name] = bare
        if isinstance(item, Group):
            old_body = old.body if isinstance(old, Group) else _EMPTY
            if inner := difference(old_body, item.body) if old_body is not item.body else {}:
                bodies[name] = inner
    if items:
        change["items"] = files.encode(Graph(nodes=frozen(items)))["nodes"]
    if bodies:
        change["bodies"] = bodies
    return change


def changed(graph: Graph, change: Mapping[str, Any]) -> Graph:
    """The graph after a change. Raises DocumentError, KeyError, TypeError or ValueError for a damaged one."""
    items: dict[str, Item] = {}
    if "items" in change:
        items = dict(files.decode({**_HEAD, "nodes": change["items"], "edges": []}, "the journal").nodes)
    order = tuple(graph.nodes)
    if "order" in change:
        order = _spliced(order, *change["order"])
    nodes: dict[str, Item] = {}
    for name in order:
        old = graph.nodes.get(name)
        item = items.get(name, old)
        if item is None:
            raise ValueError(f"the journal names a node {name!r} that nobody made")
        if isinstance(item, Group):
            body = old.body if isinstance(old, Group) else _EMPTY
            inner = change.get("bodies", {}).get(name)
            item = replace(item, body=changed(body, inner) if inner is not None else body)
        nodes[name] = item
    edges = graph.edges
    if "edges" in change:
        start, length, rows = change["edges"]
        edges = _spliced(edges, start, length, [Edge(*row) for row in rows])
    frames = graph.frames
    if "frames" in change:
        told = {**_HEAD, "nodes": [], "edges": [], "frames": change["frames"]}
        frames = files.decode(told, "the journal").frames
    return Graph(
        name=change.get("name", graph.name),
        nodes=frozen(nodes) if "items" in change or "order" in change or "bodies" in change else graph.nodes,
        edges=edges,
        frames=frames,
        extra=frozen(change["extra"]) if "extra" in change else graph.extra,
    )


def _bare(item: Item) -> Item:
    return replace(item, body=_EMPTY) if isinstance(item, Group) else item


def _stretch(before: Sequence[Any], after: Sequence[Any]) -> tuple[int, int, list[Any]] | None:
    """Where a list differs: the first place, how many go from there, and what comes in their place."""
    if before == after:
        return None
    shorter = min(len(before), len(after))
    start = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    end = next((n for n in range(shorter - start) if before[-1 - n] != after[-1 - n]), shorter - start)
    return start, len(before) - start - end, list(after[start : len(after) - end])


def _spliced(kept: tuple[Any, ...], start: int, length: int, new: Sequence[Any]) -> tuple[Any, ...]:
    return (*kept[:start], *new, *kept[start + length :])
