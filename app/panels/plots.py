"""Curves that grow: a card with a title, the newest values in the curves' colours, and the plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from app.labels import ElidedLabel
from app.language import tr
from app.quantities import digits
from app.theme import Theme, number_font

NARROW = 230
FEW_POINTS = 40
"""Curves this short show every point as a dot."""

Points = tuple[Sequence[float], Sequence[float]]


class PlotCard(QFrame):
    """One plot with up to two curves. pyqtgraph is imported when the first points arrive."""

    def __init__(
        self,
        title: str,
        curves: Sequence[str],
        theme: Theme,
        *,
        unit: str = "",
        form: Callable[[float], str] = digits,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self.setToolTip(tr("{title}, over epochs", title=title))
        self._theme = theme
        self._form = form
        self._unit = unit
        self._names = list(curves)
        self._points: dict[str, Points] = {}
        self._plot: Any = None  # pyqtgraph has no types
        self._drawn: dict[str, Any] = {}
        self._title = ElidedLabel()
        self._title.setText(title)
        self._title.setProperty("role", "card-title")
        self._values = {name: QLabel() for name in self._names}
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._title, 1)
        for label in self._values.values():
            label.setProperty("role", "number")
            head.addWidget(label)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 10, 6)
        self._layout.setSpacing(2)
        self._layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # a narrow card cuts its words
        self.setMinimumSize(84, 56)
        self._layout.addLayout(head)
        self._layout.addStretch(1)
        self._colour()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow card prints the last curve's value alone."""
        super().resizeEvent(event)
        for label in list(self._values.values())[:-1]:
            label.setVisible(self.width() >= NARROW)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._colour()
        if self._plot is not None:
            self._style()

    def show_points(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Draw a curve anew; its newest value is printed in the head."""
        self._points[name] = (xs, ys)
        if xs and self._plot is None:
            self._build()
        unit = f" {self._unit}" if self._unit else ""
        label = f"{name} " if len(self._names) > 1 else ""
        self._values[name].setText(f"{label}{self._form(ys[-1])}{unit}" if ys else "")
        if self._plot is not None:
            few = len(xs) <= FEW_POINTS
            self._drawn[name].setData(list(xs), list(ys), symbol="o" if few else None)

    def clear(self) -> None:
        """Forget the curves."""
        for name in self._names:
            self.show_points(name, [], [])

    def _colours(self) -> list[str]:
        return [self._theme.convolution, self._theme.attention]

    def _colour(self) -> None:
        for label, colour in zip(self._values.values(), self._colours(), strict=False):
            label.setStyleSheet(f"color: {colour};")

    def _build(self) -> None:
        import pyqtgraph

        class Axis(pyqtgraph.AxisItem):
            """Writes its numbers short: 0.001, not 1e-3 with a factor beside the axis."""

            def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
                return [f"{value * scale:g}" for value in values]

        self._plot = pyqtgraph.PlotWidget(
            background=None, antialias=True, axisItems={side: Axis(side) for side in ("left", "bottom")}
        )
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.setStyleSheet("background: transparent; border: none;")
        for name in self._names:
            self._drawn[name] = self._plot.plot([], [])
        self._layout.takeAt(self._layout.count() - 1)
        self._layout.addWidget(self._plot, 1)
        self._style()

    def _style(self) -> None:
        import pyqtgraph

        theme = self._theme
        for name, colour in zip(self._names, self._colours(), strict=False):
            self._drawn[name].setPen(pyqtgraph.mkPen(QColor(colour), width=1.6))
            self._drawn[name].setSymbolPen(None)
            self._drawn[name].setSymbolBrush(QColor(colour))
            self._drawn[name].setSymbolSize(4)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(pyqtgraph.mkPen(QColor(theme.line)))
            axis.setTextPen(pyqtgraph.mkPen(QColor(theme.muted)))
            axis.setTickFont(number_font(9))
            axis.setStyle(tickLength=0, maxTickLevel=0, tickTextOffset=4, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
        self._plot.getAxis("left").setWidth(38)
        self._plot.getAxis("bottom").setHeight(18)
        self._plot.showGrid(x=False, y=True, alpha=0.18)
