"""The list of findings: what is wrong or worth knowing, where, and what to do. A click shows the node."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.icons import icon
from app.language import mark, tr
from app.panels import facts
from app.session import Session
from app.theme import Theme, text_font
from hybridgraph import repairs
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Graph, Path
from hybridgraph.spec import Catalogue

GLYPHS = {"error": "circle-alert", "warning": "triangle-alert", "advice": "info"}
REPAIR = mark("Repair…")
_REPAIR_WIDTH = 84
_RANK = {"error": 0, "warning": 1, "advice": 2}
_FINDING = Qt.ItemDataRole.UserRole
_WHERE = Qt.ItemDataRole.UserRole + 1


def where(graph: Graph, path: Path, port: str, catalogue: Catalogue) -> str:
    """The place of a finding for people: `Stage 3 › MOAT block · x`."""
    names = []
    for depth in range(1, len(path) + 1):
        try:
            names.append(facts.title_of(graph.item(path[:depth]), catalogue))
        except GraphError:  # the node went while the engine was busy; its id still says where
            names.append(path[depth - 1])
    return " › ".join(names or [tr("The design")]) + (f" · {port}" if port else "")


class _Delegate(QStyledItemDelegate):
    """Glyph, sentence, and below it place and hint in the muted colour; at the right the offer of a repair."""

    repair_asked = Signal(object)  # Finding

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, 46)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        finding: Finding = index.data(_FINDING)
        if (
            isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and repairs.is_known(finding.code)
            and repair_area(option.rect).contains(event.position().toPoint())
        ):
            self.repair_asked.emit(finding)
            return True
        return super().editorEvent(event, model, option, index)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        finding: Finding = index.data(_FINDING)
        area: QRect = option.rect
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.hover))
            painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), 7, 7)
        glyph = icon(GLYPHS[finding.severity], self.theme.severity(finding.severity), 16)
        glyph.paint(painter, QRect(area.x() + 12, area.y() + 7, 16, 16))
        left = area.adjusted(38, 5, -10, -5)
        if repairs.is_known(finding.code):
            painter.setFont(QFont(text_font(12)))
            painter.setPen(QColor(self.theme.accent))
            painter.drawText(repair_area(area), Qt.AlignmentFlag.AlignCenter, tr(REPAIR))
            left.setRight(repair_area(area).left())
        for text, font, colour, top in (
            (finding.message, text_font(12), self.theme.text, 0),
            (f"{index.data(_WHERE)}   {finding.hint}", text_font(11), self.theme.muted, 19),
        ):
            painter.setFont(QFont(font))
            painter.setPen(QColor(colour))
            line = QRect(left.x(), left.y() + top, left.width(), 18)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()


def repair_area(row: QRect) -> QRect:
    """Where a row offers to repair what it is about."""
    return QRect(row.right() - _REPAIR_WIDTH, row.y(), _REPAIR_WIDTH, row.height())


class Problems(QWidget):
    """The findings of the current analysis, errors first."""

    frame_requested = Signal(object)  # Path
    repair_requested = Signal(object)  # Finding
    counted = Signal(int)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Problems"))
        self.list.setMouseTracking(True)
        self._delegate = _Delegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self._fine = QLabel(tr("Nothing to report yet."))
        self._fine.setProperty("role", "muted")
        self._fine.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(8, 6, 8, 6)
        self._stack.addWidget(self._fine)
        self._stack.addWidget(self.list)
        self.list.itemClicked.connect(self._go)
        # After the click is done with, which brings the place into view that the repairs are shown beside.
        self._delegate.repair_asked.connect(self.repair_requested, Qt.ConnectionType.QueuedConnection)
        self.list.itemActivated.connect(self._go)
        session.analysis_changed.connect(self._show)
        if session.analysis is not None:
            self._show(session.analysis)

    def set_theme(self, theme: Theme) -> None:
        self._delegate.theme = theme
        self.list.viewport().update()

    def _show(self, analysis: Analysis | None) -> None:
        self.list.clear()
        if analysis is None:  # another document, which the engine has not seen yet
            self._fine.setText(tr("Nothing to report yet."))
            self._stack.setCurrentWidget(self._fine)
            self.counted.emit(0)
            return
        for finding in sorted(analysis.findings, key=lambda one: _RANK[one.severity]):
            place = where(self._session.graph, finding.path, finding.port, self._session.catalogue)
            item = QListWidgetItem()
            item.setData(_FINDING, finding)
            item.setData(_WHERE, place)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{finding.severity}: {place}: {finding}")
            item.setToolTip(f"{place}\n{finding}")
            self.list.addItem(item)
        self._fine.setText(tr("Every shape fits.") if analysis.nodes else tr("The design is empty."))
        self._stack.setCurrentWidget(self.list if analysis.findings else self._fine)
        self.counted.emit(len(analysis.findings))

    def _go(self, item: QListWidgetItem) -> None:
        finding: Finding = item.data(_FINDING)
        self._session.select([finding.path])
        self.frame_requested.emit(finding.path)
