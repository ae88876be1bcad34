"""What a file held at earlier times: when, how large, how it differs from the design now; to open or to go back to."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.documents.desk import Documents
from app.documents.document import Document
from app.documents.versions import Version
from app.language import counted, mark, tr
from app.quantities import age, count, memory
from app.session import Session
from app.theme import Theme, number_font
from hybridgraph.analysis import Analysis
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph, digest

_COLUMNS = (mark("Saved"), "", mark("Size"), mark("Against now"))


class VersionsDialog(QDialog):
    """The youngest version is at the top; what a chosen one costs is asked of the engine."""

    def __init__(self, documents: Documents, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._documents = documents
        self._session = session
        file = session.file
        self.versions = documents.versions.of(file) if file is not None else []
        self.setWindowTitle(tr("Earlier versions"))
        self.resize(680, 420)
        heading = QLabel(tr("Earlier versions of {title}", title=session.title))
        heading.setProperty("role", "title")
        self.table = QTableWidget(len(self.versions), len(_COLUMNS))
        self.table.setObjectName("versions")
        self.table.setAccessibleName(tr("Earlier versions"))
        self.table.setHorizontalHeaderLabels([tr(title) for title in _COLUMNS])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.word = QLabel(tr("No version is kept yet: one is with every save."))
        self.word.setProperty("role", "muted")
        self.word.setWordWrap(True)
        self.compare_button, self.open_button = QPushButton(tr("Compare")), QPushButton(tr("Open in a tab"))
        self.restore_button = QPushButton(tr("Go back to it"))
        self.restore_button.setProperty("role", "primary")
        close = QPushButton(tr("Close"))
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (close, self.compare_button, self.open_button, self.restore_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(self.table, 1)
        column.addWidget(self.word)
        column.addLayout(row)
        self.graphs: list[Graph | None] = [self._fill(place, one) for place, one in enumerate(self.versions)]
        for button in (self.compare_button, self.open_button, self.restore_button):
            button.setEnabled(False)
        self.compare_button.clicked.connect(self._compare)
        self.open_button.clicked.connect(self._open)
        self.restore_button.clicked.connect(self._restore)
        close.clicked.connect(self.reject)
        self.table.currentCellChanged.connect(self._chosen)
        if self.versions:
            self.table.setCurrentCell(0, 0)

    def _fill(self, place: int, version: Version) -> Graph | None:
        saved = datetime.fromtimestamp(version.saved_at).astimezone()
        try:
            graph: Graph | None = version.graph()
            difference = against(graph, self._session.graph) if graph is not None else ""
        except HybridGraphError as error:
            graph, difference = None, str(error)
        texts = (
            f"{saved:%Y-%m-%d %H:%M:%S}",
            age(version.saved_at),
            " ".join(memory(version.size_bytes)),
            difference,
        )
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if column in (0, 2):
                item.setFont(number_font(11))
            self.table.setItem(place, column, item)
        return graph

    @property
    def chosen(self) -> Graph | None:
        """The design of the chosen version."""
        place = self.table.currentRow()
        return self.graphs[place] if 0 <= place < len(self.graphs) else None

    def _chosen(self, place: int, *_: int) -> None:
        graph = self.chosen
        self.open_button.setEnabled(graph is not None)
        for button in (self.compare_button, self.restore_button):
            button.setEnabled(graph is not None and graph != self._session.graph)
        self.word.setText("")
        if graph is not None:
            self._session.probe(graph, self._show_costs)

    def _show_costs(self, analysis: Analysis) -> None:
        graph, now = self.chosen, self._session.analysis
        if graph is None or analysis.digest != digest(graph) or not self.isVisible():
            return
        parts = []
        for name, then, today in (
            (tr("parameters"), analysis.total.params, now.total.params if now else None),
            (tr("MACs"), analysis.total.macs, now.total.macs if now else None),
        ):
            gap = (
                ""
                if today is None or today == then
                else tr(" ({signed} against now)", signed=_signed(then - today))
            )
            parts.append(f"{' '.join(count(then)).strip()} {name}{gap}")
        problems = len(analysis.errors)
        if problems:
            parts.append(counted("{number} problem", "{number} problems", problems))
        self.word.setText("  ·  ".join(parts))

    def _compare(self) -> None:
        graph = self.chosen
        if graph is not None:
            self.accept()
            self._documents.compare_wanted.emit(age(self.versions[self.table.currentRow()].saved_at), graph)

    def _open(self) -> None:
        graph = self.chosen
        if graph is not None:
            place = self.table.currentRow()
            document = Document(graph)
            saved = self.table.item(place, 0)
            document.label = f"{self._session.title} ({saved.text() if saved else place})"
            self.accept()
            self._documents.add(document)

    def _restore(self) -> None:
        graph = self.chosen
        if graph is not None:
            self._session.settle()
            self._session.apply(tr("Go back to an earlier version"), lambda _graph: graph)
            self.accept()


def against(then: Graph, now: Graph) -> str:
    """How an earlier graph differs from the one now, in blocks: "3 more, 1 less, 2 different"."""
    before, after = dict(then.walk()), dict(now.walk())
    more, less = len(before.keys() - after.keys()), len(after.keys() - before.keys())
    shared = before.keys() & after.keys()
    different = sum(before[path] != after[path] for path in shared)
    if not (more or less or different) and then.edges == now.edges:
        return tr("the same")
    words = [
        tr(text, number=number)
        for number, text in (
            (more, mark("{number} more")),
            (less, mark("{number} less")),
            (different, mark("{number} different")),
        )
        if number
    ]
    return (
        tr("{words} of {before} blocks", words=", ".join(words), before=len(before))
        if words
        else tr("other wires")
    )


def _signed(number: float) -> str:
    return f"{'+' if number > 0 else '−'}{' '.join(count(abs(number))).strip()}"
