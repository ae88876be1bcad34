"""Another profile beside this one: of another design, or of this one on another device, stage by stage."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.labels import ElidedLabel
from app.language import tr
from app.panels.combo import Combo
from app.panels.trainform import muted
from app.profiling.measures import written
from app.profiling.profiled import Profiled
from app.profiling.views import View
from app.quantities import digits
from app.theme import Theme, number_font
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Path
from hybridgraph.profiler.files import load_profile
from hybridgraph.profiler.result import ProfileResult
from hybridgraph.profiler.sides import Pair, side_by_side
from hybridgraph.runs import Run

_PATH = Qt.ItemDataRole.UserRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MOST = 30


class SidesView(View):
    """A choice of profiles, and the times of both for one picture with their ratio."""

    def __init__(
        self, profiled: Profiled, theme: Theme, runs: Callable[[], list[Run]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._profiled = profiled
        self._theme = theme
        self._runs = runs
        self._shown: tuple[ProfileResult, Run] | None = None
        self.choice = Combo()
        self.choice.setAccessibleName(tr("Profile to compare with"))
        self.choice.setMinimumWidth(280)
        self.word = ElidedLabel()
        self.word.setProperty("role", "muted")
        self.tree = QTreeWidget()
        self.tree.setObjectName("costs")
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setAccessibleName(tr("Both profiles"))
        self.tree.setColumnCount(4)
        self.tree.setUniformRowHeights(True)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            self.tree.setColumnWidth(column, 196)
        top = QHBoxLayout()
        top.addWidget(muted(tr("Beside")))
        top.addWidget(self.choice)
        top.addWidget(self.word, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self.tree, 1)
        self.choice.activated.connect(self._compare)
        self.tree.itemClicked.connect(self._select)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._shown = None
        self._compare()

    def refresh(self) -> None:
        """Offer the profiles there are; compare with the chosen one."""
        chosen = self.choice.currentData()
        own = self._profiled.run
        runs = [run for run in self._runs()[:_MOST] if own is None or run.path != own.path]
        self.choice.clear()
        self.choice.addItem(tr("Choose a profile"), None)
        for run in runs:
            self.choice.addItem(run.name, run)
        same = (at for at, run in enumerate(runs, 1) if chosen is not None and run.path == chosen.path)
        self.choice.setCurrentIndex(next(same, 0))
        self._compare()

    def _compare(self) -> None:
        mine, run = self._profiled.result, self.choice.currentData()
        if mine is None or run is None:
            self.tree.clear()
            self._shown = None
            words = tr("Measure this design first.") if mine is None else tr("Times will be of one picture.")
            self.word.setText(words)
            return
        if self._shown is not None and self._shown[0] is mine and self._shown[1].path == run.path:
            return
        try:
            theirs = load_profile(run.path)
        except HybridGraphError as error:
            self._profiled.session.notified.emit("error", str(error))
            return
        if theirs is None:
            self.word.setText(tr("This run holds no result. Measure again."))
            return
        self._shown = (mine, run)
        self._fill(mine, theirs)

    def _fill(self, mine: ProfileResult, theirs: ProfileResult) -> None:
        sides = side_by_side(mine, theirs)
        what = tr("Step of training, one picture") if sides.is_training else tr("Inference, one picture")
        self.word.setText(what)
        self.tree.clear()
        head = [
            "     " + tr("Node"),
            _named(mine, tr("this")),
            _named(theirs, tr("other")),
            tr("other ÷ this"),
        ]
        self.tree.setHeaderLabels(head)
        for column in (1, 2, 3):
            self.tree.headerItem().setTextAlignment(column, _RIGHT)
        rows: dict[Path, QTreeWidgetItem] = {}
        for pair in sides.pairs:
            row = self._row(pair)
            above = rows.get(pair.path[:-1]) if len(pair.path) > 1 else None
            (self.tree.invisibleRootItem() if above is None else above).addChild(row)
            rows[pair.path] = row
        self.tree.expandToDepth(0)

    def _row(self, pair: Pair) -> QTreeWidgetItem:
        row = QTreeWidgetItem([pair.title or tr("The whole network")])
        row.setData(0, _PATH, pair.path)
        for column, time in ((1, pair.first_us), (2, pair.second_us)):
            row.setText(column, "–" if time is None else written(time / 1e3, "ms"))
        ratio = pair.ratio
        if ratio is not None:
            row.setText(3, f"× {digits(ratio)}")
            if not 0.97 <= ratio <= 1.03:
                row.setForeground(3, QColor(self._theme.warning if ratio > 1 else self._theme.head))
        for column in (1, 2, 3):
            row.setFont(column, number_font(11))
            row.setTextAlignment(column, _RIGHT)
        return row

    def _select(self, row: QTreeWidgetItem) -> None:
        if self._profiled.is_here:
            self._profiled.session.select([row.data(0, _PATH)])


def _named(result: ProfileResult, side: str) -> str:
    return f"{side}: {result.device} {result.precision}"
