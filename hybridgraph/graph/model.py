"""The graph as an immutable value: nodes, groups and edges.

A body of a group is a graph of its own; its ports are nodes of the blocks `input` and `output`, named by
their ids. A node or group marked `once` belongs to the entry part of a stage: it runs in the first repeat only.
One marked `bypass` hands its first input on as if it were not there; one marked `freeze` is not trained; of one
marked `recompute` the backward pass of training computes again what it would else keep.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from hybridgraph.errors import GraphError
from hybridgraph.graph import values
from hybridgraph.graph.values import Literal_, Ramp, Value

Path = tuple[str, ...]
"""The ids from the outermost group down to a node; () is the whole graph."""


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One block in a graph. Parameters that are not named have their default."""

    id: str
    block: str
    params: Mapping[str, Value] = field(default_factory=_empty)
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    once: bool = False
    bypass: bool = False
    freeze: bool = False
    recompute: bool = False
    extra: Mapping[str, Any] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several nodes as one, repeated in a chain: each repeat's first output feeds the next one's first input.

    The other inputs are the same for every repeat. The last repeat gives the group's outputs; those that are
    collected leave as a stack of what every repeat gave. A group with a repeat is what the field calls a stage.
    Groups with the same `link` are copies that share their body: see `links`.
    """

    id: str
    body: Graph
    repeat: int = 1
    params: Mapping[str, Value] = field(default_factory=_empty)
    title: str = ""
    x: float = 0.0
    y: float = 0.0
    once: bool = False
    bypass: bool = False
    freeze: bool = False
    recompute: bool = False
    collapsed: bool = False
    link: str = ""
    extra: Mapping[str, Any] = field(default_factory=_empty)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the input ports, in the order of the body."""
        return tuple(node.id for node in self.body.nodes.values() if is_port(node, "input"))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the output ports, in the order of the body."""
        return tuple(node.id for node in self.body.nodes.values() if is_port(node, "output"))

    @property
    def collected(self) -> frozenset[str]:
        """The output ports that give what every repeat gave."""
        return frozenset(name for name in self.outputs if self.body.nodes[name].params.get("collect") is True)

    @property
    def is_ramped(self) -> bool:
        """Whether its repeats take part in a ramp over the whole network."""
        inner = [value for item in self.body.nodes.values() for value in item.params.values()]
        return any(isinstance(one, Ramp) and one.over == "net" for one in (*inner, *self.params.values()))


Item = Node | Group


def is_port(item: Item, block: str) -> bool:
    """Whether the item is an edge of its group's body: a node of the block `input` or `output`."""
    return isinstance(item, Node) and item.block == block


def is_fixed(item: Item) -> bool:
    """Whether the item is where values come in or go out: the image, or a port of a group."""
    return isinstance(item, Node) and item.block in ("image", "input", "output")


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A wire from an output port to an input port. The four names are its identity."""

    source: str
    source_port: str
    target: str
    target_port: str

    def __str__(self) -> str:
        return f"{self.source}.{self.source_port} → {self.target}.{self.target_port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A comment frame: a title and a colour round part of a body's drawing, see `frames`."""

    id: str
    x: float
    y: float
    w: float
    h: float
    title: str = ""
    colour: str = ""
    extra: Mapping[str, Any] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Nodes by id, edges in the order they were drawn, and the comment frames drawn around some of them."""

    name: str = ""
    nodes: Mapping[str, Item] = field(default_factory=_empty)
    edges: tuple[Edge, ...] = ()
    frames: Mapping[str, Frame] = field(default_factory=_empty)
    extra: Mapping[str, Any] = field(default_factory=_empty)

    def at(self, path: Path) -> Graph:
        """The body at the end of a path of group ids. Raises GraphError when a step is no group."""
        graph = self
        for name in path:
            item = graph.nodes.get(name)
            if not isinstance(item, Group):
                raise GraphError(f"There is no group called {'/'.join(path)!r} in the graph.")
            graph = item.body
        return graph

    def item(self, path: Path) -> Item:
        """The node or group at a path. Raises GraphError when there is none."""
        item = self.at(path[:-1]).nodes.get(path[-1]) if path else None
        if item is None:
            raise GraphError(f"There is no node called {'/'.join(path)!r} in the graph.")
        return item

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Item]]:
        """Every node and group, outer before inner, with its path."""
        for item in self.nodes.values():
            yield (*path, item.id), item
            if isinstance(item, Group):
                yield from item.body.walk((*path, item.id))

    def with_body(self, path: Path, body: Graph) -> Graph:
        """This graph with another body at the end of a path of group ids."""
        if not path:
            return body
        group = self.nodes.get(path[0])
        if not isinstance(group, Group):
            raise GraphError(f"There is no group called {path[0]!r} in the graph.")
        return self.with_item(replace(group, body=group.body.with_body(path[1:], body)))

    def with_item(self, item: Item) -> Graph:
        """This graph with the item added, or put in place of the one with its id."""
        return replace(self, nodes=frozen({**self.nodes, item.id: item}))


def frozen(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """A read-only view of a fresh mapping."""
    return MappingProxyType(dict(mapping))


def image(graph: Graph) -> Node | None:
    """The node where pictures come in, if there is exactly one."""
    found = [item for item in graph.nodes.values() if isinstance(item, Node) and item.block == "image"]
    return found[0] if len(found) == 1 else None


def literals(params: Mapping[str, Value]) -> dict[str, Literal_]:
    """The parameters that are literals."""
    return {
        name: value
        for name, value in params.items()
        if value is None or isinstance(value, bool | int | float | str)
    }


def essence(graph: Graph) -> dict[str, Any]:
    """What decides the network: blocks, parameters, wires, repeats; no positions, titles, frames or foreign data."""

    def item(one: Item) -> dict[str, Any]:
        data: dict[str, Any] = {"params": {name: values.encode(value) for name, value in one.params.items()}}
        if one.once:
            data["once"] = True
        if one.bypass:
            data["bypass"] = True
        if isinstance(one, Group):
            return {**data, "body": essence(one.body), "repeat": one.repeat}
        return {**data, "block": one.block}

    return {
        "nodes": [[name, item(one)] for name, one in graph.nodes.items()],
        "edges": [[edge.source, edge.source_port, edge.target, edge.target_port] for edge in graph.edges],
    }


def digest(graph: Graph) -> str:
    """A short name of the network that the graph describes; moving or renaming nodes does not change it."""
    text = json.dumps(essence(graph), sort_keys=True, separators=(",", ":"), allow_nan=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
