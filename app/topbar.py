"""The bar at the top: mark, menus, the open documents, the three main buttons and the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenuBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.documents.desk import Documents
from app.icons import icon
from app.language import tr
from app.tabstrip import TabStrip
from app.theme import Theme


class TopBar(QFrame):
    """The window's head. The window connects the buttons."""

    def __init__(self, documents: Documents, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self.menus = QMenuBar()
        self.menus.setNativeMenuBar(False)
        self.menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.tabs = TabStrip(documents, theme)
        self.profile = QPushButton(tr("Profile"))
        self.export = QPushButton(tr("Export"))
        self.train = QPushButton(tr("Train"))
        self.train.setProperty("role", "primary")
        for button in (self.profile, self.export, self.train):
            button.setMinimumWidth(84)
            button.setFixedHeight(32)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.train.setMinimumWidth(100)
        self._device = QLabel(tr("engine starting"))
        self._device.setProperty("role", "chip")
        self._device.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._device.setFixedHeight(32)
        self.home = QToolButton()
        self.home.setProperty("role", "quiet")
        self.home.setToolTip(tr("Start page"))
        self.home.setAccessibleName(tr("Start page"))
        self.home.setIconSize(QSize(22, 22))
        self.home.clicked.connect(documents.go_home)
        name = QLabel("HybridGraph")
        name.setProperty("role", "product")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(8)
        row.addWidget(self.home)
        row.addWidget(name)
        row.addSpacing(8)
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(8)
        row.addWidget(self.tabs, 1)
        for widget in (self.profile, self.export, self.train, self._device):
            row.addWidget(widget)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.tabs.set_theme(theme)
        self.home.setIcon(icon("hybridgraph", theme.text, 22))
        self.train.setIcon(icon("play", theme.on_accent, 12, filled=True))

    def show_engine(self, state: str) -> None:
        """Say how the engine stands while it cannot be asked."""
        words = {"starting": tr("engine starting"), "down": tr("engine restarting"), "idle": tr("engine off")}
        if state in words:
            self._device.setText(words[state])

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Name the best device the engine found."""
        devices = hello.get("devices", [])
        best = next((entry for entry in devices if entry["id"] != "cpu"), devices[0] if devices else None)
        self._device.setText(best["id"] if best else tr("no device"))
        titles = "\n".join(f"{entry['id']}: {entry['title']}" for entry in devices)
        self._device.setToolTip(f"{titles}\ntorch {hello.get('torch', '')}".strip())
