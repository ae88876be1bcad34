"""The head of the inspector: tile, name, block, family and what leaves the node."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from app.icons import icon, tile
from app.labels import ElidedLabel
from app.language import told, tr
from app.panels import facts
from app.session import Session
from app.theme import Theme
from hybridgraph.graph import edits
from hybridgraph.graph.model import Group, Path
from hybridgraph.spec import FAMILIES


def heading(text: str) -> QLabel:
    """A section title in small capitals."""
    label = QLabel(text.upper())
    label.setProperty("role", "heading")
    label.setContentsMargins(0, 6, 0, 0)
    return label


class Header(QWidget):
    """Says what is selected; its name can be typed over."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._path: Path | None = None
        self._tile = QLabel()
        self._tile.setFixedSize(26, 26)
        self.name = QLineEdit()
        self.name.setProperty("role", "title")
        self.name.setAccessibleName(tr("Name"))
        self.name.editingFinished.connect(self._rename)
        self._family = QLabel()
        self._family.setProperty("role", "small")
        self._family.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._block = ElidedLabel()
        self._block.setProperty("role", "muted")
        self._block.setContentsMargins(2, 0, 0, 0)  # where a line edit begins its text
        self._shape = QLabel()
        self._shape.setProperty("role", "number")
        self._shape.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(0)
        layout.addWidget(self._tile, 0, 0, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.name, 0, 1)
        layout.addWidget(self._family, 0, 2)
        layout.addWidget(self._block, 1, 1)
        layout.addWidget(self._shape, 1, 2)
        layout.setColumnStretch(1, 1)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Show the current selection."""
        selection = self._session.selection
        self._path = next(iter(selection)) if len(selection) == 1 else None
        self.name.setReadOnly(len(selection) > 1)
        if self._path is not None:
            self._show_item(self._path)
        elif selection:
            self._show(tr("{selection} blocks", selection=len(selection)), tr("selected together"), "", "")
            self._tile.setPixmap(icon("layers", self._theme.muted, 22).pixmap(22, 22))
        else:
            analysis = self._session.analysis
            shapes = f"{analysis.input} → {analysis.output}" if analysis and analysis.output else ""
            own = ", ".join(facts.own_files(self._session.graph, self._session.catalogue))
            below = tr("the whole design, with {files}", files=own) if own else tr("the whole design")
            self._show(self._session.graph.name or tr("Untitled"), below, "", shapes)
            self._tile.setPixmap(icon("hybridgraph", self._theme.text, 26).pixmap(26, 26))

    def _show_item(self, path: Path) -> None:
        item, catalogue = self._session.graph.item(path), self._session.catalogue
        spec = facts.spec_of(item, catalogue)
        report = facts.report_of(self._session, path)
        shape = " ".join(str(shape) for shape in report.outputs.values()) if report else ""
        if isinstance(item, Group):
            below = tr(
                "{title} × {repeat}", title=told(spec.title) if spec else tr("Group"), repeat=item.repeat
            )
        else:
            below = told(spec.title) if spec else tr("unknown block {block!r}", block=item.block)
        self._show(
            facts.title_of(item, catalogue), below, told(FAMILIES[spec.family]).lower() if spec else "", shape
        )
        if spec:
            self._tile.setPixmap(tile(spec, self._theme, 26).pixmap(26, 26))
        else:
            self._tile.setPixmap(icon("help-circle", self._theme.warning, 24).pixmap(24, 24))

    def _show(self, name: str, block: str, family: str, shape: str) -> None:
        if not self.name.hasFocus() or not self.name.isModified():
            self.name.setText(name)
            self.name.setCursorPosition(0)
        self._block.setText(block)
        self._family.setText(family)
        self._shape.setText(shape)

    def _rename(self) -> None:
        text = self.name.text().strip()
        self.name.setModified(False)
        path, graph, catalogue = self._path, self._session.graph, self._session.catalogue
        if path is None:
            if text and text != (graph.name or "Untitled") and not self._session.selection:
                self._session.apply(tr("Rename"), partial(edits.set_name, name=text))
        elif text != facts.title_of(graph.item(path), catalogue):
            self._session.apply(tr("Rename"), partial(edits.set_title, path=path, title=text))
        self.refresh()
