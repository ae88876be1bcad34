"""The whole graph in the lower right corner: where the view is, and a way to move it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from app.canvas.overview import FAR
from app.canvas.paint import faded
from app.canvas.scene import DesignScene
from app.language import tr

WIDTH, HEIGHT, EDGE = 152, 112, 8


class Minimap(QWidget):
    """A drawing of the scene with a frame around what the view shows. Click or drag to go there."""

    moved = Signal(QPointF)  # the point of the scene that should be in the middle of the view

    def __init__(self, scene: DesignScene, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene = scene
        self._seen = QRectF()
        self.setFixedSize(WIDTH, HEIGHT)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(tr("Minimap"))
        self.setToolTip(tr("Minimap: drag to move the view (Alt+M hides it)"))
        self._picture = (
            QPixmap()
        )  # of all cards and wires: while the view moves, only the frame is drawn anew
        scene.overview_changed.connect(self._on_scene)

    def show_view(self, seen: QRectF) -> None:
        """Draw the frame around this part of the scene."""
        if seen != self._seen:
            self._seen = seen
            self.update()

    def _on_scene(self) -> None:
        self._picture = QPixmap()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._picture = QPixmap()

    def _transform(self) -> QTransform:
        """From the scene to this widget: the graph in the middle, as large as it fits."""
        x, y, w, h = self._scene.extent()
        w, h = max(w, 1.0), max(h, 1.0)
        scale = min((WIDTH - 4 * EDGE) / w, (HEIGHT - 4 * EDGE) / h, FAR)
        result = QTransform()
        result.translate(WIDTH / 2 - (x + w / 2) * scale, HEIGHT / 2 - (y + h / 2) * scale)
        result.scale(scale, scale)
        return result

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._scene.ink.theme
        transform = self._transform()
        if self._picture.isNull() or self._picture.devicePixelRatio() != self.devicePixelRatioF():
            self._picture = self._drawn(transform)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        frame = transform.mapRect(self._seen) & QRectF(EDGE / 2, EDGE / 2, WIDTH - EDGE, HEIGHT - EDGE)
        if not frame.isEmpty():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.muted), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 5, 5)
        painter.end()

    def _drawn(self, transform: QTransform) -> QPixmap:
        """The plate with the whole graph on it."""
        theme, ratio = self._scene.ink.theme, self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(faded(theme.window, 0.92))
        painter.drawRoundedRect(QRectF(0.5, 0.5, WIDTH - 1, HEIGHT - 1), 10, 10)
        painter.setClipRect(QRectF(4, 4, WIDTH - 8, HEIGHT - 8))
        painter.setTransform(transform, combine=True)
        self._scene.overview.paint_batches(painter, transform.m11())
        painter.end()
        return picture

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        inverse, possible = self._transform().inverted()
        if possible:
            self.moved.emit(inverse.map(event.position()))
