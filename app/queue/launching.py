"""Run > Launch script…: the training that the form asks for, as a script for a cluster or for machines by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QSpinBox, QWidget

from app.language import mark, tr
from app.panels.combo import Combo
from app.taskdialog import PathField, TaskDialog
from hybridgraph.errors import DocumentError, HybridGraphError
from hybridgraph.runs import Run

if TYPE_CHECKING:
    from app.window import MainWindow

_SCHEDULERS = {
    "slurm": (mark("Slurm"), ".sbatch"),
    "plain": (mark("torchrun, started by hand"), ".sh"),
}


class LaunchDialog(TaskDialog):
    """Asks for what the script is, and writes it. A run that nobody wrote a script for is deleted again."""

    def __init__(self, run: Run, parent: QWidget) -> None:
        super().__init__(tr("Launch script"), tr("Write"), parent)
        self._run, self._is_wanted = run, False
        self.scheduler = Combo()
        for name, (title, _) in _SCHEDULERS.items():
            self.scheduler.addItem(tr(title), name)
        self.nodes, self.gpus = QSpinBox(), QSpinBox()
        for field, most in ((self.nodes, 4096), (self.gpus, 64)):
            field.setRange(1, most)
        self.target = PathField(tr("File to write"), "*.sbatch *.sh", is_new=True)
        self.rows.addRow(tr("For"), self.scheduler)
        self.rows.addRow(tr("Machines"), self.nodes)
        self.rows.addRow(tr("GPUs on each"), self.gpus)
        self.rows.addRow(tr("File"), self.target)
        self.scheduler.currentIndexChanged.connect(self._suggest)
        self._suggest()
        self.finished.connect(self._leave)
        self.say(
            tr(
                "The machines must see the folder {path}. The batch stays that of the form: they share it.",
                path=run.path,
            )
        )

    def arguments(self) -> list[str]:
        target = self.target.path
        if target is None:
            raise DocumentError(tr("The script needs a name."))
        return [
            "launch", str(self._run.path), "--scheduler", str(self.scheduler.currentData()), "--nodes",
            str(self.nodes.value()), "--gpus-per-node", str(self.gpus.value()), "--out", str(target),
        ]  # fmt: skip

    def told(self, result: Mapping[str, Any]) -> str:
        self._is_wanted = True
        return tr("Wrote {path}, for {count} processes.", path=result["out"], count=result["processes"])

    def _suggest(self) -> None:
        former = self.target.path
        _, ending = _SCHEDULERS[str(self.scheduler.currentData())]
        self.target.line.setText(
            str((former.parent if former else Path.home()) / f"{self._run.name}{ending}")
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self._leave()

    def _leave(self, *_: object) -> None:
        if not self._is_wanted and self._run.path.exists():
            try:
                self._run.delete()
            except HybridGraphError as error:
                self.say(str(error))


def offer(window: MainWindow) -> None:
    """Make a run of the training that the form asks for, and ask what its script is for."""
    try:
        job = window.training.form.job()
    except HybridGraphError as error:
        window.session.notified.emit("error", str(error))
        return
    window.desk.make(
        window.session.graph,
        job,
        made=lambda run: LaunchDialog(run, window).open(),
        refused=lambda sentence: window.session.notified.emit("error", sentence),
        weights=window.training.form.weights(),
    )
