"""The edits that know where things stand: moving, laying out, making room. Pure functions.

They take the placed graph (`Level`) that the person sees, because a graph without positions is shown in places
made up for it: as soon as somebody moves one card, these places are written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.canvas.frames import framing
from app.canvas.geometry import snapped
from app.canvas.placement import Level, Placer
from app.language import tr
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Graph, Group, Path, frozen
from hybridgraph.spec import Catalogue

_ROOM = 64  # px that neighbours leave to a container that grows into the space between them


def level_at(level: Level, at: Path) -> Level:
    """The level of the body at a path. Raises GraphError when it is folded away."""
    for name in at:
        box = level.boxes.get(name)
        if box is None or box.level is None:
            raise GraphError(tr("The stage {at!r} is folded; open it first.", at="/".join(at)))
        level = box.level
    return level


def written(graph: Graph, level: Level, at: Path) -> Graph:
    """The graph with the places that were made up for the body at a path written down."""
    here = level_at(level, at)
    if not here.automatic:
        return graph
    dx, dy = here.offset
    return edits.move(
        graph, {name: (box.rect.x - dx, box.rect.y - dy) for name, box in here.boxes.items()}, at=at
    )


def connected(graph: Graph, edge: Edge, level: Level, at: Path, catalogue: Catalogue) -> Graph:
    """The graph with one more wire, and all cards where they stand: nothing jumps while one draws.

    Raises GraphError where the wire cannot be.
    """
    return edits.connect(written(graph, level, at), edge, catalogue, at=at)


def moved(
    graph: Graph,
    places: Mapping[Path, tuple[float, float]],
    catalogue: Catalogue,
    level: Level | None = None,
) -> Graph:
    """The graph with cards at new places, given in the coordinates of the containers they stand in.

    `level` is the graph placed, where that is known.

    A container grows and shrinks with its body; whatever else it holds stays where it was on the screen.
    """
    level = level or Placer(catalogue, wired=False).place(graph)
    bodies = dict.fromkeys(path[:-1] for path in places)
    after = graph
    for at in bodies:
        dx, dy = level_at(level, at).offset
        after = written(after, level, at)
        wanted = {path[-1]: (x - dx, y - dy) for path, (x, y) in places.items() if path[:-1] == at}
        after = edits.move(after, wanted, at=at)
        still = next((name for name in level_at(level, at).boxes if name not in wanted), None)
        known = still or next(iter(wanted))
        place = places.get((*at, known))
        after = held(after, level, (*at, known), place, catalogue)
    return after


def held(
    after: Graph, before: Level, path: Path, place: tuple[float, float] | None, catalogue: Catalogue
) -> Graph:
    """Shift the containers around a card so that the card stands in the scene where it stood (or at `place`)."""
    wanted = _spot(before, path, place)
    for depth in range(len(path) - 1, 0, -1):
        now = Placer(catalogue, wired=False).place(after)
        here = level_at(now, path[: depth - 1])
        x, y = _spot(now, path, None)
        if here.automatic or (abs(x - wanted[0]) < 0.01 and abs(y - wanted[1]) < 0.01):
            continue
        group = after.item(path[:depth])
        after = edits.move(
            after, {group.id: (group.x + wanted[0] - x, group.y + wanted[1] - y)}, at=path[: depth - 1]
        )
    return after


def _spot(level: Level, path: Path, place: tuple[float, float] | None) -> tuple[float, float]:
    """Where a card stands in the scene; `place` stands for its own place in its container."""
    x = y = 0.0
    for name in path[:-1]:
        box = level.boxes[name]
        assert box.level is not None
        x, y, level = x + box.rect.x, y + box.rect.y, box.level
    own = place or level.boxes[path[-1]].rect[:2]
    return x + own[0], y + own[1]


def arranged(graph: Graph, catalogue: Catalogue, at: Path = (), only: Iterable[str] | None = None) -> Graph:
    """The graph with one body laid out afresh, and with everything inside it; or only some of its cards.

    The order in which cards stand in their columns is kept unless fewer wires cross in another.
    """
    body = graph.at(at)
    bare = graph.with_body(at, _bare(body))
    bare = _framed(graph, bare, [one for one in _groups(bare) if one[: len(at)] == at != one], catalogue)
    within = {
        name: replace(i, body=bare.at((*at, name))) if isinstance(i, Group) else i
        for name, i in body.nodes.items()
    }
    standing = graph.with_body(at, replace(body, nodes=frozen(within)))
    level = level_at(Placer(catalogue, wired=False, afresh=True).place(_unfolded(standing, at)), at)
    places = {name: (box.rect.x, box.rect.y) for name, box in level.boxes.items()}
    if only is None:
        laid = edits.move(bare, places if len(places) > 1 else {}, at=at)
        return _framed(graph, laid, [at], catalogue)
    chosen = [name for name in only if name in places]
    here = level_at(Placer(catalogue, wired=False).place(graph), at)
    if not chosen:
        return graph
    dx = min(here.boxes[n].rect.x for n in chosen) - min(places[n][0] for n in chosen)
    dy = min(here.boxes[n].rect.y for n in chosen) - min(places[n][1] for n in chosen)
    laid = moved(graph, {(*at, n): (places[n][0] + dx, places[n][1] + dy) for n in chosen}, catalogue)
    return _framed(graph, laid, [at], catalogue)


def _groups(graph: Graph) -> list[Path]:
    """The paths of all groups, inner before outer."""
    return [path for path, item in graph.walk() if isinstance(item, Group)][::-1]


def _framed(before: Graph, after: Graph, bodies: Iterable[Path], catalogue: Catalogue) -> Graph:
    """The graph with the comment frames of these bodies round what lay in them before."""
    for path in bodies:
        if after.at(path).frames:
            old, new = (
                level_at(Placer(catalogue, wired=False).place(_unfolded(graph, path)), path)
                for graph in (before, after)
            )
            after = framing.kept(old, new, after, path)
    return after


def arrange(graph: Graph, catalogue: Catalogue) -> dict[Path, tuple[float, float]]:
    """A place for every card of the graph and of its stages, in the coordinates that the graph stores."""
    after = arranged(graph, catalogue)
    for path, item in graph.walk():
        if isinstance(item, Group):
            level = Placer(catalogue, wired=False).place(_unfolded(after, path))
            after = written(after, level, path)
    return {path: (item.x, item.y) for path, item in after.walk()}


def _bare(body: Graph) -> Graph:
    """A body without any positions, inside its groups too."""
    nodes = {
        name: replace(item, x=0.0, y=0.0, body=_bare(item.body))
        if isinstance(item, Group)
        else replace(item, x=0.0, y=0.0)
        for name, item in body.nodes.items()
    }
    return replace(body, nodes=frozen(nodes))


def _unfolded(graph: Graph, at: Path) -> Graph:
    """The graph with the groups along a path open, so that the body at its end is placed."""
    for length in range(1, len(at) + 1):
        graph = edits.set_collapsed(graph, at[:length], False)
    return graph


def roomy(before: Level, after: Graph, at: Path, catalogue: Catalogue) -> Graph:
    """The graph with the neighbours of containers that grew along `at` pushed aside, as far as they need be."""
    for depth in range(len(at), 0, -1):
        try:
            old = level_at(before, at[: depth - 1]).boxes.get(at[depth - 1])
            here = level_at(Placer(catalogue, wired=False).place(after), at[: depth - 1])
        except GraphError:
            return after
        new = here.boxes.get(at[depth - 1])
        if old is None or new is None or here.automatic:
            continue
        wider, higher = new.rect.w - old.rect.w, new.rect.h - old.rect.h
        dx, dy = here.offset
        others = {name: box.rect for name, box in here.boxes.items() if name != at[depth - 1]}
        beside = {
            name: rect
            for name, rect in others.items()
            if rect.x >= new.rect.x + old.rect.w - 1 and rect.y < new.rect.bottom and rect.bottom > new.rect.y
        }
        below = {name: rect for name, rect in others.items() if rect.y >= new.rect.y + old.rect.h - 1}
        if wider > 0:
            nearest = min((rect.x for rect in beside.values()), default=new.rect.right)
            wider = _lacking(wider, nearest - new.rect.right)
            below = {name: rect for name, rect in below.items() if name not in beside}
        if higher > 0:
            nearest = min((rect.y for rect in below.values()), default=new.rect.bottom)
            higher = _lacking(higher, nearest - new.rect.bottom)
        pushed = {name: (rect.x - dx, rect.y + higher - dy) for name, rect in below.items() if higher > 0}
        pushed |= {name: (rect.x + wider - dx, rect.y - dy) for name, rect in beside.items() if wider > 0}
        after = edits.move(after, pushed, at=at[: depth - 1]) if pushed else after
        after = framed(before, after, at[: depth - 1], catalogue)
    return after


def _lacking(grown: float, left: float) -> float:
    """How far neighbours give way to a container that grew: by its growth, less what room is left between them."""
    return min(grown, max(snapped(_ROOM - left), 0))


def framed(before: Level, after: Graph, at: Path, catalogue: Catalogue) -> Graph:
    """The graph with the comment frames of a body as far from what lies in them as they were."""
    if not after.at(at).frames:
        return after
    now = level_at(Placer(catalogue, wired=False).place(after), at)
    return framing.kept(level_at(before, at), now, after, at)


def settled(before: Level, after: Graph, at: Path, catalogue: Catalogue) -> Graph:
    """The graph with the cards of a body where they were in the scene, and room around the containers along `at`."""
    known = next(iter(level_at(before, at).boxes), None)
    if known is not None and known in after.at(at).nodes:
        after = held(after, before, (*at, known), None, catalogue)
    return roomy(before, after, at, catalogue)
