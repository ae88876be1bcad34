"""How the builders put a design together: blocks and stages in one lane from the image to the head."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, frozen
from hybridgraph.graph.values import Ref, Value

SMALLEST_GRID = 4
"""Positions along each side that a net should still have at its end, or attention has nothing to mix."""


def image(channels: int, size: int) -> Node:
    """The node where square pictures come in."""
    return Node(
        id="image", block="image", params=frozen({"channels": channels, "height": size, "width": size})
    )


def block(name: str, kind: str, title: str = "", **params: Value) -> Node:
    """One block with these parameters."""
    return Node(id=name, block=kind, title=title, params=frozen(params))


def stage(
    name: str,
    kind: str,
    *,
    repeat: int,
    title: str,
    entry: Node | None = None,
    shared: Mapping[str, Value],
) -> Group:
    """A stage of one block, repeated. Its parameters belong to the group; the block refers to them.

    `entry` is a block that runs once, in front.
    """
    first = [replace(entry, once=True)] if entry else []
    inner = Node(id=kind, block=kind, params=frozen({key: Ref(key) for key in shared}))
    steps = [*first, inner]
    ids = ["x", *(step.id for step in steps), "y"]
    nodes: dict[str, Item] = {"x": Node(id="x", block="input")}
    nodes.update({step.id: step for step in steps})
    nodes["y"] = Node(id="y", block="output")
    body = Graph(nodes=frozen(nodes), edges=_chain(ids))
    return Group(id=name, title=title, body=body, repeat=repeat, params=frozen(shared))


def lane(name: str, items: Sequence[Item]) -> Graph:
    """The items wired one after the other."""
    ids = [item.id for item in items]
    edges = tuple(
        Edge(source, _end(items[index], out=True), target, _end(items[index + 1], out=False))
        for index, (source, target) in enumerate(pairwise(ids))
    )
    return Graph(name=name, nodes=frozen({item.id: item for item in items}), edges=edges)


def _end(item: Item, *, out: bool) -> str:
    """The first port of a group; blocks in a lane call theirs x and y."""
    if isinstance(item, Group):
        return (item.outputs if out else item.inputs)[0]
    return "y" if out else "x"


def _chain(ids: Sequence[str]) -> tuple[Edge, ...]:
    return tuple(Edge(source, "y", target, "x") for source, target in pairwise(ids))


def strides_for(size: int, strides: Sequence[int], fixed: Collection[int] = ()) -> list[int]:
    """The strides of a net's parts, with the first ones left out where the picture is too small for all.

    A net for 224 pixels divides by 32 in all; pictures of 28 pixels would vanish. The first strides go, as
    re-implementations for CIFAR do, until at least `SMALLEST_GRID` positions a side are left. Those at the indices
    in `fixed` stay.
    """
    fitted = list(strides)
    for index, stride in enumerate(strides):
        total = 1
        for each in fitted:
            total *= each
        if -(-size // total) >= SMALLEST_GRID:
            break
        if stride > 1 and index not in fixed:
            fitted[index] = 1
    return fitted
