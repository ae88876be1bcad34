"""What a plot looks like: painted when something changed, kept as a picture, with a crosshair over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app.plots.lens import Lens
from app.plots.painting import Curve, Frame, frame_of, paint_axes, paint_curves
from app.quantities import digits
from app.theme import Theme, mix, number_font

Form = Callable[[float], str]
_LINE = 14.0  # px of a line in the box of values
_BOXED = 420  # px of a plot from which on it has room for a box of values; else the legend alone tells them


class PlotFace(QWidget):
    """Curves over one axis. What is seen of the axis is the lens's; upwards it fits, unless a box was drawn."""

    def __init__(
        self,
        curves: Sequence[Curve],
        lens: Lens,
        theme: Theme,
        *,
        can_log: bool = False,
        form: Form = digits,
        reaches: tuple[float, ...] = (),
    ) -> None:
        """`can_log` lets the lens choose logarithms; `reaches` are values that are always in sight."""
        super().__init__()
        self._theme = theme
        self.curves = tuple(curves)
        self._hidden: set[str] = set()
        self._lens = lens
        self._can_log = can_log
        self._form = form
        self._reaches = reaches
        self._up: tuple[float, float] | None = None
        self._frame: Frame | None = None
        self._picture: QPixmap | None = None
        self._press: QPointF | None = None
        self._drag: Literal["", "box", "pan"] = ""
        self._at = QPointF()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        lens.changed.connect(self._lens_changed)
        lens.pointed.connect(self._pointed)

    # ------------------------------------------------------------------------------------------------- showing

    @property
    def shown(self) -> list[Curve]:
        """The curves that are not hidden and have values."""
        return [curve for curve in self.curves if curve.name not in self._hidden and len(curve.series)]

    @property
    def is_log(self) -> bool:
        """Whether it has logarithms upwards."""
        return self._can_log and self._lens.is_log

    @property
    def frame(self) -> Frame | None:
        """Where the curves lie and what is seen of them; None where there is nothing to see."""
        return frame_of(
            QRectF(self.rect()), self.shown, self._lens, self._up, is_log=self.is_log, reaches=self._reaches
        )

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.refresh()

    def set_shown(self, name: str, *, is_shown: bool) -> None:
        """Show or hide one of the curves."""
        (self._hidden.discard if is_shown else self._hidden.add)(name)
        self.refresh()

    def refresh(self) -> None:
        """Paint the curves anew: they have grown."""
        self._picture = None
        self.update()

    def _lens_changed(self) -> None:
        if self._lens.span is None:
            self._up = None
        self.refresh()

    def _pointed(self) -> None:
        self.update()
        self.setAccessibleDescription(self.told())

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._picture = None

    def paintEvent(self, _event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = self._painted(ratio)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._frame is not None:
            self._paint_cursor(painter, self._frame)
        if self._drag == "box" and self._press is not None:
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            fill = QColor(self._theme.accent)
            fill.setAlphaF(0.15)
            painter.setBrush(fill)
            painter.drawRect(QRectF(self._press, self._at).normalized())
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _painted(self, ratio: float) -> QPixmap:
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        self._frame = self.frame
        if self._frame is not None:
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_axes(painter, self._frame, self._lens, self._theme)
            paint_curves(painter, self._frame, self.shown, self._lens, self._theme, ratio=ratio)
            painter.end()
        return picture

    # ------------------------------------------------------------------------------------------------- pointing

    def pointed(self) -> list[tuple[Curve, int]]:
        """Of each curve the value nearest to where one points."""
        cursor = self._lens.cursor
        if cursor is None:
            return []
        found = ((curve, curve.series.nearest(self._lens.xs(curve.series), cursor)) for curve in self.shown)
        return [(curve, at) for curve, at in found if at is not None]

    def told(self) -> str:
        """The values where one points, in words; empty when one does not."""
        points = self.pointed()
        if not points:
            return ""
        curve, at = min(
            points, key=lambda one: abs(self._lens.xs(one[0].series)[one[1]] - (self._lens.cursor or 0.0))
        )
        lines = [self._lens.told(curve.series.steps[at], curve.series.times[at])]
        return "\n".join((*lines, *(self._line(curve, at) for curve, at in points)))

    def _line(self, curve: Curve, at: int) -> str:
        text = f"{curve.name} {self._form(curve.series.values[at])}"
        if curve.is_fine and self._lens.reach:
            text += f" ({self._form(curve.series.mean(at, self._lens.reach))})"
        return text

    def _paint_cursor(self, painter: QPainter, frame: Frame) -> None:
        cursor = self._lens.cursor
        if cursor is None or not frame.across.low <= cursor <= frame.across.high:
            return
        theme, x = self._theme, frame.across.place(cursor)
        painter.setPen(QPen(QColor(theme.faint), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(x, frame.area.top(), x, frame.area.bottom()))
        painter.setClipRect(frame.area.adjusted(-4, -4, 4, 4))
        for curve, at in self.pointed():
            place = QPointF(
                frame.across.place(self._lens.xs(curve.series)[at]),
                frame.up.places(curve.series.values[at : at + 1])[0],
            )
            painter.setPen(QPen(QColor(theme.canvas), 1.5))
            painter.setBrush(QColor(curve.colour(theme)))
            painter.drawEllipse(place, 3.5, 3.5)
        painter.setClipping(False)
        if (self.underMouse() or self.hasFocus()) and not self._drag:
            self._paint_values(painter, frame, x)

    def _paint_values(self, painter: QPainter, frame: Frame, x: float) -> None:
        """The box of values beside the crosshair."""
        lines = self.told().splitlines()
        if not lines:
            return
        theme, is_boxed = self._theme, self.width() >= _BOXED
        painter.setFont(number_font(10 if is_boxed else 9))
        lines = lines if is_boxed else lines[:1]
        width = max(painter.fontMetrics().horizontalAdvance(line) for line in lines) + 16
        box = QRectF(x + 10, frame.area.top() + 2, width, len(lines) * _LINE + 8)
        if not is_boxed:
            box = QRectF(x - width / 2, self.height() - _LINE - 5, width, _LINE + 4)
            box.moveLeft(min(max(box.left(), 0), self.width() - width))
        elif box.right() > self.width():
            box.moveRight(max(x - 10, box.width()))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(mix(theme.raised, theme.canvas, 0.1)))
        painter.drawRoundedRect(box, 6, 6)
        inks = [theme.muted, *(curve.colour(theme) for curve, _ in self.pointed())]
        top = box.y() + (4 if is_boxed else 2)
        for number, (line, ink) in enumerate(zip(lines, inks, strict=False)):
            painter.setPen(QColor(ink))
            painter.drawText(QPointF(box.x() + 8, top + (number + 0.78) * _LINE), line)
