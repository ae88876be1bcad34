"""Nothing needs a mouse, everything has a name, and nothing moves where that is not wanted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import motion
from app import theme as themes
from app.actions import ACTIONS
from app.areas import stops
from app.composition import compose
from app.docks import TABS
from app.theme import DARK
from app.window import MainWindow
from hybridgraph import presets

WORKED_ON = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit,
)  # fmt: skip
CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, tmp_path / "runs", state=tmp_path / "state", with_engine=False)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.resize(1400, 900)
    made.show()
    made.activateWindow()
    qapp.processEvents()
    yield made
    made.engine.stop()
    qapp.setProperty("calm", False)
    qapp.setStyleSheet("")


def name_of(widget: QWidget) -> str:
    """What a screen reader calls a widget. Of a choice, Qt would tell what is chosen instead."""
    if isinstance(widget, QComboBox):
        return widget.accessibleName()
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface else ""


def nameless(root: QWidget) -> list[str]:
    """What can be worked on in a widget or takes the focus and has no name, with where it is."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        parent = widget.parentWidget()
        inside_of_qt = (
            widget.objectName().startswith("qt_")
            or isinstance(widget, QScrollBar | QHeaderView)
            or isinstance(widget.window(), QFileDialog | QMessageBox | QMenu)
        )
        is_viewport = isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget
        is_stop = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) or isinstance(widget, WORKED_ON)
        if inside_of_qt or is_viewport or not widget.isVisible() or not (is_stop or widget is root):
            continue
        if not name_of(widget):
            found.append(f"{type(widget).__name__} in {type(parent).__name__}")
        elif isinstance(widget, QComboBox):
            widget.showPopup()
            if widget.view().accessibleName() != name_of(widget):
                found.append(f"the list of {name_of(widget)}")
            widget.hidePopup()
    return found


def test_everything_that_can_be_worked_on_has_a_name(window: MainWindow, qapp: QApplication) -> None:
    assert nameless(window.pages.start) == []
    window.documents.start(presets.build("pocket-moat"))
    for path in ((), ("stage2",), ("stage2", "mbconv"), ("classifier",)):
        window.session.select([path] if path else [])
        qapp.processEvents()
        assert nameless(window.inspector) == [], path
    for title in TABS:
        window.show_panel(title)
        qapp.processEvents()
        assert nameless(window) == [], title


ASKING = [action.id for action in ACTIONS if action.title.endswith("…")] + ["swap", "help"]


def test_every_dialog_has_names_for_all_that_takes_the_focus(window: MainWindow, qapp: QApplication) -> None:
    """Each command that asks something is given; what it shows is walked through and closed, also where it waits."""
    window.documents.start(presets.build("pocket-moat"))
    seen, found = [], []

    def look() -> None:
        while shown := [one for one in qapp.topLevelWidgets() if one.isVisible() and one is not window]:
            for widget in shown:
                seen.append(asked)
                found.extend(f"{asked}: {name}" for name in nameless(widget))
                widget.close()

    watch = QTimer(
        interval=20
    )  # a dialog that waits for its answer keeps the line below it from being reached
    watch.timeout.connect(look)
    for asked in ASKING:
        window.session.select([("stage2",) if asked != "swap" else ("classifier",)])
        window.canvas.setFocus()
        qapp.processEvents()
        watch.start()
        window.actions_set[asked].trigger()
        watch.stop()
        qapp.processEvents()
        look()
    assert "\n".join(found) == ""
    assert len(set(seen)) >= 16, set(ASKING) - set(seen)


def test_tab_goes_through_the_window_as_it_is_read(window: MainWindow, qapp: QApplication) -> None:
    window.documents.start(presets.build("pocket-moat"))
    window.session.select([("stage2",)])
    qapp.processEvents()
    areas = window.parts()
    window.palette_panel.search.setFocus()
    seen: list[QWidget] = []
    while (here := qapp.focusWidget()) not in seen[:-1] and len(seen) < 90:
        assert here is not None
        seen.append(here)
        if here is window.canvas:
            QTest.keyClick(here, Qt.Key.Key_F6)  # Tab asks for a block there
        else:
            QTest.keyClick(here, Qt.Key.Key_Tab)
    of_area = [
        next(i for i, area in enumerate(areas) if area is one or area.isAncestorOf(one)) for one in seen
    ]
    turns = [a for a, b in zip(of_area, [None, *of_area], strict=False) if a != b]
    assert len(turns) == len(set(turns)), turns  # each area once, without going back
    assert {0, 1, 2, 3, 4} <= set(turns)
    names = [name_of(one) for one in seen]
    assert names.index("Name") < names.index("Channels") < names.index("Stride")


def test_f6_goes_from_area_to_area_and_back_to_where_one_was(window: MainWindow, qapp: QApplication) -> None:
    window.documents.start(presets.build("pocket-moat"))
    window.session.select([("stage2",)])
    qapp.processEvents()
    window.canvas.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F6)
    assert window.inspector.isAncestorOf(qapp.focusWidget())
    QTest.keyClick(qapp.focusWidget(), Qt.Key.Key_Tab)
    was = qapp.focusWidget()
    QTest.keyClick(was, Qt.Key.Key_F6, SHIFT)
    assert qapp.focusWidget() is window.canvas
    QTest.keyClick(window.canvas, Qt.Key.Key_F6)
    assert qapp.focusWidget() is was


def test_the_focus_is_visible_wherever_tab_stops(window: MainWindow, qapp: QApplication) -> None:
    window.documents.start(presets.build("pocket-moat"))
    window.session.select([("stage2",)])
    qapp.processEvents()
    unseen = []
    for title in TABS:
        window.show_panel(title)
        qapp.processEvents()
        for widget in [one for area in window.parts() for one in stops(area)]:
            window.setFocus()
            before = widget.grab().toImage()
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            if isinstance(widget, QLineEdit):
                widget.deselect()
            if widget.grab().toImage() == before:
                unseen.append(f"{type(widget).__name__} {name_of(widget)}")
    assert "\n".join(unseen) == ""


def test_motion_is_reduced_when_asked_and_stays_so(window: MainWindow, qapp: QApplication) -> None:
    window.documents.start(presets.build("pocket-moat"))
    assert motion.is_wanted(window.canvas)
    window.actions_set["calm"].trigger()
    assert window.actions_set["calm"].isChecked()
    assert not motion.is_wanted(window.canvas)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_L, SHIFT)
    assert not window.canvas.glide.is_running
    qapp.setProperty("calm", False)
    motion.restore(window, window.settings)
    assert motion.is_calm()
