"""Linked copies: groups with the same `link` share their body. Change one, and all follow in the same step.

Shared are the body and which parameters it takes from its group. Each copy keeps its repeat count, place, title,
marks and the values of its parameters. The edits know nothing of this: `relinked` makes good what one of them did
to a single copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Graph, Group, Item, Path, essence, frozen
from hybridgraph.graph.values import Ref, Value


def members(graph: Graph) -> dict[str, list[Path]]:
    """The paths of the groups of each link, outer before inner."""
    found: dict[str, list[Path]] = {}
    _collect(graph, (), found)
    return found


def _collect(graph: Graph, at: Path, found: dict[str, list[Path]]) -> None:
    for name, item in graph.nodes.items():
        if isinstance(item, Group):
            if item.link:
                found.setdefault(item.link, []).append((*at, name))
            _collect(item.body, (*at, name), found)


def linked(graph: Graph, path: Path, name: str) -> Graph:
    """The graph with the group at `path` ready to be copied as linked; `name` becomes its link if it has none.

    Raises GraphError when it is a single block.
    """
    item = graph.item(path)
    if not isinstance(item, Group):
        raise GraphError(f"{item.title or item.id} is a single block; only a stage can have linked copies.")
    return graph if item.link else edits.replace_item(graph, path, replace(item, link=name))


def unlinked(graph: Graph, path: Path) -> Graph:
    """The graph with the group at `path` on its own: it keeps its body and follows no other."""
    item = graph.item(path)
    if not isinstance(item, Group) or not item.link:
        raise GraphError(f"{item.title or item.id} is no linked copy.")
    return edits.replace_item(graph, path, replace(item, link=""))


def differing(graph: Graph) -> dict[str, list[Path]]:
    """The links whose groups have bodies that make different networks, as only a file can hold them."""
    found = {}
    for link, paths in members(graph).items():
        first, *others = (essence(graph.at(path)) for path in paths)
        if any(other != first for other in others):
            found[link] = paths
    return found


def unified(graph: Graph, path: Path) -> Graph:
    """The graph with the body of the group at `path` in all its linked copies."""
    source = graph.item(path)
    assert isinstance(source, Group)
    for other in members(graph).get(source.link, []):
        if other != path:
            graph = _follow(graph, other, source, _around(graph, path), frozenset())
    return graph


def apart(copied: Graph, taken: Collection[str]) -> Graph:
    """A fragment whose groups are linked with one another where they were, but with nothing under `taken` names."""
    found = members(copied)
    names = edits.fresh_ids((link for link, paths in found.items() if len(paths) > 1), {*taken, *found})
    for link, paths in found.items():
        for path in paths:
            made = replace(_group(copied, path), link=names.get(link, ""))
            copied = edits.replace_item(copied, path, made)
    return copied


def followers(before: Graph, after: Graph) -> list[Path]:
    """The linked groups whose bodies `relinked` has changed in making `after` of `before`."""
    return [
        path
        for paths in members(after).values()
        for path in paths
        if (old := _before(before, path)) is not None and old.body != after.at(path)
    ]


def relinked(before: Graph, after: Graph) -> Graph:
    """`after` with what was done to one linked group done to all its copies, and no link that holds one group only.

    Where none of those that were there before changed, they are what a new one follows. Raises GraphError when
    a copy would contain itself.
    """
    if not _has_links(after):
        return after
    for _ in range(edits.MAX_DEPTH):  # a link inside another one makes that one change as well
        now = after
        for link, paths in sorted(members(after).items(), key=lambda pair: -max(map(len, pair[1]))):
            if len(paths) == 1:
                after = unlinked(after, paths[0])
            else:
                _refuse_circle(after, paths)
                after = _spread(before, after, link, paths)
        if after == now:
            edits.check_depth(after)
            return after
    return after


def _has_links(graph: Graph) -> bool:
    return any(
        isinstance(item, Group) and (item.link or _has_links(item.body)) for item in graph.nodes.values()
    )


def _refuse_circle(graph: Graph, paths: list[Path]) -> None:
    for outer in paths:
        if any(len(inner) > len(outer) and inner[: len(outer)] == outer for inner in paths):
            title = graph.item(outer).title or outer[-1]
            raise GraphError(
                f"{title} cannot hold a linked copy of itself: it would never end.",
                "Make the copy unique first.",
            )


def _spread(before: Graph, after: Graph, link: str, paths: list[Path]) -> Graph:
    """One link's groups with one body: the one that changed, else the one that was there."""
    groups = {path: _group(after, path) for path in paths}
    bodies = [group.body for group in groups.values()]
    if all(body == bodies[0] for body in bodies[1:]):
        return after
    was = {path: old for path in paths if (old := _before(before, path)) is not None and old.link == link}
    changed = [path for path in was if was[path].body != groups[path].body]
    if not changed and len(was) == len(paths):
        return after  # a file holds them like this; nobody has said yet which one is meant
    source = next(iter(changed or was or paths))
    lost = frozenset(was[source].params) - frozenset(groups[source].params) if source in was else frozenset()
    around = _around(after, source)
    for path in paths:
        if path != source and groups[path].body != groups[source].body:
            after = _follow(after, path, groups[source], around, lost)
    return after


def _follow(
    graph: Graph, path: Path, source: Group, around: Mapping[str, Value], lost: frozenset[str]
) -> Graph:
    """The graph with the body of `source` in the group at `path`, which gets the parameters that this body needs.

    `around` are the parameters of the group that the source stands in; `lost` those that the source no longer has.
    """
    group = _group(graph, path)
    wanted = {value.name for value in _references(source.body)}
    here = _around(graph, path)
    params = {name: value for name, value in group.params.items() if name not in lost or name in wanted}
    for name, value in source.params.items():
        if name in wanted and name not in params:
            params[name] = _reached(value, here, around)
    made = replace(group, body=source.body, params=frozen(params))
    level = graph.at(path[:-1])
    kept = tuple(edge for edge in level.edges if _fits(edge, made))
    return graph.with_body(path[:-1], replace(level.with_item(made), edges=kept))


def _reached(value: Value, here: Mapping[str, Value], around: Mapping[str, Value]) -> Value:
    """A reference as it is where its name is known, else what it stands for `around` the group it comes from."""
    return around.get(value.name, value) if isinstance(value, Ref) and value.name not in here else value


def _references(body: Graph) -> list[Ref]:
    held = (value for item in body.nodes.values() for value in item.params.values())
    return [value for value in held if isinstance(value, Ref)]


def _fits(edge: Edge, group: Group) -> bool:
    """Whether a wire's ends at this group, if any, are ports that it has."""
    return (edge.source != group.id or edge.source_port in group.outputs) and (
        edge.target != group.id or edge.target_port in group.inputs
    )


def _group(graph: Graph, path: Path) -> Group:
    item = graph.item(path)
    assert isinstance(item, Group)
    return item


def _around(graph: Graph, path: Path) -> Mapping[str, Value]:
    return graph.item(path[:-1]).params if len(path) > 1 else {}


def _before(graph: Graph, path: Path) -> Group | None:
    """The group that was at a path; None when there was none."""
    item: Item | None = None
    for name in path:
        item = graph.nodes.get(name)
        if not isinstance(item, Group):
            return None
        graph = item.body
    return item if isinstance(item, Group) else None
