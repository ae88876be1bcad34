"""One line of the checklist: a sign, the name of the check, what came of it. A press selects what it is about."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.icons import icon
from app.language import told, tr
from app.theme import Theme, text_font
from hybridgraph.preflight.values import TITLES, Check, CheckName

_SIGNS = {"passed": "check", "warned": "triangle-alert", "failed": "circle-alert"}
_HEIGHT, _NAME = 24, 128


class CheckRow(QAbstractButton):
    """Waiting, being taken, or done."""

    def __init__(self, name: CheckName, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.check: Check | None = None
        self._theme = theme
        self._is_next = self._is_stale = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_check(None, is_next=False, is_stale=False)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def show_check(self, check: Check | None, *, is_next: bool, is_stale: bool) -> None:
        """Show what came of the check; `is_next` while it is being taken."""
        self.check, self._is_next, self._is_stale = check, is_next, is_stale
        self.setEnabled(check is not None)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if check and check.paths else Qt.CursorShape.ArrowCursor
        )
        words = f"{told(check.message)} {told(check.hint)}".strip() if check else ""
        self.setToolTip("\n".join(filter(None, (told(check.message), told(check.hint)))) if check else "")
        state = {"passed": tr("passed"), "warned": tr("look at it"), "failed": tr("failed")}
        status = state[check.status] if check else tr("being looked at") if is_next else tr("waiting")
        self.setAccessibleName(f"{told(TITLES[self.name])}: {status}. {words}".strip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, check = self._theme, self.check
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or (self.underMouse() and check):
            painter.setPen(QColor(theme.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.hover))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self._is_stale:
            painter.setOpacity(0.55)
        middle = self.height() // 2
        if check is not None:
            colours = {"passed": theme.head, "warned": theme.warning, "failed": theme.error}
            sign = icon(_SIGNS[check.status], colours[check.status], 14)
            sign.paint(painter, QRect(6, middle - 7, 14, 14))
        else:
            painter.setPen(QPen(QColor(theme.accent if self._is_next else theme.faint), 1.5))
            painter.setBrush(QColor(theme.accent) if self._is_next else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(9, middle - 4, 8, 8))
        painter.setFont(text_font(12))
        painter.setPen(QColor(theme.text if check or self._is_next else theme.muted))
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(28, 0, _NAME, self.height()), left, told(TITLES[self.name]))
        text = told(check.message) if check else tr("being looked at…") if self._is_next else ""
        place = QRect(28 + _NAME, 0, self.width() - 34 - _NAME, self.height())
        painter.setFont(text_font(11))
        is_bad = check is not None and check.status == "failed"
        painter.setPen(QColor(theme.error if is_bad else theme.muted))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, left, shown)
        width = painter.fontMetrics().horizontalAdvance(shown) + 8
        if check is not None and check.hint and width < place.width():
            painter.setPen(QColor(theme.text))
            place.setLeft(place.left() + width)
            hint = painter.fontMetrics().elidedText(
                told(check.hint), Qt.TextElideMode.ElideRight, place.width()
            )
            painter.drawText(place, left, hint)
