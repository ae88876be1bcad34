"""Copy and paste: a part of a graph as a graph of its own, and the edit that puts it down somewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from hybridgraph.graph import edits, frames, links, values
from hybridgraph.graph.model import Edge, Frame, Graph, Item, Node, Path, frozen, is_port
from hybridgraph.graph.regroup import settled
from hybridgraph.graph.values import Ref, Value

STAGE_KEY = "stage"
"""Where a fragment keeps the parameters of the stage that it was copied from."""


def fragment(graph: Graph, ids: Iterable[str], *, at: Path = (), framed: Iterable[str] = ()) -> Graph:
    """The selected nodes, the wires between them and some comment frames, for the clipboard.

    The parameters of the stage around them travel along, so that they can be put down outside of it.
    """
    body = graph.at(at)
    wanted = set(ids)
    chosen = {
        name: item
        for name, item in body.nodes.items()
        if name in wanted and not is_port(item, "input") and not is_port(item, "output")
    }
    stage = {name: values.encode(value) for name, value in _in_force(graph, at).items()}
    return Graph(
        nodes=frozen(chosen),
        edges=tuple(edge for edge in body.edges if edge.source in chosen and edge.target in chosen),
        frames=frozen({name: body.frames[name] for name in framed if name in body.frames}),
        extra=frozen({STAGE_KEY: stage} if stage else {}),
    )


def paste(
    graph: Graph,
    copied: Graph,
    *,
    at: Path = (),
    offset: tuple[float, float] = (32.0, 32.0),
    linked: bool = False,
) -> tuple[Graph, list[str]]:
    """The graph with a fragment added under fresh ids, and those ids. A second image is left out.

    Linked stages stay so with one another, and with those outside the fragment when it is put down `linked`.
    A reference to a parameter that the stage here has as well follows it; any other becomes the value it had.
    Raises GraphError when groups would nest too deep.
    """
    if not linked:
        copied = links.apart(copied, links.members(graph))
    body = graph.at(at)
    has_image = bool(at) or any(_is_image(item) for item in body.nodes.values())
    nodes = {name: item for name, item in copied.nodes.items() if not (has_image and _is_image(item))}
    here = graph.item(at).params if at else {}
    gone = {name: value for name, value in _carried(copied).items() if name not in here}
    rename = edits.fresh_ids(nodes, set(body.nodes))
    added = {
        rename[name]: replace(
            item,
            id=rename[name],
            params=frozen({key: _put(value, gone, within=bool(at)) for key, value in item.params.items()}),
            once=item.once and bool(at),
            x=item.x + offset[0],
            y=item.y + offset[1],
        )
        for name, item in nodes.items()
    }
    edges = tuple(
        Edge(rename[edge.source], edge.source_port, rename[edge.target], edge.target_port)
        for edge in copied.edges
        if edge.source in rename and edge.target in rename
    )
    body = replace(body, nodes=frozen({**body.nodes, **added}), edges=(*body.edges, *edges))
    pasted = graph.with_body(at, _framed(body, copied.frames.values(), offset))
    edits.check_depth(pasted)
    return pasted, list(added)


def _framed(body: Graph, copied: Iterable[Frame], offset: tuple[float, float]) -> Graph:
    """A body with frames put down in it under fresh ids."""
    for frame in copied:
        body, _ = frames.add(body, replace(frame, x=frame.x + offset[0], y=frame.y + offset[1]))
    return body


def _is_image(item: Item) -> bool:
    return isinstance(item, Node) and item.block == "image"


def _in_force(graph: Graph, at: Path) -> dict[str, Value]:
    """What the parameters of the group at `at` are, followed through every group around it."""
    found: dict[str, Value] = {}
    for depth in range(1, len(at) + 1):
        params = graph.item(at[:depth]).params
        found = {
            key: found.get(value.name, value) if isinstance(value, Ref) else value
            for key, value in params.items()
        }
    return found


def _carried(copied: Graph) -> dict[str, Value]:
    """The stage's parameters that came with a fragment; text from elsewhere may say anything under that key."""
    data = copied.extra.get(STAGE_KEY)
    found: dict[str, Value] = {}
    for name, value in data.items() if isinstance(data, Mapping) else ():
        with contextlib.suppress(ValueError):
            found[str(name)] = values.decode(value)
    return found


def _put(value: Value, gone: Mapping[str, Value], *, within: bool) -> Value:
    """A parameter where it is put down: one that refers to what is not there becomes what it referred to."""
    if isinstance(value, Ref) and value.name in gone:
        return settled(value, gone, within=within)
    return value
