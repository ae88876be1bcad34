"""The palette: every block of the catalogue by family, found by typing, dragged or added with Enter."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QMessageBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.language import tr
from app.panels.palettelist import SPEC, PaletteDelegate, PaletteModel
from app.session import Session
from app.stages.shelf import OwnStage, Shelf
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.spec import BlockSpec


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
    stage_requested = Signal(object)  # Graph: the fragment of an own stage

    def __init__(
        self, session: Session, theme: Theme, parent: QWidget | None = None, *, shelf: Shelf | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._shelf = shelf
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(170)
        self.search = _Search()
        self.search.setPlaceholderText(tr("Search blocks"))
        self.search.setAccessibleName(tr("Search blocks"))
        self.search.setClearButtonEnabled(True)
        self._glass = self.search.addAction(
            icon("search", theme.muted), QLineEdit.ActionPosition.LeadingPosition
        )
        for button, name in zip(
            self.search.findChildren(QToolButton), (tr("Clear the search"), tr("Search")), strict=False
        ):
            button.setAccessibleName(name)  # Qt makes them, in the order of the calls above
        self.model = PaletteModel(session.catalogue, self)
        session.catalogue_changed.connect(self.model.refresh)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setMouseTracking(True)
        self.list.setDragEnabled(True)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Blocks"))
        self._delegate = PaletteDelegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self._nothing = QLabel(tr("No block is called that."))
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
        if shelf is not None:
            self.model.renamed.connect(lambda stage, name: self._try(lambda: shelf.rename(stage, name)))
            self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
            self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            self.list.customContextMenuRequested.connect(self._show_menu)
            shelf.changed.connect(self._show_own)
            self._show_own()

    def set_theme(self, theme: Theme) -> None:
        self._delegate.theme = theme
        self._glass.setIcon(icon("search", theme.muted))
        self.list.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """F1 opens the page of the current block, not of the one on the canvas; Delete means an own stage."""
        if (
            isinstance(event, QKeyEvent)
            and (event.type(), event.key()) == (QEvent.Type.KeyPress, Qt.Key.Key_Delete)
            and watched is self.list
            and self.own_stage is not None
        ):
            self.delete_own()
            return True
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
        found = self.list.currentIndex().data(SPEC)
        return found if isinstance(found, BlockSpec) else None

    @property
    def own_stage(self) -> OwnStage | None:
        """The person's own stage that the list's cursor is on."""
        found = self.list.currentIndex().data(SPEC)
        return found if isinstance(found, OwnStage) else None

    def delete_own(self) -> None:
        """Take the current own stage off the shelf, when the person is sure."""
        stage, shelf = self.own_stage, self._shelf
        if stage is None or shelf is None:
            return
        question = tr("Delete your stage “{name}”? Designs that use it keep their copies.", name=stage.name)
        if QMessageBox.question(self, tr("Delete a stage"), question) == QMessageBox.StandardButton.Yes:
            self._try(lambda: shelf.drop(stage))

    def _show_own(self) -> None:
        """List what is on the shelf now, and name what could not be read."""
        if self._shelf is not None:
            self.model.show_own(self._shelf.stages)
            if self._shelf.damaged:
                self._session.notified.emit("warning", " ".join(self._shelf.damaged[:3]))

    def _show_menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        self.list.setCurrentIndex(index)
        if self.own_stage is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Add to the design"), lambda: self._add(index))
        menu.addAction(tr("Rename"), lambda: self.list.edit(index))
        menu.addAction(tr("Delete…"), self.delete_own)
        menu.popup(self.list.viewport().mapToGlobal(place))

    def _try(self, change: Callable[[], object]) -> None:
        try:
            change()
        except HybridGraphError as error:
            self._session.notified.emit("error", str(error))

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
            first = next((i for i, row in enumerate(self.model.listed) if not isinstance(row, str)), 0)
            self.list.setCurrentIndex(self.model.index(first))

    def _add_first(self) -> None:
        current = self.list.currentIndex()
        if current.isValid():
            self._add(current)

    def _add(self, index: QModelIndex) -> None:
        spec = index.data(SPEC)
        if isinstance(spec, OwnStage):
            self.stage_requested.emit(spec.fragment)
        elif spec is not None:
            self.add_requested.emit(spec.id)
