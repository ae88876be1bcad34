"""Edits that make a parameter of a block in a stage one of the stage itself, and take that back."""

from __future__ import annotations

from dataclasses import replace

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Group, Item, Node, Path, frozen
from hybridgraph.graph.values import Cycle, First, Ramp, Ref, Value
from hybridgraph.spec import Catalogue


def promote(
    graph: Graph, path: Path, name: str, catalogue: Catalogue, *, wish: str = ""
) -> tuple[Graph, str]:
    """The graph with a parameter of the node or group at `path` set by the group around it, and its name there.

    It is called `wish`, or as it was, made unique. The group's new parameter holds what the node's held, so the network stays the same. Raises GraphError when
    there is no group around, or no such parameter, or the group sets it already.
    """
    item = graph.item(path)
    around = graph.item(path[:-1]) if len(path) > 1 else None
    if not isinstance(around, Group):
        raise GraphError(f"{_name(item)} stands in no stage that could set its parameters.")
    value = _held(item, name, catalogue)
    if isinstance(value, Ref):
        raise GraphError(f"{_name(item)}, {name}: the stage sets it already, as {value.name!r}.")
    if isinstance(item, Group) and isinstance(value, First | Cycle | Ramp):
        raise GraphError(
            f"{_name(item)}, {name}: its values are for its own repeats, which the stage around does not have.",
            "Give it one value first.",
        )
    raised = edits.fresh_id(_taken(around), wish or name) if wish or name not in _taken(around) else (
        edits.fresh_id(_taken(around), f"{item.id}_{name}")
    )  # fmt: skip
    body = around.body.with_item(replace(item, params=frozen({**item.params, name: Ref(raised)})))
    made = replace(around, body=body, params=frozen({**around.params, raised: value}))
    return edits.replace_item(graph, path[:-1], made), raised


def demote(graph: Graph, path: Path, name: str) -> Graph:
    """The graph with a parameter of the group at `path` written into the blocks that refer to it, and gone.

    Raises GraphError when the group has none of that name, or when the blocks could not hold what it holds.
    """
    group = graph.item(path)
    if not isinstance(group, Group) or name not in group.params:
        raise GraphError(f"{_name(group)} has no parameter {name!r} of its own.")
    value = group.params[name]
    users = [item for item in group.body.nodes.values() if Ref(name) in item.params.values()]
    if isinstance(value, Ref) and users:
        raise GraphError(
            f"{_name(group)}, {name}: it is handed in from the stage around, where its blocks cannot reach.",
            "Give it a value of its own first.",
        )
    if isinstance(value, First | Cycle | Ramp) and any(isinstance(item, Group) for item in users):
        raise GraphError(
            f"{_name(group)}, {name}: its values are for its own repeats, and a stage inside has others.",
            "Give it one value first.",
        )
    body = group.body
    for item in users:
        params = {key: value if held == Ref(name) else held for key, held in item.params.items()}
        body = body.with_item(replace(item, params=frozen(params)))
    rest = {key: held for key, held in group.params.items() if key != name}
    return edits.replace_item(graph, path, replace(group, body=body, params=frozen(rest)))


def _held(item: Item, name: str, catalogue: Catalogue) -> Value:
    if name in item.params:
        return item.params[name]
    spec = catalogue.get(item.block) if isinstance(item, Node) else None
    if spec is None or name not in spec.params:
        raise GraphError(f"{_name(item)} has no parameter {name!r}.")
    return spec.params[name].default


def _taken(group: Group) -> set[str]:
    """The names a new parameter cannot have: the group's own, and those that its body refers to in vain."""
    wanted = {
        value.name
        for item in group.body.nodes.values()
        for value in item.params.values()
        if isinstance(value, Ref)
    }
    return {*group.params, *wanted}


def _name(item: Item) -> str:
    return item.title or item.id
