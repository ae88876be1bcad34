"""A card with a plot: its title, a legend that is also the switch of each curve, and a menu to take it home."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.labels import ElidedLabel
from app.language import tr
from app.plots.face import Form
from app.plots.lens import Lens
from app.plots.painting import Curve
from app.plots.plot import Plot
from app.quantities import digits
from app.theme import Theme

NARROW = 230
_SWITCH_EDGES = 8  # px: padding and border of a switch in the legend
Target = Literal["png", "svg", "pdf", "csv"]
FORMS: tuple[Target, ...] = ("png", "svg", "pdf", "csv")
Tell = Callable[[str, str], object]
"""Told "info" or "error" and a sentence."""


class PlotCard(QFrame):
    """One plot with its curves. The newest values stand in the legend, or those that one points at."""

    def __init__(
        self,
        title: str,
        curves: Sequence[Curve],
        lens: Lens,
        theme: Theme,
        tell: Tell,
        *,
        unit: str = "",
        form: Form = digits,
        can_log: bool = False,
        reaches: tuple[float, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self.title = title
        self._theme = theme
        self._form = form
        self._unit = unit
        self._tell = tell
        self._lens = lens
        self.plot = Plot(curves, lens, theme, can_log=can_log, form=self._written, reaches=reaches)
        self.plot.setAccessibleName(tr("Plot of {title}", title=title))
        self.plot.setToolTip("")
        self._title = ElidedLabel()
        self._title.setText(title)
        self._title.setProperty("role", "card-title")
        self._title.setSizePolicy(
            QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed
        )  # the values come first
        self.switches = {curve.name: self._switch(curve) for curve in curves}
        self.more = QToolButton()
        self.more.setProperty("role", "quiet")
        self.more.setAccessibleName(tr("More about {title}", title=title))
        self.more.setToolTip(tr("Save the picture or the numbers; show everything"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.plot.menu = self._menu()
        self.more.setMenu(self.plot.menu)
        head = QHBoxLayout()
        head.setSpacing(1)
        head.addWidget(self._title, 1)
        for switch in self.switches.values():
            head.addWidget(switch)
        head.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 5, 8, 6)
        column.setSpacing(1)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # a narrow card cuts its words
        self.setMinimumSize(84, 56)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        lens.pointed.connect(self._show_values)
        lens.changed.connect(self._show_values)
        self.set_theme(theme)

    def _switch(self, curve: Curve) -> QToolButton:
        switch = QToolButton()
        switch.setCheckable(True)
        switch.setChecked(True)
        switch.setProperty("role", "legend")
        switch.setAccessibleName(tr("Show the curve {name} of {title}", name=curve.name, title=self.title))
        switch.setToolTip(tr("Show or hide this curve"))
        switch.toggled.connect(partial(self._toggled, curve.name))
        return switch

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        for form in FORMS:
            menu.addAction(tr("Save as {form}…", form=form.upper())).triggered.connect(
                partial(self._ask, form)
            )
        menu.addSeparator()
        menu.addAction(tr("Show everything")).triggered.connect(self._lens.show_all)
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow card prints the last curve's value alone."""
        super().resizeEvent(event)
        for switch in list(self.switches.values())[:-1]:
            switch.setVisible(self.width() >= NARROW)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self._theme = theme
        self.plot.set_theme(theme)
        self.more.setIcon(icon("download", theme.muted, 13))
        self.more.setIconSize(QSize(13, 13))
        self._colour()

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Show other values under the same names."""
        self.plot.curves = tuple(curves)
        self.refresh()

    def refresh(self) -> None:
        """The curves have grown: paint them, and print their newest values."""
        self.plot.refresh()
        self._show_values()

    def values(self) -> dict[str, str]:
        """What the legend says of each curve."""
        return {name: switch.text() for name, switch in self.switches.items()}

    def _show_values(self) -> None:
        pointed = {curve.name: at for curve, at in self.plot.pointed()}
        for curve in self.plot.curves:
            value = ""
            if len(curve.series):
                value = self._written(curve.series.values[pointed.get(curve.name, -1)])
            label = f"{curve.name} " if len(self.plot.curves) > 1 else ""
            switch = self.switches[curve.name]
            switch.setText(f"{label}{value}".strip() if value else "")
            switch.ensurePolished()
            # Qt would leave the room of a letter at both sides, which the title needs
            switch.setFixedWidth(switch.fontMetrics().horizontalAdvance(switch.text()) + _SWITCH_EDGES)

    def _written(self, value: float) -> str:
        return f"{self._form(value)} {self._unit}".strip()

    def _toggled(self, name: str, is_shown: bool) -> None:
        self.plot.set_shown(name, is_shown=is_shown)
        self._colour()

    def _colour(self) -> None:
        for curve in self.plot.curves:
            switch = self.switches[curve.name]
            colour = curve.colour(self._theme) if switch.isChecked() else self._theme.faint
            line = "" if switch.isChecked() else "text-decoration: line-through;"
            switch.setStyleSheet(f"color: {colour}; {line}")

    # ------------------------------------------------------------------------------------------------- taking home

    def _ask(self, form: Target) -> None:
        from app.plots import export  # what writes figures is loaded when one is wanted

        export.ask(self.plot, self.title, form, self._lens, self._tell, self)
