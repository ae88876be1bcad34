"""The profile panel: what every node costs on a device of this machine, as a table and as heat on the canvas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.panels import facts
from app.panels.editors import TextField
from app.panels.labels import ElidedLabel
from app.panels.trainform import compact_form, device_choices, muted
from app.quantities import count, digits, memory, percent, spaced
from app.runs import RunDesk, RunFollower, command_line
from app.session import Heat, Session
from app.theme import Theme, number_font
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import NodeTimed
from hybridgraph.graph.model import Path
from hybridgraph.jobs import ProfileJob
from hybridgraph.runs import Run
from hybridgraph.spec import Parameter

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
COLUMNS = ("Node", "Parameters", "MACs", "Activations", "Latency", "Share")
_BATCH = Parameter(
    kind="int", name="batch", minimum=1, maximum=1_000_000, doc="Pictures in one forward pass."
)
_REPEATS = Parameter(
    kind="int", name="repeats", minimum=1, maximum=100_000, doc="Measurements; the median is shown."
)
_RAW = Qt.ItemDataRole.UserRole


def path_of(event: NodeTimed) -> Path:
    """The node an event is about."""
    return tuple(event.path.split("/"))


class NodeTable(QAbstractTableModel):
    """The events of a profile as rows; `UserRole` gives the number a column is sorted by."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.nodes: list[NodeTimed] = []

    def show_nodes(self, nodes: list[NodeTimed]) -> None:
        self.beginResetModel()
        self.nodes = nodes
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.nodes)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        event, column = self.nodes[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(event, column)
        if role == _RAW:
            raw = (
                event.path,
                event.params,
                event.macs,
                event.activation_bytes,
                event.forward_us_median,
                event.share,
            )
            return raw[column]
        if role == Qt.ItemDataRole.FontRole and column:
            return number_font(11)
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and column == 4:
            low, high = event.forward_us_p10 / 1e3, event.forward_us_p90 / 1e3
            return f"Median of the batch; the middle 80 % lie between {digits(low)} and {digits(high)} ms."
        return None

    def _text(self, event: NodeTimed, column: int) -> str:
        if column == 0:
            return " › ".join(self._names(path_of(event)))
        number, unit = {
            1: count(event.params),
            2: count(event.macs),
            3: memory(event.activation_bytes),
            4: (digits(event.forward_us_median / 1e3), "ms"),
            5: (percent(event.share), ""),
        }[column]
        return f"{number} {unit}".strip()

    def _names(self, path: Path) -> list[str]:
        names = []
        for depth in range(1, len(path) + 1):
            try:
                item = self._session.graph.item(path[:depth])
            except HybridGraphError:  # measured before the node was removed
                names.append(path[depth - 1])
            else:
                names.append(facts.title_of(item, self._session.catalogue))
        return names


class ProfilePanel(QWidget):
    """Form on the left, table on the right; a click on a row selects the node."""

    def __init__(self, session: Session, desk: RunDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self._digest = ""
        self.follower = RunFollower(self)
        self.device = QComboBox()
        self.device.addItems(device_choices({}))
        self.precision = QComboBox()
        self.precision.addItems(["auto", "fp32", "bf16", "fp16"])
        plain = ProfileJob()
        self.batch, self.repeats = TextField(_BATCH, theme), TextField(_REPEATS, theme)
        self.batch.set_value(plain.batch)
        self.repeats.set_value(plain.repeats)
        self.start_button = QPushButton("Profile")
        self.start_button.setProperty("role", "primary")
        self.stop_button = QPushButton("Stop")
        self.table = QTableView()
        self.model = NodeTable(session, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(_RAW)
        self.word = ElidedLabel()
        self.word.setText("Press Profile to measure every block on this machine.")
        self.word.setProperty("role", "muted")
        self.command = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.command.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.command.setProperty("role", "command")
        self._lay_out()
        self.start_button.clicked.connect(self.profile)
        self.stop_button.clicked.connect(self.stop)
        self.table.clicked.connect(self._go)
        self.follower.advanced.connect(self._show_record)
        self.follower.state_changed.connect(self._show_state)
        session.measure_changed.connect(self._show_heat)
        self.set_theme(theme)
        self._show_state("none")

    def _lay_out(self) -> None:
        self.table.setModel(self._sorted)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setAccessibleName("Cost of every node")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        head = self.table.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultSectionSize(120)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        form = compact_form()
        for title, widget in (
            ("Device", self.device),
            ("Batch", self.batch),
            ("Precision", self.precision),
            ("Repeats", self.repeats),
        ):
            widget.setAccessibleName(title)
            form.addRow(muted(title), widget)
        buttons = QHBoxLayout()
        for button in (self.start_button, self.stop_button):
            button.setMinimumHeight(28)
            buttons.addWidget(button)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.addLayout(form)
        left.addStretch(1)
        left.addLayout(buttons)
        holder = QWidget()
        holder.setFixedWidth(252)
        holder.setLayout(left)
        foot = QHBoxLayout()
        foot.addWidget(self.word, 3)
        foot.addWidget(self.command, 2)
        right = QVBoxLayout()
        right.addWidget(self.table, 1)
        right.addLayout(foot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 8)
        layout.setSpacing(14)
        layout.addWidget(holder)
        layout.addLayout(right, 1)

    def set_theme(self, theme: Theme) -> None:
        for field in (self.batch, self.repeats):
            field.theme = theme
            field.update()
        self.start_button.setIcon(icon("gauge", theme.on_accent, 13))
        self.stop_button.setIcon(icon("square", theme.muted, 12))

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer the devices the engine found."""
        chosen = self.device.currentText()
        self.device.clear()
        self.device.addItems(device_choices(hello))
        self.device.setCurrentText(chosen)

    def profile(self) -> None:
        """Measure the current design; a refusal is told."""
        if self.follower.state in ("starting", "running", "stopping"):
            self._session.notified.emit("info", "A measurement is running.")
            return
        analysis = self._session.analysis
        if analysis is not None and analysis.errors and self._session.is_analysis_current:
            sentence = f"The design cannot be measured yet: {analysis.errors[0].message}"
            self._refuse(sentence)
            return
        self.batch.commit()
        self.repeats.commit()
        try:
            job = ProfileJob(
                device=self.device.currentText(),  # type: ignore[arg-type]
                precision=self.precision.currentText(),  # type: ignore[arg-type]
                batch=int(str(self.batch.value)),
                repeats=int(str(self.repeats.value)),
            )
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self.start_button.setEnabled(False)
        self.word.setText("Writing the source…")
        self._digest = self._session.digest
        self._desk.begin(self._session.graph, job, begun=self._begun, refused=self._refuse)

    def stop(self) -> None:
        """Ask the measurement to stop."""
        self.follower.stop()

    def _begun(self, run: Run) -> None:
        self.model.show_nodes([])
        self.command.setText(command_line(run.job, self._session.file or self._session.title))
        self.follower.follow(run, just_started=True)

    def _refuse(self, sentence: str) -> None:
        self._session.notified.emit("error", sentence)
        self._show_state(self.follower.state)

    def _show_record(self) -> None:
        record = self.follower.record
        self.model.show_nodes(list(record.nodes))
        if record.nodes:
            values = {path_of(event): event.forward_us_median / 1e3 for event in record.nodes}
            self._session.show_heat(Heat(title="Latency", unit="ms", values=values, digest=self._digest))

    def _show_state(self, state: str) -> None:
        busy = state in ("starting", "running", "stopping")
        self.start_button.setEnabled(not busy)
        self.stop_button.setEnabled(state in ("starting", "running"))
        self.stop_button.setText("Stopping…" if state == "stopping" else "Stop")
        words = {
            "starting": "Starting…",
            "running": "Measuring…",
            "stopping": "Stopping…",
            "stopped": "Stopped.",
        }
        if state in words:
            self.word.setText(words[state])
        elif state in ("failed", "interrupted"):
            self.word.setText(f"The measurement ended: {self.follower.reason}")
            self._session.notified.emit("error", self.word.text())
        elif state == "finished":
            self.word.setText(self._summary())

    def _summary(self) -> str:
        record = self.follower.record
        if record.profile is None:
            return ""
        end = record.profile
        parts = [f"{digits(end.total_us_median / 1e3)} ms for a batch of {end.batch}"]
        if end.images_per_second:
            parts.append(f"{spaced(end.images_per_second)} img/s")
        if end.peak_memory_bytes:
            parts.append(f"{' '.join(memory(end.peak_memory_bytes))} peak memory")
        if record.started is not None:
            parts.append(f"{record.started.device}, {record.started.precision}")
        return "  ·  ".join(parts)

    def _show_heat(self, heat: Heat | None) -> None:
        """Say that the table is about the design before the last edit, when it is."""
        if heat is not None and self.model.nodes and self.follower.state == "finished":
            stale = "Measured before the last edit: " if heat.stale else ""
            self.word.setText(f"{stale}{self._summary()}")

    def _go(self, index: QModelIndex) -> None:
        event = self.model.nodes[self._sorted.mapToSource(index).row()]
        self._session.select([path_of(event)])
