"""The parameters of what is selected: one row for each, of one node or of several together."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QWidget

from app.choosing import outcomes
from app.language import mark, tr
from app.panels import spreading
from app.panels.facts import Entry
from app.panels.rows import ParameterRow
from app.panels.section import Section
from app.session import Session
from app.theme import Theme
from hybridgraph.analysis import Analysis
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Group, Path
from hybridgraph.graph.values import Value
from hybridgraph.spec import Parameter

REPEAT = Parameter(
    kind="int", name="repeat", default=1, minimum=1, maximum=edits.MAX_REPEAT, unit="blocks",
    doc=mark("How often the body of the stage is run, each repeat feeding the next."),
)  # fmt: skip
Key = tuple[Path, str]


class ParameterSection(Section):
    """Rows of fields that edit the session's graph. What is typed or dragged shows its cost before it is settled."""

    rebuild_wanted = Signal()

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__(tr("Parameters"), theme)
        self._session = session
        self._as_text: set[Key] = set()
        self._spread: set[Key] = set()
        self._entries: dict[Key, Entry] = {}
        self._before_drag: tuple[Graph, Analysis | None, Key] | None = None
        self.rows: dict[Key, ParameterRow] = {}
        self.wired_labels: list[QLabel] = []
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(8)
        self._form.setVerticalSpacing(6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.layout_inside.addLayout(self._form)
        session.analysis_changed.connect(self._show_dragged_cost)

    def rebuild(self, entries: tuple[Entry, ...], wired: list[tuple[str, str]]) -> None:
        """Make the rows anew for these parameters, and lines for what comes from the wires."""
        self.clear()
        for entry in entries:
            key = (entry.path, entry.name)
            row = self.rows[key] = ParameterRow(
                entry, self._theme, as_text=key in self._as_text, is_spread_open=key in self._spread
            )
            row.spread.opened.connect(partial(self._note_open, key))
            row.text_requested.connect(partial(self._write_as_text, key))
            row.committed.connect(partial(self._set, key))
            row.considered.connect(partial(self._consider, key))
            row.scrub_begun.connect(partial(self._begin_drag, key))
            row.scrub_cancelled.connect(self._cancel_drag)
            row.settled.connect(self._settle)
            row.reset_requested.connect(partial(self._reset, key))
            self._form.addRow(row.name, row.holder)
        for name, value in wired:
            self._add_wired(name, value)

    def clear(self) -> None:
        """Take the rows away; the field that has the focus tells its value then."""
        while self._form.rowCount():  # deleted later: one of them may be the sender of what brought us here
            gone = self._form.takeRow(0)
            for part in (gone.labelItem, gone.fieldItem):
                if (widget := part.widget()) is not None:
                    widget.hide()
                    widget.deleteLater()
        self.rows, self.wired_labels, self._before_drag = {}, [], None

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show the values that the rows' parameters have now."""
        self._entries = {(entry.path, entry.name): entry for entry in entries}
        for key, entry in self._entries.items():
            self.rows[key].show_entry(entry)
            span = None if entry.parameter is REPEAT else spreading.span_of(self._session.graph, entry)
            self.rows[key].show_span(span)

    def _note_open(self, key: Key, is_open: bool) -> None:
        """Values for each repeat stay open when an edit makes the rows anew."""
        self._spread = self._spread | {key} if is_open else self._spread - {key}

    def _add_wired(self, name: str, value: str) -> None:
        label = QLabel(value)
        label.setProperty("role", "number")
        origin = QLabel(tr("from the wire"))
        origin.setProperty("role", "muted")
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(9, 4, 9, 4)
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(origin)
        self.wired_labels.append(label)
        title = QLabel(name)
        title.setProperty("role", "muted")
        title.setFixedWidth(100)
        title.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._form.addRow(title, line)

    # ------------------------------------------------------------------------------------------------- editing

    def _edit(self, key: Key, value: Value) -> Callable[[Graph], Graph]:
        """The edit that gives a value to every node that a row stands for."""
        entry, catalogue = self._entries[key], self._session.catalogue

        def edit(graph: Graph) -> Graph:
            for path in entry.paths:
                if isinstance(graph.item(path), Group) and entry.parameter is REPEAT:
                    if not isinstance(value, int):
                        raise GraphError(tr("The number of repeats is a whole number."))
                    graph = edits.set_repeat(graph, path, value)
                else:
                    graph = edits.set_param(graph, path, entry.name, value, catalogue)
            return graph

        return edit

    def _merge_key(self, key: Key) -> str:
        return "+".join("/".join(path) for path in self._entries[key].paths) + f".{key[1]}"

    def _set(self, key: Key, value: Value) -> None:
        entry = self._entries[key]
        words = tr("Set {replace}", replace=entry.name.replace("_", " "))
        words += tr(" of {paths} blocks", paths=len(entry.paths)) if entry.others else ""
        if not self._session.apply(words, self._edit(key, value), merge=self._merge_key(key)):
            self.rows[key].show_entry(entry)

    def _reset(self, key: Key) -> None:
        entry = self._entries[key]

        def edit(graph: Graph) -> Graph:
            for one in (entry, *entry.others):
                if one.is_edited:
                    graph = self._as_usual(graph, one)
            return graph

        self._session.settle()
        self._session.apply(tr("Reset {replace}", replace=entry.name.replace("_", " ")), edit)

    def _as_usual(self, graph: Graph, entry: Entry) -> Graph:
        """The graph with what is usual for one parameter of one node."""
        if not entry.source or (not entry.is_named and entry.usual == entry.parameter.default):
            return edits.reset_param(graph, entry.path, entry.name)
        if entry.parameter is REPEAT and isinstance(entry.usual, int):
            return edits.set_repeat(graph, entry.path, entry.usual)
        return edits.set_param(graph, entry.path, entry.name, entry.usual, self._session.catalogue)

    def _settle(self) -> None:
        self._before_drag = None
        self._session.settle()

    def _write_as_text(self, key: Key) -> None:
        """Turn a switch or choice into a text field, until the panel shows something else."""
        self._as_text = {key}
        self.rebuild_wanted.emit()
        self.rows[key].field.setFocus()

    # ------------------------------------------------------------------------------------------------- what it costs

    def _consider(self, key: Key, value: Value) -> None:
        """Ask what a value would cost that is still being typed."""
        row = self.rows[key]
        try:
            candidate = self._edit(key, value)(self._session.graph)
        except GraphError:
            return
        before = self._session.analysis

        def answered(after: Analysis) -> None:
            if self.rows.get(key) is row and before is not None:
                self._tell(row, before, after)

        self._session.probe(candidate, answered)

    def _begin_drag(self, key: Key) -> None:
        self._session.settle()  # the drag is a step of its own
        current = self._session.analysis if self._session.is_analysis_current else None
        self._before_drag = (self._session.graph, current, key)

    def _cancel_drag(self) -> None:
        if self._before_drag is not None:
            graph, _, key = self._before_drag
            self._session.apply(tr("Take back"), lambda _: graph, merge=self._merge_key(key))
        self._settle()

    def _show_dragged_cost(self, after: Analysis | None) -> None:
        if self._before_drag is not None and after is not None and self._before_drag[1] is not None:
            self._tell(self.rows[self._before_drag[2]], self._before_drag[1], after)

    @staticmethod
    def _tell(row: ParameterRow, before: Analysis, after: Analysis) -> None:
        text, is_bad = outcomes.consequence(before, after)
        row.show_consequence(text, is_bad=is_bad)
