"""Values for each repeat: what each kind makes of another, and the picture, the chooser and the cells by hand."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.panels import spreading
from app.panels.curve import Curve
from app.panels.facts import entries_of
from app.panels.inspector import Inspector
from app.panels.spread import Spread
from app.panels.spreading import Span
from app.session import Session
from app.theme import DARK, LIGHT
from hybridgraph.graph import edits
from hybridgraph.graph.values import Cycle, First, Ramp, Ref, Value
from tests.app.conftest import CATALOGUE

INNER = ("stage1", "conv")
FOUR = Span(count=4)
LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("value", "kind", "after"),
    [
        (1, "first", First(1, 1)), (1, "turn", Cycle((1,))), (0.2, "ramp", Ramp(0.2, 0.2)),
        (First(2, 1), "same", 1), (First(2, 1), "turn", Cycle((2, 1, 1, 1))), (First(0.0, 0.3), "ramp", Ramp(0, 0.3)),
        (Cycle((0, 3)), "same", 0), (Cycle((0, 3)), "first", First(0, 3)), (Cycle((0.0, 0.3)), "net", Ramp(0, 0.3, "net")),
        (Ramp(0, 0.3), "same", 0.3), (Ramp(0, 0.3), "first", First(0.0, 0.1)), (Ramp(0, 0.3), "net", Ramp(0, 0.3, "net")),
        (Ramp(0, 0.3), "turn", Cycle((0.0, 0.1, 0.2, 0.3))), (First(2, 1), "first", First(2, 1)),
        (Ref("x"), "first", Ref("x")), ("batch", "first", First("batch", "batch")),
    ],
)  # fmt: skip
def test_a_value_becomes_another_kind_with_what_it_was(value: Value, kind: str, after: Value) -> None:
    assert spreading.become(value, kind, FOUR) == after


@pytest.mark.parametrize(
    ("value", "index", "new", "after"),
    [
        (First(2, 1), 0, 4, First(4, 1)), (First(2, 1), 3, 4, First(2, 4)),
        (Cycle((0, 3)), 2, 5, Cycle((0, 3, 5, 3))), (Cycle((0, 3, 5, 3)), 2, 0, Cycle((0, 3))),
        (Ramp(0, 0.3), 0, 0.1, Ramp(0.1, 0.3)), (Ramp(0, 0.3), 3, 0.5, Ramp(0, 0.5)), (7, 2, 8, 8),
    ],
)  # fmt: skip
def test_one_repeat_is_changed(value: Value, index: int, new: float, after: Value) -> None:
    assert spreading.changed(value, index, new, FOUR) == after


def test_the_shortest_run_does_not_take_one_for_true() -> None:
    assert spreading.in_turn((True, 1)) == Cycle((True, 1))
    assert len(spreading.in_turn((True, 1)).values) == 2
    assert spreading.in_turn((1, 2, 1)) == Cycle((1, 2))


def test_a_ramp_over_the_net_is_shown_where_its_stage_stands(session: Session) -> None:
    ramp = Ramp(0.0, 0.3, "net")
    graph = edits.set_param(session.graph, INNER, "drop_path", ramp, CATALOGUE)
    entry = next(one for one in entries_of(graph, INNER, CATALOGUE) if one.name == "drop_path")
    span = spreading.span_of(graph, entry)
    assert span == Span(count=2, net_start=0, net_count=2)
    assert span.values(ramp) == (0.0, 0.3)
    outside = next(iter(entries_of(graph, ("stem",), CATALOGUE)))
    assert spreading.span_of(graph, outside) is None


# ----------------------------------------------------------------------------------------------------- by hand


@pytest.fixture
def inspector(qtbot: QtBot, qapp: QApplication, session: Session):
    themes.apply(qapp, DARK)
    session.apply("four", lambda g: edits.set_repeat(g, ("stage1",), 4))
    session.select([INNER])
    widget = Inspector(session, DARK)
    qtbot.addWidget(widget)
    widget.resize(330, 900)
    widget.show()
    session.undo_stack.clear()
    yield widget
    qapp.setStyleSheet("")


def spread(inspector: Inspector, name: str) -> Spread:
    return inspector.rows[INNER, name].spread


def held(session: Session, name: str) -> Value:
    return session.graph.item(INNER).params.get(name)


def drag(curve: Curve, at: float, by: int) -> None:
    start = QPoint(int(curve.width() * at), 20)
    QTest.mousePress(curve, LEFT, NO_KEY, start)
    for part in (0.5, 1.0):
        QTest.mouseMove(curve, start + QPoint(0, int(by * part)))
    QTest.mouseRelease(curve, LEFT, NO_KEY, start + QPoint(0, by))


def test_only_values_that_differ_have_a_picture(inspector: Inspector) -> None:
    shown = {name for (_, name), row in inspector.rows.items() if row.spread.isVisible()}
    assert shown == {"stride"}
    assert spread(inspector, "stride").curve.height() == 40
    assert not spread(inspector, "stride").cells.isVisible()


def test_a_key_opens_the_values_and_the_chooser_changes_their_kind(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    inspector.activateWindow()
    field = inspector.rows[INNER, "drop_path"].field
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    part = spread(inspector, "drop_path")
    assert part.kind.isVisible()
    assert [part.kind.itemText(at) for at in range(part.kind.count())] == [
        "Same for all", "First, then", "In turn", "Ramp", "Ramp over the net",
    ]  # fmt: skip
    part.kind.setFocus()
    for _ in range(3):
        qtbot.keyClick(part.kind, Qt.Key.Key_Down)
    assert held(session, "drop_path") == Ramp(0.0, 0.0)
    assert spread(inspector, "drop_path").curve.isVisible()
    session.undo_stack.undo()
    assert isinstance(held(session, "drop_path"), Cycle)


def test_dragging_an_end_of_a_ramp_is_one_step(session: Session, inspector: Inspector) -> None:
    session.apply("ramp", lambda g: edits.set_param(g, INNER, "drop_path", Ramp(0.0, 0.2), CATALOGUE))
    drag(spread(inspector, "drop_path").curve, 0.9, -10)
    ramp = held(session, "drop_path")
    assert isinstance(ramp, Ramp)
    assert ramp.start == 0.0
    assert ramp.stop > 0.2
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert held(session, "drop_path") == Ramp(0.0, 0.2)


def test_dragging_a_bar_stays_within_the_limits(session: Session, inspector: Inspector) -> None:
    drag(spread(inspector, "stride").curve, 0.1, -300)
    assert held(session, "stride") == First(8, 1)
    drag(spread(inspector, "stride").curve, 0.6, 300)
    assert held(session, "stride") == First(8, 1)


def test_the_arrow_keys_do_the_same(qtbot: QtBot, session: Session, inspector: Inspector) -> None:
    curve = spread(inspector, "stride").curve
    qtbot.keyClick(curve, Qt.Key.Key_Up)
    assert held(session, "stride") == First(3, 1)
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    assert curve.accessibleDescription() == "Repeat 2 of 4: 1"
    qtbot.keyClick(curve, Qt.Key.Key_Up)
    assert held(session, "stride") == First(3, 2)
    qtbot.keyClick(curve, Qt.Key.Key_Return)
    assert spread(inspector, "stride").cells.isVisible()


def typed(qtbot: QtBot, part: Spread, column: int, text: str) -> None:
    part.cells.setCurrentCell(0, column)
    part.cells.editItem(part.cells.item(0, column))
    editor = part.cells.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_a_cell_for_each_repeat_is_typed_over(qtbot: QtBot, session: Session, inspector: Inspector) -> None:
    part = spread(inspector, "stride")
    part.toggle()
    assert [part.cells.item(0, at).text() for at in range(4)] == ["2", "1", "1", "1"]
    typed(qtbot, part, 2, "2*2")
    qtbot.waitUntil(lambda: held(session, "stride") == First(2, 4))
    assert [part.cells.item(0, at).text() for at in range(4)] == ["2", "4", "4", "4"]
    typed(qtbot, part, 0, "99")
    qtbot.waitUntil(part._sentence.isVisible)
    assert "above the limit of 8" in part._sentence.text()
    assert held(session, "stride") == First(2, 4)


def test_a_switch_gets_a_value_for_each_repeat_without_words(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    inspector.rows[INNER, "se"].repeats.trigger()
    part = spread(inspector, "se")
    part.kind.setFocus()
    qtbot.keyClick(part.kind, Qt.Key.Key_Down)
    assert held(session, "se") == First(False, False)
    curve = spread(inspector, "se").curve
    assert spread(inspector, "se").is_open  # the rows were made anew
    QTest.mouseClick(curve, LEFT, NO_KEY, QPoint(int(curve.width() * 0.9), 20))
    assert held(session, "se") == First(False, True)


def test_only_the_ends_of_a_ramp_can_be_typed_and_none_over_the_net(
    session: Session, inspector: Inspector
) -> None:
    part = spread(inspector, "drop_path")
    part.is_open = True
    can = Qt.ItemFlag.ItemIsEditable
    for over, ends in (("stage", [True, False, False, True]), ("net", [False] * 4)):
        ramp = Ramp(0.0, 0.2, over)
        session.apply("ramp", lambda g, ramp=ramp: edits.set_param(g, INNER, "drop_path", ramp, CATALOGUE))
        assert [bool(part.cells.item(0, at).flags() & can) for at in range(4)] == ends


def test_references_and_blocks_outside_have_none(session: Session, inspector: Inspector) -> None:
    assert not inspector.rows[INNER, "channels"].repeats.isEnabled()
    session.select([("stem",)])
    assert not inspector.rows[("stem",), "kernel"].repeats.isEnabled()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_every_kind_is_painted_in_both_themes(session: Session, inspector: Inspector, theme) -> None:
    inspector.set_theme(theme)
    for value in (Ramp(0.0, 0.2), First(0.0, 0.1), Cycle((0.0, 0.2)), Ramp(0.0, 0.2, "net")):
        session.apply("v", lambda g, value=value: edits.set_param(g, INNER, "drop_path", value, CATALOGUE))
        assert not spread(inspector, "drop_path").grab().isNull()


def test_a_ramp_over_the_net_stands_in_its_field_and_is_typed_in_full(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    session.apply("ramp", lambda g: edits.set_param(g, INNER, "drop_path", Ramp(0.0, 0.2, "net"), CATALOGUE))
    inspector.activateWindow()
    inspector.rows[INNER, "kernel"].field.setFocus()
    field = inspector.rows[INNER, "drop_path"].field
    assert isinstance(field, QLineEdit)
    qtbot.waitUntil(inspector.rows[INNER, "kernel"].field.hasFocus)
    assert field.text() == "0 → 0.2"  # what it goes over stands beside it
    needed = field.fontMetrics().horizontalAdvance(field.text())
    assert needed < field.width() - field.textMargins().right() - 16
    field.setFocus(Qt.FocusReason.TabFocusReason)
    assert field.text() == field.selectedText() == "0 → 0.2 over the net"
    inspector.rows[INNER, "kernel"].field.setFocus()  # looked at, not changed
    assert held(session, "drop_path") == Ramp(0.0, 0.2, "net")
    field.setFocus()
    field.setText("0 → 0.3")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert held(session, "drop_path") == Ramp(0.0, 0.3)


def test_dragging_keeps_a_number_the_multiple_that_it_is(session: Session, inspector: Inspector) -> None:
    session.apply("turn", lambda g: edits.set_param(g, INNER, "channels", Cycle((64, 128)), CATALOGUE))
    drag(spread(inspector, "channels").curve, 0.1, -5)
    value = held(session, "channels")
    assert isinstance(value, Cycle)
    assert value.values[0] > 64
    assert value.values[0] % 16 == 0


def test_the_cells_are_no_wider_than_they_need_to_be(session: Session, inspector: Inspector) -> None:
    session.apply("six", lambda g: edits.set_repeat(g, ("stage1",), 6))
    part = spread(inspector, "stride")
    part.toggle()
    QApplication.processEvents()
    cells = part.cells
    assert cells.columnViewportPosition(5) + cells.columnWidth(5) <= cells.viewport().width()
    part.cells.item(0, 1).setText("8")
    assert cells.columnWidth(0) >= cells.fontMetrics().horizontalAdvance("8")
