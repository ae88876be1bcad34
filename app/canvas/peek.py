"""A look into a folded stage: its body floats over the canvas as a picture, and the design stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from app.canvas import wording
from app.canvas.geometry import Rect
from app.canvas.scene import DesignScene
from app.language import tr
from app.session import Session
from hybridgraph.graph.model import Graph, Group, Path, frozen

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

HELD_MS = 300  # a key that is held this long closes the look when it comes up
EDGE = 10
LEAST_ZOOM = 0.3


class Peek(QWidget):
    """Shows one stage. Tapping the key opens and closes it; holding it shows it for as long."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._picture = QPixmap()
        self._since = QElapsedTimer()
        self.path: Path = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        view.session.graph_changed.connect(self.close_look)

    def toggle(self) -> None:
        """Look into the folded stage under the mouse, else into the selected one; or stop looking."""
        if self.isVisible():
            self.close_look()
            return
        path = self._wanted()
        if not path:
            self._view.session.notified.emit(
                "info", tr("Point at a folded stage, or select one, to look into it.")
            )
            return
        self.look(path)

    def look(self, path: Path) -> None:
        """Look into a folded stage."""
        self._since.start()
        self._show(path)

    def release(self) -> None:
        """The key or button came up."""
        if self.isVisible() and self._since.elapsed() > HELD_MS:
            self.close_look()

    def close_look(self, *_: object) -> bool:
        """Stop looking; False when nobody was."""
        was = self.isVisible()
        self.hide()
        self._picture = QPixmap()
        self.path = ()
        return was

    def _wanted(self) -> Path:
        place = self._view.place_to_add()
        hit = self._view.design.hit(place.x(), place.y())
        for path in (hit.path if hit.part != "wire" else (), self._view.walker.current):
            if path:
                item = self._view.session.graph.item(path)
                if isinstance(item, Group) and item.collapsed:
                    return path
        return ()

    def _show(self, path: Path) -> None:
        card = self._view.design.rect_of(path)
        if card is None:
            return
        self._picture = self._drawn(path)
        size = self._picture.deviceIndependentSize()
        w, h = int(size.width()) + 2 * EDGE, int(size.height()) + 2 * EDGE
        top_left = self._view.mapFromScene(card.x, card.y)
        bottom = self._view.mapFromScene(card.x, card.bottom).y()
        width, height = self._view.width(), self._view.height()
        x = min(max(top_left.x() - EDGE, 8), max(width - w - 8, 8))
        below, above = bottom + 8, top_left.y() - h - 8
        y = below if below + h <= height - 8 or above < 8 else above
        self.setGeometry(x, min(max(y, 8), max(height - h - 8, 8)), w, h)
        item = self._view.session.graph.item(path)
        inside = item.body.nodes.values() if isinstance(item, Group) else ()
        catalogue = self._view.session.catalogue
        names = [wording.title_of(one, catalogue) for one in inside if getattr(one, "block", "") not in (
            "input", "output")]  # fmt: skip
        self.setAccessibleName(f"{wording.title_of(item, catalogue)}: {', '.join(names)}")
        self.path = path
        self.show()
        self.raise_()

    def _drawn(self, path: Path) -> QPixmap:
        """The stage with its body, drawn by a scene of its own that holds nothing else."""
        outer = self._view.session
        session = Session(outer.catalogue, _alone(outer.graph, path))
        session.document.analysis = outer.analysis
        scene = DesignScene(session, self._view.theme)
        area = (scene.rect_of(path) or Rect(0, 0, 1, 1)).grown(8)
        room_w, room_h = self._view.width() * 0.8, self._view.height() * 0.6
        zoom = max(min(room_w / area.w, room_h / area.h, 1.0), LEAST_ZOOM)
        scene.set_zoom(zoom)
        ratio = self.devicePixelRatioF()
        picture = QPixmap(int(min(area.w * zoom, room_w) * ratio), int(min(area.h * zoom, room_h) * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(self._view.theme.canvas))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = QRectF(area.x, area.y, min(area.w, room_w / zoom), min(area.h, room_h / zoom))
        scene.render(painter, QRectF(0, 0, seen.width() * zoom, seen.height() * zoom), seen)
        painter.end()
        session.deleteLater()
        return picture

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._view.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.accent), 1.4))
        painter.setBrush(QColor(theme.canvas))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)
        painter.drawPixmap(EDGE, EDGE, self._picture)


def _alone(graph: Graph, path: Path) -> Graph:
    """The groups along a path, open, and what the last one holds; nothing beside them."""
    group = graph.nodes[path[0]]
    if not isinstance(group, Group):
        return graph
    body = _alone(group.body, path[1:]) if len(path) > 1 else group.body
    return Graph(nodes=frozen({group.id: replace(group, body=body, collapsed=False)}))
