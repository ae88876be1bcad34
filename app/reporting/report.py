"""Run > Report…: all that is known of the design or of one of its runs, on a sheet that opens in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTemporaryDir, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from app.language import mark, tr
from app.panels.combo import Combo
from app.reporting.runs import same_design, trainings
from app.runs import RunDesk
from app.session import Session
from app.taskdialog import PathField, TaskDialog
from hybridgraph.errors import DocumentError
from hybridgraph.graph import files
from hybridgraph.runs import Run
from hybridgraph.runs.store import GRAPH_FILE

if TYPE_CHECKING:
    from app.window import MainWindow

FORMATS = {
    ".html": mark("One page, HTML"),
    ".md": mark("Markdown, figures beside it"),
    ".tex": mark("Tables, LaTeX"),
}


class ReportDialog(TaskDialog):
    """Asks what the report is about, and writes it."""

    def __init__(self, session: Session, desk: RunDesk, parent: QWidget) -> None:
        super().__init__(tr("Report"), tr("Write"), parent)
        self._session = session
        self._folder = QTemporaryDir()
        self.about = Combo()
        self.about.setAccessibleName(tr("About"))
        self.about.addItem(tr("This design, not trained"), None)
        for run, is_same in trainings(desk, session.digest):
            title = (
                tr("This design and its training {name}") if is_same else tr("Design and training of {name}")
            )
            self.about.addItem(title.format(name=run.name), run)
            if is_same and self.about.currentIndex() == 0:  # runs come newest first
                self.about.setCurrentIndex(self.about.count() - 1)
        self.latency = Combo()
        self.latency.setAccessibleName(tr("Profile"))
        self.latency.addItem(tr("None"), None)
        for run in desk.runs("profile"):
            if same_design(run, session.digest):
                self.latency.addItem(run.name, run)
        self.form = Combo()
        self.form.setAccessibleName(tr("Format"))
        for ending, title in FORMATS.items():
            self.form.addItem(tr(title), ending)
        self.card = PathField(tr("Model card"), "*.toml *.txt *.md")
        self.card.line.setPlaceholderText(tr("None: what only people know is told as not stated"))
        self.new_card = QPushButton(tr("New card"))
        self.new_card.setToolTip(tr("Write a model card to fill in, and open it"))
        self.new_card.clicked.connect(self._make_card)
        self.target = PathField(tr("File to write"), "*.html *.md *.tex", is_new=True)
        self.opens = QCheckBox(tr("Open it when it is written"))
        self.opens.setChecked(True)
        self.rows.addRow(tr("About"), self.about)
        if self.latency.count() > 1:
            self.rows.addRow(tr("Profile"), self.latency)
        self.rows.addRow(tr("Format"), self.form)
        self.rows.addRow(tr("Model card"), self.card)
        self.rows.addRow(tr("File"), self.target)
        self.rows.addRow("", self.opens)
        self.buttons.insertWidget(0, self.new_card)
        self.form.currentIndexChanged.connect(self._suggest)
        self._suggest()

    def arguments(self) -> list[str]:
        target = self.target.path
        if target is None:
            raise DocumentError(tr("The report needs a name."))
        run: Run | None = self.about.currentData()
        if run is None:
            design = Path(self._folder.path()) / GRAPH_FILE
            files.save(self._session.graph, design)
            about = str(design)
        else:
            about = str(run.path)
        profile: Run | None = self.latency.currentData()
        words = ["report", about, "-o", str(target)]
        words += ["--profile", str(profile.path)] if profile is not None else []
        return [*words, "--card", str(self.card.path)] if self.card.path is not None else words

    def shown(self, arguments: list[str]) -> list[str]:
        file = self._session.file
        if self.about.currentData() is None:  # the copy made for this report is gone with the dialog
            return [
                arguments[0],
                str(file) if file else f"{self._session.title}{files.SUFFIX}",
                *arguments[2:],
            ]
        return arguments

    def told(self, result: Mapping[str, Any]) -> str:
        path = Path(result["path"])
        said = tr("Wrote {path}, {size} kB.", path=path, size=f"{result['bytes'] / 1e3:,.1f}")
        if self.opens.isChecked() and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            said += " " + tr("No program was found that opens it.")
        return said

    def _suggest(self) -> None:
        ending = str(self.form.currentData())
        former = self.target.path
        file = self._session.file
        folder = file.parent if file else Path.home()
        base = former.with_suffix("") if former else folder / f"{self._session.title}-report"
        self.target.line.setText(f"{base}{ending}")

    def _make_card(self) -> None:
        from hybridgraph.report.card import write_template

        target = self.target.path
        path = (target.parent if target else Path.home()) / f"{self._session.title}-card.toml"
        try:
            if not path.exists():
                write_template(path)
        except DocumentError as error:
            self.say(str(error), role="error")
            return
        self.card.line.setText(str(path))
        self.say(tr("Fill in {path}, then write the report.", path=path))
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def offer(window: MainWindow) -> None:
    """Ask for a report of the window's design."""
    ReportDialog(window.session, window.desk, window).open()
