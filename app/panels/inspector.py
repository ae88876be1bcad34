"""The inspector: everything about the selected block, stage or design, drawn from the block's declaration."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.panels import facts
from app.panels.costs import CostSection
from app.panels.facts import Entry
from app.panels.header import Header
from app.panels.rows import ParameterRow, name_label
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Group, Item, Path
from hybridgraph.graph.values import Value
from hybridgraph.spec import BlockSpec, Parameter

if TYPE_CHECKING:
    from app.panels.blockpage import BlockPage

REPEAT = Parameter(
    kind="int", name="repeat", default=1, minimum=1, maximum=edits.MAX_REPEAT, unit="blocks",
    doc="How often the body of the stage is run, each repeat feeding the next.",
)  # fmt: skip


class Inspector(QScrollArea):
    """Shows what is selected and edits it through the session."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._layout_key: object = None
        self._as_text: set[tuple[Path, str]] = set()
        self.rows: dict[tuple[Path, str], ParameterRow] = {}
        self._header = Header(session, theme)
        self._costs = CostSection(session, theme)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Inspector")
        self.setMinimumWidth(270)
        self._body = QWidget()
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(8)
        self._form.setVerticalSpacing(6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._aside = QVBoxLayout()
        self._aside.setSpacing(6)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(16, 14, 12, 16)
        column.setSpacing(12)
        column.addWidget(self._header)
        column.addLayout(self._form)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setProperty("role", "line")
        column.addWidget(line)
        column.addWidget(self._costs)
        column.addLayout(self._aside)
        self._page: BlockPage | None = None  # made when the first block is looked at
        self._column = column
        column.addStretch(1)
        self.setWidget(self._body)
        session.selection_changed.connect(self._refresh)
        session.graph_changed.connect(self._refresh)
        session.analysis_changed.connect(self._refresh)
        session.measure_changed.connect(self._refresh)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._header.set_theme(theme)
        self._costs.set_theme(theme)
        if self._page is not None:
            self._page.set_theme(theme)
        self._layout_key = None
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._body.setFixedWidth(self.viewport().width())  # a long word is cut, never the fields beside it

    def edit_name(self) -> None:
        """Put the cursor into the name of what is selected."""
        self._header.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._header.name.selectAll()

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
        entries = self._entries()
        wired = self._wired()
        spec = self._spec()
        key = (
            self._session.selection,
            spec.id if spec else "",
            tuple((entry.path, entry.name, _editor_kind(entry)) for entry in entries),
            tuple(name for name, _ in wired),
        )
        if key != self._layout_key:
            self._layout_key = key
            self._rebuild(entries, wired)
        for entry in entries:
            self.rows[entry.path, entry.name].show_entry(entry)
        for label, (_, value) in zip(self._wired_labels, wired, strict=True):
            label.setText(value)
        self._header.refresh()
        self._costs.refresh()
        self._footer.setText(self._footer_text())
        self._footer.setVisible(bool(self._footer.text()))
        self._show_page(spec)

    def _item(self) -> tuple[Path, Item] | None:
        if len(self._session.selection) != 1:
            return None
        path = next(iter(self._session.selection))
        return path, self._session.graph.item(path)

    def _entries(self) -> tuple[Entry, ...]:
        graph, catalogue = self._session.graph, self._session.catalogue
        one = self._item()
        if one is None:
            return () if self._session.selection else facts.image_entries(graph, catalogue)
        path, item = one
        listed = facts.entries_of(graph, path, catalogue)
        if isinstance(item, Group):
            repeat = Entry(path=path, name="repeat", parameter=REPEAT, value=item.repeat)
            switches = facts.switches_of(graph, path, catalogue)
            return (repeat, *(entry for entry in listed if entry.name != "repeat"), *switches)
        return listed

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

    # ------------------------------------------------------------------------------------------------- widgets

    def _rebuild(self, entries: tuple[Entry, ...], wired: list[tuple[str, str]]) -> None:
        while self._form.rowCount():  # deleted later: one of them may be the sender of what brought us here
            gone = self._form.takeRow(0)
            for part in (gone.labelItem, gone.fieldItem):
                part.widget().hide()
                part.widget().deleteLater()
        while (taken := self._aside.takeAt(0)) is not None:
            widget = taken.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = {}
        for entry in entries:
            row = ParameterRow(entry, self._theme, as_text=(entry.path, entry.name) in self._as_text)
            row.text_requested.connect(partial(self._write_as_text, entry.path, entry.name))
            row.committed.connect(partial(self._set, entry.path, entry.name, entry.parameter))
            row.settled.connect(self._session.settle)
            row.reset_requested.connect(partial(self._reset, entry.path, entry.name))
            self.rows[entry.path, entry.name] = row
            self._form.addRow(row.name, row.holder)
        self._wired_labels: list[QLabel] = []
        for name, value in wired:
            self._add_wired(name, value)
        self._footer = QLabel()
        self._footer.setProperty("role", "muted")
        self._footer.setWordWrap(True)
        self._aside.addWidget(self._footer)

    def _add_wired(self, name: str, value: str) -> None:
        label = QLabel(value)
        label.setProperty("role", "number")
        origin = QLabel("from the wire")
        origin.setProperty("role", "muted")
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(9, 4, 9, 4)
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(origin)
        self._wired_labels.append(label)
        self._form.addRow(name_label(name), line)

    def _show_page(self, spec: BlockSpec | None) -> None:
        """Show what the block is, with the numbers of the selected node, or of a stage's main block."""
        if spec is None:
            if self._page is not None:
                self._page.hide()
            return
        if self._page is None:
            from app.panels.blockpage import BlockPage  # pages are read only when one is looked at

            self._page = BlockPage(self._theme)
            self._column.insertWidget(self._column.count() - 1, self._page)
        if self._page.spec is not spec:
            self._page.show_block(spec)
        self._page.show()
        one = self._item()
        if one is not None:
            self._page.show_node(
                self._session, facts.path_of(*one, spec), whole=not isinstance(one[1], Group)
            )

    # ------------------------------------------------------------------------------------------------- editing

    def _set(self, path: Path, name: str, parameter: Parameter, value: Value) -> None:
        catalogue = self._session.catalogue
        label = name.replace("_", " ")

        def edit(graph: Graph) -> Graph:
            item = graph.item(path)
            if isinstance(item, Group) and parameter is REPEAT:
                if not isinstance(value, int):
                    raise GraphError("The number of repeats is a whole number.")
                return edits.set_repeat(graph, path, value)
            return edits.set_param(graph, path, name, value, catalogue)

        if not self._session.apply(f"Set {label}", edit, merge=f"{'/'.join(path)}.{name}"):
            self.rows[path, name].show_value(self._held(path, name, parameter))

    def _write_as_text(self, path: Path, name: str) -> None:
        """Turn a switch or choice into a text field, until the panel shows something else."""
        self._as_text = {(path, name)}
        self._layout_key = None
        self._refresh()
        self.rows[path, name].field.setFocus()

    def _held(self, path: Path, name: str, parameter: Parameter) -> Value:
        item = self._session.graph.item(path)
        if isinstance(item, Group) and parameter is REPEAT:
            return item.repeat
        return item.params.get(name, parameter.default)

    def _reset(self, path: Path, name: str) -> None:
        label = name.replace("_", " ")
        self._session.apply(f"Reset {label}", lambda graph: edits.reset_param(graph, path, name))


def _editor_kind(entry: Entry) -> str:
    """What decides which field suits: a value for each repeat is text even where a literal is a switch."""
    return type(entry.value).__name__ if entry.parameter.kind in ("bool", "choice") else "text"
