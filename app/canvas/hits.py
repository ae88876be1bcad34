"""What lies under the mouse, found on the placed graph; no item is asked."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from app.canvas import geometry
from app.canvas.geometry import PORT_REACH, STAGE_HEAD, Rect
from app.canvas.placement import Box, Level
from app.canvas.routing import Route, outline
from hybridgraph.graph.model import Edge, Path

Part = Literal["empty", "card", "title", "container", "handle", "port", "wire"]
WIRE_REACH = 7.0
GATE_REACH = 5.0  # half the width of a gate as it is drawn
END_REACH = 28.0  # this close to its end, a wire is picked up by that end


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One part of one thing.

    `path` is the node, group or () for the empty canvas; for a wire it is the body the wire lies in. `node`
    and `port` name an end that wires can have in the body `at`: for a gate seen from inside its container,
    that is the port's own node. `on_gate` says that the point lies on the gate as it is drawn, where both sides meet.
    """

    part: Part
    path: Path = ()
    at: Path = ()
    node: str = ""
    port: str = ""
    output: bool = False
    on_gate: bool = False
    edge: Edge | None = None
    end: Literal["", "source", "target"] = ""


NOTHING = Hit(part="empty")
HandleOf = Callable[[Path], Rect | None]


def find(level: Level, x: float, y: float, handle_of: HandleOf, at: Path = ()) -> Hit:
    """The topmost thing at a point of the level's own coordinates; a Hit on "empty" when there is none."""
    near = _around(level, x, y, PORT_REACH)
    for name, box in near:
        if hit := _port(at, name, box, x, y):
            return hit
    for name, box in reversed(near):
        if box.rect.contains(x, y):
            return _inside(box, (*at, name), x - box.rect.x, y - box.rect.y, handle_of)
    return _wire(level, x, y, at)


def _around(level: Level, x: float, y: float, reach: float) -> list[tuple[str, Box]]:
    """The cards within reach of a point, the lower ones first."""
    names = [name for name, _ in level.cards.near(Rect(x, y, 0, 0).grown(reach))]
    if len(names) > 1:
        order = {name: index for index, name in enumerate(level.boxes)}
        names.sort(key=order.__getitem__)
    return [(name, level.boxes[name]) for name in names]


def _ways(level: Level, x: float, y: float, reach: float) -> list[tuple[Edge, Route]]:
    """The wires whose surroundings reach a point."""
    near = level.ways.near(Rect(x, y, 0, 0).grown(reach))
    return [(edge, level.routes[edge]) for edge, _ in near]


def _inside(box: Box, path: Path, x: float, y: float, handle_of: HandleOf) -> Hit:
    if box.level is None:
        return Hit(part="title" if y < 32 else "card", path=path, at=path[:-1])
    inner = find(box.level, x, y, handle_of, path)
    if inner.part != "empty":
        return inner
    handle = handle_of(path)
    if handle is not None and handle.grown(3).contains(x, y):
        return Hit(part="handle", path=path, at=path[:-1])
    return Hit(part="title" if y < STAGE_HEAD - 12 else "container", path=path, at=path[:-1])


def _port(at: Path, name: str, box: Box, x: float, y: float) -> Hit | None:
    local = x - box.rect.x, y - box.rect.y
    for output, spots in ((False, box.inputs), (True, box.outputs)):
        for spot in spots:
            if abs(local[0] - spot.x) <= PORT_REACH and abs(local[1] - spot.y) <= PORT_REACH:
                inwards = local[0] > spot.x + 1 if not output else local[0] < spot.x - 1
                path = (*at, name)
                on_gate = box.level is not None and abs(local[0] - spot.x) <= GATE_REACH
                if box.level is None or not inwards:
                    return Hit(
                        part="port",
                        path=path,
                        at=at,
                        node=name,
                        port=spot.name,
                        output=output,
                        on_gate=on_gate,
                    )
                inner = "x" if output else "y"  # of a gate, from inside, it is the other way round
                return Hit(
                    part="port",
                    path=path,
                    at=path,
                    node=spot.name,
                    port=inner,
                    output=not output,
                    on_gate=on_gate,
                )
    return None


def _wire(level: Level, x: float, y: float, at: Path) -> Hit:
    nearest, best = None, WIRE_REACH
    for edge, way in _ways(level, x, y, WIRE_REACH):
        distance = distance_to(way, x, y)
        if distance < best:
            nearest, best = edge, distance
    if nearest is None:
        return NOTHING
    way = level.routes[nearest]
    to_source = abs(x - way.start[0]) + abs(y - way.start[1])
    to_target = abs(x - way.end[0]) + abs(y - way.end[1])
    end: Literal["", "source", "target"] = ""
    if min(to_source, to_target) < END_REACH:
        end = "source" if to_source < to_target else "target"
    return Hit(part="wire", path=at, at=at, edge=nearest, end=end)


def distance_to(way: Route, x: float, y: float) -> float:
    """How far a point is from a wire; infinite when it is far outside the wire's bounds."""
    if not way.bounds.grown(24).contains(x, y):
        return float("inf")
    points = outline(way)
    return min(geometry.distance_to_line(x, y, *a, *b) for a, b in pairwise(points))


def wire_near(level: Level, x: float, y: float, reach: float, at: Path = ()) -> tuple[Path, Edge] | None:
    """The wire nearest to a point, within `reach`, in the innermost open level there."""
    for name, box in _around(level, x, y, 0):
        if box.level is not None and box.rect.contains(x, y):
            return wire_near(box.level, x - box.rect.x, y - box.rect.y, reach, (*at, name))
    distances = [(distance_to(way, x, y), edge) for edge, way in _ways(level, x, y, reach)]
    nearest = min(distances, key=lambda pair: pair[0], default=None)
    return (at, nearest[1]) if nearest is not None and nearest[0] <= reach else None


def levels(
    level: Level, at: Path = (), origin: tuple[float, float] = (0.0, 0.0)
) -> Iterator[tuple[Path, Level, tuple[float, float]]]:
    """Every open level with its path and where its coordinates begin in the scene, outer before inner."""
    yield at, level, origin
    for name, box in level.boxes.items():
        if box.level is not None:
            yield from levels(box.level, (*at, name), (origin[0] + box.rect.x, origin[1] + box.rect.y))


def body_at(level: Level, x: float, y: float, without: Container[Path], at: Path = ()) -> Path:
    """The innermost open body around a point, as if the cards `without` were not there."""
    for name, box in _around(level, x, y, 0):
        path = (*at, name)
        if box.level is not None and path not in without and box.rect.contains(x, y):
            return body_at(box.level, x - box.rect.x, y - box.rect.y, without, path)
    return at


def within(level: Level, area: Rect) -> list[Path]:
    """The cards and collapsed stages that a box touches, and the open containers that lie wholly inside it."""
    found: list[Path] = []
    for at, inner, (x, y) in levels(level):
        local = area.moved(-x, -y)
        for name, box in inner.boxes.items():
            if not box.rect.meets(local):
                continue
            whole = local.contains(box.rect.x, box.rect.y) and local.contains(box.rect.right, box.rect.bottom)
            if box.level is None or whole:
                found.append((*at, name))
    chosen = set(found)  # what lies in a chosen container moves and goes with it
    return [path for path in found if not any(path[:length] in chosen for length in range(1, len(path)))]
