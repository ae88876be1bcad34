"""What a screen reader says of a part of the canvas: stage, block, shape; of a port what it is wired to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from app.canvas import wording
from app.language import tr
from hybridgraph.graph.frames import frame_at
from hybridgraph.graph.model import Path

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Kind = Literal["card", "input", "output", "frame"]
Key = tuple[Kind, Path, str]
"""What it is, the path of the card or frame, and of a port its name."""


def name_of(view: CanvasView, key: Key) -> str:
    """The name of a part that is there."""
    kind, path, _ = key
    graph, catalogue = view.session.graph, view.session.catalogue
    if kind == "frame":
        return tr("Comment frame {title}", title=frame_at(graph, path).title)
    if kind != "card":
        return _port(view, key)
    item = view.design.boxes.get(path)
    around = [wording.title_of(graph.item(path[:depth]), catalogue) for depth in range(1, len(path))]
    return ", ".join([*around, item.card.spoken if item is not None and item.card is not None else ""])


def _port(view: CanvasView, key: Key) -> str:
    kind, path, port = key
    body, catalogue = view.session.graph.at(path[:-1]), view.session.catalogue
    end = (path[-1], port)
    if kind == "input":
        others = [edge.source for edge in body.edges if (edge.target, edge.target_port) == end]
    else:
        others = [edge.target for edge in body.edges if (edge.source, edge.source_port) == end]
    wired = ", ".join(wording.title_of(body.nodes[one], catalogue) for one in others if one in body.nodes)
    if kind == "input":
        return (
            tr("Input {port} from {wired}", port=port, wired=wired)
            if wired
            else tr("Input {port}, free", port=port)
        )
    return (
        tr("Output {port} to {wired}", port=port, wired=wired)
        if wired
        else tr("Output {port}, free", port=port)
    )
