"""The edits that bring copies in: from the clipboard, and beside their originals. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from app.canvas.changes import level_at, roomy, written
from app.canvas.geometry import Rect, snapped
from app.canvas.insertion import put_between
from app.canvas.placement import Level, Placer
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, fragments, links
from hybridgraph.graph.model import Edge, Graph, Path, is_fixed
from hybridgraph.spec import Catalogue

GAP = 16.0
"""Between what is pasted and what it would otherwise cover."""


def pasted(
    graph: Graph, copied: Graph, at: Path, place: tuple[float, float], level: Level, catalogue: Catalogue
) -> tuple[Graph, list[Path]]:
    """The graph with a fragment put down near `place` (coordinates of the container), and the copies' paths.

    Its upper left corner is there, or as far below as it takes to cover no other card.
    """
    here = level_at(level, at)
    own = Placer(catalogue).place(copied)
    copied = written(copied, own, ())
    area = _extent([box.rect for box in own.boxes.values()])
    corner = _free(Rect(place[0], place[1], area.w, area.h), [box.rect for box in here.boxes.values()])
    offset = (
        snapped(corner.x - area.x + own.offset[0] - here.offset[0]),
        snapped(corner.y - area.y + own.offset[1] - here.offset[1]),
    )
    after, names = fragments.paste(written(graph, level, at), copied, at=at, offset=offset)
    return roomy(level, after, at, catalogue), [(*at, name) for name in names]


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
) -> tuple[Graph, list[Path]]:
    """The graph with copies of cards of one body, and the copies' paths; with `keep_inputs` fed as the originals."""
    chosen = list(paths)
    at = chosen[0][:-1] if chosen else ()
    names = [path[-1] for path in chosen if path[:-1] == at]
    level = Placer(catalogue).place(graph)
    after = written(graph, level, at)
    copied = fragments.fragment(after, names, at=at)
    if not copied.nodes:
        raise GraphError("There is nothing selected that can be copied.")
    after, made = fragments.paste(after, copied, at=at, offset=offset)
    if keep_inputs:
        plain = [name for name, item in copied.nodes.items() if not is_fixed(item)]
        renamed = dict(zip(plain, made[-len(plain) :], strict=True)) if plain else {}
        for edge in graph.at(at).edges:
            if edge.target in renamed and edge.source not in renamed:
                after = edits.connect(after, replace(edge, target=renamed[edge.target]), catalogue, at=at)
    return roomy(level, after, at, catalogue), [(*at, name) for name in made]
