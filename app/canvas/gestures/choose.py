"""Which gesture a press of a button begins."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from app.canvas.gestures.base import ALT, CTRL, Canvas, Gesture, Modifiers
from app.canvas.gestures.frame import MoveFrame, ResizeFrame
from app.canvas.gestures.move import MoveNodes
from app.canvas.gestures.pan import Pan, Repeat
from app.canvas.gestures.select import BoxSelect, Cut
from app.canvas.gestures.wire import DrawWire, open_edge, taken_edge
from app.canvas.hits import Hit
from app.language import tr
from hybridgraph.graph.model import Edge, Graph, Group, Path

LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


def choose(
    canvas: Canvas, place: QPointF, hit: Hit, button: Qt.MouseButton, modifiers: Modifiers, *, space: bool
) -> Gesture | None:
    """The gesture for a button pressed on something; None when it was done at once or means nothing."""
    if button == MIDDLE or (button == LEFT and space):
        return Pan(canvas, place)
    frame = canvas.design.frames.hit(place.x(), place.y(), canvas.zoom, hit)
    if button == RIGHT:
        if modifiers & CTRL:
            return Cut(canvas, place)
        if frame is not None:
            canvas.session.choose_frame(frame.path)
            return None
        return Pan(canvas, place) if hit.part in ("empty", "wire") else None
    if button != LEFT:
        return None
    if frame is not None:
        canvas.session.choose_frame(frame.path)
        alone = bool(modifiers & CTRL)
        return (
            ResizeFrame(canvas, place, frame)
            if frame.is_edge
            else MoveFrame(canvas, place, frame, alone=alone)
        )
    if hit.part == "port":
        return _on_port(canvas, place, hit, modifiers)
    if hit.part == "wire" and hit.edge is not None:
        return _on_wire(canvas, place, hit, hit.edge, modifiers)
    if hit.part == "handle":
        group = canvas.session.graph.item(hit.path)
        return Repeat(canvas, place, hit.path, group.repeat) if isinstance(group, Group) else None
    if hit.part == "container" and _is_entered(canvas, hit.path):
        return BoxSelect(canvas, place, hit.path)
    if hit.part in ("card", "title", "container"):
        return MoveNodes(canvas, place, hit.path, modifiers)
    return BoxSelect(canvas, place)


def _is_entered(canvas: Canvas, path: Path) -> bool:
    """Whether the selection lies inside a stage: then its body is a canvas of its own."""
    return any(len(one) > len(path) and one[: len(path)] == path for one in canvas.session.selection)


def _on_port(canvas: Canvas, place: QPointF, hit: Hit, modifiers: Modifiers) -> Gesture | None:
    if modifiers & ALT:
        canvas.editor.disconnect(_wires_at(canvas.session.graph, hit), tr("Break wires"))
        return None
    taken = taken_edge(canvas.session.graph, hit)
    if taken is not None:  # the wire in an input comes along, as its free end
        return DrawWire(canvas, place, hit.at, Edge(taken.source, taken.source_port, "", ""), taken)
    return DrawWire(canvas, place, hit.at, open_edge(hit))


def _wires_at(graph: Graph, hit: Hit) -> list[tuple[Path, Edge]]:
    """The wires of a port. Of a gate those outside, unless the hand is clearly inside or there is none."""
    ends = [(hit.at, hit.node, hit.port)]
    if hit.on_gate and hit.at == hit.path:
        ends.insert(0, (hit.path[:-1], hit.path[-1], hit.node))
    for at, *end in ends:
        found = [
            (at, edge)
            for edge in graph.at(at).edges
            if end in ([edge.source, edge.source_port], [edge.target, edge.target_port])
        ]
        if found:
            return found
    return []


def _on_wire(canvas: Canvas, place: QPointF, hit: Hit, edge: Edge, modifiers: Modifiers) -> Gesture | None:
    if modifiers & ALT:
        canvas.editor.disconnect([(hit.at, edge)], tr("Break a wire"))
        return None
    if hit.end == "target":
        return DrawWire(canvas, place, hit.at, Edge(edge.source, edge.source_port, "", ""), edge)
    if hit.end == "source":
        return DrawWire(canvas, place, hit.at, Edge("", "", edge.target, edge.target_port), edge)
    return BoxSelect(canvas, place)
