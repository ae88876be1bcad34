"""A small picture of a parameter's values over the repeats of a stage, to look at and to drag in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.language import tr
from app.panels import spreading
from app.panels.entry import show
from app.panels.scrub import step_of
from app.panels.spreading import Span
from app.theme import Theme
from hybridgraph.graph.values import First, Literal_, Ramp, Value
from hybridgraph.spec import Parameter

CURVE_HEIGHT = 40
_EDGE = 7.0


class Curve(QWidget):
    """The values as bars, a ramp as a line. Dragging up or down changes one, with Shift finely; so do the arrow keys."""

    changed = Signal(int, object)  # repeat, its new literal
    settled = Signal()
    opened = Signal()  # a double click, or Enter

    def __init__(self, parameter: Parameter, theme: Theme) -> None:
        super().__init__()
        self._parameter = parameter
        self._theme = theme
        self._value: Value = None
        self._span = Span(count=1)
        self._values: tuple[Literal_, ...] = ()
        self._at = 0
        self._from: tuple[float, float] | None = None  # y of the press, the number then
        self.setFixedHeight(CURVE_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeVerCursor)

    def show_value(self, value: Value, span: Span) -> None:
        """Draw a value over these repeats."""
        self._value, self._span, self._values = value, span, span.values(value)
        self._at = min(self._at, max(len(self._values) - 1, 0))
        self._speak()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, CURVE_HEIGHT)

    # ------------------------------------------------------------------------------------------------- hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._values:
            return
        self._at = self._under(event.position().x())
        current = self._values[self._at]
        self._from = (event.position().y(), spreading.height(current, self._parameter))
        self._speak()
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None and self._parameter.kind in ("int", "float"):
            pressed, number = self._from
            reach = max(CURVE_HEIGHT - 2 * _EDGE, 1.0)
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            step = step_of(number) if self._parameter.kind == "int" and not fine else 0.001
            by = (pressed - event.position().y()) / reach * self._range()
            self._take(number + round(by / step) * step)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        moved = self._from is not None and abs(self._from[0] - event.position().y()) > 3
        if self._from is not None and not moved and self._parameter.kind in ("bool", "choice"):
            self._turn(1)
        if self._from is not None:
            self._from = None
            self.settled.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._from = None
        self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._values:
            step = 1 if key == Qt.Key.Key_Right else -1
            if isinstance(self._value, Ramp):
                step *= max(len(self._values) - 1, 1)
            self._at = min(max(self._at + step, 0), len(self._values) - 1)
            self._speak()
            self.update()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._values:
            self._turn(1 if key == Qt.Key.Key_Up else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.settled.emit()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._values:
            at = min(int(event.pos().x() / max(self.width(), 1) * len(self._values)), len(self._values) - 1)
            QToolTip.showText(
                event.globalPos(),
                tr("Repeat {value}: {show}", value=at + 1, show=show(self._values[max(at, 0)])),
                self,
            )
            return True
        return super().event(event)

    def _under(self, x: float) -> int:
        count = len(self._values)
        at = min(max(int(x / max(self.width(), 1) * count), 0), count - 1)
        return at if not isinstance(self._value, Ramp) else 0 if at < count / 2 else count - 1

    def _turn(self, by: int) -> None:
        """One step up or down."""
        parameter, value = self._parameter, self._values[self._at]
        if parameter.kind == "bool":
            self.changed.emit(self._at, not value)
        elif parameter.kind == "choice":
            place = (
                parameter.choices.index(value)
                if isinstance(value, str) and value in parameter.choices
                else -1
            )
            self.changed.emit(self._at, parameter.choices[(place + by) % len(parameter.choices)])
        else:
            self._take(spreading.height(value, parameter) + by * (1 if parameter.kind == "int" else 0.01))

    def _take(self, number: float) -> None:
        low, high = self._parameter.minimum, self._parameter.maximum
        number = number if low is None else max(number, low)
        number = number if high is None else min(number, high)
        new: Literal_ = round(number) if self._parameter.kind == "int" else round(number, 3)
        if isinstance(self._value, Ramp) and self._value.over == "net":
            return  # its ends lie in other stages; the field and the kind say them
        if new != self._values[self._at]:
            self.changed.emit(self._at, new)

    def _range(self) -> float:
        """What the height of the picture stands for while dragging."""
        low, high = self._parameter.minimum, self._parameter.maximum
        if low is not None and high is not None and high - low <= 64:
            return float(high - low)
        numbers = [abs(spreading.height(value, self._parameter)) for value in self._values]
        return max(2 * max(numbers, default=1.0), 8.0 if self._parameter.kind == "int" else 1.0)

    def _speak(self) -> None:
        if self._values:
            told = show(self._values[self._at])
            self.setAccessibleDescription(
                tr(
                    "Repeat {value} of {values}: {told}",
                    value=self._at + 1,
                    values=len(self._values),
                    told=told,
                )
            )

    # ------------------------------------------------------------------------------------------------- looks

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, count = self._theme, len(self._values)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.line), 1))
        painter.setBrush(QColor(theme.field))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if not count:
            return
        numbers = [spreading.height(value, self._parameter) for value in self._values]
        low, high = min(*numbers, 0.0), max(*numbers, 0.0)
        reach = (high - low) or 1.0
        width, tall = self.width() / count, self.height() - 2 * _EDGE
        spots = [
            QPointF((at + 0.5) * width, self.height() - _EDGE - (number - low) / reach * tall)
            for at, number in enumerate(numbers)
        ]
        accent, focus = QColor(theme.accent), self._at if self.hasFocus() else -1
        if isinstance(self._value, Ramp):
            painter.setPen(QPen(accent, 1.6))
            painter.drawPolyline(spots)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            for at, spot in enumerate(spots):
                is_end = at in (0, count - 1) and self._value.over == "stage"
                painter.drawEllipse(spot, *(2 * [4.5 if at == focus else 3.4 if is_end else 1.8]))
            return
        bar = max(min(width * 0.6, 14.0), 1.5)
        faint = QColor(theme.accent)
        faint.setAlphaF(0.45)
        painter.setPen(Qt.PenStyle.NoPen)
        base = self.height() - _EDGE + low / reach * tall + 1
        for at, spot in enumerate(spots):
            painter.setBrush(accent if at == focus or (isinstance(self._value, First) and at == 0) else faint)
            top = min(spot.y(), base - 2)
            painter.drawRoundedRect(QRectF(spot.x() - bar / 2, top, bar, base - top), 1.5, 1.5)
