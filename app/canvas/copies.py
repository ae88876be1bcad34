"""The edits that bring copies in: from the clipboard, and beside their originals. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from app.canvas.changes import level_at, roomy, written
from app.canvas.frames import framing
from app.canvas.geometry import Rect, snapped
from app.canvas.insertion import put_between
from app.canvas.placement import Level, Placer
from app.language import tr
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, fragments, links
from hybridgraph.graph.model import Edge, Graph, Group, Path, essence, is_fixed
from hybridgraph.spec import Catalogue

GAP = 16.0
"""Between what is pasted and what it would otherwise cover."""


def pasted(
    graph: Graph,
    copied: Graph,
    at: Path,
    place: tuple[float, float],
    level: Level,
    catalogue: Catalogue,
    *,
    linked: bool = False,
) -> tuple[Graph, list[Path]]:
    """The graph with a fragment put down near `place` (coordinates of the container), and the copies' paths.

    Its upper left corner is there, or as far below as it takes to cover no other card. With `linked`, its stages
    are linked copies of those they were copied from; raises GraphError where these are not there any more.
    """
    if linked:
        graph, copied = _following(graph, copied)
    here = level_at(level, at)
    own = Placer(catalogue).place(copied)
    copied = written(copied, own, ())
    framed = [framing.placed(frame, own) for frame in copied.frames.values()]
    area = _extent([*(box.rect for box in own.boxes.values()), *framed])
    corner = _free(Rect(place[0], place[1], area.w, area.h), [box.rect for box in here.boxes.values()])
    offset = (
        snapped(corner.x - area.x + own.offset[0] - here.offset[0]),
        snapped(corner.y - area.y + own.offset[1] - here.offset[1]),
    )
    after, names = fragments.paste(written(graph, level, at), copied, at=at, offset=offset, linked=linked)
    return roomy(level, after, at, catalogue), [(*at, name) for name in names]


def outside(graph: Graph, copied: Graph, at: Path) -> Path:
    """The innermost body along a path that lies in none of the stages of a fragment, as a linked copy must."""
    stages = [item for item in copied.nodes.values() if isinstance(item, Group)]
    linked = {item.link for item in stages if item.link}
    bodies = [essence(item.body) for item in stages]
    for depth in range(len(at)):
        group = graph.item(at[: depth + 1])
        if getattr(group, "link", "") in linked or essence(graph.at(at[: depth + 1])) in bodies:
            return at[:depth]
    return at


def _following(graph: Graph, copied: Graph) -> tuple[Graph, Graph]:
    """A graph and a fragment whose stages carry the links of those in the graph that they were copied from."""
    stages = [item for item in copied.nodes.values() if isinstance(item, Group)]
    if not stages:
        raise GraphError(tr("The clipboard holds no stage; only a stage can have linked copies."))
    known = links.members(graph)
    for stage in stages:
        if stage.link in known:
            continue
        made = essence(stage.body)
        originals = [
            path for path, one in graph.walk() if isinstance(one, Group) and essence(one.body) == made
        ]
        if not originals:
            raise GraphError(
                tr(
                    "{value} is not in this design as it was copied, so there is nothing to follow.",
                    value=stage.title or stage.id,
                ),
                tr("Copy the stage again, or paste it on its own."),
            )
        first = min(originals, key=lambda path: path[-1] != stage.id)
        graph = links.linked(graph, first, f"link_{uuid4().hex[:12]}")
        copied = copied.with_item(replace(stage, link=getattr(graph.item(first), "link", "")))
    return graph, copied


def linked(graph: Graph, paths: list[Path], level: Level, catalogue: Catalogue) -> tuple[Graph, list[Path]]:
    """The graph with linked copies of stages of one body below them, and the copies' paths."""
    at, names = paths[0][:-1], [path[-1] for path in paths]
    after = written(graph, level, at)
    for path in paths:
        after = links.linked(after, path, f"link_{uuid4().hex[:12]}")  # no two designs give the same name
    here = level_at(level, at).boxes
    area = _extent([here[name].rect for name in names])
    drop = snapped(_free(area, [box.rect for box in here.values()]).y - area.y + GAP)
    copied = fragments.fragment(after, names, at=at)
    after, made = fragments.paste(after, copied, at=at, offset=(0.0, drop), linked=True)
    return roomy(level, after, at, catalogue), [(*at, name) for name in made]


def placed(
    graph: Graph,
    copied: Graph,
    at: Path,
    place: tuple[float, float],
    edge: Edge | None,
    level: Level,
    catalogue: Catalogue,
) -> tuple[Graph, list[Path]]:
    """The graph with a fragment of one card put down with its middle at `place`, or into the wire `edge`.

    Raises GraphError when the wire cannot take it.
    """
    size = next(iter(Placer(catalogue).place(copied).boxes.values())).rect
    if edge is None or len(copied.nodes) != 1:
        return pasted(graph, copied, at, (place[0] - size.w / 2, place[1] - size.h / 2), level, catalogue)
    after, (name,) = fragments.paste(graph, copied, at=at)
    item = after.item((*at, name))
    bare = edits.remove(after, [name], at=at)
    after, path = put_between(bare, item, size, at, edge, level, catalogue)
    return after, [path]


def _extent(rects: list[Rect]) -> Rect:
    left, top = min((r.x for r in rects), default=0.0), min((r.y for r in rects), default=0.0)
    right, bottom = max((r.right for r in rects), default=0.0), max((r.bottom for r in rects), default=0.0)
    return Rect(left, top, right - left, bottom - top)


def _free(area: Rect, taken: list[Rect]) -> Rect:
    """The area moved down until it meets nothing."""
    for rect in sorted(taken, key=lambda rect: rect.y):
        if area.grown(GAP / 2).meets(rect):
            area = Rect(area.x, rect.bottom + GAP, area.w, area.h)
    return area


def duplicated(
    graph: Graph,
    paths: Iterable[Path],
    offset: tuple[float, float],
    catalogue: Catalogue,
    *,
    keep_inputs: bool = False,
    at: Path = (),
    framed: Iterable[str] = (),
) -> tuple[Graph, list[Path]]:
    """The graph with copies of cards and comment frames of one body, and the copied cards' paths.

    With `keep_inputs` they are fed as the originals.
    """
    chosen = list(paths)
    at = chosen[0][:-1] if chosen else at
    names = [path[-1] for path in chosen if path[:-1] == at]
    level = Placer(catalogue).place(graph)
    after = written(graph, level, at)
    copied = fragments.fragment(after, names, at=at, framed=framed)
    if not copied.nodes and not copied.frames:
        raise GraphError(tr("There is nothing selected that can be copied."))
    after, made = fragments.paste(after, copied, at=at, offset=offset)
    if keep_inputs:
        plain = [name for name, item in copied.nodes.items() if not is_fixed(item)]
        renamed = dict(zip(plain, made[-len(plain) :], strict=True)) if plain else {}
        for edge in graph.at(at).edges:
            if edge.target in renamed and edge.source not in renamed:
                after = edits.connect(after, replace(edge, target=renamed[edge.target]), catalogue, at=at)
    return roomy(level, after, at, catalogue), [(*at, name) for name in made]
