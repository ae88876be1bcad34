"""The profile panel: what every node costs on a device of this machine, as a table and as heat on the canvas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.labels import ElidedLabel
from app.language import mark, tr
from app.panels.combo import Combo
from app.panels.editors import TextField
from app.panels.nodetable import RAW, NodeTable, path_of
from app.panels.trainform import compact_form, device_choices, muted
from app.quantities import digits, memory, spaced
from app.runs import RunDesk, RunFollower, command_line
from app.session import Heat, Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import digest
from hybridgraph.jobs import ProfileJob
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE
from hybridgraph.spec import Parameter

_BATCH = Parameter(
    kind="int", name="batch", minimum=1, maximum=1_000_000, doc=mark("Pictures in one forward pass.")
)
_REPEATS = Parameter(
    kind="int", name="repeats", minimum=1, maximum=100_000, doc=mark("Measurements; the median is shown.")
)


class ProfilePanel(QWidget):
    """Form on the left, table on the right; a click on a row selects the node."""

    def __init__(self, session: Session, desk: RunDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = desk
        self._digest = ""
        self._measured = session.document  # what is measured, whatever stands in front when the answer comes
        self.follower = RunFollower(self)
        self.device = Combo()
        self.device.addItems(device_choices({}))
        self.precision = Combo()
        self.precision.addItems(["auto", "fp32", "bf16", "fp16"])
        plain = ProfileJob()
        self.batch, self.repeats = TextField(_BATCH, theme), TextField(_REPEATS, theme)
        self.batch.set_value(plain.batch)
        self.repeats.set_value(plain.repeats)
        self.start_button = QPushButton(tr("Profile"))
        self.start_button.setProperty("role", "primary")
        self.stop_button = QPushButton(tr("Stop"))
        self.table = QTableView()
        self.model = NodeTable(session, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(RAW)
        self.word = ElidedLabel()
        self.word.setText(tr("Press Profile to measure every block on this machine."))
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
        self.table.setAccessibleName(tr("Cost of every node"))
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        head = self.table.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultSectionSize(120)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        form = compact_form()
        for title, widget in (
            (tr("Device"), self.device),
            (tr("Batch"), self.batch),
            (tr("Precision"), self.precision),
            (tr("Repeats"), self.repeats),
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
        holder.setFixedWidth(236)
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
        self.stop_button.setIcon(icon("square", theme.muted, 11, filled=True))

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer the devices the engine found."""
        chosen = self.device.currentText()
        self.device.clear()
        self.device.addItems(device_choices(hello))
        self.device.setCurrentText(chosen)

    def profile(self) -> None:
        """Measure the current design; a refusal is told."""
        if self.follower.state in ("starting", "running", "stopping"):
            self._session.notified.emit("info", tr("A measurement is running."))
            return
        analysis = self._session.analysis
        if analysis is not None and analysis.errors and self._session.is_analysis_current:
            sentence = tr("The design cannot be measured yet: {message}", message=analysis.errors[0].message)
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
        self.word.setText(tr("Writing the source…"))
        self._measured = self._session.document
        self._desk.begin(self._session.graph, job, begun=self.open_run, refused=self._refuse)

    def stop(self) -> None:
        """Ask the measurement to stop."""
        self.follower.stop()

    def open_run(self, run: Run, starting: int = 0) -> None:
        """Show a measurement; one that is at work is followed."""
        try:
            self._digest = digest(files.load(run.path / GRAPH_FILE))
            job = run.job
        except HybridGraphError as error:
            self._refuse(str(error))
            return
        self.model.show_nodes([])
        self.command.setText(command_line(job, self._measured.file or run.path / GRAPH_FILE))
        self.follower.follow(run, starting=starting)

    def _refuse(self, sentence: str) -> None:
        self._session.notified.emit("error", sentence)
        self._show_state(self.follower.state)

    def _show_record(self) -> None:
        record = self.follower.record
        self.model.show_nodes(list(record.nodes))
        if record.nodes:
            values = {path_of(event): event.forward_us_median / 1e3 for event in record.nodes}
            heat = Heat(title=tr("Latency"), unit="ms", values=values, digest=self._digest)
            self._session.show_heat(heat, self._measured)

    def _show_state(self, state: str) -> None:
        busy = state in ("starting", "running", "stopping")
        self.start_button.setEnabled(not busy)
        self.stop_button.setEnabled(state in ("starting", "running"))
        self.stop_button.setText(tr("Stopping…") if state == "stopping" else tr("Stop"))
        words = {
            "starting": tr("Starting…"),
            "running": tr("Measuring…"),
            "stopping": tr("Stopping…"),
            "stopped": tr("Stopped."),
        }
        if state in words:
            self.word.setText(words[state])
        elif state in ("failed", "interrupted"):
            self.word.setText(
                tr("The measurement ended: {value}", value=self.follower.reason or tr("its process is gone."))
            )
            self._session.notified.emit("error", self.word.text())
        elif state == "finished":
            self.word.setText(self._summary())

    def _summary(self) -> str:
        record = self.follower.record
        if record.profile is None:
            return ""
        end = record.profile
        parts = [
            tr(
                "{digits} ms for a batch of {batch}",
                digits=digits(end.total_us_median / 1000.0),
                batch=end.batch,
            )
        ]
        if end.images_per_second:
            parts.append(tr("{images_per_second} img/s", images_per_second=spaced(end.images_per_second)))
        if end.peak_memory_bytes:
            parts.append(
                tr(
                    "{peak_memory_bytes} peak memory",
                    peak_memory_bytes=" ".join(memory(end.peak_memory_bytes)),
                )
            )
        if record.started is not None:
            parts.append(f"{record.started.device}, {record.started.precision}")
        return "  ·  ".join(parts)

    def _show_heat(self, heat: Heat | None) -> None:
        """Say that the table is about the design before the last edit, when it is."""
        if heat is not None and self.model.nodes and self.follower.state == "finished":
            stale = tr("Measured before the last edit: ") if heat.stale else ""
            self.word.setText(f"{stale}{self._summary()}")

    def _go(self, index: QModelIndex) -> None:
        event = self.model.nodes[self._sorted.mapToSource(index).row()]
        self._session.select([path_of(event)])
