"""The edits of carrying: cards into a stage, out of one, to another place in the chain. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.canvas.changes import held, level_at, roomy, written
from app.canvas.geometry import Rect, snapped
from app.canvas.insertion import put_between
from app.canvas.placement import Level
from app.language import tr
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, fragments
from hybridgraph.graph.model import Edge, Graph, Path, is_fixed
from hybridgraph.graph.wiring import ports_of
from hybridgraph.spec import Catalogue

WIRE_REACH = 14.0  # px of the scene between the mouse and the wire that a carried card goes into


def can_carry(graph: Graph, paths: Sequence[Path], target: Path) -> bool:
    """Whether these cards lie in one body and could go to the body `target`."""
    bodies = {path[:-1] for path in paths}
    inside = any(target[: len(path)] == path for path in paths)
    return len(bodies) == 1 and not inside and not any(is_fixed(graph.item(path)) for path in paths)


def gaps(graph: Graph, path: Path, at: Path, level: Level, catalogue: Catalogue) -> Gaps | None:
    """The wires of the open body `at` that a card could be put into; None for a card that fits into none."""
    item = graph.item(path)
    if not ports_of(item, catalogue, output=False) or not ports_of(item, catalogue, output=True):
        return None
    return Gaps(level_at(level, at), path[-1] if at == path[:-1] else "")


class Gaps:
    """The wires of one body, but for those of the card in the hand."""

    def __init__(self, level: Level, own: str) -> None:
        self._level = level
        self._own = own

    def at(self, x: float, y: float, *, nearest: bool) -> Edge | None:
        """The wire whose area holds a point of the body; with `nearest`, else the one that it is closest to."""
        routes = self._level.routes
        near = self._areas(edge for edge, _ in self._level.ways.near(Rect(x, y, 0, 0)))
        hit = [(edge, area) for edge, area in near if area.contains(x, y)]

        def far(gap: tuple[Edge, Rect]) -> float:
            area = gap[1]
            beside = max(area.x - x, x - area.right, 0.0)
            return 2 * beside + abs(area.center[1] - y)

        best = min(hit or (self._areas(routes) if nearest else ()), key=far, default=None)
        return best[0] if best is not None else None

    def _areas(self, edges: Iterable[Edge]) -> Iterator[tuple[Edge, Rect]]:
        """Each wire with the area between its ends, which lies in the one that the level finds it by."""
        for edge in edges:
            if self._own not in (edge.source, edge.target):
                (ax, ay), (bx, by) = self._level.routes[edge].start, self._level.routes[edge].end
                left, top = min(ax, bx), min(ay, by)
                yield edge, Rect(left, top, max(ax, bx) - left, max(ay, by) - top).grown(WIRE_REACH)


def carried(
    graph: Graph,
    paths: Sequence[Path],
    target: Path,
    step: tuple[float, float],
    edge: Edge | None,
    level: Level,
    catalogue: Catalogue,
) -> tuple[Graph, list[Path]]:
    """The graph with cards of one body moved to the body `target`, and where they are now.

    What fed them feeds what they fed. They stand `step` away (in the scene) from where they stood, or, a single
    card, in the wire `edge` of the target. Raises GraphError when they do not fit there.
    """
    source, names = paths[0][:-1], [path[-1] for path in paths]
    is_spliced = edge is not None and len(paths) == 1
    stayed = {name: level_at(level, source).boxes[name].rect for name in names}
    copied = fragments.fragment(graph, names, at=source)
    after = edits.remove(graph, names, at=source, heal=True)
    rest = next((name for name in level_at(level, source).boxes if name not in names), None)
    if rest is not None:
        after = held(after, level, (*source, rest), None, catalogue)
    if not is_spliced:  # a body without positions is laid out afresh around what is put into a wire
        after = written(after, level, target)
    after, made = fragments.paste(after, copied, at=target, offset=(0.0, 0.0), linked=True)
    if len(made) != len(names):
        raise GraphError(tr("The image can only stand in the outermost part of a design."))
    if edge is not None and is_spliced:
        item = after.item((*target, made[0]))
        bare = edits.remove(after, made, at=target)
        after, path = put_between(bare, item, stayed[names[0]], target, edge, level, catalogue)
        return after, [path]
    (from_x, from_y), (to_x, to_y) = _origin(level, source), _origin(level, target)
    dx, dy = level_at(level, target).offset
    places = {
        new: (
            snapped(stayed[old].x + from_x + step[0] - to_x - dx),
            snapped(stayed[old].y + from_y + step[1] - to_y - dy),
        )
        for old, new in zip(names, made, strict=True)
    }
    after = edits.move(after, places, at=target)
    return roomy(level, after, target, catalogue), [(*target, name) for name in made]


def _origin(level: Level, at: Path) -> tuple[float, float]:
    """Where the coordinates of a body begin in the scene."""
    x = y = 0.0
    for name in at:
        box = level.boxes[name]
        assert box.level is not None
        x, y, level = x + box.rect.x, y + box.rect.y, box.level
    return x, y
