"""The rows of the palette: headings, a person's own stages, blocks by family; and how they are painted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.icons import paint_tile
from app.language import mark, told, tr
from app.panels import facts
from app.session import BLOCK_MIME, STAGE_MIME
from app.stages.shelf import OwnStage
from app.theme import Theme, text_font
from hybridgraph.catalog import find
from hybridgraph.graph import files
from hybridgraph.spec import FAMILIES, IMAGE_SPEC, BlockSpec, Catalogue

Row = str | BlockSpec | OwnStage
Index = QModelIndex | QPersistentModelIndex
SPEC = Qt.ItemDataRole.UserRole
"""The role of a row's block or own stage."""
TILE = Qt.ItemDataRole.UserRole + 1
"""The role of the block that an own stage is named after."""
OWN = mark("My stages")
OWN_BLOCKS = mark("My blocks")
_ROOT = QModelIndex()


def rows(catalogue: Catalogue, words: str = "", own: tuple[OwnStage, ...] = ()) -> list[Row]:
    """What the palette lists: headings, own stages and blocks by family, or what a search finds, best first."""
    if words.strip():
        parts = words.casefold().split()
        mine = [stage for stage in own if all(part in stage.name.casefold() for part in parts)]
        found: list[Row] = [*mine, *find(catalogue, words)]
        asked = words.casefold().strip()
        return [*found, IMAGE_SPEC] if asked and asked in "image picture input" else found
    listed: list[Row] = [OWN, *own] if own else []
    blocks = [spec for spec in catalogue.values() if spec.file]
    listed += [OWN_BLOCKS, *blocks] if blocks else []
    for family, title in FAMILIES.items():
        members = [
            spec
            for spec in catalogue.values()
            if spec.family == family and not spec.structural and not spec.file
        ]
        if family == "glue":
            members.insert(0, IMAGE_SPEC)
        if members:
            listed += [title, *members]
    return listed


class PaletteModel(QAbstractListModel):
    """The rows of the palette; a block's or stage's row can be dragged, a stage's typed over."""

    renamed = Signal(object, str)  # OwnStage, its new name

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._words = ""
        self._own: tuple[OwnStage, ...] = ()
        self.listed = rows(catalogue)

    def search(self, words: str) -> None:
        """List what is found by these words; everything when there are none."""
        self._words = words
        self._fill()

    def show_own(self, stages: tuple[OwnStage, ...]) -> None:
        """List these stages of the person's own."""
        self._own = stages
        self._fill()

    def refresh(self) -> None:
        """List again what the catalogue holds now."""
        self._fill()

    def _fill(self) -> None:
        self.beginResetModel()
        self.listed = rows(self._catalogue, self._words, self._own)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.listed)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.listed[index.row()]
        if isinstance(row, str):
            return told(row) if role == Qt.ItemDataRole.DisplayRole else None
        if isinstance(row, OwnStage):
            return self._own_data(row, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return told(row.title)
        if role == Qt.ItemDataRole.ToolTipRole:
            origin = tr("Your block, from {file}", file=row.file) if row.file else row.paper
            return f"{told(row.summary)}\n{origin}".strip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{told(row.title)}, {told(FAMILIES[row.family])}"
        return row if role == SPEC else None

    def _own_data(self, stage: OwnStage, role: int) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return stage.name
        if role == Qt.ItemDataRole.ToolTipRole:
            given = ", ".join(stage.group.params)
            return tr("Your stage, × {repeat}", repeat=stage.group.repeat) + (
                "\n" + tr("Parameters: {names}", names=given) if given else ""
            )
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr("{name}, your stage", name=stage.name)
        if role == TILE:
            return facts.main_block(stage.group, self._catalogue)
        return stage if role == SPEC else None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.listed[index.row()]
        if isinstance(row, OwnStage) and role == Qt.ItemDataRole.EditRole and str(value).strip():
            self.renamed.emit(row, str(value))
            return True
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.listed[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        common = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        is_own = isinstance(self.listed[index.row()], OwnStage)
        return common | Qt.ItemFlag.ItemIsEditable if is_own else common

    def mimeTypes(self) -> list[str]:
        return [BLOCK_MIME, STAGE_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        for index in indexes:
            row = self.listed[index.row()]
            if isinstance(row, BlockSpec):
                data.setData(BLOCK_MIME, QByteArray(row.id.encode()))
            elif isinstance(row, OwnStage):
                data.setData(STAGE_MIME, QByteArray(files.dumps(row.fragment).encode()))
        return data


class PaletteDelegate(QStyledItemDelegate):
    """Paints headings as small capitals and blocks as tile and title."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        is_heading = index.data(SPEC) is None
        return QSize(160, (26 if index.row() == 0 else 38) if is_heading else 29)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area: QRect = option.rect
        spec: BlockSpec | OwnStage | None = index.data(SPEC)
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
            block = index.data(TILE) if isinstance(spec, OwnStage) else spec
            if isinstance(spec, OwnStage):  # a second tile behind it: this one holds several blocks
                behind = block.family if block is not None else "glue"
                painter.setOpacity(0.45)
                paint_tile(painter, box.translated(3, -3), behind, "", self.theme)
                painter.setOpacity(1.0)
            paint_tile(
                painter, box, block.family if block is not None else "glue",
                block.symbol if block is not None else "", self.theme,
            )  # fmt: skip
            painter.setFont(text_font(12))
            painter.setPen(QColor(self.theme.text))
            where = area.adjusted(35, 0, -4, 0)
            title = painter.fontMetrics().elidedText(
                str(index.data()), Qt.TextElideMode.ElideRight, where.width()
            )
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()
