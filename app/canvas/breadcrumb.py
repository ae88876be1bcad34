"""Where one is: the stages around the selection, each a button that leads back out to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.canvas import wording
from app.language import tr
from app.theme import Theme
from hybridgraph.graph.model import Path

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

MARGIN = 12  # px to the edges of the canvas
BESIDE = 644  # px that may be taken at the left of the same line


_OURS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class Crumb(QPushButton):
    """One step of the way; its keys mean something to the whole way."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OURS:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Breadcrumb(QFrame):
    """Floats over the canvas while the selection lies inside a stage."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._shown: tuple[tuple[Path, str], ...] = ()
        self.buttons: list[QPushButton] = []
        self.setObjectName("crumbs")
        self.setAccessibleName(tr("Where the selection is"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 2, 6, 2)
        self._row.setSpacing(0)
        self.set_theme(view.theme)
        self.hide()
        view.session.selection_changed.connect(self.follow)
        view.session.graph_changed.connect(self.follow)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.setStyleSheet(
            f"#crumbs {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 8px; }}"
            f"QLabel {{ color: {theme.faint}; }}"
            f"QPushButton {{ color: {theme.muted}; background: transparent; border: 1px solid transparent;"
            " border-radius: 6px; padding: 4px 7px; font-size: 12px; }"
            f"QPushButton:hover {{ color: {theme.text}; background: {theme.hover}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
            f'QPushButton[role="here"] {{ color: {theme.text}; font-weight: 600; }}'
        )

    def follow(self, *_: object) -> None:
        """Show the way to where the selection is; nothing while that is the outermost level."""
        here = self._here()
        graph, catalogue = self._view.session.graph, self._view.session.catalogue
        around = [here[:depth] for depth in range(1, len(here) + 1)]
        titles = [wording.title_of(graph.item(path), catalogue) for path in around]
        crumbs = [((), graph.name or tr("Design")), *zip(around, titles, strict=True)]
        self.setVisible(bool(here))
        if tuple(crumbs) != self._shown:
            self._fill(tuple(crumbs))
        self.place()

    def _here(self) -> Path:
        chosen = self._view.editor.chosen
        return chosen[0][:-1] if chosen else ()

    def _fill(self, crumbs: tuple[tuple[Path, str], ...]) -> None:
        self._shown = crumbs
        while (entry := self._row.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        for path, title in crumbs:
            if self.buttons:
                self._add(QLabel("›"))
            button = Crumb(self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, 180))
            button.setToolTip(title)
            is_last = path == crumbs[-1][0]
            button.setProperty("role", "here" if is_last else "")
            button.setAccessibleName(
                tr("You are in {title}", title=title) if is_last else tr("Leave to {title}", title=title)
            )
            button.clicked.connect(partial(self._view.leave_to, path))
            self._add(button)
            self.buttons.append(button)

    def _add(self, part: QWidget) -> None:
        self._row.addWidget(part)
        part.show()  # or it would count for nothing until the next turn of the loop

    def place(self) -> None:
        """Keep to the upper right corner, or below what floats there where both have no room."""
        size = self.sizeHint()
        room = self._view.width() - BESIDE - MARGIN
        top = MARGIN if size.width() <= room or not self._view.covered_top else self._view.covered_top + 8
        self.setGeometry(self._view.width() - size.width() - MARGIN, top, size.width(), size.height())
        self.raise_()

    def reach(self) -> None:
        """Put the keyboard on the crumb one step out."""
        if self.isVisible() and len(self.buttons) > 1:
            self.buttons[-2].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at = next((i for i, button in enumerate(self.buttons) if button.hasFocus()), 0)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.buttons[min(max(at + step, 0), len(self.buttons) - 1)].setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.buttons[at].click()
        elif event.key() == Qt.Key.Key_Escape:
            self._view.setFocus()
        else:
            super().keyPressEvent(event)
