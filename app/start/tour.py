"""Five callouts that point at the parts of the window, one after another."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSettings, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import motion
from app.language import mark, tr
from app.theme import Theme

SEEN = "tour_seen"
STOPS = (
    (mark("Blocks"), mark("Everything a network is made of. Drag a block onto a wire and the graph makes room for it.")),
    (mark("The design"), mark("Pictures come in at the left, classes go out at the right. Blue is convolution, orange attention.")),
    (mark("The inspector"), mark("What is selected, its limits and costs. Change a number and every shape behind it follows.")),
    (mark("Train"), mark("On the sample pictures or a folder of yours. It goes on by itself; the window stays free meanwhile.")),
    (mark("Export"), mark("Take the design home: PyTorch source in one file, ONNX, weights, or a drawing for a paper.")),
)  # fmt: skip
_DIM = 120
_GAP = 14
_WIDTH = 320


@dataclass(frozen=True, slots=True)
class Stop:
    """What a callout points at, and what it says."""

    widget: QWidget
    title: str
    text: str


class _Callout(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("callout")
        self.title, self.text, self.place = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "title")
        self.text.setWordWrap(True)
        self.place.setProperty("role", "muted")
        self.skip, self.next = QPushButton(tr("Skip")), QPushButton(tr("Next"))
        self.skip.setProperty("role", "quiet")
        self.next.setProperty("role", "primary")
        for button in (self.skip, self.next):
            button.setAutoDefault(True)
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(self.skip)
        row.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 14, 12)
        column.setSpacing(8)
        for label in (self.title, self.text):
            column.addWidget(label)
        column.addSpacing(4)
        column.addLayout(row)
        self.setFixedWidth(_WIDTH)


class Tour(QWidget):
    """Lies over the window while it lasts. Enter or → goes on, ← goes back, Esc ends it."""

    finished = Signal()

    def __init__(
        self, window: QMainWindow, stops: tuple[Stop, ...], theme: Theme, settings: QSettings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._stops = stops
        self._theme = theme
        self._settings = settings
        self.step = 0
        self._lit = QRectF()
        self.callout = _Callout(self)
        self.callout.next.clicked.connect(self.go_on)
        self.callout.skip.clicked.connect(self.finish)
        self._motion = QVariantAnimation(self)
        self._motion.valueChanged.connect(self._move_light)
        self._motion.finished.connect(self._place_callout)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("The tour"))
        window.installEventFilter(self)
        self.hide()

    @property
    def was_seen(self) -> bool:
        """Whether somebody went through the tour, or skipped it, before."""
        return str(self._settings.value(SEEN, "false")).casefold() == "true"

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def begin(self) -> None:
        """Start with the first callout."""
        self.setGeometry(self._window.rect())
        self._lit = QRectF(self.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self._go(0)

    def go_on(self) -> None:
        """The next callout, or the end."""
        if self.step + 1 < len(self._stops):
            self._go(self.step + 1)
        else:
            self.finish()

    def finish(self) -> None:
        """End the tour and remember that it was seen."""
        self._motion.stop()
        self._settings.setValue(SEEN, "true")
        self.hide()
        self.finished.emit()

    def _go(self, step: int) -> None:
        self.step = step
        stop = self._stops[step]
        callout = self.callout
        callout.title.setText(tr(stop.title))
        callout.text.setText(tr(stop.text))
        callout.place.setText(tr("{step} of {steps}", step=step + 1, steps=len(self._stops)))
        callout.next.setText(tr("Done") if step + 1 == len(self._stops) else tr("Next"))
        self.setAccessibleDescription(f"{stop.title}. {stop.text}")
        target = self._target()
        if motion.is_wanted(self):
            self._motion.stop()
            self._motion.setDuration(self._theme.sizes.layout_ms)
            self._motion.setStartValue(self._lit)
            self._motion.setEndValue(target)
            self._motion.start()
        else:
            self._move_light(target)
        self._place_callout()

    def _target(self) -> QRectF:
        """The part of the window that the callout is about."""
        widget = self._stops[self.step].widget
        corner = widget.mapTo(self._window, QPoint(0, 0))
        return QRectF(QRect(corner, widget.size()).intersected(self.rect())).adjusted(-3, -3, 3, 3)

    def _move_light(self, area: object) -> None:
        if isinstance(area, QRectF):
            self._lit = area
            self.update()

    def _place_callout(self) -> None:
        """Beside what it is about where there is room, else inside it."""
        callout, target = self.callout, self._target().toRect()
        layout = callout.layout()
        assert layout is not None
        callout.setFixedHeight(layout.totalHeightForWidth(_WIDTH))
        size = callout.size()
        room = self.rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        middle = target.center()
        y = min(max(middle.y() - size.height() // 2, room.top()), room.bottom() - size.height())
        x = min(max(middle.x() - size.width() // 2, room.left()), room.right() - size.width())
        aside = [QPoint(target.right() + _GAP, y), QPoint(target.left() - _GAP - size.width(), y)]
        above = [QPoint(x, target.bottom() + _GAP), QPoint(x, target.top() - _GAP - size.height())]
        for corner in above + aside if target.width() > target.height() else aside + above:
            if room.contains(QRect(corner, size)):
                callout.move(corner)
                return
        callout.move(x, y)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the size of the window."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._motion.stop()
            self.setGeometry(self._window.rect())
            self._move_light(self._target())
            self._place_callout()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Right, Qt.Key.Key_Space):
            self.go_on()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Backspace) and self.step > 0:
            self._go(self.step - 1)
        elif key == Qt.Key.Key_Escape:
            self.finish()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QPainterPath()
        shade.addRect(QRectF(self.rect()))
        light = QPainterPath()
        light.addRoundedRect(self._lit, 10, 10)
        colour = QColor("#000000")
        colour.setAlpha(_DIM if self._theme.is_dark else _DIM - 40)
        painter.fillPath(shade - light, colour)
        painter.setPen(QPen(QColor(self._theme.accent), 2))
        painter.drawPath(light)
