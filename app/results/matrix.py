"""The confusion as a matrix that is worked with: pointed at, ordered, and asked for the pictures of a cell."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.language import counted, tr
from app.quantities import percent
from app.theme import Theme, contrast, mix, number_font, text_font
from hybridgraph.results.ordering import by_confusion
from hybridgraph.runs.evaluation import Evaluation

WRITTEN = 20.0
NAMED = 12.0
"""px of a cell from which on its pictures are written in it, and the class beside its row."""
_SLANT = 0.75  # of a name's length, how far it reaches up and to the right
_EDGE = 8.0
_HEAD = 18.0  # px for the words along the two sides
_MOST_NAME = 116.0
_FOOT = 14.0  # px below the cells, for what the shades say


class ConfusionMatrix(QWidget):
    """A row for each true class, a column for what it was told to be; the shade is the share of the row."""

    chosen = Signal(int, int)  # a cell was clicked, or Enter pressed on it: true class, told class

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._evaluation: Evaluation | None = None
        self._counts: dict[tuple[int, int], int] = {}
        self._support: list[int] = []
        self._order: list[int] = []
        self._places: list[int] = []
        self._is_grouped = False
        self.cell: tuple[int, int] | None = None
        self._image: QImage | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Confusion matrix"))
        self.setMinimumSize(280, 280)

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show another confusion, or none."""
        self._evaluation = evaluation
        self._counts = {(true, told): count for true, told, count in (evaluation.pairs if evaluation else ())}
        self._support = [each.support for each in evaluation.figures()] if evaluation else []
        if self.cell is not None and max(self.cell) >= len(self._support):
            self.cell = None
        self._arrange()

    def order(self, *, is_grouped: bool) -> None:
        """Order the classes by what they are confused with, or as the data does."""
        self._is_grouped = is_grouped
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self._theme = theme
        self._image = None
        self.update()

    @property
    def classes(self) -> Sequence[int]:
        """The classes in the order shown."""
        return self._order

    def told(self, cell: tuple[int, int]) -> str:
        """A cell in words."""
        one = self._evaluation
        if one is None:
            return ""
        true, other = cell
        count, support = self._counts.get(cell, 0), self._support[true]
        share = percent(count / support) if support else "–"
        if true == other:
            return tr("{count} of {all} pictures of {name} told right ({share})",
                      count=count, all=support, name=one.classes[true], share=share)  # fmt: skip
        return tr("{count} of {all} pictures of {name} told to be {other} ({share})",
                  count=count, all=support, name=one.classes[true], other=one.classes[other], share=share)  # fmt: skip

    def _arrange(self) -> None:
        one = self._evaluation
        self._order = (
            [] if one is None else by_confusion(one) if self._is_grouped else list(range(len(one.classes)))
        )
        self._places = [0] * len(self._order)
        for place, number in enumerate(self._order):
            self._places[number] = place
        self._image = None
        self._speak()
        self.update()

    def _speak(self) -> None:
        self.setAccessibleDescription(self.told(self.cell) if self.cell else "")

    # ------------------------------------------------------------------------------------------------- painting

    def sizeHint(self) -> QSize:
        return QSize(560, 560)

    def _area(self) -> QRectF:
        """The square of the cells."""
        count = len(self._order)
        wide, high = self.width() - 2 * _EDGE - _HEAD, self.height() - 2 * _EDGE - _HEAD
        names = self._names_width() if count and (min(wide, high) - _MOST_NAME) / count >= NAMED else 4.0
        slanted = names * _SLANT
        side = max(min(wide - names - slanted, high - slanted - _FOOT), 20.0)
        left = _EDGE + _HEAD + names + (wide - names - slanted - side) / 2
        return QRectF(left, _EDGE + _HEAD + slanted, side, side)

    def _names_width(self) -> float:
        metrics, one = QFontMetricsF(text_font(10)), self._evaluation
        widest = max((metrics.horizontalAdvance(name) for name in one.classes), default=0) if one else 0
        return min(widest + 8, _MOST_NAME)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        one, count = self._evaluation, len(self._order)
        if one is None or not count:
            return
        area = self._area()
        side = area.width() / count
        if self._image is None:
            self._image = self._shades()
        painter.drawImage(area, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if side >= 8:
            painter.setPen(QPen(QColor(self._theme.canvas), 1))
            for number in range(count + 1):
                at = number * side
                painter.drawLine(
                    QPointF(area.left() + at, area.top()), QPointF(area.left() + at, area.bottom())
                )
                painter.drawLine(
                    QPointF(area.left(), area.top() + at), QPointF(area.right(), area.top() + at)
                )
        if side >= WRITTEN:
            self._write_counts(painter, area, side)
        if side >= NAMED:
            self._write_names(painter, area, side)
        self._write_sides(painter, area)
        if self.cell is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.text if self.hasFocus() else self._theme.muted), 2))
            painter.drawRect(self._rect(self.cell, area))

    def _shades(self) -> QImage:
        """A pixel for each cell."""
        count = len(self._order)
        image = QImage(count, count, QImage.Format.Format_RGB32)
        image.fill(QColor(self._theme.field))
        for (true, told), pictures in self._counts.items():
            image.setPixelColor(self._places[told], self._places[true], QColor(self._shade(true, pictures)))
        return image

    def _shade(self, true: int, pictures: int) -> str:
        """The colour of so many pictures of a class."""
        return self._tint(pictures / self._support[true]) if pictures else self._theme.field

    def _tint(self, share: float) -> str:
        return mix(self._theme.field, self._theme.heat_colour(share), min(0.35 + share, 1.0))

    def _write_counts(self, painter: QPainter, area: QRectF, side: float) -> None:
        painter.setFont(number_font(11 if side >= 30 else 9))
        for (true, told), pictures in self._counts.items():
            back = self._shade(true, pictures)
            ink = max((self._theme.text, self._theme.canvas), key=lambda one: contrast(one, back))
            painter.setPen(QColor(ink))
            painter.drawText(self._rect((true, told), area), Qt.AlignmentFlag.AlignCenter, f"{pictures}")

    def _write_names(self, painter: QPainter, area: QRectF, side: float) -> None:
        one = self._evaluation
        assert one is not None
        painter.setFont(text_font(10))
        metrics, width = painter.fontMetrics(), self._names_width()
        for place, number in enumerate(self._order):
            name = metrics.elidedText(one.classes[number], Qt.TextElideMode.ElideRight, int(width) - 6)
            is_on = self.cell is not None and number == self.cell[0]
            painter.setPen(QColor(self._theme.text if is_on else self._theme.muted))
            line = QRectF(area.left() - width, area.top() + place * side, width - 6, side)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
            is_on = self.cell is not None and number == self.cell[1]
            painter.setPen(QColor(self._theme.text if is_on else self._theme.muted))
            painter.save()
            painter.translate(area.left() + (place + 0.5) * side, area.top() - 6)
            painter.rotate(-45)
            painter.drawText(QPointF(0, 4), name)
            painter.restore()

    def _write_sides(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(text_font(10))
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(QPointF(area.left(), _EDGE + 10), tr("told to be →"))
        painter.save()
        painter.translate(max(area.left() - self._names_width() - 8, 10), area.bottom())
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), tr("true class →"))
        painter.restore()
        self._write_legend(painter, area)

    def _write_legend(self, painter: QPainter, area: QRectF) -> None:
        """What the shades say."""
        words, y = tr("share of the true class"), area.bottom() + 8
        painter.drawText(QPointF(area.left(), y + 9), words)
        left = area.left() + painter.fontMetrics().horizontalAdvance(words) + 10
        painter.setFont(number_font(9))
        painter.drawText(QPointF(left, y + 9), "0")
        bar = QRectF(left + 10, y + 1, 80, 8)
        scale = QLinearGradient(bar.topLeft(), bar.topRight())
        for tenth in range(11):
            scale.setColorAt(tenth / 10, QColor(self._tint(tenth / 10)))
        painter.fillRect(bar, scale)
        painter.drawText(QPointF(bar.right() + 5, y + 9), "100 %")

    def _rect(self, cell: tuple[int, int], area: QRectF) -> QRectF:
        side = area.width() / len(self._order)
        return QRectF(
            area.left() + self._places[cell[1]] * side, area.top() + self._places[cell[0]] * side, side, side
        )

    # ------------------------------------------------------------------------------------------------- hands

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        """The cell at a point of the widget, as true class and told class."""
        area = self._area()
        if not self._order or not area.contains(place):
            return None
        side = area.width() / len(self._order)
        last = len(self._order) - 1
        column, row = int((place.x() - area.left()) / side), int((place.y() - area.top()) / side)
        return self._order[min(row, last)], self._order[min(column, last)]

    def select(self, cell: tuple[int, int] | None) -> None:
        """Mark a cell."""
        self.cell = cell
        self._speak()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.select(cell)
            self.chosen.emit(*cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        inside = self.cell_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if inside else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), len(self._order)
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if count and key in moves:
            row, column = (0, 0) if self.cell is None else (self._places[one] for one in self.cell)
            if self.cell is not None:
                row = min(max(row + moves[key][0], 0), count - 1)
                column = min(max(column + moves[key][1], 0), count - 1)
            self.select((self._order[row], self._order[column]))
        elif self.cell is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(*self.cell)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            if cell is not None:
                words = self.told(cell)
                if self._counts.get(cell):
                    words += "\n" + counted(
                        "A click shows the picture", "A click shows the pictures", self._counts[cell]
                    )
                QToolTip.showText(event.globalPos(), words, self)
                return True
        return super().event(event)
