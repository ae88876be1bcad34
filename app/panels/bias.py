"""The inspector's lever between local and global: how many stages convolve, and how many attend."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from app.choosing import outcomes
from app.language import tr
from app.panels.section import Section
from app.session import Session
from app.theme import Theme
from hybridgraph.analysis import Analysis
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Group

if TYPE_CHECKING:
    from hybridgraph.patterns import Lever, Pattern

_KNOB = 7.0
_HEIGHT = 26


class BiasSlider(QSlider):
    """Stops on a line from the colour of convolution to that of attention. It tells a stop when it is let go."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.theme = theme
        self.setTracking(False)
        self.setPageStep(1)
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(tr("Inductive bias, from local to global"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the panel around it scrolls

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, middle = self.theme, self.height() / 2
        left, right = _KNOB + 1, self.width() - _KNOB - 1
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        gradient = QLinearGradient(left, 0, right, 0)
        gradient.setColorAt(0, QColor(theme.convolution))
        gradient.setColorAt(1, QColor(theme.attention))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(gradient))
        painter.drawRoundedRect(QRectF(left, middle - 2, right - left, 4), 2, 2)
        count = max(self.maximum(), 1)
        places = [left + (right - left) * stop / count for stop in range(count + 1)]
        painter.setPen(QPen(QColor(theme.panel), 1))
        painter.setBrush(QColor(theme.muted))
        for place in places:
            painter.drawEllipse(QPointF(place, middle), 3.5, 3.5)
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.panel), 2))
        painter.setBrush(QColor(theme.text))
        painter.drawEllipse(QPointF(places[min(self.sliderPosition(), count)], middle), _KNOB, _KNOB)


class BiasSection(Section):
    """The lever, the letters of the stop it is at, and what another one would cost while it is dragged there."""

    chosen = Signal(
        str
    )  # the pattern of another layout; what became of the design is shown with `show_pattern`

    def __init__(self, session: Session, theme: Theme) -> None:
        self.slider = BiasSlider(theme)  # before the section takes its theme, which they share
        self._ends: dict[str, QLabel] = {}
        super().__init__(tr("Inductive bias"), theme)
        self._session = session
        self._lever: Lever | None = None
        self._ends = {"convolution": QLabel(tr("local")), "attention": QLabel(tr("global"))}
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._ends["convolution"])
        row.addStretch(1)
        row.addWidget(self._ends["attention"])
        self.letters = QLabel()
        self.letters.setProperty("role", "number")
        self.word = QLabel()
        self.word.setProperty("role", "muted")
        self.word.setWordWrap(True)
        self.layout_inside.setSpacing(2)
        for part in (line, self.slider, self.letters, self.word):
            self.add(part)
        self.slider.setToolTip(
            tr(
                "At each stop one more stage attends, from the last one on, as in CoAtNet's study of layouts"
                " (Dai et al. 2021). Depths and widths stay."
            )
        )
        self.slider.sliderMoved.connect(self._look_ahead)
        self.slider.valueChanged.connect(self._take)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.slider.theme = theme
        self.slider.update()
        for name, label in self._ends.items():
            label.setStyleSheet(f"color: {getattr(theme, name)}; font-size: 11px;")

    def refresh(self) -> None:
        """Show it for the whole design and for a stage, where there are layouts."""
        selection = self._session.selection
        is_asked = not selection or (
            len(selection) == 1
            and all(
                len(path) == 1 and isinstance(self._session.graph.item(path), Group) for path in selection
            )
        )
        self.setVisible(is_asked and self._lever is not None)

    def show_pattern(self, pattern: Pattern | None) -> None:
        """Follow the pattern of the design; None for one that has none."""
        if self.slider.isSliderDown():
            return
        self._lever = None
        if pattern is not None:
            from hybridgraph import patterns  # the first window need not load how patterns are read

            self._lever = patterns.lever(pattern)
        self.refresh()
        self._show()

    def _show(self) -> None:
        """Show the stop that the design is at."""
        if self._lever is None:
            return
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(self._lever.stops) - 1)
        self.slider.setValue(self._lever.at)
        self.slider.blockSignals(False)
        self.slider.update()
        self._tell(self._lever.stops[self._lever.at], self._words(self._lever))

    @staticmethod
    def _words(lever: Lever) -> str:
        return tr("{number} of {count} stages attend", number=lever.at, count=len(lever.stops) - 1)

    def _tell(self, pattern: Pattern, words: str) -> None:
        self.letters.setText(pattern.letters)
        self.word.setText(words)
        self.slider.setAccessibleDescription(f"{pattern.letters}, {words}")

    def _look_ahead(self, stop: int) -> None:
        """Say what the design would be at a stop that the hand is over, and what that would cost."""
        from hybridgraph import patterns

        if self._lever is None:
            return
        pattern = self._lever.stops[stop]
        if stop == self._lever.at:
            self._tell(pattern, self._words(self._lever))
            return
        self._tell(pattern, "")
        try:
            candidate = patterns.rebuild(self._session.graph, patterns.write(pattern))
        except HybridGraphError as error:
            self._tell(pattern, str(error))
            return
        before = self._session.analysis
        if before is not None:
            self._session.probe(candidate, partial(self._answered, pattern, before))

    def _answered(self, pattern: Pattern, before: Analysis, after: Analysis) -> None:
        if self.slider.isSliderDown() and self.letters.text() == pattern.letters:
            self._tell(pattern, outcomes.difference(before, after, always=True))

    def _take(self, stop: int) -> None:
        from hybridgraph import patterns

        if self._lever is not None and stop != self._lever.at:
            self.chosen.emit(patterns.write(self._lever.stops[stop]))
