"""Run > Bundle… and Run > Reproduce…: a training as one zip, and a zip as a training that is compared with the first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from app.language import counted, tr
from app.panels.combo import Combo
from app.reporting.runs import trainings
from app.runs import RunDesk
from app.session import Session
from app.taskdialog import PathField, TaskDialog
from hybridgraph.errors import DocumentError, RunError
from hybridgraph.runs import Run

if TYPE_CHECKING:
    from app.window import MainWindow

_ZIP = "*.zip"


class BundleDialog(TaskDialog):
    """Asks for a run and what goes with it, and packs it."""

    def __init__(self, session: Session, desk: RunDesk, parent: QWidget) -> None:
        super().__init__(tr("Bundle a training"), tr("Pack"), parent)
        self.about = Combo()
        self.about.setAccessibleName(tr("Run"))
        for run, _ in trainings(desk, session.digest):
            self.about.addItem(run.name, run)
        self.with_data = QCheckBox(tr("The pictures, where they are not the bundled sample (up to 512 MiB)"))
        self.with_weights = QCheckBox(tr("The best weights"))
        self.target = PathField(tr("File to write"), _ZIP, is_new=True)
        self.rows.addRow(tr("Run"), self.about)
        self.rows.addRow(tr("Also"), self.with_data)
        self.rows.addRow("", self.with_weights)
        self.rows.addRow(tr("File"), self.target)
        self.about.currentIndexChanged.connect(self._suggest)
        self._suggest()
        if not self.about.count():
            self.start.setEnabled(False)
            self.say(tr("There is no training to pack yet. Train the design first."))

    def arguments(self) -> list[str]:
        run: Run | None = self.about.currentData()
        target = self.target.path
        if run is None:
            raise RunError(tr("There is no training to pack yet. Train the design first."))
        if target is None:
            raise DocumentError(tr("The bundle needs a name."))
        words = ["bundle", str(run.path), "-o", str(target)]
        words += ["--with-data"] if self.with_data.isChecked() else []
        return [*words, "--with-weights"] if self.with_weights.isChecked() else words

    def told(self, result: Mapping[str, Any]) -> str:
        size = f"{result['bytes'] / 1e3:,.1f}"
        return counted(
            "Wrote {path}: {number} file, {size} kB.", "Wrote {path}: {number} files, {size} kB.", result["files"],
            path=result["path"], size=size,
        )  # fmt: skip

    def _suggest(self) -> None:
        run: Run | None = self.about.currentData()
        if run is not None:
            former = self.target.path
            self.target.line.setText(str((former.parent if former else Path.home()) / f"{run.name}.zip"))


class ReproduceDialog(TaskDialog):
    """Asks for a bundle and its pictures, trains it again, and tells whether the curves are the same."""

    def __init__(self, desk: RunDesk, parent: QWidget) -> None:
        super().__init__(tr("Reproduce a bundle"), tr("Run again"), parent)
        self._root = desk.root
        self.bundle = PathField(tr("Bundle"), _ZIP)
        self.data = QLineEdit()
        self.data.setAccessibleName(tr("Pictures"))
        self.data.setPlaceholderText(tr("Those of the bundle, or idx:PATH or folder:PATH"))
        self.rows.addRow(tr("Bundle"), self.bundle)
        self.rows.addRow(tr("Pictures"), self.data)

    def arguments(self) -> list[str]:
        path = self.bundle.path
        if path is None:
            raise DocumentError(tr("Choose the bundle to run again."))
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        words = ["reproduce", str(path), "--run", str(self._root / f"{path.stem}-again-{stamp}")]
        data = self.data.text().strip()
        return [*words, "--data", data] if data else words

    def told(self, result: Mapping[str, Any]) -> str:
        from hybridgraph.reproduction.verdict import verdict_of

        return str(verdict_of(dict(result)))


def offer_bundle(window: MainWindow) -> None:
    """Ask which training to pack."""
    BundleDialog(window.session, window.desk, window).open()


def offer_reproduction(window: MainWindow) -> None:
    """Ask which bundle to run again."""
    ReproduceDialog(window.desk, window).open()
