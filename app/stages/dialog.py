"""Which parameters of the blocks in a stage are parameters of the stage; and keeping a stage on the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.language import told, tr
from app.panels import facts
from app.panels.entry import show
from hybridgraph.errors import GraphError, HybridGraphError
from hybridgraph.graph import fragments, promotion
from hybridgraph.graph.model import Graph, Group, Path, is_fixed
from hybridgraph.graph.values import Ref
from hybridgraph.spec import Catalogue

if TYPE_CHECKING:
    from app.window import MainWindow

_WHERE = Qt.ItemDataRole.UserRole
_TICKS = """
QTreeView::indicator { width: 12px; height: 12px; border: 1px solid palette(placeholder-text); border-radius: 4px; }
QTreeView::indicator:checked { background: palette(highlight); border-color: palette(highlight); }
"""


class StageDialog(QDialog):
    """A tree of the blocks in a stage; a tick makes a parameter one of the stage. With `name`, asks for one."""

    def __init__(
        self, graph: Graph, path: Path, catalogue: Catalogue, parent: QWidget, *, name: str | None = None
    ) -> None:
        super().__init__(parent)
        self.graph = graph  # what the ticks have made of it
        self._path = path
        self._catalogue = catalogue
        self.setWindowTitle(tr("Parameters of the stage") if name is None else tr("Keep as my stage"))
        self.setMinimumSize(460, 520)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        self.name = QLineEdit(name or "")
        self.name.setAccessibleName(tr("Name of the stage"))
        if name is not None:
            column.addWidget(self.name)
        hint = QLabel(
            tr("What is ticked is set at the stage, once for the block; the network stays the same.")
        )
        hint.setProperty("role", "muted")
        hint.setWordWrap(True)
        column.addWidget(hint)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(tr("Parameters of the blocks inside"))
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setStyleSheet(_TICKS)
        column.addWidget(self.tree, 1)
        self.word = QLabel()
        self.word.setProperty("role", "error")
        self.word.setWordWrap(True)
        self.word.hide()
        column.addWidget(self.word)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self._rows: list[QTreeWidgetItem] = []
        self._fill()
        self.tree.itemChanged.connect(self._ticked)

    def _fill(self) -> None:
        for child in self.graph.at(self._path).nodes.values():
            if is_fixed(child):
                continue
            path = (*self._path, child.id)
            block = QTreeWidgetItem([facts.title_of(child, self._catalogue), ""])
            self.tree.addTopLevelItem(block)
            for entry in facts.entries_of(self.graph, path, self._catalogue):
                row = QTreeWidgetItem([told(entry.label), show(entry.value)])
                row.setFlags(
                    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
                )
                row.setData(0, _WHERE, (path, entry.name))
                self._tick(row, isinstance(entry.value, Ref))
                block.addChild(row)
                self._rows.append(row)
            block.setExpanded(True)
        if self.tree.topLevelItemCount() > 3:
            self.tree.collapseAll()

    def _tick(self, row: QTreeWidgetItem, on: bool) -> None:
        row.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def _ticked(self, row: QTreeWidgetItem, column: int) -> None:
        where = row.data(0, _WHERE)
        if where is None or column != 0:
            return
        path, name = tuple(where[0]), where[1]
        wanted = row.checkState(0) == Qt.CheckState.Checked
        held = self.graph.item(path).params.get(name)
        try:
            if wanted and not isinstance(held, Ref):
                self.graph, _ = promotion.promote(self.graph, path, name, self._catalogue)
            elif not wanted and isinstance(held, Ref):
                self.graph = promotion.demote(self.graph, self._path, held.name)
            self._say("")
        except GraphError as error:
            self._say(str(error))
        self._follow()

    def _say(self, sentence: str) -> None:
        self.word.setText(sentence)
        self.word.setVisible(bool(sentence))

    def _follow(self) -> None:
        """Every row as the graph is now: one parameter of the stage may serve several blocks."""
        self.tree.blockSignals(True)
        for row in self._rows:
            path, name = row.data(0, _WHERE)
            entries = facts.entries_of(self.graph, tuple(path), self._catalogue)
            entry = next(entry for entry in entries if entry.name == name)
            row.setText(1, show(entry.value))
            self._tick(row, isinstance(entry.value, Ref))
        self.tree.blockSignals(False)


def keep(window: MainWindow) -> None:
    """Keep the selected stage on the shelf, with the parameters that the person chooses."""
    session = window.session
    path = _chosen(window)
    if not path:
        return
    copied = fragments.fragment(session.graph, [path[-1]], at=path[:-1])
    alone, made = fragments.paste(Graph(), copied, offset=(0.0, 0.0))
    title = facts.title_of(alone.nodes[made[0]], session.catalogue)
    dialog = StageDialog(alone, (made[0],), session.catalogue, window, name=title)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return
    try:
        stage = window.shelf.keep(dialog.name.text(), dialog.graph)
    except HybridGraphError as error:
        session.notified.emit("error", str(error))
    else:
        session.notified.emit("info", tr("“{name}” is in the palette under My stages.", name=stage.name))


def choose_parameters(window: MainWindow) -> None:
    """Let the person choose which parameters are set at the selected stage."""
    session = window.session
    path = _chosen(window)
    if not path:
        return
    dialog = StageDialog(session.graph, path, session.catalogue, window)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        session.apply(tr("Parameters of the stage"), lambda _graph: dialog.graph)


def _chosen(window: MainWindow) -> Path:
    """The stage that is selected, or the one around what is selected."""
    chosen = window.canvas.walker.current
    if chosen and not isinstance(window.session.graph.item(chosen), Group):
        chosen = chosen[:-1]
    if not chosen:
        window.session.notified.emit("info", tr("Select a stage first."))
    return chosen
