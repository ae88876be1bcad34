"""The export dialog: format, weights, target.

Networks are exported by the command line in a process of its own; drawings and tables are made here.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QProcess, Qt, QTemporaryDir
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.view import CanvasView
from app.exporting.forms import FORMATS, PAPERS, PICTURES, Form, figure_arguments, in_one_line
from app.exporting.onnxoptions import OnnxOptions
from app.exporting.seal import Seal
from app.exporting.startingweights import WeightsChoice
from app.figures.artwork import artwork
from app.figures.options import FigureOptions
from app.figures.output import write
from app.figures.table import TableOptions
from app.labels import ElidedLabel
from app.language import told, tr
from app.panels.combo import Combo
from app.runs import RunDesk
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.export.record import parse_record, run_records
from hybridgraph.figures.writing import write_text
from hybridgraph.graph import files
from hybridgraph.runs.store import GRAPH_FILE

_RECALLED = 4
"""How many earlier exports of a run are listed."""
COMMAND = (sys.executable, "-m", "hybridgraph.cli")


class ExportDialog(QDialog):
    """Asks what to write where, writes it, and shows what came of it."""

    def __init__(self, session: Session, canvas: CanvasView, desk: RunDesk, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._process: QProcess | None = None
        self._folder = QTemporaryDir()
        self.setWindowTitle(tr("Export"))
        self.setMinimumWidth(560)
        self.form = Combo()
        for name, (title, _ending) in ((name, (tr(form[0]), form[1])) for name, form in FORMATS.items()):
            self.form.addItem(title, name)
        self.weights = WeightsChoice(session, desk.runs("train"))
        self.target = QLineEdit()
        self.target.setAccessibleName(tr("File to write"))
        browse = QPushButton("…")
        browse.setFixedWidth(36)
        browse.setAccessibleName(tr("Choose the file"))
        browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.addWidget(self.target, 1)
        line.addWidget(browse)
        self.onnx = OnnxOptions(canvas.theme)
        self.seal = Seal(canvas.theme)
        self.history = QLabel()
        self.history.setProperty("role", "muted")
        self.history.setWordWrap(True)
        self.figure = FigureOptions(session, canvas.theme, canvas.design.overlay)
        self.table = TableOptions(session)
        self._rows = form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow(tr("Format"), self.form)
        form.addRow(tr("For ONNX"), self.onnx)
        form.addRow(tr("Weights"), self.weights)
        form.addRow(tr("Its exports"), self.history)
        form.addRow(tr("File"), line)
        self.word = QLabel()
        self.word.setWordWrap(True)
        self.word.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.command = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.command.setProperty("role", "command")
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.hide()
        self.start = QPushButton(tr("Export"))
        self.start.setProperty("role", "primary")
        self.start.setDefault(True)
        self.close_button = QPushButton(tr("Close"))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 18, 18, 16)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self.figure, 1)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.busy)
        layout.addWidget(self.word)
        layout.addWidget(self.seal)
        layout.addWidget(self.command)
        layout.addLayout(buttons)
        self.form.currentIndexChanged.connect(self._suggest)
        self.weights.currentIndexChanged.connect(self._recall)
        self.start.clicked.connect(self.export)
        self.close_button.clicked.connect(self.close)
        self._suggest()

    @property
    def chosen_form(self) -> Form:
        """What is written."""
        form: Form = self.form.currentData()
        return form

    def _suggest(self) -> None:
        ending = FORMATS[self.chosen_form][1]
        file = self._session.file
        folder = file.parent if file else Path.home()
        former = self.target.text()
        base = Path(former).with_suffix("") if former else folder / self._session.title
        self.target.setText(f"{base}{ending}")
        is_picture, is_table = self.chosen_form in PICTURES, self.chosen_form == "latex"
        is_network = self.chosen_form not in PAPERS
        self._rows.setRowVisible(self.weights, is_network)
        self._rows.setRowVisible(self.onnx, self.chosen_form == "onnx")
        self._recall()
        self.figure.setVisible(is_picture)
        self.table.setVisible(is_table)
        self.figure.ask_for(self.chosen_form)
        self._say("")
        self.seal.hide()
        self.command.setText("")
        self.adjustSize()

    def _recall(self) -> None:
        """List what went out of the chosen run before."""
        run = self.weights.run
        is_network = self.chosen_form not in PAPERS
        records = run_records(run.path)[:_RECALLED] if run is not None and is_network else []
        self.history.setText("\n".join(in_one_line(record) for record in records))
        self._rows.setRowVisible(self.history, bool(records))

    def _browse(self) -> None:
        ending = FORMATS[self.chosen_form][1]
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export to"), self.target.text(), f"*{ending}")
        if chosen:
            self.target.setText(chosen)

    def export(self) -> None:
        """Write the file, or say why not."""
        target = Path(self.target.text().strip()).expanduser()
        if not target.parent.is_dir():
            self._say(
                tr("The folder {parent} does not exist. Choose another one.", parent=target.parent),
                role="error",
            )
            return
        match self.chosen_form:
            case "svg" | "pdf" | "png" | "latex" as form:
                self._write_here(form, target)
                return
        design = Path(self._folder.path()) / GRAPH_FILE
        try:
            files.save(self._session.graph, design)
        except HybridGraphError as error:
            self._say(str(error), role="error")
            return
        arguments = ["export", str(design), "--format", self.chosen_form, "-o", str(target.absolute())]
        arguments += self.onnx.arguments if self.chosen_form == "onnx" else []
        if self.chosen_form not in PAPERS:
            arguments[1] = str(self.weights.design or design)
            arguments += self.weights.arguments
        self._process = QProcess(self)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._broke)
        self.start.setEnabled(False)
        self.close_button.setText(tr("Cancel"))
        self.busy.show()
        self.seal.hide()
        self._say(tr("Writing, running and comparing with the design…"))
        self._process.start(COMMAND[0], [*COMMAND[1:], *arguments, "--json"])
        if arguments[1] == str(design) and self._session.file is not None:
            arguments[1] = str(self._session.file)  # the copy made for this export is gone with the dialog
        self.command.setText(f"hybridgraph {shlex.join(arguments)}")

    def _write_here(self, form: Literal["svg", "pdf", "png", "latex"], target: Path) -> None:
        """Write a drawing or the table, and show the command that does the same."""
        arguments: list[str] = []
        try:
            if form != "latex":
                choice = self.figure.choice
                written = write(artwork(self._session, choice), form, target)
                if form == "svg" and choice.subject == "stages":
                    arguments = figure_arguments(choice)
            else:
                written = write_text(self.table.text(), "latex", target)
                for name, field in (("--caption", self.table.caption), ("--label", self.table.label)):
                    arguments += [name, field.text().strip()] if field.text().strip() else []
        except HybridGraphError as error:
            self._say(str(error), role="error")
            return
        self._say(str(written))
        file = self._session.file
        if file is not None and (arguments or form == "latex"):
            said = ["export", str(file), "--format", form, *arguments, "-o", str(target.absolute())]
            self.command.setText(f"hybridgraph {shlex.join(said)}")

    def _finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        process = self._process
        if process is None:
            return
        printed = bytes(process.readAllStandardOutput().data()).decode(errors="replace").strip()
        complaint = bytes(process.readAllStandardError().data()).decode(errors="replace").strip()
        self._rest()
        if code == 0:
            self._seal(printed)
        else:
            last = complaint.splitlines()[-1] if complaint else tr("The export ended without a word.")
            self._say("")
            self.seal.show_failure(told(last))
        self.adjustSize()

    def _seal(self, printed: str) -> None:
        """Show what the command says of the export."""
        if self.chosen_form in PAPERS:
            self._say(tr("Written: {path}", path=self.target.text()))
            return
        try:
            record = parse_record(printed)
        except ValueError as error:
            self.seal.show_failure(tr("The export says nothing that can be read: {error}.", error=error))
        else:
            self._say("")
            self.seal.show_record(record)
            self._recall()

    def _broke(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._rest()
            self._say(tr("The export process cannot be started."), role="error")

    def _rest(self) -> None:
        self._process = None
        self.busy.hide()
        self.start.setEnabled(True)
        self.close_button.setText(tr("Close"))

    def _say(self, text: str, role: str = "") -> None:
        self.word.setText(text)
        self.word.setProperty("role", role)
        self.word.style().unpolish(self.word)
        self.word.style().polish(self.word)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing while it works cancels: the command writes whole files or none."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(1000)
        event.accept()
