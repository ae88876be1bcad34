"""Keys that people choose: stored, in force at once and after an update, and never two meanings for one key."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import gesturepage
from app.actions import ACTIONS
from app.settings.shortcut_sheet import ShortcutSheet
from app.settings.shortcuts import Shortcuts
from app.window import MainWindow
from tests.app.test_window import answers, window  # noqa: F401  the fixtures of the window

K, NO_KEY = Qt.Key, Qt.KeyboardModifier.NoModifier


def mark(sheet: ShortcutSheet, name: str) -> None:
    (row,) = [row for row in sheet._rows() if row.data(0, Qt.ItemDataRole.UserRole) == name]
    sheet.tree.setCurrentItem(row)


def press(sheet: ShortcutSheet, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_KEY) -> None:
    sheet.keys.setFocus()
    QTest.keyClick(sheet.keys, key, modifiers)
    QTest.mouseClick(sheet.set_button, Qt.MouseButton.LeftButton)


@pytest.fixture
def sheet(qtbot: QtBot, window: MainWindow) -> ShortcutSheet:  # noqa: F811
    made = ShortcutSheet(window.actions_set, window)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_sheet_shows_every_action_and_finds_by_name_and_key(sheet: ShortcutSheet) -> None:
    shown = {row.data(0, Qt.ItemDataRole.UserRole) for row in sheet._rows()}
    assert {action.id for action in ACTIONS} <= shown
    sheet.search.setText("straighten")
    assert [row.text(0) for row in sheet._rows() if not row.isHidden()] == ["Straighten"]


def test_a_chosen_key_works_at_once_and_the_former_no_more(
    sheet: ShortcutSheet, window: MainWindow  # noqa: F811
) -> None:  # fmt: skip
    mark(sheet, "fold")
    press(sheet, K.Key_F8)
    assert window.actions_set["fold"].shortcut().toString() == "F8"
    session, canvas = window.session, window.canvas
    session.select([("stage1",)])
    canvas.setFocus()
    QTest.keyClick(canvas, K.Key_H)
    assert not session.graph.item(("stage1",)).collapsed
    QTest.keyClick(canvas, K.Key_F8)
    assert session.graph.item(("stage1",)).collapsed


def test_a_key_that_has_a_meaning_is_not_given_a_second_one(
    sheet: ShortcutSheet, window: MainWindow  # noqa: F811
) -> None:  # fmt: skip
    mark(sheet, "fold")
    press(sheet, K.Key_Q)
    assert "Straighten" in sheet.word.text()
    assert window.actions_set.keys_of("fold") == ("H",)


def test_defaults_come_back(sheet: ShortcutSheet, window: MainWindow) -> None:  # noqa: F811
    mark(sheet, "fold")
    press(sheet, K.Key_F8)
    QTest.mouseClick(sheet.reset_button, Qt.MouseButton.LeftButton)
    assert window.actions_set.keys_of("fold") == ("H",)


def test_only_what_was_chosen_is_stored_and_what_is_unknown_or_broken_does_no_harm(tmp_path: Path) -> None:
    def settings() -> QSettings:
        return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)

    first = settings()
    Shortcuts(first).choose("fold", ("ctrl+j",))
    Shortcuts(first).choose("group", ())
    first.setValue("shortcuts/of_a_former_version", '["Ctrl+1"]')
    first.setValue("shortcuts/broken", "no json")
    first.sync()
    chosen = Shortcuts(settings()).chosen
    assert dict(chosen) == {"fold": ("Ctrl+J",), "group": (), "of_a_former_version": ("Ctrl+1",)}


def test_the_page_about_the_canvas_says_what_the_tables_say() -> None:
    page = Path(__file__).parents[2] / gesturepage.PAGE
    assert page.read_text(encoding="utf-8") == gesturepage.text(), "python -m app.gesturepage writes it anew"
