"""The inspector: everything about the selected block, stage or design, drawn from the block's declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.language import tr
from app.panels import facts, provenance
from app.panels.bias import BiasSection
from app.panels.costs import CostSection
from app.panels.facts import Entry
from app.panels.folds import Folds
from app.panels.header import Header
from app.panels.memory import MemorySection
from app.panels.parameters import REPEAT, Key, ParameterSection
from app.panels.rows import ParameterRow
from app.session import Session
from app.theme import Theme
from app.units import Units
from hybridgraph.graph.model import Group, Item, Path
from hybridgraph.spec import BlockSpec

if TYPE_CHECKING:
    from app.panels.blockpage import BlockPage


MANY = 100
"""Nodes whose parameters are compared; more than these are hardly edited together, and every edit would take longer."""


class Inspector(QScrollArea):
    """Shows what is selected and edits it through the session."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        settings: QSettings | None = None,
    ) -> None:
        super().__init__(parent)
        folds = Folds(settings)
        self._session = session
        self._theme = theme
        self._layout_key: object = None
        self._is_clearing = False
        self._header = Header(session, theme)
        self.units = Units(settings, self)
        self._costs = CostSection(session, theme, self.units)
        self.memory = MemorySection(session, theme, self.units, settings)
        self.bias = BiasSection(session, theme)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Inspector"))
        self.setMinimumWidth(270)
        self._body = QWidget()
        self._parameters = ParameterSection(session, theme)
        self._parameters.rebuild_wanted.connect(self._rebuild)
        self._footer = QLabel()
        self._footer.setProperty("role", "muted")
        self._footer.setWordWrap(True)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(16, 14, 12, 16)
        column.setSpacing(8)
        column.addWidget(self._header)
        column.addWidget(self._parameters)
        column.addWidget(self._footer)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setProperty("role", "line")
        column.addWidget(line)
        column.addWidget(self._costs)
        column.addWidget(self.bias)
        column.addWidget(self.memory)
        folds.keep("parameters", self._parameters)
        folds.keep("cost", self._costs)
        folds.keep("memory", self.memory)
        folds.keep("bias", self.bias)
        self._folds = folds
        self._page: BlockPage | None = None  # made when the first block is looked at
        self._column = column
        column.addStretch(1)
        self.setWidget(self._body)
        session.selection_changed.connect(self._refresh)
        session.graph_changed.connect(self._refresh)
        session.analysis_changed.connect(self._refresh)
        session.measure_changed.connect(self._refresh)
        self._refresh()

    @property
    def rows(self) -> dict[Key, ParameterRow]:
        """The rows of the parameters that are shown."""
        return self._parameters.rows

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._parameters.set_theme(theme)
        self._header.set_theme(theme)
        self._costs.set_theme(theme)
        self.memory.set_theme(theme)
        self.bias.set_theme(theme)
        if self._page is not None:
            self._page.set_theme(theme)
        self._layout_key = None
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._body.setFixedWidth(self.viewport().width())  # a long word is cut, never the fields beside it

    def show_description(self) -> None:
        """Scroll to the page of the block and put the focus there."""
        if self._page is not None and not self._page.isHidden():
            self._page.sections["what"].head.setFocus(Qt.FocusReason.ShortcutFocusReason)
            QTimer.singleShot(0, self._scroll_to_page)  # after the layout of what was just selected

    def _scroll_to_page(self) -> None:
        if self._page is not None:
            self.verticalScrollBar().setValue(self._page.y() - 8)

    # ------------------------------------------------------------------------------------------------- content

    def _refresh(self, *_: object) -> None:
        """Show the selection; the fields stay where they are while the same parameters are shown."""
        if self._is_clearing:
            return
        entries, wired = self._entries(), self._wired()
        spec = self._spec()
        key = (
            self._session.selection,
            spec.id if spec else "",
            tuple((entry.path, entry.name, _editor_kind(entry)) for entry in entries),
            tuple(name for name, _ in wired),
        )
        if key != self._layout_key:
            self._layout_key = key
            self._is_clearing = (
                True  # a field that goes while it is typed in tells its value: that edit is heard below
            )
            self._parameters.clear()
            self._is_clearing = False
            entries, wired = self._entries(), self._wired()
            self._parameters.rebuild(entries, wired)
        self._parameters.show_entries(entries)
        self._parameters.setVisible(bool(entries or wired))
        for label, (_name, value) in zip(self._parameters.wired_labels, wired, strict=True):
            label.setText(value)
        self._header.refresh()
        self._costs.refresh()
        self.memory.refresh()
        self.bias.refresh()
        self._footer.setText(self._footer_text())
        self._footer.setVisible(bool(self._footer.text()))
        self._show_page(spec)

    def _rebuild(self) -> None:
        self._layout_key = None
        self._refresh()

    def _item(self) -> tuple[Path, Item] | None:
        if len(self._session.selection) != 1:
            return None
        path = next(iter(self._session.selection))
        return path, self._session.graph.item(path)

    def _entries(self) -> tuple[Entry, ...]:
        """The parameters of what is selected; of several, those they share."""
        graph, catalogue = self._session.graph, self._session.catalogue
        if not self._session.selection:
            return facts.image_entries(graph, catalogue)
        if len(self._session.selection) > MANY:
            return ()
        listed = (self._entries_of(path) for path in sorted(self._session.selection))
        traced = provenance.traced(listed, graph, catalogue)
        return traced[0] if len(traced) == 1 else provenance.common(traced)

    def _entries_of(self, path: Path) -> tuple[Entry, ...]:
        graph, catalogue = self._session.graph, self._session.catalogue
        listed = facts.entries_of(graph, path, catalogue)
        item = graph.item(path)
        if not isinstance(item, Group):
            return listed
        repeat = Entry(path=path, name="repeat", parameter=REPEAT, value=item.repeat)
        switches = facts.switches_of(graph, path, catalogue)
        return (repeat, *(entry for entry in listed if entry.name != "repeat"), *switches)

    def _wired(self) -> list[tuple[str, str]]:
        one = self._item()
        if one is None:
            return []
        report = facts.report_of(self._session, one[0])
        return facts.wired_of(one[1], report, self._session.catalogue)

    def _spec(self) -> BlockSpec | None:
        one = self._item()
        return facts.spec_of(one[1], self._session.catalogue) if one else None

    def _footer_text(self) -> str:
        one = self._item()
        if one is None or not isinstance(one[1], Group):
            return ""
        return facts.footer_of(one[1], facts.report_of(self._session, one[0]))

    def _show_page(self, spec: BlockSpec | None) -> None:
        """Show what the block is, with the numbers of the selected node, or of a stage's main block."""
        if spec is None:
            if self._page is not None:
                self._page.hide()
            return
        if self._page is None:
            from app.panels.blockpage import BlockPage  # pages are read only when one is looked at

            self._page = BlockPage(self._theme)
            for name, section in self._page.sections.items():
                self._folds.keep(f"page_{name}", section)
            self._column.insertWidget(self._column.count() - 1, self._page)
        if self._page.spec is not spec:
            self._page.show_block(spec)
        self._page.show()
        one = self._item()
        if one is not None:
            self._page.show_node(
                self._session, facts.path_of(*one, spec), whole=not isinstance(one[1], Group)
            )


def _editor_kind(entry: Entry) -> str:
    """What decides which field suits: a value for each repeat is text even where a literal is a switch."""
    if entry.parameter.kind not in ("bool", "choice"):
        return "text"
    return "mixed" if entry.is_mixed else type(entry.value).__name__
