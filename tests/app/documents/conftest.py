"""A window with the toy catalogue, and somebody who answers its questions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.documents.asking import Question
from app.engine_client import EngineClient
from app.furniture import furnish
from app.newdesign import blank
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK
from app.window import MainWindow
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from tests.app.conftest import CATALOGUE, small_graph
from tests.app.test_engine_client import FAKE


class Answers:
    """Answers the questions a person would be asked; by default thinks better of it."""

    def __init__(self) -> None:
        self.path = ""
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []

    def new_design(self, session: Session, parent: QWidget) -> Graph | None:
        self.asked.append("new")
        return blank(8, 1, 2)

    def open_path(self, parent: QWidget, folder: str) -> str:
        self.asked.append("open")
        return self.path

    def save_path(self, parent: QWidget, suggestion: str) -> str:
        self.asked.append("save_path")
        path, self.path = self.path, ""
        return path

    def ask(self, parent: QWidget, question: Question) -> str:
        self.asked.append(question.id)
        return self.answers.get(question.id, "cancel")


class Desk:
    """Makes windows over one state folder, as starts of the program one after another."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot = qtbot
        self.root = root
        self.state = root / "state"
        self.answers = Answers()
        self.windows: list[MainWindow] = []

    def design(self, name: str) -> Path:
        file = self.root / f"{name}.hybrid.json"
        files.save(edits.set_name(small_graph(), name), file)
        return file

    def start(self) -> MainWindow:
        session = Session(CATALOGUE)
        engine = EngineClient(session, FAKE, session)
        settings = QSettings(str(self.root / "settings.ini"), QSettings.Format.IniFormat)
        desk = RunDesk(engine, self.root / "runs", session)
        window = MainWindow(DARK, settings)
        furnish(window, session, engine, desk, self.state, self.answers)
        session.setParent(window)
        self.qtbot.addWidget(window, before_close_func=let_go)
        window.resize(1300, 900)
        window.show()
        self.windows.append(window)
        window.returning.restore()
        window.returning.offer_recovery()
        return window

    def crash(self, window: MainWindow) -> None:
        """What the operating system does for a killed process: its locks go, its files stay."""
        window.returning.remember()
        window.documents.recovery.leave()
        for document in window.documents.tabs:
            window.documents.claims.release(document)
        window.returning.leave()


def let_go(window: MainWindow) -> None:
    for document in window.documents.tabs:
        document.undo_stack.setClean()
        document.is_unsaved_start = False


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    themes.apply(qapp, DARK)
    yield Desk(qtbot, tmp_path)
    qapp.setStyleSheet("")


@pytest.fixture
def window(desk: Desk) -> MainWindow:
    return desk.start()


def rename(window: MainWindow, name: str) -> None:
    assert window.session.apply(f"Call it {name}", lambda graph: edits.set_name(graph, name))
