"""The window: documents, actions, choosers, what it says at its foot. The engine is the tests' own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.actions import ACTIONS
from app.dialogs import Chooser
from app.docks import TABS
from app.documents.asking import Question
from app.engine_client import EngineClient
from app.exporting.dialog import ExportDialog
from app.furniture import furnish
from app.newdesign import NAME, NewDialog, blank
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK
from app.window import MainWindow
from hybridgraph import presets
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from tests.app.conftest import CATALOGUE, small_graph
from tests.app.test_engine_client import FAKE


class Answers:
    """Answers the questions a person would be asked."""

    def __init__(self) -> None:
        self.path = ""
        self.unsaved_answer = "cancel"
        self.asked: list[str] = []

    def new_design(self, session: Session, parent: QWidget) -> Graph | None:
        self.asked.append("new")
        return blank(8, 1, 2)

    def open_path(self, parent: QWidget, folder: str) -> str:
        self.asked.append("open")
        return self.path

    def save_path(self, parent: QWidget, suggestion: str) -> str:
        self.asked.append("save")
        return self.path

    def ask(self, parent: QWidget, question: Question) -> str:
        self.asked.append(question.id)
        return self.unsaved_answer if question.id == "unsaved" else "cancel"


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, answers: Answers) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    session = Session(CATALOGUE, small_graph())
    engine = EngineClient(session, [*FAKE, "--findings"], session)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    desk = RunDesk(engine, tmp_path / "runs", session)
    made = MainWindow(DARK, settings)
    furnish(made, session, engine, desk, tmp_path / "state", answers)
    session.setParent(made)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.resize(1300, 900)
    made.show()
    yield made
    engine.stop()
    qapp.setStyleSheet("")


def change(window: MainWindow) -> None:
    assert window.session.apply("Delete", lambda graph: edits.remove(graph, ["stem"]))


def test_everything_in_the_table_has_its_own_keys_and_a_place_in_a_menu(window: MainWindow) -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    listed = {action.objectName() for menu in window.actions_set.menus.values() for action in menu.actions()}
    assert {action.id for action in ACTIONS} <= listed


def test_every_action_that_asks_nothing_can_be_done(window: MainWindow, answers: Answers) -> None:
    window.session.select([("stem",)])
    for action in ACTIONS:
        if action.id not in ("quit", "export", "about", "restart_engine", "train", "profile"):
            window.actions_set[action.id].trigger()
            if window.documents.current is None:
                window.documents.step(1)  # the start page, where little can be done
            for popup in window.findChildren(Chooser):
                popup.close()
    assert "open" in answers.asked
    assert "save" in answers.asked


def test_save_and_open_round_trip(window: MainWindow, answers: Answers, tmp_path: Path) -> None:
    answers.path = str(tmp_path / "mine")
    change(window)
    changed = window.session.graph
    assert window.windowTitle().startswith("small •")
    window.actions_set["save"].trigger()
    assert window.windowTitle() == "mine - HybridGraph"
    window.session.new(Graph())
    answers.path = str(tmp_path / "mine.hybrid.json")
    window.actions_set["open"].trigger()
    assert window.session.graph == changed
    assert window.documents.recent == [answers.path]
    assert not window.session.is_dirty


def test_a_torn_file_is_one_sentence_in_a_toast(window: MainWindow, answers: Answers, tmp_path: Path) -> None:
    torn = tmp_path / "torn.hybrid.json"
    torn.write_text(files.dumps(small_graph())[:90])
    before = window.session.graph
    answers.path = str(torn)
    window.actions_set["open"].trigger()
    assert window.session.graph is before
    assert window.toast.isVisible()
    assert "torn.hybrid.json" in window.toast.label.text()


@pytest.mark.parametrize(("answer", "is_closed"), [("cancel", False), ("discard", True), ("save", True)])
def test_closing_asks_about_unsaved_changes(
    window: MainWindow, answers: Answers, tmp_path: Path, answer: str, is_closed: bool
) -> None:
    change(window)
    answers.unsaved_answer, answers.path = answer, str(tmp_path / "kept.hybrid.json")
    assert window.close() is is_closed
    assert answers.asked[0] == "unsaved"
    assert (tmp_path / "kept.hybrid.json").exists() is (answer == "save")


def test_a_save_that_fails_keeps_the_window_open(
    window: MainWindow, answers: Answers, tmp_path: Path
) -> None:
    change(window)
    answers.unsaved_answer, answers.path = "save", str(tmp_path / "gone" / "a.hybrid.json")
    assert not window.close()
    assert window.session.is_dirty


def test_nothing_unsaved_closes_without_a_question(window: MainWindow, answers: Answers) -> None:
    assert window.close()
    assert answers.asked == []


def test_findings_reach_foot_tab_and_panel(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.session.analysis_changed, timeout=10_000):
        window.engine.start()
    assert window.line.verdict.label.text() == "✕ 1 problem"
    assert window.line.totals.text().startswith("4 k params  ·  8 k MACs  ·  16 kB / image  ·  zoom ")
    assert window.tabs.tabText(TABS.index("Problems")) == "Problems  2"
    qtbot.mouseClick(window.line.verdict, Qt.MouseButton.LeftButton)
    assert window.docks.panel is window.problems


def test_the_palette_adds_in_the_middle_and_selects(qtbot: QtBot, window: MainWindow) -> None:
    window.canvas.frame_all()
    window.palette_panel.add_requested.emit("gate")
    assert ("gate",) in window.session.selection
    window.actions_set["undo"].trigger()
    assert window.session.graph == small_graph()


def test_the_command_palette_does_what_it_names(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_set["commands"].trigger()
    chooser = window.findChildren(Chooser)[-1]
    qtbot.keyClicks(chooser.search, "source panel")
    assert chooser.list.count() == 1
    qtbot.keyClick(chooser.search, Qt.Key.Key_Return)
    assert window.docks.panel is window.source


@pytest.mark.parametrize("wanted", ["latex", "svg", "onnx"])
def test_the_command_palette_finds_export_by_what_it_writes(
    qtbot: QtBot, window: MainWindow, wanted: str
) -> None:
    window.actions_set["commands"].trigger()
    chooser = window.findChildren(Chooser)[-1]
    qtbot.keyClicks(chooser.search, wanted)
    assert "Export" in [
        label.text() for label in chooser.list.itemWidget(chooser.list.item(0)).findChildren(QLabel)
    ]


def test_find_goes_to_a_node(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_set["find"].trigger()
    chooser = window.findChildren(Chooser)[-1]
    qtbot.keyClicks(chooser.search, "classifier")
    qtbot.keyClick(chooser.search, Qt.Key.Key_Return)
    assert window.session.selection == {("head",)}


def test_the_theme_is_remembered_and_nothing_breaks(window: MainWindow) -> None:
    window.session.select([("stage1",)])
    window.actions_set["theme"].trigger()
    assert window.theme.name == "light"
    assert window.settings.value("theme") == "light"
    assert not window.grab().isNull()


def test_an_empty_design_offers_doors_and_one_leads_in(qtbot: QtBot, window: MainWindow) -> None:
    window.session.new(Graph())
    assert window.canvas.doors.isVisible()
    assert not window.actions_set["train"].isEnabled()
    qtbot.mouseClick(window.canvas.doors.buttons["blank"], Qt.MouseButton.LeftButton)
    assert list(window.session.graph.nodes) == ["image", "classifier"]
    assert not window.canvas.doors.isVisible()


def test_a_preset_can_be_chosen_for_own_pictures(qtbot: QtBot) -> None:
    dialog = NewDialog(DARK)
    qtbot.addWidget(dialog)
    assert list(dialog.graph().nodes) == ["image", "classifier"]
    names = [dialog.list.item(row).data(NAME) for row in range(dialog.list.count())]
    dialog.list.setCurrentRow(names.index("tiny-moat-0"))
    assert dialog.numbers["image_size"].text() == "224"
    dialog.numbers["classes"].setText("1")
    dialog.make.click()
    assert not dialog.result()
    dialog.numbers["classes"].setText("7")
    dialog.make.click()
    assert dialog.result()
    assert any(node.params.get("classes") == 7 for node in dialog.graph().nodes.values())


@pytest.mark.parametrize("form", ["svg", "png"])
def test_the_canvas_is_written_as_a_drawing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, form: Any
) -> None:
    dialog = ExportDialog(window.session, window.canvas, window.desk, window)
    qtbot.addWidget(dialog)
    dialog.form.setCurrentIndex(dialog.form.findData(form))
    dialog.target.line.setText(str(tmp_path / f"drawing.{form}"))
    zoom = window.canvas.zoom
    dialog.begin()
    assert (tmp_path / f"drawing.{form}").stat().st_size > 2000
    assert window.canvas.zoom == pytest.approx(zoom)
    dialog.target.line.setText(str(tmp_path / "gone" / "a.svg"))
    dialog.begin()
    assert "does not exist" in dialog.word.text()


def export_to(qtbot: QtBot, window: MainWindow, target: Path) -> ExportDialog:
    dialog = ExportDialog(window.session, window.canvas, window.desk, window)
    qtbot.addWidget(dialog)
    dialog.target.line.setText(str(target))
    dialog.begin()
    qtbot.waitUntil(dialog.start.isEnabled, timeout=200_000)
    return dialog


@pytest.mark.slow
def test_a_design_goes_home_as_source(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.session.new(presets.build("pocket-moat"))
    dialog = export_to(qtbot, window, tmp_path / "model.py")
    assert dialog.seal.accessibleName() == "Export verified"
    assert "bit-identical" in dialog.seal.accessibleDescription()
    assert "def build_model" in (tmp_path / "model.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_design_that_cannot_be_exported_says_why(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    dialog = export_to(
        qtbot, window, tmp_path / "model.py"
    )  # the toy catalogue's blocks are unknown to torch
    assert dialog.seal.accessibleName() == "Export failed"
    assert dialog.seal.word.text().endswith(".")
    assert not (tmp_path / "model.py").exists()


def test_the_window_can_be_as_small_as_a_small_screen(window: MainWindow) -> None:
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
    hint = window.minimumSizeHint()
    assert hint.width() <= 1024
    assert hint.height() <= 640
