"""Comment frames among placed cards: what lies in one, and how it stays round that. Pure functions.

A frame's places are those that its body stores; in the coordinates of a placed level it stands `offset` further.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.canvas.geometry import Rect, bounds, snapped
from app.canvas.placement import Level
from app.canvas.routing import LABEL_HEIGHT
from hybridgraph.graph import frames
from hybridgraph.graph.model import Frame, Graph, Path

PAD = 16.0
"""Between a frame and what it was drawn round."""
HEAD = 28.0
"""The height of the strip with its title."""


def placed(frame: Frame, level: Level) -> Rect:
    """Where a frame stands in the coordinates of its level."""
    return Rect(frame.x + level.offset[0], frame.y + level.offset[1], frame.w, frame.h)


def members(frame: Frame, level: Level) -> list[str]:
    """The cards that lie in a frame: those with their middle in it."""
    area = placed(frame, level)
    near = {name for name, _ in level.cards.near(area)}
    return [name for name in level.boxes if name in near and area.contains(*level.boxes[name].rect.center)]


def nested(frame: Frame, body: Graph) -> list[str]:
    """The other frames that lie wholly in one, where it is the larger."""
    area = Rect(frame.x, frame.y, frame.w, frame.h)
    return [
        name
        for name, other in body.frames.items()
        if (other.w * other.h, other.id) < (frame.w * frame.h, frame.id)
        and area.contains(other.x, other.y)
        and area.contains(other.x + other.w, other.y + other.h)
    ]


def holding(names: Iterable[str], body: Graph, level: Level) -> list[str]:
    """The frames that hold some of these cards and no others: they go where the cards go."""
    chosen = set(names)
    if not body.frames or not chosen:
        return []
    held = {name: set(members(frame, level)) for name, frame in body.frames.items()}
    return [name for name, inside in held.items() if inside and inside <= chosen]


def around(rects: list[Rect]) -> Rect:
    """The frame round some rectangles, with room for its title."""
    inside = bounds(rects)
    x, y = snapped(inside.x - PAD), snapped(inside.y - PAD - HEAD)
    return Rect(x, y, snapped(inside.right + PAD + 4) - x, snapped(inside.bottom + PAD + 4) - y)


def covered(names: Iterable[str], level: Level) -> list[Rect]:
    """What a frame round these cards has to be round: themselves, and the wires from one to another with their labels.

    A residual's arc leads far over its cards; it would cross the title.
    """
    chosen = {name for name in names if name in level.boxes}
    ways = (way for edge, way in level.routes.items() if edge.source in chosen and edge.target in chosen)
    return [level.boxes[name].rect for name in chosen] + [way.bounds.grown(LABEL_HEIGHT / 2) for way in ways]


def kept(before: Level, now: Level, after: Graph, at: Path) -> Graph:
    """The graph with the frames of one body as far from what lies in them as they were in `before`.

    `before` and `now` are that body's level before an edit of its cards and after it.
    """
    places = {}
    for name, frame in after.at(at).frames.items():
        held = [one for one in members(frame, before) if one in now.boxes]
        if not held:
            continue
        old, new = (_covered(held, level) for level in (before, now))
        if old != new:
            x, y = frame.x + new.x - old.x, frame.y + new.y - old.y
            places[name] = (x, y, frame.w + new.w - old.w, frame.h + new.h - old.h)
    return frames.place(after, places, at=at) if places else after


def _covered(names: list[str], level: Level) -> Rect:
    """The rectangle around some cards, in the coordinates that the body stores."""
    return bounds([level.boxes[name].rect for name in names]).moved(-level.offset[0], -level.offset[1])


def reach(
    graph: Graph, level: Level | None, chosen: list[Path], frame: Path
) -> tuple[Path, list[str], list[str]]:
    """What is copied: a body, its cards and its frames. With a frame chosen, that frame and all that lies in it."""
    at = chosen[0][:-1] if chosen else frame[:-1]
    names = [path[-1] for path in chosen]
    if level is None or not (chosen or frame):
        return at, names, []
    body = graph.at(at)
    if chosen:
        return at, names, holding(names, body, level)
    found = frames.frame_at(graph, frame)
    return at, members(found, level), [frame[-1], *nested(found, body)]
