"""The export dialog: format, weights, target.

Networks are exported by the command line in a process of its own; drawings and tables are made here.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QTemporaryDir
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.canvas.view import CanvasView
from app.exporting.forms import FORMATS, PAPERS, PICTURES, Form, figure_arguments, in_one_line
from app.exporting.onnxoptions import OnnxOptions
from app.exporting.seal import Seal
from app.exporting.startingweights import WeightsChoice
from app.figures.artwork import artwork
from app.figures.options import FigureOptions
from app.figures.output import write
from app.figures.table import TableOptions
from app.language import told, tr
from app.panels.combo import Combo
from app.runs import RunDesk
from app.session import Session
from app.taskdialog import PathField, TaskDialog
from hybridgraph.errors import DocumentError, HybridGraphError
from hybridgraph.export.record import parse_record, run_records
from hybridgraph.figures.writing import write_text
from hybridgraph.graph import files
from hybridgraph.runs.store import GRAPH_FILE

_RECALLED = 4
"""How many earlier exports of a run are listed."""


class ExportDialog(TaskDialog):
    """Asks what to write where, writes it, and shows what came of it."""

    def __init__(self, session: Session, canvas: CanvasView, desk: RunDesk, parent: QWidget) -> None:
        super().__init__(tr("Export"), tr("Export"), parent)
        self._session = session
        self._folder = QTemporaryDir()
        self.form = Combo()
        self.form.setAccessibleName(tr("Format"))
        for name, (title, _ending) in ((name, (tr(form[0]), form[1])) for name, form in FORMATS.items()):
            self.form.addItem(title, name)
        self.weights = WeightsChoice(session, desk.runs("train"))
        self.target = PathField(tr("File to write"), "", is_new=True)
        self.onnx = OnnxOptions(canvas.theme)
        self.seal = Seal(canvas.theme)
        self.history = QLabel()
        self.history.setProperty("role", "muted")
        self.history.setWordWrap(True)
        self.figure = FigureOptions(session, canvas.theme, canvas.design.overlay)
        self.table = TableOptions(session)
        self.rows.addRow(tr("Format"), self.form)
        self.rows.addRow(tr("For ONNX"), self.onnx)
        self.rows.addRow(tr("Weights"), self.weights)
        self.rows.addRow(tr("Its exports"), self.history)
        self.rows.addRow(tr("File"), self.target)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.indexOf(self.busy), self.figure, 1)
        layout.insertWidget(layout.indexOf(self.busy), self.table, 1)
        layout.insertWidget(layout.indexOf(self.command), self.seal)
        self.form.currentIndexChanged.connect(self._suggest)
        self.weights.currentIndexChanged.connect(self._recall)
        self._suggest()

    @property
    def chosen_form(self) -> Form:
        """What is written."""
        form: Form = self.form.currentData()
        return form

    def _suggest(self) -> None:
        ending = FORMATS[self.chosen_form][1]
        self.target.pattern = f"*{ending}"
        file = self._session.file
        folder = file.parent if file else Path.home()
        former = self.target.path
        base = former.with_suffix("") if former else folder / self._session.title
        self.target.line.setText(f"{base}{ending}")
        is_network = self.chosen_form not in PAPERS
        self.rows.setRowVisible(self.weights, is_network)
        self.rows.setRowVisible(self.onnx, self.chosen_form == "onnx")
        self._recall()
        self.figure.setVisible(self.chosen_form in PICTURES)
        self.table.setVisible(self.chosen_form == "latex")
        self.figure.ask_for(self.chosen_form)
        self.say("")
        self.seal.hide()
        self.command.setText("")
        self.adjustSize()

    def _recall(self) -> None:
        """List what went out of the chosen run before."""
        run = self.weights.run
        is_network = self.chosen_form not in PAPERS
        records = run_records(run.path)[:_RECALLED] if run is not None and is_network else []
        self.history.setText("\n".join(in_one_line(record) for record in records))
        self.rows.setRowVisible(self.history, bool(records))

    def begin(self) -> None:
        """Write the file, or say why not."""
        self.seal.hide()
        try:
            target = self._checked_target()
            match self.chosen_form:
                case "svg" | "pdf" | "png" | "latex" as form:
                    self._write_here(form, target)
                case _:
                    super().begin()
        except HybridGraphError as error:
            self.say(str(error), role="error")

    def _checked_target(self) -> Path:
        target = self.target.path
        if target is None:
            raise DocumentError(tr("The export needs the name of a file."))
        if not target.parent.is_dir():
            raise DocumentError(
                tr("The folder {parent} does not exist. Choose another one.", parent=target.parent)
            )
        return target

    def arguments(self) -> list[str]:
        about = self._copy
        words: list[str] = []
        if self.chosen_form not in PAPERS:
            about = self.weights.design or about
            words = self.weights.arguments
        if about == self._copy:
            files.save(self._session.graph, about)
        words += self.onnx.arguments if self.chosen_form == "onnx" else []
        return ["export", str(about), "--format", self.chosen_form, "-o", str(self._checked_target()), *words]

    def shown(self, arguments: list[str]) -> list[str]:
        file = self._session.file
        if arguments[1] != str(self._copy) or file is None:
            return arguments
        return [arguments[0], str(file), *arguments[2:]]  # the copy is gone with the dialog

    def working(self) -> str:
        return tr("Writing, running and comparing with the design…")

    @property
    def _copy(self) -> Path:
        """Where the design as it is now is put for the command to read."""
        return Path(self._folder.path()) / GRAPH_FILE

    def _write_here(self, form: Literal["svg", "pdf", "png", "latex"], target: Path) -> None:
        """Write a drawing or the table, and show the command that does the same."""
        arguments: list[str] = []
        if form != "latex":
            choice = self.figure.choice
            written = write(artwork(self._session, choice), form, target)
            if form == "svg" and choice.subject == "stages":
                arguments = figure_arguments(choice)
        else:
            written = write_text(self.table.text(), "latex", target)
            for name, field in (("--caption", self.table.caption), ("--label", self.table.label)):
                arguments += [name, field.text().strip()] if field.text().strip() else []
        self.say(str(written))
        file = self._session.file
        if file is not None and (arguments or form == "latex"):
            said = ["export", str(file), "--format", form, *arguments, "-o", str(target.absolute())]
            self.command.setText(f"hybridgraph {shlex.join(said)}")

    def received(self, printed: str) -> None:
        if self.chosen_form in PAPERS:
            self.say(tr("Written: {path}", path=self.target.line.text()))
            return
        try:
            record = parse_record(printed)
        except ValueError as error:
            self.failed(tr("The export says nothing that can be read: {error}.", error=error))
        else:
            self.say("")
            self.seal.show_record(record)
            self._recall()
            self.adjustSize()

    def failed(self, sentence: str) -> None:
        self.say("")
        self.seal.show_failure(told(sentence))
        self.adjustSize()
