"""Comment frames: a title and a colour round part of a drawing. The network does not know of them.

A frame lies in one body and says where, in the positions that this body stores; what lies in it is seen from
the places of the cards, not written down. It takes no part in a design's digest, plan or source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.edits import MAX_COORDINATE, MAX_TITLE
from hybridgraph.graph.model import Frame, Graph, Path, frozen

COLOURS = ("grey", "blue", "green", "yellow", "orange", "red")
"""The colours that a frame can be given; the first is that of a new one. A file may name others."""
LEAST = 32.0
"""The least width and height that a frame can be given, in scene pixels."""


def frame_at(graph: Graph, path: Path) -> Frame:
    """The frame at a path: the ids of the groups around it, then its own. Raises GraphError when there is none."""
    found = graph.at(path[:-1]).frames.get(path[-1]) if path else None
    if found is None:
        raise GraphError(f"There is no comment frame called {'/'.join(path)!r} in the graph.")
    return found


def add(graph: Graph, frame: Frame, *, at: Path = ()) -> tuple[Graph, str]:
    """The graph with one more frame in a body, and the id that it got. Raises GraphError for a title too long."""
    body = graph.at(at)
    name = edits.fresh_id(body.frames, frame.id or "frame")
    made = _within(replace(frame, id=name, title=_titled(frame.title)))
    return _with(graph, at, {**body.frames, name: made}), name


def remove(graph: Graph, names: Iterable[str], *, at: Path = ()) -> Graph:
    """The graph without these frames; what lies in them stays."""
    gone = set(names)
    kept = {name: frame for name, frame in graph.at(at).frames.items() if name not in gone}
    return _with(graph, at, kept)


def place(graph: Graph, places: Mapping[str, tuple[float, float, float, float]], *, at: Path = ()) -> Graph:
    """The graph with frames at other places (x, y, width, height), within what a file can hold."""
    frames = graph.at(at).frames
    placed = {
        name: _within(replace(frames[name], x=x, y=y, w=w, h=h))
        for name, (x, y, w, h) in places.items()
        if name in frames
    }
    return _with(graph, at, {**frames, **placed}) if placed else graph


def shift(graph: Graph, names: Iterable[str], step: tuple[float, float], *, at: Path = ()) -> Graph:
    """The graph with frames so much further to the right and down."""
    frames = graph.at(at).frames
    return place(
        graph,
        {n: (f.x + step[0], f.y + step[1], f.w, f.h) for n in names if (f := frames.get(n)) is not None},
        at=at,
    )


def set_title(graph: Graph, path: Path, title: str) -> Graph:
    """The graph with a frame renamed. Raises GraphError beyond a thousand characters."""
    return _put(graph, path, replace(frame_at(graph, path), title=_titled(title.strip())))


def set_colour(graph: Graph, path: Path, colour: str) -> Graph:
    """The graph with a frame in another colour. Raises GraphError for one that is not among COLOURS."""
    if colour not in COLOURS:
        raise GraphError(f"A comment frame cannot be {colour!r}.", f"Choose one of {', '.join(COLOURS)}.")
    return _put(graph, path, replace(frame_at(graph, path), colour=colour))


def _put(graph: Graph, path: Path, frame: Frame) -> Graph:
    return _with(graph, path[:-1], {**graph.at(path[:-1]).frames, frame.id: frame})


def _with(graph: Graph, at: Path, frames: Mapping[str, Frame]) -> Graph:
    return graph.with_body(at, replace(graph.at(at), frames=frozen(frames)))


def _titled(text: str) -> str:
    if len(text) > MAX_TITLE:
        raise GraphError(f"A name of {len(text):,} characters is too long; {MAX_TITLE:,} are possible.")
    return text


def _within(frame: Frame) -> Frame:
    """The frame, no smaller and no further away than a frame can be."""

    def near(value: float) -> float:
        return min(max(value, -MAX_COORDINATE), MAX_COORDINATE)

    w, h = (min(max(side, LEAST), 2 * MAX_COORDINATE) for side in (frame.w, frame.h))
    return replace(frame, x=near(frame.x), y=near(frame.y), w=w, h=h)
