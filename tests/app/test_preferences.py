"""Settings from the list of everything and from their dialog: they hold at once and at the next start."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app import motion
from app import theme as themes
from app.composition import compose
from app.dialogs import Chooser
from app.settings import preferences
from app.settings.dialog import PreferencesDialog
from app.settings.preferences import PREFERENCES
from app.theme import DARK
from app.window import MainWindow
from hybridgraph import presets

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, tmp_path / "runs", state=tmp_path / "state", with_engine=False)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.show()
    made.activateWindow()
    made.documents.start(presets.build("pocket-moat"))
    qapp.processEvents()
    yield made
    qapp.setProperty("calm", False)
    qapp.setStyleSheet("")


def choose(window: MainWindow, words: str) -> None:
    """Ctrl+K, some words, Enter."""
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_K, CTRL)
    chooser = next(one for one in window.findChildren(Chooser) if one.isVisible())
    QTest.keyClicks(chooser.search, words)
    QTest.keyClick(chooser.search, Qt.Key.Key_Return)


def test_settings_are_chosen_in_the_list_of_everything(window: MainWindow) -> None:
    choose(window, "theme: light")
    assert window.theme.name == window.canvas.theme.name == window.settings.value("theme") == "light"
    choose(window, "motion: on")
    assert motion.is_calm()
    assert window.actions_set["calm"].isChecked()
    choose(window, "cards: activations")
    assert window.canvas.design.overlay == "memory"
    choose(window, "map on the canvas: off")
    assert window.canvas.minimap.isHidden()


def test_what_was_set_is_there_at_the_next_start(window: MainWindow) -> None:
    by_id = {one.id: one for one in PREFERENCES}
    by_id["overlay"].take(window, "params")
    by_id["minimap"].take(window, preferences.OFF)
    window.canvas.show_minimap(True)
    window.canvas.design.set_overlay("macs")
    preferences.restore(window)
    assert by_id["overlay"].read(window) == "params"
    assert by_id["minimap"].read(window) == preferences.OFF
    window.settings.setValue("overlay", "of the future")
    preferences.restore(window)
    assert by_id["overlay"].read(window) == "params"


def test_the_dialog_has_a_named_field_for_every_setting_and_takes_at_once(window: MainWindow) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Comma, CTRL)
    dialog = next(one for one in window.findChildren(PreferencesDialog) if one.isVisible())
    assert list(dialog.fields) == [one.id for one in PREFERENCES]
    assert all(field.accessibleName() for field in dialog.fields.values())
    calm, theme = dialog.fields["calm"], dialog.fields["theme"]
    assert isinstance(calm, QCheckBox)
    assert isinstance(theme, QComboBox)
    QTest.keyClick(calm, Qt.Key.Key_Space)
    assert motion.is_calm()
    QTest.keyClick(theme, Qt.Key.Key_Down)
    assert window.theme.name == "light"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(dialog)


def test_every_choice_can_be_taken_and_is_read_back(window: MainWindow) -> None:
    for one in PREFERENCES:
        for value, title in one.choices():
            one.take(window, value)
            assert one.read(window) == value
            assert title
