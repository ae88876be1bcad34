"""A painted view with places that mean a node: hovering tells of it, a click selects it, and so do the arrow keys."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.profiling.profiled import Profiled
from app.profiling.views import View
from app.theme import Theme, number_font, text_font
from hybridgraph.graph.model import Path

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_SIDE = {"left": _LEFT, "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
         "centre": Qt.AlignmentFlag.AlignCenter}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on the chart, what it stands for, and what is said of it."""

    area: QRectF
    path: Path
    words: str
    is_round: bool = False


class Chart(View):
    """Paints by `draw`, which also leaves the `spots` that can be hovered and clicked; later ones lie above."""

    def __init__(self, profiled: Profiled, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.profiled = profiled
        self.theme = theme
        self.spots: list[Spot] = []
        self.hot: Spot | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(90)
        profiled.session.selection_changed.connect(self._on_selection)

    @property
    def has_content(self) -> bool:
        """Whether there is anything to draw."""
        return self.profiled.result is not None

    @abstractmethod
    def draw(self, painter: QPainter) -> None:
        """Paint the chart and fill `spots`."""

    def refresh(self) -> None:
        self.hot = None
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    # ------------------------------------------------------------------------------------------------- hands

    def spot_at(self, place: QPointF) -> Spot | None:
        """The uppermost spot there."""
        return next((spot for spot in reversed(self.spots) if spot.area.contains(place)), None)

    def choose(self, spot: Spot) -> None:
        """Select the node of a spot."""
        if spot.path and self.profiled.is_here:
            self.profiled.session.select([spot.path])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._heat_up(self.spot_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        spot = self.spot_at(event.position())
        if spot is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(spot)

    def leaveEvent(self, _event: QEvent) -> None:
        self._heat_up(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self.spots:
            at = self.spots.index(self.hot) + step if self.hot in self.spots else 0
            self._heat_up(self.spots[at % len(self.spots)])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.hot is not None:
            self.choose(self.hot)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _heat_up(self, spot: Spot | None) -> None:
        if spot != self.hot:
            self.hot = spot
            self.setAccessibleDescription(spot.words if spot else "")
            self.setCursor(Qt.CursorShape.PointingHandCursor if spot else Qt.CursorShape.ArrowCursor)
            self.update()

    def _on_selection(self, _chosen: object) -> None:
        self.update()

    # ------------------------------------------------------------------------------------------------- looks

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.accent if self.hasFocus() else self.theme.line), 1))
        painter.setBrush(QColor(self.theme.canvas))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        self.spots = []
        if self.has_content:
            self.draw(painter)
        self._ring(painter)
        painter.end()

    def _ring(self, painter: QPainter) -> None:
        """Mark what is hovered, and what is selected on the canvas."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        chosen = self.profiled.session.selection if self.profiled.is_here else frozenset()
        for spot in self.spots:
            is_hot = self.hot is not None and spot.area == self.hot.area and spot.path == self.hot.path
            if is_hot or spot.path in chosen:
                painter.setPen(QPen(QColor(self.theme.text if is_hot else self.theme.accent), 1.6))
                area = spot.area.adjusted(1, 1, -1, -1)
                if spot.is_round:
                    painter.drawEllipse(area)
                else:
                    painter.drawRoundedRect(area, 3, 3)

    def write(
        self, painter: QPainter, area: QRectF, text: str, *,
        colour: str = "", size: int = 11, number: bool = False, side: str = "left", wrap: bool = False,
    ) -> None:  # fmt: skip
        """Text inside an area; what does not fit on its line is left out at the end."""
        painter.setPen(QColor(colour or self.theme.muted))
        painter.setFont(number_font(size) if number else text_font(size))
        if wrap:
            painter.drawText(area, int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop), text)
            return
        fitting = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, max(int(area.width()), 0)
        )
        painter.drawText(area, int(_SIDE[side]), fitting)


def shade(colour: str, alpha: float) -> QColor:
    """A colour that lets shine through what it lies on."""
    result = QColor(colour)
    result.setAlphaF(alpha)
    return result
