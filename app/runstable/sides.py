"""The chosen runs side by side: curves over one another, the settings that differ, the designs, the seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.labels import ElidedLabel
from app.language import mark, tr
from app.plots.card import PlotCard, Tell
from app.plots.lens import Lens
from app.plots.painting import Curve
from app.plots.series import Series
from app.quantities import digits
from app.runstable.keeper import Sides
from app.runstable.words import SECTIONS, plain
from app.theme import Theme, number_font
from app.viewbuttons import view_buttons
from hybridgraph.events import EpochFinished
from hybridgraph.runs.groups import SeedGroup, seed_groups
from hybridgraph.runs.summary import Summary

MOST = 10
"""Runs whose curves are drawn over one another."""
PAINTS = ("convolution", "attention", "head", "warning", "text")
"""Colours of the theme for the runs, in this order; a second round of them is dashed."""
_VIEWS = (mark("Curves"), mark("Settings"), mark("Designs"))
_PLOTS: dict[str, tuple[str, Callable[[EpochFinished], float]]] = {
    "loss": (mark("Loss"), lambda epoch: epoch.val_loss),
    "top1": (mark("Top-1 accuracy"), lambda epoch: 100 * epoch.val_top1),
}


class SidesView(QWidget):
    """What the keeper read of the chosen runs. A run has the same colour in every plot and in the heading of its column."""

    diff_wanted = Signal(str, str)  # the names of two runs

    def __init__(self, theme: Theme, tell: Tell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tell = tell
        self._sides = Sides(names=())
        self._runs: list[Summary] = []
        self.lens = Lens(self)
        self.cards: dict[str, PlotCard] = {}
        self._pages = QStackedWidget()
        self.title = ElidedLabel()
        self.title.setProperty("role", "muted")
        self.word = QLabel()
        self.word.setWordWrap(True)
        self.word.setProperty("role", "muted")
        self.word.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = QHBoxLayout()
        head.setSpacing(2)
        self.views = view_buttons(dict(enumerate(_VIEWS)), self._pages.setCurrentIndex, self, chosen=0)
        for button in self.views.values():
            head.addWidget(button)
        head.addWidget(self.title, 1)
        self._plots = QWidget()
        self._plots_row = QHBoxLayout(self._plots)
        self._plots_row.setContentsMargins(0, 0, 0, 0)
        self._plots_row.setSpacing(8)
        self._pages.addWidget(self._plots)
        self._pages.addWidget(self._make_settings())
        self._pages.addWidget(self._make_designs())
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 0, 0, 0)
        column.setSpacing(5)
        column.addLayout(head)
        column.addWidget(self.word)
        column.addWidget(self._pages, 1)
        self.show_sides(self._sides, [])

    def _make_settings(self) -> QWidget:
        self.settings = QTableWidget()
        self.settings.setObjectName("settings")
        self.settings.setAccessibleName(tr("Settings of the chosen runs"))
        self.settings.setFrameShape(QFrame.Shape.NoFrame)
        self.settings.setShowGrid(False)
        self.settings.setTabKeyNavigation(False)
        self.settings.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.settings.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.settings.verticalHeader().hide()
        self.settings.horizontalHeader().setHighlightSections(False)
        self.settings.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        return self.settings

    def _make_designs(self) -> QWidget:
        self.designs = QPlainTextEdit()
        self.designs.setReadOnly(True)
        self.designs.setTabChangesFocus(True)
        self.designs.setAccessibleName(tr("What differs between the designs"))
        self.show_diff = QPushButton(tr("Show on the canvas"))
        self.show_diff.setToolTip(
            tr("Open the first run's design and mark what the second one has otherwise.")
        )
        self.show_diff.clicked.connect(self._want_diff)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.designs, 1)
        column.addWidget(self.show_diff, 0, Qt.AlignmentFlag.AlignLeft)
        return holder

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        for card in self.cards.values():
            card.set_theme(theme)
        self._fill_settings()

    def show_sides(self, sides: Sides, runs: Sequence[Summary]) -> None:
        """Show what was read of these runs."""
        is_same = sides.names == self._sides.names and bool(self.cards)
        self._sides, self._runs = sides, list(runs)
        count = len(sides.names)
        numbered = [f"{place} {name}" for place, name in enumerate(sides.names[:MOST], 1)]
        self.title.setText(
            sides.names[0] if count == 1 else "   ".join(numbered)
        )  # the curves have the numbers
        self.word.setText(self._said())
        self.word.setVisible(bool(self.word.text()))
        self._draw(is_same=is_same)
        self._fill_settings()
        lines: list[str] = []
        for name, told in zip(sides.names[1:], sides.designs, strict=False):
            lines += [f"{sides.names[0]} → {name}", *(f"  {line}" for line in told), ""]
        self.designs.setPlainText("\n".join(lines).strip() or self._undiffered())
        self.show_diff.setEnabled(count == 2)

    def _undiffered(self) -> str:
        if len(self._sides.names) > 1 and not self._sides.problem:
            return tr("The designs are being compared…")
        return tr("Choose two runs or more to compare their designs.")

    def _said(self) -> str:
        sides = self._sides
        if sides.problem:
            return sides.problem
        if not sides.names:
            return tr("Choose a run to see its curves, several to compare them.")
        if len(sides.names) > MOST:
            return tr(
                "The curves of the first {most} of {count} chosen runs are drawn.",
                most=MOST,
                count=len(sides.names),
            )
        if len(sides.names) == 1:
            run = self._runs[0] if self._runs else None
            return " ".join(filter(None, (run.problem, run.note))) if run is not None else ""
        groups = [group for group in seed_groups(self._runs) if len(group.runs) > 1]
        return "  ".join(map(_of_seeds, groups))

    def _draw(self, *, is_same: bool) -> None:
        curves = {name: self._curves(name) for name in _PLOTS}
        if is_same:
            for name, card in self.cards.items():
                card.show_curves(curves[name])
        else:
            for card in self.cards.values():
                self._plots_row.removeWidget(card)
                card.deleteLater()
            self.cards = {}
            for name, (title, _) in _PLOTS.items():
                form = _percent if name == "top1" else digits
                card = PlotCard(tr(title), curves[name], self.lens, self._theme, self._tell, form=form)
                card.setToolTip(tr("On the validation pictures, over epochs"))
                self._plots_row.addWidget(card, 1)
                self.cards[name] = card
            self.lens.show_all()
        ends = [curve.series.steps for of in curves.values() for curve in of if len(curve.series)]
        if ends:
            self.lens.set_whole(min(one[0] for one in ends), max(one[-1] for one in ends))
        for card in self.cards.values():
            card.refresh()
        self._plots.setVisible(bool(ends) and self._pages.currentWidget() is self._plots)

    def _curves(self, name: str) -> list[Curve]:
        value = _PLOTS[name][1]
        curves = []
        for place, epochs in enumerate(self._sides.epochs[:MOST]):
            series = Series()
            for epoch in epochs:
                number = value(epoch)
                if isfinite(number):
                    series.add(epoch.epoch + 1.0, number)
            paint, is_dashed = PAINTS[place % len(PAINTS)], place >= len(PAINTS)
            curves.append(Curve(name=str(place + 1), series=series, paint=paint, is_dashed=is_dashed))
        return curves

    def _fill_settings(self) -> None:
        table, sides = self.settings, self._sides
        count = len(sides.names)
        table.clear()
        table.setColumnCount(count + 1)
        table.setRowCount(len(sides.differences))
        titles = [tr("Setting") if count == 1 else tr("What differs")]
        titles += [f"{place + 1}  {name}" if count > 1 else name for place, name in enumerate(sides.names)]
        table.setHorizontalHeaderLabels(titles)
        for place in range(min(count, MOST) if count > 1 else 0):
            colour = str(getattr(self._theme, PAINTS[place % len(PAINTS)]))
            if (heading := table.horizontalHeaderItem(place + 1)) is not None:
                heading.setForeground(QColor(colour))
        muted, text = QColor(self._theme.muted), QColor(self._theme.text)
        for row, each in enumerate(sides.differences):
            name = QTableWidgetItem(f"{tr(SECTIONS[each.section])}  {each.name.replace('_', ' ')}")
            name.setForeground(muted)
            table.setItem(row, 0, name)
            for place, value in enumerate(each.values):
                cell = QTableWidgetItem(plain(value))
                cell.setFont(number_font(11))
                cell.setForeground(text)
                cell.setToolTip(plain(value))
                table.setItem(row, place + 1, cell)
        if count > 1 and not sides.differences and not sides.problem:
            table.setRowCount(1)
            table.setItem(0, 0, QTableWidgetItem(tr("Nothing differs but the results.")))
        head = table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        table.setColumnWidth(0, 190)
        for place in range(count):
            table.setColumnWidth(place + 1, 170)

    def _want_diff(self) -> None:
        if len(self._sides.names) == 2:
            self.diff_wanted.emit(*self._sides.names)


def _percent(value: float) -> str:
    return f"{value:.2f} %"


def _of_seeds(group: SeedGroup) -> str:
    """The mean of runs that differ in the seed alone, with the interval and how it was made."""
    best = group.best
    if best is None or best.low is None or best.high is None:
        return ""
    return tr(
        "Seeds {seeds} of one experiment: best top-1 {mean:.2f} ± {reach:.2f} % (95 % interval, Student's t, {count} seeds).",
        seeds=", ".join(map(str, group.seeds)), mean=100 * best.mean, reach=100 * (best.high - best.mean), count=best.count,
    )  # fmt: skip
