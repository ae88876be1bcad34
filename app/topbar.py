"""The bar at the top: mark, menus, the document with its dot, the three main buttons and the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenuBar, QPushButton, QSizePolicy, QWidget

from app.icons import icon
from app.session import Session
from app.theme import Theme, text_font


class DocumentTab(QWidget):
    """The name of the document, with a dot while it holds changes that no file has."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self.theme = theme
        self.setFixedHeight(32)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        session.document_changed.connect(self._changed)
        session.graph_changed.connect(self._changed)

    def _changed(self, *_: object) -> None:
        unsaved = ", unsaved changes" if self._session.is_dirty else ""
        self.setAccessibleName(f"Document {self._session.title}{unsaved}")
        self.setToolTip(str(self._session.file or "Not saved in a file yet"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._session.title)
        return QSize(min(max(width + 52, 150), 300), 32)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(self.theme.line))
        painter.setBrush(QColor(self.theme.panel))
        painter.drawRoundedRect(area, 8, 8)
        painter.setFont(text_font(12))
        painter.setPen(QColor(self.theme.text))
        words = self.rect().adjusted(14, 0, -30, 0)
        title = painter.fontMetrics().elidedText(
            self._session.title, Qt.TextElideMode.ElideMiddle, words.width()
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, title)
        if self._session.is_dirty:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.attention))
            painter.drawEllipse(QPointF(area.right() - 15, area.center().y()), 3.5, 3.5)


class TopBar(QFrame):
    """The window's head. The window connects the buttons."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self.menus = QMenuBar()
        self.menus.setNativeMenuBar(False)
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.tab = DocumentTab(session, theme)
        self.profile = QPushButton("Profile")
        self.export = QPushButton("Export")
        self.train = QPushButton("Train")
        self.train.setProperty("role", "primary")
        for button in (self.profile, self.export, self.train):
            button.setMinimumWidth(84)
            button.setFixedHeight(32)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.train.setMinimumWidth(100)
        self._device = QLabel("engine starting")
        self._device.setProperty("role", "chip")
        self._device.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._device.setFixedHeight(32)
        self._mark = QLabel()
        name = QLabel("HybridGraph")
        name.setProperty("role", "product")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(8)
        for widget in (self._mark, name):
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(8)
        row.addWidget(self.tab)
        row.addStretch(1)
        for widget in (self.profile, self.export, self.train, self._device):
            row.addWidget(widget)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.tab.theme = theme
        self.tab.update()
        self._mark.setPixmap(icon("hybridgraph", theme.text, 22).pixmap(22, 22))
        self.train.setIcon(icon("play", theme.on_accent, 12, filled=True))

    def show_engine(self, state: str) -> None:
        """Say how the engine stands while it cannot be asked."""
        words = {"starting": "engine starting", "down": "engine restarting", "idle": "engine off"}
        if state in words:
            self._device.setText(words[state])

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Name the best device the engine found."""
        devices = hello.get("devices", [])
        best = next((entry for entry in devices if entry["id"] != "cpu"), devices[0] if devices else None)
        self._device.setText(best["id"] if best else "no device")
        titles = "\n".join(f"{entry['id']}: {entry['title']}" for entry in devices)
        self._device.setToolTip(f"{titles}\ntorch {hello.get('torch', '')}".strip())
