"""Curves that grow: a card with a title, the newest values in the curves' colours, and the plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from app.labels import ElidedLabel
from app.language import tr
from app.panels.plot import Plot
from app.quantities import digits
from app.theme import Theme

NARROW = 230


class PlotCard(QFrame):
    """One plot with up to two curves."""

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
        self._plot = Plot(curves, theme)
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
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 10, 6)
        column.setSpacing(2)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # a narrow card cuts its words
        self.setMinimumSize(84, 56)
        column.addLayout(head)
        column.addWidget(self._plot, 1)
        self._colour()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow card prints the last curve's value alone."""
        super().resizeEvent(event)
        for label in list(self._values.values())[:-1]:
            label.setVisible(self.width() >= NARROW)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._plot.set_theme(theme)
        self._colour()

    def show_points(self, name: str, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Draw a curve anew; its newest value is printed in the head."""
        unit = f" {self._unit}" if self._unit else ""
        label = f"{name} " if len(self._names) > 1 else ""
        self._values[name].setText(f"{label}{self._form(ys[-1])}{unit}" if ys else "")
        self._plot.show_points(name, xs, ys)

    def clear(self) -> None:
        """Forget the curves."""
        for name in self._names:
            self.show_points(name, [], [])

    def _colours(self) -> list[str]:
        return [self._theme.convolution, self._theme.attention]

    def _colour(self) -> None:
        for label, colour in zip(self._values.values(), self._colours(), strict=False):
            label.setStyleSheet(f"color: {colour};")
