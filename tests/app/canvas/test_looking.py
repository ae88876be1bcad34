"""Knowing where one is, and looking into a folded stage."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import theme
from hybridgraph.graph import edits, regroup

LEFT, NO_KEY, SHIFT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def nest(session) -> None:
    """Put the convolution of the stage into a stage of its own."""
    session.apply("nest", lambda g: regroup.group(g, ["conv"], at=("stage1",), title="Inner")[0])
    session.select([("stage1", "inner", "conv")])


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes long for a tap on a key, which is none that is held."""
    monkeypatch.setattr("app.canvas.peek.HELD_MS", 60_000)


def test_the_crumbs_say_where_the_selection_is(view, session) -> None:
    assert not view.crumbs.isVisible()
    nest(session)
    assert [button.text() for button in view.crumbs.buttons] == ["small", "Stage 1", "Inner"]
    assert view.crumbs.isVisible()
    assert view.crumbs.width() > 150
    session.select([("stem",)])
    assert not view.crumbs.isVisible()


def test_a_click_on_a_crumb_leaves_to_it(view, session) -> None:
    nest(session)
    QTest.mouseClick(view.crumbs.buttons[1], LEFT)
    assert session.selection == {("stage1", "inner")}
    assert [button.text() for button in view.crumbs.buttons] == ["small", "Stage 1"]
    QTest.mouseClick(view.crumbs.buttons[0], LEFT)
    assert session.selection == {("stage1",)}
    assert not view.crumbs.isVisible()


def test_the_crumbs_are_reached_and_used_by_keys(view, hand, session, qtbot) -> None:
    nest(session)
    view.activateWindow()
    hand.key(Qt.Key.Key_U, SHIFT)
    crumbs = view.crumbs.buttons
    qtbot.waitUntil(crumbs[1].hasFocus)
    QTest.keyClick(crumbs[1], Qt.Key.Key_Left)
    assert crumbs[0].hasFocus()
    QTest.keyClick(crumbs[0], Qt.Key.Key_Return)
    assert session.selection == {("stage1",)}
    assert view.hasFocus()


def test_a_folded_stage_is_looked_into_and_stays_folded(view, hand, session) -> None:
    session.apply("fold", lambda g: edits.set_collapsed(g, ("stage1",), True))
    session.undo_stack.clear()
    session.select([("stage1",)])
    hand.key(Qt.Key.Key_P)
    assert view.peek.isVisible()
    assert view.peek.path == ("stage1",)
    assert "Conv block" in view.peek.accessibleName()
    assert not view.peek.grab().isNull()
    hand.key(Qt.Key.Key_P)
    assert not view.peek.isVisible()
    assert session.undo_stack.count() == 0


def test_a_look_ends_with_escape_a_click_an_edit_or_another_theme(view, hand, session) -> None:
    session.apply("fold", lambda g: edits.set_collapsed(g, ("stage1",), True))
    session.select([("stage1",)])
    for end in (
        lambda: hand.key(Qt.Key.Key_Escape),
        lambda: hand.click(*hand.body("stage1")),
        lambda: session.apply("more", lambda g: edits.set_repeat(g, ("stage1",), 3)),
        lambda: view.set_theme(theme.LIGHT),
    ):
        hand.key(Qt.Key.Key_P)
        assert view.peek.isVisible()
        end()
        assert not view.peek.isVisible()
        assert session.selection == {("stage1",)}


def test_a_held_key_shows_the_stage_for_as_long(view, hand, session, monkeypatch) -> None:
    monkeypatch.setattr("app.canvas.peek.HELD_MS", -1)
    session.apply("fold", lambda g: edits.set_collapsed(g, ("stage1",), True))
    session.select([("stage1",)])
    QTest.keyPress(view, Qt.Key.Key_P)
    assert view.peek.isVisible()
    QTest.keyRelease(view, Qt.Key.Key_P)
    assert not view.peek.isVisible()


def test_without_a_folded_stage_it_says_what_to_do(view, hand, session, notices) -> None:
    session.select([("stem",)])
    hand.key(Qt.Key.Key_P)
    assert "folded stage" in notices[-1][1]


def test_the_eye_of_a_folded_stage_is_pressed(view, hand, session, monkeypatch) -> None:
    session.apply("fold", lambda g: edits.set_collapsed(g, ("stage1",), True))
    session.undo_stack.clear()
    rect = view.design.rect_of(("stage1",))
    eye = rect.right - 16, rect.y + 16
    hand.move(*eye)
    assert view.design.boxes["stage1",].is_hovered
    assert not view.grab().isNull()
    hand.click(*eye)
    assert view.peek.path == ("stage1",)
    hand.click(*eye)
    assert not view.peek.isVisible()
    monkeypatch.setattr("app.canvas.peek.HELD_MS", -1)
    hand.press(*eye)
    assert view.peek.isVisible()
    hand.release(*eye)
    assert not view.peek.isVisible()
    assert session.undo_stack.count() == 0
    view.zoom_to(0.5)
    view.centerOn(*eye)
    hand.click(*eye)
    assert not view.peek.isVisible()
    assert session.selection == {("stage1",)}
