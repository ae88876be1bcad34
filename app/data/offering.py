"""How the wizard comes up: from the menu, from the training panel, and from a drop. It is loaded when it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from app.language import tr
from hybridgraph.jobs import split_data

if TYPE_CHECKING:
    from app.data.wizard import DataWizard
    from app.window import MainWindow


def offer(window: MainWindow) -> DataWizard:
    """Open the wizard with nothing in it."""
    from app.data.wizard import DataWizard

    wizard = DataWizard(window)
    wizard.open()
    return wizard


def choose(window: MainWindow) -> None:
    """Ask for a folder and show the pictures in it."""
    chosen = QFileDialog.getExistingDirectory(window, tr("Where are the pictures?"), str(_start(window)))
    if chosen:
        offer(window).look_at(Path(chosen))


def look_again(window: MainWindow) -> None:
    """Show the pictures that the training panel names; ask for some where it names none."""
    spec = window.training.form.spec
    if spec:
        offer(window).look_at_data(spec)
    else:
        choose(window)


def _start(window: MainWindow) -> Path:
    """Beside the pictures of the training panel."""
    spec = window.training.form.spec
    path = split_data(spec)[1] if spec else None
    return path.parent if path is not None and path.parent.is_dir() else Path.home()
