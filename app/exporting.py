"""The export dialog: format, weights, target; the work is done by the command line in a process of its own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMarginsF, QProcess, QRectF, QSize, Qt, QTemporaryDir
from PySide6.QtGui import QCloseEvent, QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
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
from app.labels import ElidedLabel
from app.panels.combo import Combo
from app.runs import RunDesk
from app.session import Session
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import digest
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE

Form = Literal["code", "onnx", "safetensors", "svg", "png"]
FORMATS: dict[Form, tuple[str, str]] = {
    "code": ("PyTorch source, one file", ".py"),
    "onnx": ("ONNX, any batch size", ".onnx"),
    "safetensors": ("Weights, safetensors", ".safetensors"),
    "svg": ("Drawing, SVG", ".svg"),
    "png": ("Drawing, PNG", ".png"),
}
_PICTURES = ("svg", "png")
_PICTURE_MARGIN = 32
_PNG_SCALE = 2
COMMAND = (sys.executable, "-m", "hybridgraph.cli")


class ExportDialog(QDialog):
    """Asks what to write where, writes it, and shows what came of it."""

    def __init__(self, session: Session, canvas: CanvasView, desk: RunDesk, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._canvas = canvas
        self._process: QProcess | None = None
        self._folder = QTemporaryDir()
        self.setWindowTitle("Export")
        self.setMinimumWidth(560)
        self.form = Combo()
        for name, (title, _ending) in FORMATS.items():
            self.form.addItem(title, name)
        self.weights = Combo()
        self.weights.addItem("Fresh weights, not trained", None)
        self._offer_runs(desk.runs("train"))
        self.target = QLineEdit()
        self.target.setAccessibleName("File to write")
        browse = QPushButton("…")
        browse.setFixedWidth(36)
        browse.setAccessibleName("Choose the file")
        browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.addWidget(self.target, 1)
        line.addWidget(browse)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow("Format", self.form)
        form.addRow("Weights", self.weights)
        form.addRow("File", line)
        self.word = QLabel()
        self.word.setWordWrap(True)
        self.word.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.command = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.command.setProperty("role", "command")
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.hide()
        self.start = QPushButton("Export")
        self.start.setProperty("role", "primary")
        self.start.setDefault(True)
        self.close_button = QPushButton("Close")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 18, 18, 16)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self.busy)
        layout.addWidget(self.word)
        layout.addWidget(self.command)
        layout.addLayout(buttons)
        self.form.currentIndexChanged.connect(self._suggest)
        self.start.clicked.connect(self.export)
        self.close_button.clicked.connect(self.close)
        self._suggest()

    def _offer_runs(self, runs: list[Run]) -> None:
        """Runs of this very design give their weights, the newest unasked; another run is exported as a whole."""
        for run in runs:
            try:
                own = files.load(run.path / GRAPH_FILE)
            except HybridGraphError:
                continue  # a run without its design has nothing to export
            if not any(run.checkpoints.glob("*")):
                continue
            is_same = digest(own) == self._session.digest
            title = f"Trained in {run.name}" if is_same else f"Design and weights of {run.name}"
            self.weights.addItem(title, run)
            if is_same and self.weights.currentIndex() == 0:  # runs come newest first
                self.weights.setCurrentIndex(self.weights.count() - 1)

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
        self.weights.setEnabled(self.chosen_form not in _PICTURES)

    def _browse(self) -> None:
        ending = FORMATS[self.chosen_form][1]
        chosen, _ = QFileDialog.getSaveFileName(self, "Export to", self.target.text(), f"*{ending}")
        if chosen:
            self.target.setText(chosen)

    def export(self) -> None:
        """Write the file, or say why not."""
        target = Path(self.target.text().strip()).expanduser()
        if not target.parent.is_dir():
            self._say(f"The folder {target.parent} does not exist. Choose another one.", role="error")
            return
        if self.chosen_form in _PICTURES:
            self._draw(target)
            return
        run: Run | None = self.weights.currentData()
        design = Path(self._folder.path()) / GRAPH_FILE
        try:
            files.save(self._session.graph, design)
        except HybridGraphError as error:
            self._say(str(error), role="error")
            return
        arguments = ["export", str(design), "--format", self.chosen_form, "-o", str(target.absolute())]
        if run is not None:
            if digest(files.load(run.path / GRAPH_FILE)) != self._session.digest:
                arguments[1] = str(run.path / GRAPH_FILE)
            arguments += ["--run", str(run.path)]
        self._process = QProcess(self)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._broke)
        self.start.setEnabled(False)
        self.close_button.setText("Cancel")
        self.busy.show()
        self._say("Writing, running and comparing with the design…")
        self._process.start(COMMAND[0], [*COMMAND[1:], *arguments])
        if arguments[1] == str(design) and self._session.file is not None:
            arguments[1] = str(self._session.file)  # the copy made for this export is gone with the dialog
        self.command.setText(f"hybridgraph {shlex.join(arguments)}")

    def _draw(self, target: Path) -> None:
        """Write the canvas as a drawing."""
        scene = self._canvas.scene()
        margin = _PICTURE_MARGIN
        area = scene.itemsBoundingRect().marginsAdded(QMarginsF(margin, margin, margin, margin))
        zoom = self._canvas.zoom
        self._canvas.zoom_to(1.0)  # items paint what the zoom of the view lets one read
        if self.chosen_form == "svg":
            generator = QSvgGenerator()
            generator.setFileName(str(target))
            generator.setSize(area.size().toSize())
            generator.setViewBox(QRectF(0, 0, area.width(), area.height()))
            generator.setTitle(self._session.title)
            painter = QPainter()
            done = painter.begin(generator)
            if done:
                scene.render(painter, QRectF(0, 0, area.width(), area.height()), area)
                painter.end()
        else:
            size = QSize(round(area.width() * _PNG_SCALE), round(area.height() * _PNG_SCALE))
            picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            picture.fill(QColor(self._canvas.theme.canvas))
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            scene.render(painter, QRectF(0, 0, size.width(), size.height()), area)
            painter.end()
            done = picture.save(str(target))
        self._canvas.zoom_to(zoom)
        if done:
            self._say(f"{target}: {target.stat().st_size / 1e3:,.1f} kB")
        else:
            self._say(f"Cannot write {target}. Choose another place.", role="error")

    def _finished(self, code: int, _status: QProcess.ExitStatus) -> None:
        process = self._process
        if process is None:
            return
        printed = bytes(process.readAllStandardOutput().data()).decode(errors="replace").strip()
        complaint = bytes(process.readAllStandardError().data()).decode(errors="replace").strip()
        self._rest()
        if code == 0:
            self._say(printed)
        else:
            last = complaint.splitlines()[-1] if complaint else "The export ended without a word."
            self._say(last, role="error")

    def _broke(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._rest()
            self._say("The export process cannot be started.", role="error")

    def _rest(self) -> None:
        self._process = None
        self.busy.hide()
        self.start.setEnabled(True)
        self.close_button.setText("Close")

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
