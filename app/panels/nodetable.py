"""The table of a profile: one row for each node, sorted by any of its numbers."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from app.language import mark, tr
from app.panels import facts
from app.quantities import count, digits, memory, percent
from app.session import Session
from app.theme import number_font
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import NodeTimed
from hybridgraph.graph.model import Path

Index = QModelIndex | QPersistentModelIndex
COLUMNS = (
    mark("Node"),
    mark("Parameters"),
    mark("MACs"),
    mark("Activations"),
    mark("Latency"),
    mark("Share"),
)
RAW = Qt.ItemDataRole.UserRole
"""The number a column is sorted by."""
_ROOT = QModelIndex()


def path_of(event: NodeTimed) -> Path:
    """The node an event is about."""
    return tuple(event.path.split("/"))


class NodeTable(QAbstractTableModel):
    """The events of a profile as rows; `UserRole` gives the number a column is sorted by."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.nodes: list[NodeTimed] = []

    def show_nodes(self, nodes: list[NodeTimed]) -> None:
        self.beginResetModel()
        self.nodes = nodes
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.nodes)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section])
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        event, column = self.nodes[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(event, column)
        if role == RAW:
            raw = (
                event.path,
                event.params,
                event.macs,
                event.activation_bytes,
                event.forward_us_median,
                event.share,
            )
            return raw[column]
        if role == Qt.ItemDataRole.FontRole and column:
            return number_font(11)
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and column == 4:
            low, high = event.forward_us_p10 / 1e3, event.forward_us_p90 / 1e3
            return tr(
                "Median of the batch; the middle 80 % lie between {low} and {high} ms.",
                low=digits(low),
                high=digits(high),
            )
        return None

    def _text(self, event: NodeTimed, column: int) -> str:
        if column == 0:
            return " › ".join(self._names(path_of(event)))
        number, unit = {
            1: count(event.params),
            2: count(event.macs),
            3: memory(event.activation_bytes),
            4: (digits(event.forward_us_median / 1e3), "ms"),
            5: (percent(event.share), ""),
        }[column]
        return f"{number} {unit}".strip()

    def _names(self, path: Path) -> list[str]:
        names = []
        for depth in range(1, len(path) + 1):
            try:
                item = self._session.graph.item(path[:depth])
            except HybridGraphError:  # measured before the node was removed
                names.append(path[depth - 1])
            else:
                names.append(facts.title_of(item, self._session.catalogue))
        return names
