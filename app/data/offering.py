"""How the wizard comes up: from the menu, from the training panel, and from a drop. It is loaded when it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.language import tr

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
    wizard = offer(window)
    ask(wizard, QFileDialog.FileMode.Directory).rejected.connect(wizard.reject)


def ask(wizard: DataWizard, mode: QFileDialog.FileMode) -> QFileDialog:
    """Ask for a folder or a file and show what is in it."""
    dialog = QFileDialog(wizard, tr("Where are the pictures?"), str(wizard.beside))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(mode)
    dialog.fileSelected.connect(lambda name: wizard.look_at(Path(name)))
    dialog.open()
    return dialog


def look_again(window: MainWindow) -> None:
    """Show the pictures that the training panel names; ask for some where it names none."""
    spec = window.training.form.spec
    if spec:
        offer(window).look_at_data(spec)
    else:
        choose(window)
