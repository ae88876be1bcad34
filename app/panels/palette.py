"""The palette: every block of the catalogue by family, found by typing, dragged or added with Enter."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QEvent,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon, paint_tile
from app.session import BLOCK_MIME, Session
from app.theme import Theme, text_font
from hybridgraph.catalog import find
from hybridgraph.spec import FAMILIES, IMAGE_SPEC, BlockSpec, Catalogue

Row = str | BlockSpec
Index = QModelIndex | QPersistentModelIndex
_SPEC = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()


def rows(catalogue: Catalogue, words: str = "") -> list[Row]:
    """What the palette lists: headings and blocks by family, or the blocks a search finds, best first."""
    if words.strip():
        found: list[Row] = list(find(catalogue, words))
        asked = words.casefold().strip()
        return [*found, IMAGE_SPEC] if asked and asked in "image picture input" else found
    listed: list[Row] = []
    for family, title in FAMILIES.items():
        members = [spec for spec in catalogue.values() if spec.family == family and not spec.structural]
        if family == "glue":
            members.insert(0, IMAGE_SPEC)
        if members:
            listed += [title, *members]
    return listed


class PaletteModel(QAbstractListModel):
    """The rows of the palette; a block's row can be dragged."""

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.listed = rows(catalogue)

    def search(self, words: str) -> None:
        self.beginResetModel()
        self.listed = rows(self._catalogue, words)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.listed)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.listed[index.row()]
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{row.summary}\n{row.paper}".strip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.title}, {FAMILIES[row.family]}"
        return row if role == _SPEC else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.listed[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [BLOCK_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:
        data = QMimeData()
        for index in indexes:
            row = self.listed[index.row()]
            if isinstance(row, BlockSpec):
                data.setData(BLOCK_MIME, QByteArray(row.id.encode()))
        return data


class _Delegate(QStyledItemDelegate):
    """Paints headings as small capitals and blocks as tile and title."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        is_heading = index.data(_SPEC) is None
        return QSize(160, (26 if index.row() == 0 else 38) if is_heading else 29)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        spec: BlockSpec | None = index.data(_SPEC)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if spec is None:
            font = QFont(text_font(10, QFont.Weight.DemiBold))
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.4)
            painter.setFont(font)
            painter.setPen(QColor(self.theme.muted))
            where = area.adjusted(6, 0, 0, -5)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            painter.drawText(where, flags, str(index.data()).upper())
        else:
            state = option.state
            if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(self.theme.hover))
                painter.drawRoundedRect(QRectF(area).adjusted(0, 1, -2, -1), 6, 6)
            box = QRectF(area.x() + 6, area.y() + (area.height() - 20) / 2, 20, 20)
            paint_tile(painter, box, spec.family, spec.symbol, self.theme)
            painter.setFont(text_font(12))
            painter.setPen(QColor(self.theme.text))
            where = area.adjusted(35, 0, -4, 0)
            title = painter.fontMetrics().elidedText(spec.title, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()


class _Search(QLineEdit):
    """The search box: the arrow keys go on to the list."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class Palette(QWidget):
    """Search box and list of blocks. Double-click or Enter asks for a block at the centre of the view."""

    add_requested = Signal(str)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(170)
        self.search = _Search()
        self.search.setPlaceholderText("Search blocks")
        self.search.setAccessibleName("Search blocks")
        self.search.setClearButtonEnabled(True)
        self._glass = self.search.addAction(
            icon("search", theme.muted), QLineEdit.ActionPosition.LeadingPosition
        )
        self.model = PaletteModel(session.catalogue, self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setMouseTracking(True)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Blocks")
        self._delegate = _Delegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self._nothing = QLabel("No block is called that.")
        self._nothing.setProperty("role", "muted")
        self._nothing.setWordWrap(True)
        self._nothing.hide()

        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 6, 8)
        layout.setSpacing(6)
        layout.addWidget(self.search)
        layout.addWidget(self._nothing)
        layout.addWidget(self.list, 1)

        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._add_first)
        self.search.left.connect(self._enter_list)
        for part in (self.search, self.list):
            part.installEventFilter(self)
        self.list.activated.connect(self._add)

    def set_theme(self, theme: Theme) -> None:
        self._delegate.theme = theme
        self._glass.setIcon(icon("search", theme.muted))
        self.list.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """F1 opens the page of the block that is current, in place of the one selected on the canvas."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F1 and self.current is not None:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.show_page(self.current)
                return True
        return super().eventFilter(watched, event)

    @property
    def current(self) -> BlockSpec | None:
        """The block that the list's cursor is on."""
        spec: BlockSpec | None = self.list.currentIndex().data(_SPEC)
        return spec

    def show_page(self, spec: BlockSpec) -> None:
        """Open the page of a block."""
        from app.panels.blockpage import PageDialog  # pages are read only when one is looked at

        PageDialog(spec, self._delegate.theme, self).show()

    def _search(self, words: str) -> None:
        self.model.search(words)
        self._nothing.setVisible(not self.model.listed)
        if words.strip() and self.model.listed:
            self.list.setCurrentIndex(self.model.index(0))

    def _enter_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.list.currentIndex().isValid():
            first = next((i for i, row in enumerate(self.model.listed) if isinstance(row, BlockSpec)), 0)
            self.list.setCurrentIndex(self.model.index(first))

    def _add_first(self) -> None:
        current = self.list.currentIndex()
        if current.isValid():
            self._add(current)

    def _add(self, index: QModelIndex) -> None:
        spec = index.data(_SPEC)
        if spec is not None:
            self.add_requested.emit(spec.id)
