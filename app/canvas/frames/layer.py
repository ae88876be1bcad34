"""The comment frames of a scene, kept equal to those of the graph, and found under the mouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene
from shiboken6 import isValid

from app.canvas.frames.framing import placed
from app.canvas.frames.items import FrameItem, strip_height
from app.canvas.geometry import Rect
from app.canvas.hits import Hit
from app.canvas.items import BoxItem
from app.canvas.paint import Ink
from app.canvas.placement import Level
from hybridgraph.graph.model import Frame, Graph, Group, Path

EDGE_REACH = 5.0  # px on the screen from a frame's edge within which it is taken by that edge


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameHit:
    """A frame under the mouse: at its title, or at the edges that a press would drag.

    -1 is the left or upper edge, 1 the right or lower one, 0 neither.
    """

    path: Path
    across: int = 0
    down: int = 0

    @property
    def is_edge(self) -> bool:
        """Whether it is taken by an edge or a corner."""
        return bool(self.across or self.down)


class FrameLayer:
    """The frames that can be seen, by their paths."""

    def __init__(self, scene: QGraphicsScene, ink: Ink) -> None:
        self._scene = scene
        self._ink = ink
        self._is_visible = True
        self._chosen: Path = ()
        self.items: dict[Path, FrameItem] = {}

    def clear(self) -> None:
        """Take every frame off the scene."""
        for path in [*self.items]:
            self._drop(path)

    def show(self, graph: Graph, level: Level, boxes: dict[Path, BoxItem]) -> None:
        """Show the frames of a graph; `boxes` are the cards and containers as they are now."""
        wanted = dict(_shown((), graph, level))
        for path, item in [*self.items.items()]:
            gone = path not in wanted or not isValid(item)  # a container that goes takes its frames with it
            if gone or item.parentItem() is not boxes.get(path[:-1]):
                self._drop(path)
        for path, (frame, place) in wanted.items():
            item = self.items.get(path) or self._made(path, boxes.get(path[:-1]))
            item.show_frame(frame, place)

    def _made(self, path: Path, parent: BoxItem | None) -> FrameItem:
        item = self.items[path] = FrameItem(path, self._ink, parent)
        item.mark(chosen=path == self._chosen)
        if parent is None:
            item.setVisible(self._is_visible)
            self._scene.addItem(item)
        return item

    def _drop(self, path: Path) -> None:
        item = self.items.pop(path)
        if isValid(item) and item.scene() is self._scene:
            self._scene.removeItem(item)

    def show_in(self, ink: Ink) -> None:
        """Repaint in another theme."""
        self._ink = ink
        for item in self.items.values():
            item.ink = ink
            item.update()

    def set_visible(self, visible: bool) -> None:
        """Show the frames one by one, or leave them to the view from afar."""
        self._is_visible = visible
        for item in self.items.values():
            if item.parentItem() is None:
                item.setVisible(visible)

    def choose(self, path: Path) -> None:
        """Put the ring round this one, or with () round none."""
        self._chosen = path
        for one, item in self.items.items():
            item.mark(chosen=one == path)

    def snapshot(self) -> dict[object, object]:
        """All that the items show, for comparing two scenes."""
        return {("frame", path): (item.frame, item.place, item.pos()) for path, item in self.items.items()}

    # ------------------------------------------------------------------------------------------------- finding

    def rect_of(self, path: Path) -> Rect | None:
        """Where a frame stands in the scene; None when it is folded away."""
        item = self.items.get(path)
        if item is None or item.place is None:
            return None
        parent: QGraphicsItem | None = item.parentItem()
        spot = parent.scenePos() if parent is not None else None
        return item.place.moved(spot.x(), spot.y()) if spot is not None else item.place

    def all(self) -> Iterator[tuple[Path, Rect, Frame]]:
        """Every frame that can be seen, with where it stands in the scene."""
        for path, item in self.items.items():
            rect = self.rect_of(path)
            if rect is not None and item.frame is not None:
                yield path, rect, item.frame

    def hit(self, x: float, y: float, zoom: float, under: Hit) -> FrameHit | None:
        """The topmost frame whose title or edge is at a point of the scene where nothing else of its body is."""
        if not self.items or under.part not in ("empty", "container"):
            return None
        reach = EDGE_REACH / zoom
        for path, rect, _ in reversed([*self.all()]):
            if path[:-1] != under.path or not rect.grown(reach).contains(x, y):
                continue
            across = -1 if x < rect.x + reach else 1 if x > rect.right - reach else 0
            down = -1 if y < rect.y + reach else 1 if y > rect.bottom - reach else 0
            if across or down or y <= rect.y + strip_height(zoom):
                return FrameHit(path=path, across=across, down=down)
        return None


def _shown(at: Path, graph: Graph, level: Level) -> Iterator[tuple[Path, tuple[Frame, Rect]]]:
    """The frames of every open body, with where they stand in it."""
    for name, frame in graph.frames.items():
        yield (*at, name), (frame, placed(frame, level))
    for name, item in graph.nodes.items():
        if isinstance(item, Group) and not item.collapsed:
            box = level.boxes.get(name)
            if box is not None and box.level is not None:
                yield from _shown((*at, name), item.body, box.level)
