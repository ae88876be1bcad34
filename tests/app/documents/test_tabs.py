"""Several designs in tabs, with real keys and clicks; and all of them again at the next start."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from app.documents.workspace import STATE_FILE, Workspace
from app.window import MainWindow
from hybridgraph.graph import edits, files
from tests.app.conftest import small_graph
from tests.app.documents.conftest import Desk, rename

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CTRL = Qt.KeyboardModifier.ControlModifier


def titles(window: MainWindow) -> list[str]:
    bar = window.topbar.tabs.bar
    return [bar.tabText(place) for place in range(bar.count())]


def middle(bar: QTabBar, place: int) -> QPoint:
    return bar.tabRect(place).center() - QPoint(20, 0)


@pytest.fixture
def three(desk: Desk, window: MainWindow) -> MainWindow:
    for name in ("a", "b", "c"):
        assert window.documents.open(desk.design(name))
    return window


def test_each_tab_keeps_its_own_design_undo_selection_and_zoom(qtbot: QtBot, three: MainWindow) -> None:
    bar, session = three.topbar.tabs.bar, three.session
    assert titles(three) == ["a", "b", "c"]
    rename(three, "changed")
    session.select([("stem",)])
    three.canvas.zoom_to(0.5)
    qtbot.mouseClick(bar, LEFT, pos=middle(bar, 0))
    assert session.graph.name == "a"
    assert not session.undo_stack.canUndo()
    assert session.selection == frozenset()
    three.canvas.zoom_to(2.0)
    qtbot.mouseClick(bar, LEFT, pos=middle(bar, 2))
    assert (session.graph.name, session.selection) == ("changed", {("stem",)})
    assert three.canvas.zoom == pytest.approx(0.5)
    session.undo_stack.undo()
    assert session.graph.name == "c"


def test_the_keys_of_tabs(qtbot: QtBot, three: MainWindow, desk: Desk) -> None:
    canvas, session = three.canvas, three.session
    for shift, expected in ((False, "a"), (False, "b"), (True, "a"), (True, "c")):
        modifiers = CTRL | Qt.KeyboardModifier.ShiftModifier if shift else CTRL
        qtbot.keyClick(canvas, Qt.Key.Key_Backtab if shift else Qt.Key.Key_Tab, modifiers)
        assert session.graph.name == expected
    qtbot.keyClick(canvas, Qt.Key.Key_N, CTRL)
    assert desk.answers.asked == ["new"]
    assert len(titles(three)) == 4
    qtbot.keyClick(canvas, Qt.Key.Key_W, CTRL)
    assert titles(three) == ["a", "b", "c"]
    qtbot.keyClick(canvas, Qt.Key.Key_T, CTRL)
    assert three.pages.start.isVisible()
    assert not three.docks["Inspector"].isVisible()
    assert not three.actions_set["train"].isEnabled()
    assert not three.documents.saving.save()
    assert desk.answers.asked == ["new"]
    qtbot.mouseClick(three.topbar.tabs.bar, LEFT, pos=middle(three.topbar.tabs.bar, 1))
    assert canvas.isVisible()
    assert three.docks["Inspector"].isVisible()
    assert session.graph.name == "b"


def test_the_mouse_closes_and_reorders(qtbot: QtBot, three: MainWindow) -> None:
    bar = three.topbar.tabs.bar
    start, end = middle(bar, 0), middle(bar, 2)
    qtbot.mousePress(bar, LEFT, pos=start)
    for step in range(1, 11):
        qtbot.mouseMove(bar, start + (end + QPoint(30, 0) - start) * step / 10)
    qtbot.mouseRelease(bar, LEFT, pos=end)
    assert titles(three) == ["b", "c", "a"]
    assert [document.title for document in three.documents.tabs] == ["b", "c", "a"]
    qtbot.mouseClick(bar, MIDDLE, pos=middle(bar, 1))
    assert titles(three) == ["b", "a"]
    qtbot.mouseClick(bar.tabButton(0, QTabBar.ButtonPosition.RightSide), LEFT)
    qtbot.mouseClick(bar.tabButton(0, QTabBar.ButtonPosition.RightSide), LEFT)
    assert titles(three) == []
    assert three.pages.start.isVisible()
    assert three.windowTitle() == "HybridGraph"
    qtbot.mouseClick(three.topbar.tabs.more, LEFT)


def test_an_unsaved_tab_says_so_and_asks(qtbot: QtBot, three: MainWindow, desk: Desk) -> None:
    rename(three, "changed")
    three.documents.go_home()
    qtbot.keyClick(three.pages.start, Qt.Key.Key_Z, CTRL)
    three.documents.step(-1)
    assert three.session.graph.name == "changed"
    bar = three.topbar.tabs.bar
    assert three.windowTitle() == "c • - HybridGraph"
    assert bar.accessibleTabName(2) == "c, unsaved changes"
    assert str(desk.root / "c.hybrid.json") in bar.tabToolTip(2)
    qtbot.mouseClick(bar, MIDDLE, pos=middle(bar, 2))
    assert desk.answers.asked == ["unsaved"]
    assert titles(three) == ["a", "b", "c"]
    desk.answers.answers["unsaved"] = "discard"
    qtbot.mouseClick(bar, MIDDLE, pos=middle(bar, 2))
    assert titles(three) == ["a", "b"]
    assert files.load(desk.root / "c.hybrid.json").name == "c"
    assert list((desk.state / "unsaved").iterdir()) == []


def test_a_closed_tab_lets_go_of_its_steps(three: MainWindow, desk: Desk) -> None:
    rename(three, "changed")
    document = three.documents.current
    assert document is not None
    assert document.undo_stack.count() == 1
    desk.answers.answers["unsaved"] = "discard"
    three.documents.close()
    assert document.undo_stack.count() == 0  # else Python's collector may end the window


def test_closing_the_window_asks_for_each_unsaved_tab(three: MainWindow, desk: Desk) -> None:
    for document in three.documents.tabs[:2]:
        three.documents.activate(document)
        rename(three, "changed")
    assert not three.close()
    assert desk.answers.asked == ["unsaved"]
    desk.answers.answers["unsaved"] = "save"
    assert three.close()
    assert [files.load(desk.root / f"{name}.hybrid.json").name for name in "abc"] == [
        "changed",
        "changed",
        "c",
    ]


def test_a_file_is_open_once(three: MainWindow, desk: Desk) -> None:
    assert three.documents.open(desk.root / "." / "a.hybrid.json")
    assert titles(three) == ["a", "b", "c"]
    assert three.session.graph.name == "a"
    desk.answers.path = str(desk.root / "b.hybrid.json")
    assert not three.documents.saving.save_as()
    assert "open in another tab" in three.toast.label.text()
    assert files.load(desk.root / "b.hybrid.json").name == "b"


def test_everything_is_there_again_at_the_next_start(three: MainWindow, desk: Desk) -> None:
    three.documents.activate(three.documents.tabs[1])
    three.session.select([("stem",)])
    three.canvas.zoom_to(0.75)
    three.canvas.centerOn(300, 40)
    seen = three.canvas.seen().center()
    assert three.close()
    again = desk.start()
    assert titles(again) == ["a", "b", "c"]
    assert again.session.graph.name == "b"
    assert again.session.selection == {("stem",)}
    assert again.canvas.zoom == pytest.approx(0.75)
    assert (again.canvas.seen().center() - seen).manhattanLength() < 4
    assert [document.is_unread for document in again.documents.tabs] == [True, False, True]
    again.documents.step(1)
    assert again.session.graph.name == "c"


def test_a_design_in_no_file_that_nobody_has_edited_is_there_again(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    begun, other = (edits.set_name(small_graph(), name) for name in ("begun", "other"))
    window.documents.open(desk.design("a"))
    window.documents.start(begun)
    qtbot.waitUntil(lambda: not window.pages._framing.isActive())
    window.session.select([("stem",)])
    window.canvas.zoom_to(0.75)
    window.documents.start(other)
    rename(window, "edited")
    window.session.undo_stack.undo()
    assert window.close()  # and asks nothing
    again = desk.start()
    assert titles(again) == ["a", "begun", "other"]
    again.documents.activate(again.documents.tabs[1])
    assert again.session.graph == begun
    assert (again.session.selection, again.canvas.zoom) == ({("stem",)}, pytest.approx(0.75))
    assert not again.documents.tabs[1].is_dirty
    assert again.close()
    last = desk.start()  # a tab that nobody looked at in between is there still
    assert titles(last) == ["a", "begun", "other"]
    last.documents.start(other)
    assert titles(last) == ["a", "begun", "other"]
    assert last.session.graph == other
    rename(last, "edited")
    last.documents.start(other)  # that tab holds something else now
    assert titles(last) == ["a", "begun", "edited", "other"]


def test_a_design_that_cannot_be_read_again_is_said(window: MainWindow, desk: Desk) -> None:
    window.documents.start(edits.set_name(small_graph(), "begun"))
    assert window.close()
    file = desk.state / STATE_FILE
    file.write_text(file.read_text().replace("stage1", "nowhere", 1))
    again = desk.start()
    assert titles(again) == []
    assert "begun" in again.toast.label.text()


def test_a_file_that_is_gone_by_the_next_start_is_said_when_its_tab_is_shown(
    three: MainWindow, desk: Desk
) -> None:
    assert three.close()
    (desk.root / "a.hybrid.json").unlink()
    again = desk.start()
    again.documents.step(1)
    assert titles(again) == ["b", "c"]
    assert "a.hybrid.json" in again.toast.label.text()
    assert str(desk.root / "a.hybrid.json") in again.documents.recent


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "tabs": [{}], "front": 0}', '{"version": 1, "tabs": 3, "front": 0}',
     '{"version": 1, "tabs": [{"file": "a", "view": [NaN, 0, 0]}], "front": 0}', "[" * 100_000, "\ufeff{}"],
)  # fmt: skip
def test_a_damaged_memory_is_put_aside(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE_FILE).write_text(text, encoding="utf-8")
    places, front, sentence = Workspace(tmp_path).read()
    assert (places, front) == ([], -1)
    (aside,) = tmp_path.glob(f"{STATE_FILE}.damaged-*")
    assert aside.read_text(encoding="utf-8") == text
    assert str(aside) in sentence


def test_a_damaged_memory_is_said_and_the_window_starts(desk: Desk) -> None:
    desk.state.mkdir()
    (desk.state / STATE_FILE).write_text("{")
    window = desk.start()
    assert window.pages.start.isVisible()
    assert "damaged memory" in window.toast.label.text()


def test_a_second_window_leaves_the_memory_of_the_first_alone(three: MainWindow, desk: Desk) -> None:
    second = desk.start()
    assert titles(second) == []
    assert second.close()
    assert three.close()
    assert len(titles(desk.start())) == 3


def test_a_place_on_a_screen_that_is_gone_is_no_harm(desk: Desk, tmp_path: Path) -> None:
    file = desk.design("a")
    desk.state.mkdir()
    text = f'{{"version": 1, "front": 0, "tabs": [{{"file": "{file}", "view": [1e9, 1e12, -1e12], "selection": [["no"]]}}]}}'
    (desk.state / STATE_FILE).write_text(text)
    window = desk.start()
    assert window.session.graph.name == "a"
    assert window.canvas.zoom <= 4
    assert window.session.selection == frozenset()
