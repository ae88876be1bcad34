"""What a person is asked about documents, behind an interface that tests answer in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox, QPushButton, QWidget

from app.language import mark, tr
from app.newdesign import ask_new
from app.session import Session
from app.theme import Theme
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph

_FILTER = mark("Designs (*{suffix});;All files (*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A sentence, what follows from it, and the answers: (id, words). The first is offered; leaving means "cancel"."""

    id: str
    title: str
    text: str
    detail: str = ""
    answers: Sequence[tuple[str, str]]


class Asker(Protocol):
    """Asks the person: replaced in tests."""

    def new_design(self, session: Session, parent: QWidget) -> Graph | None: ...
    def open_path(self, parent: QWidget, folder: str) -> str: ...
    def save_path(self, parent: QWidget, suggestion: str) -> str: ...
    def ask(self, parent: QWidget, question: Question) -> str: ...


class DialogAsker:
    """Asks with the platform's dialogs."""

    def __init__(self, theme: Callable[[], Theme]) -> None:
        self._theme = theme

    def new_design(self, session: Session, parent: QWidget) -> Graph | None:
        """The design to begin with; None when the person thought better of it."""
        return ask_new(session, self._theme(), parent)

    def open_path(self, parent: QWidget, folder: str) -> str:
        """The file to open; empty when the person thought better of it."""
        return QFileDialog.getOpenFileName(
            parent, tr("Open a design"), folder, tr(_FILTER, suffix=files.SUFFIX)
        )[0]

    def save_path(self, parent: QWidget, suggestion: str) -> str:
        """The file to write; empty when the person thought better of it."""
        return QFileDialog.getSaveFileName(
            parent, tr("Save the design"), suggestion, tr(_FILTER, suffix=files.SUFFIX)
        )[0]

    def ask(self, parent: QWidget, question: Question) -> str:
        """The id of the answer; "cancel" when the person thought better of it."""
        box = QMessageBox(parent)
        box.setWindowTitle(question.title)
        box.setText(question.text)
        box.setInformativeText(question.detail)
        buttons: dict[QAbstractButton, str] = {
            box.addButton(words, QMessageBox.ButtonRole.AcceptRole): name for name, words in question.answers
        }
        box.setDefaultButton(next(one for one in buttons if isinstance(one, QPushButton)))
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        return buttons.get(box.clickedButton(), "cancel")


def unsaved(title: str) -> Question:
    """Before a document with unsaved changes goes."""
    return Question(
        id="unsaved", title=tr("Unsaved changes"), text=tr("{title} has changes that are not saved.", title=title),
        detail=tr("Without saving they are lost."), answers=(("save", tr("Save")), ("discard", tr("Discard"))),
    )  # fmt: skip


def not_saved(sentence: str) -> Question:
    """After a file could not be written."""
    return Question(
        id="not_saved", title=tr("Not saved"), text=sentence, detail=tr("Nothing is lost: the changes are still here."),
        answers=(("elsewhere", tr("Save as…")), ("again", tr("Try again"))),
    )  # fmt: skip


def foreign(title: str) -> Question:
    """Before a file that another program changed is written over."""
    return Question(
        id="foreign", title=tr("Changed on the disk"), text=tr("The file of {title} was changed by another program.", title=title),
        detail=tr("What it holds now is kept among the earlier versions, whichever you choose."),
        answers=(("mine", tr("Save mine over it")), ("elsewhere", tr("Save mine as…")), ("theirs", tr("Take theirs"))),
    )  # fmt: skip


def locked(title: str, pid: int) -> Question:
    """Before a file that another window has open is written."""
    return Question(
        id="locked", title=tr("Open elsewhere"), text=tr("{title} is open in another window (process {pid}).", title=title, pid=pid),
        detail=tr("Only that one may write the file; this copy can be saved as another one."),
        answers=(("elsewhere", tr("Save as…")),),
    )  # fmt: skip


def discard_recovered(count: int) -> Question:
    """Before recovered work is thrown away."""
    what = tr("this design") if count == 1 else tr("these {count} designs", count=count)
    return Question(
        id="discard_recovered", title=tr("Discard"), text=tr("Throw away the unsaved changes of {what}?", what=what),
        detail=tr("They cannot be brought back."), answers=(("discard", tr("Discard")),),
    )  # fmt: skip
