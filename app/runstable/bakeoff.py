"""The bake-off: every design that was trained or profiled, ranked, with how sure its accuracy is and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.language import counted, mark, tr
from app.quantities import count, digits
from app.runstable.intervals import BAR, Intervals
from app.runstable.keeper import RunKeeper
from app.runstable.scatter import Scatter
from app.theme import Theme, number_font
from app.viewbuttons import view_buttons
from hybridgraph.runs.groups import Contestant, contestants, front, ranked
from hybridgraph.runs.summary import Summary

_DIGEST = BAR + 1
_HEADS = (
    mark("Rank"), mark("Design"), mark("Best top-1"), mark("95 % interval"), mark("Seeds"), mark("Latency"), mark("Parameters"), mark("Runs"),
)  # fmt: skip
_WIDTHS = (48, 130, 164, 134, 54, 80, 90, 50)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
RANKS = {"accuracy": mark("Accuracy"), "latency_us": mark("Latency"), "params": mark("Parameters")}
"""What designs are ranked by: the most accurate, the fastest, the smallest first."""
_COSTS = {"latency_us": mark("Latency of one picture, ms"), "params": mark("Parameters, millions")}


class BakeoffPanel(QWidget):
    """The ranking at the left, accuracy against cost at the right. A design can be looked up among the runs."""

    runs_wanted = Signal(str)  # a filter of the runs

    def __init__(self, keeper: RunKeeper, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self._theme = theme
        self._found: list[Contestant] = []
        self.by = "accuracy"
        self.cost = "latency_us"
        self.table = QTableWidget(0, len(_HEADS))
        self.scatter = Scatter(theme)
        self.word = QLabel()
        self.word.setProperty("role", "muted")
        self.word.setWordWrap(True)
        self.ranks = self._switches(RANKS, self.by, self.rank_by, tr("Ranked by {what}"))
        self.costs = self._switches(
            {name: RANKS[name] for name in _COSTS}, self.cost, self.show_cost, tr("Drawn against {what}")
        )
        self._bars = Intervals(theme, self)
        self._dress()
        self._lay_out()
        self.table.itemSelectionChanged.connect(self._mark)
        self.table.itemActivated.connect(self._look_up)
        self.scatter.chosen.connect(self._choose)
        keeper.changed.connect(self._show)

    def _switches(
        self, names: dict[str, str], on: str, work: Callable[[str], None], told: str
    ) -> dict[str, QToolButton]:
        made = view_buttons(names, work, self, chosen=on)
        for button in made.values():
            button.setAccessibleName(told.format(what=button.text()))
        return made

    def _dress(self) -> None:
        table = self.table
        table.setObjectName("contestants")
        table.setAccessibleName(tr("Designs of the bake-off"))
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 12)
        table.setHorizontalHeaderLabels([tr(one) for one in _HEADS])
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for place, width in enumerate(_WIDTHS):
            head.resizeSection(place, width)
            item = table.horizontalHeaderItem(place)
            if item is not None:
                item.setTextAlignment(_LEFT if place in (1, 3) else _RIGHT)
        table.setItemDelegateForColumn(3, self._bars)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        for label, switches in ((tr("Rank by"), self.ranks), (tr("Draw against"), self.costs)):
            words = QLabel(label)
            words.setProperty("role", "muted")
            head.addWidget(words)
            for button in switches.values():
                head.addWidget(button)
            head.addSpacing(16)
        head.addStretch(1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.table)
        split.addWidget(self.scatter)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([640, 360])
        split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(split, 1)
        column.addWidget(self.word)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = self._bars.theme = theme
        self.scatter.set_theme(theme)
        self._fill()

    def rank_by(self, what: str) -> None:
        """Rank by "accuracy", "latency_us" or "params"."""
        self.by = what
        self.ranks[what].setChecked(True)
        if what in _COSTS:
            self.show_cost(what)
        self._fill()

    def show_cost(self, cost: str) -> None:
        """Draw accuracy against "latency_us" or "params"."""
        self.cost = cost
        self.costs[cost].setChecked(True)
        self._fill()

    def _show(self, runs: list[Summary]) -> None:
        if not self.isVisible():
            return
        found = contestants(runs)
        if found != self._found:
            self._found = found
            self._fill()

    def _ranked(self) -> Sequence[Contestant]:
        return ranked(self._found, self.by)

    def _fill(self) -> None:
        table, theme = self.table, self._theme
        rows = self._ranked()
        chosen = self._chosen()
        best = front(self._found, self.cost)
        bounds = [value for one in rows for value in (one.low, one.accuracy, one.high) if value is not None]
        low, high = (max(min(bounds), 0.0), min(max(bounds), 1.0)) if bounds else (0.0, 1.0)
        reach = (high - low) or 1.0
        table.blockSignals(True)
        table.setRowCount(len(rows))
        for row, one in enumerate(rows):
            for place, text in enumerate(_cells(row + 1, one)):
                cell = QTableWidgetItem(text)
                cell.setData(_DIGEST, one.digest)
                is_text = place == 1
                if not is_text:
                    cell.setFont(number_font(11))
                    cell.setTextAlignment(_RIGHT)
                cell.setForeground(QColor(theme.text if place in (1, 2) else theme.muted))
                if place == 1 and one.digest in best:
                    cell.setText(f"{text}  ★")
                    cell.setToolTip(tr("No other design is more accurate at no more cost."))
                elif place == 5:
                    cell.setToolTip(one.setting)
                elif place == 3 and one.accuracy is not None:
                    ends = (one.low, one.accuracy, one.high)
                    cell.setData(BAR, [None if end is None else (end - low) / reach for end in ends])
                    cell.setToolTip(_over(one))
                table.setItem(row, place, cell)
        table.blockSignals(False)
        if chosen:
            self._choose(chosen)
        self.scatter.show_designs(self._found, self.cost, tr(_COSTS[self.cost]))
        self.word.setText(self._said())

    def _said(self) -> str:
        if not self._found:
            return tr("Nothing was trained or profiled yet. What finishes appears here, ranked by design.")
        settings = {one.setting for one in self._found if one.setting}
        told = tr(
            "Intervals are of Student's t over seeds, or of Wilson over the validation pictures where one seed was trained."
        )
        if len(settings) > 1:
            return (
                f"{told} {tr('Latencies were measured in different settings; point at them to see which.')}"
            )
        return f"{told} {tr('Latency: {setting}.', setting=next(iter(settings)))}" if settings else told

    def _chosen(self) -> str:
        items = self.table.selectedItems()
        return str(items[0].data(_DIGEST)) if items else ""

    def _choose(self, digest: str) -> None:
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            if item is not None and item.data(_DIGEST) == digest:
                self.table.selectRow(row)
                return

    def _mark(self) -> None:
        self.scatter.choose(self._chosen())

    def _look_up(self, item: QTableWidgetItem) -> None:
        self.runs_wanted.emit(f"digest:{item.data(_DIGEST)}")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show(self._keeper.runs)
        self._keeper.begin(self)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keeper.rest(self)


def _cells(rank: int, one: Contestant) -> tuple[str, ...]:
    accuracy = ""
    if one.accuracy is not None:
        accuracy = f"{100 * one.accuracy:.2f} %"
        if one.low is not None and one.high is not None:
            accuracy = f"{100 * one.low:.1f} – {100 * one.high:.1f}   {accuracy}"
    return (
        str(rank),
        one.design,
        accuracy,
        "",
        str(one.seeds or ""),
        f"{digits(one.latency_us / 1000)} ms" if one.latency_us is not None else "",
        " ".join(count(one.params)).strip() if one.params is not None else "",
        str(len(one.trainings) + len(one.profiles)),
    )


def _over(one: Contestant) -> str:
    if one.over == "seeds" and one.seeds > 1:
        return counted(
            "95 % interval of Student's t over {number} seed",
            "95 % interval of Student's t over {number} seeds",
            one.seeds,
        )
    if one.over == "pictures":
        return tr("95 % interval of Wilson over the validation pictures; one seed was trained")
    return tr("Without an interval: no training is finished, or its pictures are not counted")
