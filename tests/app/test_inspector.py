"""The inspector's finer hands: several nodes at once, drags on names, costs while typing, where values come from."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.panels.editors import ChoiceField, Switch, TextField
from app.panels.inspector import Inspector
from app.panels.rows import ParameterRow
from app.session import Session
from app.theme import DARK
from hybridgraph import catalog, presets
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport, State
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Node, digest

STEM, STAGE, INNER = ("stem",), ("stage1",), ("stage1", "conv")
PARAMS_OF_A_CHANNEL = 1000


def costing(graph: Graph) -> Analysis:
    """An engine that counts a thousand parameters for each channel of the stem, and takes 512 at most."""
    channels = graph.nodes["stem"].params.get("channels", 64)
    assert isinstance(channels, int)
    findings = (Finding(severity="error", code="block", message="Too wide."),) if channels > 512 else ()
    total = Cost(params=channels * PARAMS_OF_A_CHANNEL)
    return Analysis(digest=digest(graph), nodes={}, findings=findings, total=total)


@pytest.fixture
def inspector(qtbot: QtBot, session: Session) -> Iterator[Inspector]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    themes.apply(app, DARK)
    widget = Inspector(session, DARK)
    qtbot.addWidget(widget)
    widget.resize(330, 800)
    widget.show()
    session.probe_requested.connect(lambda graph, answer: answer(costing(graph)))
    session.graph_changed.connect(lambda _before, after: session.accept_analysis(costing(after)))
    session.accept_analysis(costing(session.graph))
    session.select([STEM])
    yield widget
    app.setStyleSheet("")


def typed(qtbot: QtBot, row: ParameterRow, text: str, *, enter: bool = True) -> None:
    edit = row.field
    assert isinstance(edit, TextField)
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    if enter:
        qtbot.keyClick(edit, Qt.Key.Key_Return)


def aside(row: ParameterRow) -> str:
    assert isinstance(row.field, TextField)
    return row.field._aside


@pytest.fixture
def moat(qtbot: QtBot, qapp: QApplication) -> Session:
    return Session(catalog.load(), presets.build("moat-0"))


def inspecting(qtbot: QtBot, session: Session) -> Inspector:
    widget = Inspector(session, DARK)
    qtbot.addWidget(widget)
    widget.show()
    return widget


# ------------------------------------------------------------------------------------------------- drags on names


def drag(row: ParameterRow, px: int, *, shift: bool = False, drop: bool = True) -> None:
    spot = QPoint(20, 14)
    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    QTest.mousePress(row.name, Qt.MouseButton.LeftButton, keys, spot)
    for part in (0.25, 0.6, 1.0):
        _move(row, spot + QPoint(round(px * part), 0), keys)
    if drop:
        QTest.mouseRelease(row.name, Qt.MouseButton.LeftButton, keys, spot + QPoint(px, 0))


def _move(row: ParameterRow, spot: QPoint, keys: Qt.KeyboardModifier) -> None:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    held = Qt.MouseButton.LeftButton
    place = QPointF(row.name.mapToGlobal(spot))
    QApplication.sendEvent(
        row.name, QMouseEvent(QEvent.Type.MouseMove, QPointF(spot), place, held, held, keys)
    )


def test_a_drag_on_a_name_is_one_step_and_shows_its_cost(session: Session, inspector: Inspector) -> None:
    row = inspector.rows[STEM, "channels"]
    drag(row, 40, drop=False)
    assert session.graph.nodes["stem"].params["channels"] == 64 + 10 * 16
    assert aside(row) == "+160 k params"
    QTest.mouseRelease(row.name, Qt.MouseButton.LeftButton, pos=QPoint(60, 14))
    assert aside(row) == ""
    assert session.undo_stack.count() == 1
    drag(row, 8)
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert "channels" not in session.graph.nodes["stem"].params


def test_shift_drags_finely_and_limits_hold(session: Session, inspector: Inspector) -> None:
    drag(inspector.rows[STEM, "channels"], 40, shift=True)
    assert session.graph.nodes["stem"].params["channels"] == 74
    drag(inspector.rows[STEM, "kernel"], -400)
    assert session.graph.nodes["stem"].params["kernel"] == 1


def test_escape_takes_a_drag_back_and_leaves_no_step(session: Session, inspector: Inspector) -> None:
    before = session.graph
    row = inspector.rows[STEM, "channels"]
    drag(row, 40, drop=False)
    QTest.keyClick(row.name, Qt.Key.Key_Escape)
    assert session.graph == before
    assert not session.undo_stack.canUndo()
    _move(row, QPoint(300, 14), Qt.KeyboardModifier.NoModifier)
    assert session.graph == before


def test_a_reference_cannot_be_dragged(session: Session, inspector: Inspector) -> None:
    session.select([INNER])
    before = session.graph
    drag(inspector.rows[INNER, "channels"], 40)
    assert session.graph is before


# ------------------------------------------------------------------------------------------------- cost while typing


def test_what_is_typed_says_its_cost_before_it_is_taken(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    row = inspector.rows[STEM, "channels"]
    before = session.graph
    typed(qtbot, row, "64*2", enter=False)
    qtbot.waitUntil(lambda: aside(row) == "+64 k params")
    assert session.graph is before
    typed(qtbot, row, "800", enter=False)
    qtbot.waitUntil(lambda: aside(row) == "does not fit")
    qtbot.keyClick(row.field, Qt.Key.Key_Escape)
    assert row.field.text() == "64"  # type: ignore[union-attr]
    assert aside(row) == ""


# ------------------------------------------------------------------------------------------------- several at once


def test_several_nodes_share_what_they_have_in_common(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    session.select([STEM, INNER])
    listed = {name for _, name in inspector.rows}
    assert listed == {"channels", "kernel", "stride", "drop_path", "se", "norm", "groups"}
    kernel = inspector.rows[INNER, "kernel"]
    typed(qtbot, kernel, "7")
    assert [session.graph.item(path).params["kernel"] for path in (STEM, INNER)] == [7, 7]
    assert session.undo_stack.count() == 1
    assert session.undo_stack.undoText() == "Set kernel of 2 blocks"
    qtbot.mouseClick(kernel.reset, Qt.MouseButton.LeftButton)
    assert all("kernel" not in session.graph.item(path).params for path in (STEM, INNER))


def test_different_values_are_shown_as_several_until_one_is_typed(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    for name, value in (("kernel", 5), ("se", True), ("norm", "layer")):
        session.apply("Set", lambda g, n=name, v=value: edits.set_param(g, STEM, n, v, session.catalogue))
    session.select([STEM, INNER])
    kernel, gate, norm = (inspector.rows[INNER, name] for name in ("kernel", "se", "norm"))
    assert isinstance(kernel.field, TextField)
    assert (kernel.field.text(), kernel.field.placeholderText()) == ("", "several")
    assert isinstance(norm.field, ChoiceField)
    assert norm.field.currentIndex() == -1
    assert isinstance(gate.field, Switch)
    before = session.graph
    kernel.field.setFocus()
    qtbot.keyClick(kernel.field, Qt.Key.Key_Return)
    qtbot.keyClick(kernel.field, Qt.Key.Key_Up)
    assert session.graph is before
    typed(qtbot, kernel, "3*3")
    assert [session.graph.item(path).params["kernel"] for path in (STEM, INNER)] == [9, 9]
    gate = inspector.rows[INNER, "se"]
    qtbot.mouseClick(gate.field, Qt.MouseButton.LeftButton, pos=QPoint(16, 14))
    assert all(session.graph.item(path).params["se"] is True for path in (STEM, INNER))


def test_stages_are_reset_to_their_own_values(qtbot: QtBot, moat: Session) -> None:
    widget = inspecting(qtbot, moat)
    moat.select([("stage1",), ("stage3",)])
    row = widget.rows[STAGE, "channels"]
    typed(qtbot, row, "512")
    assert moat.graph.nodes["stage3"].params["channels"] == 512
    qtbot.mouseClick(row.reset, Qt.MouseButton.LeftButton)
    assert moat.graph == presets.build("moat-0")


def test_more_than_can_be_compared_shows_the_costs_alone(qtbot: QtBot, moat: Session) -> None:
    graph = moat.graph
    for number in range(120):
        graph = edits.add_node(graph, Node(id=f"c{number}", block="conv_norm_act"))
    moat.new(graph)
    widget = inspecting(qtbot, moat)
    moat.select([(f"c{number}",) for number in range(120)])
    assert not widget.rows
    assert widget._header.name.text() == "120 blocks"


def test_what_is_being_typed_is_taken_when_something_else_is_selected(
    qtbot: QtBot, session: Session, inspector: Inspector
) -> None:
    inspector.activateWindow()
    row = inspector.rows[STEM, "channels"]
    qtbot.waitUntil(row.field.isVisible)
    typed(qtbot, row, "96", enter=False)
    session.select([STAGE])
    assert session.graph.nodes["stem"].params["channels"] == 96
    assert (STAGE, "repeat") in inspector.rows


# ------------------------------------------------------------------------------------------------- where values come from


def test_a_presets_values_are_the_papers_and_a_click_brings_them_back(qtbot: QtBot, moat: Session) -> None:
    widget = inspecting(qtbot, moat)
    moat.select([STAGE])
    row = widget.rows[STAGE, "channels"]
    qtbot.waitUntil(row.field.isVisible)
    assert "As in MOAT-0, after the paper." in row.mark.toolTip()
    assert not row.reset.isVisible()
    paper = moat.graph.nodes["stage1"].params["channels"]
    typed(qtbot, row, "72")
    assert row.reset.isVisible()
    assert f"MOAT-0 has {paper}" in row.reset.toolTip()
    assert f"MOAT-0 has {paper}" in row.field.accessibleDescription()
    row.reset.setFocus()
    qtbot.keyClick(row.reset, Qt.Key.Key_Space)
    assert moat.graph.nodes["stage1"].params["channels"] == paper
    repeat = widget.rows[STAGE, "repeat"]
    typed(qtbot, repeat, "9")
    qtbot.mouseClick(repeat.reset, Qt.MouseButton.LeftButton)
    assert moat.graph == presets.build("moat-0")


def test_inside_a_stage_values_come_from_it_or_are_defaults(qtbot: QtBot, moat: Session) -> None:
    widget = inspecting(qtbot, moat)
    (name,) = [n for n, one in moat.graph.nodes["stage1"].body.nodes.items() if one.block == "mbconv"]  # type: ignore[union-attr]
    moat.select([(*STAGE, name)])
    told = {key[1]: row.mark.toolTip() for key, row in widget.rows.items()}
    assert told["channels"] == "From the stage around it."
    assert told["activation"] == "The block's default."


def test_a_preset_for_other_pictures_is_compared_with_itself(qtbot: QtBot, moat: Session) -> None:
    moat.new(presets.build("moat-0", image_size=64, classes=10))
    widget = inspecting(qtbot, moat)
    for path, _ in moat.graph.walk():
        moat.select([path])
        assert all(row.reset.isHidden() for row in widget.rows.values()), path


def test_pictures_that_the_paper_knows_nothing_of_are_compared_with_defaults(
    qtbot: QtBot, moat: Session
) -> None:
    moat.apply("Set", lambda graph: edits.set_param(graph, ("image",), "height", 1, moat.catalogue))
    widget = inspecting(qtbot, moat)
    moat.select([STAGE])
    assert (STAGE, "channels") in widget.rows


def test_a_renamed_design_is_compared_with_defaults(qtbot: QtBot, moat: Session) -> None:
    moat.new(replace(presets.build("moat-0"), name="mine"))
    widget = inspecting(qtbot, moat)
    moat.select([("stem",)])
    assert "MOAT" not in "".join(row.mark.toolTip() for row in widget.rows.values())


# ------------------------------------------------------------------------------------------------- sections


def broken_at_stage(session: Session) -> Analysis:
    """The stem is counted, the stage cannot be built, nothing reaches the head."""
    states: dict[tuple[str, ...], State] = {STEM: "ok", STAGE: "error", INNER: "error", ("head",): "waiting"}
    reports = {
        path: NodeReport(path=path, state=state, cost=Cost(params=1792) if state == "ok" else Cost())
        for path, state in states.items()
    }
    finding = Finding(severity="error", code="block", message="No window fits.", path=INNER)
    total = Cost(params=1792)
    return Analysis(digest=digest(session.graph), nodes=reports, findings=(finding,), total=total)


def test_a_cost_that_is_not_known_is_no_nought(session: Session, inspector: Inspector) -> None:
    session.accept_analysis(broken_at_stage(session))
    costs = inspector._costs
    for chosen in (STAGE, INNER, ("head",)):
        session.select([chosen])
        assert not any(bar.isVisibleTo(costs) for bar in costs.bars.values())
        assert costs.verdict.text() == "Not known while its shapes are not"
    session.select([STEM])
    assert (costs.bars["Parameters"].number, costs.bars["Parameters"].unit) == ("1.79", "k")
    session.select([])
    assert costs.bars["Parameters"].number == "≥ 1.79"
    assert costs.verdict.text() == "Without 2 of 3 blocks, whose shapes are not known"


@pytest.mark.parametrize("part", [lambda w: w._parameters, lambda w: w._costs])
def test_a_folded_section_stays_so_at_the_next_start(
    part: Callable[[Inspector], object], qtbot: QtBot, session: Session, tmp_path: object
) -> None:
    settings = QSettings(f"{tmp_path}/settings.ini", QSettings.Format.IniFormat)
    first = Inspector(session, DARK, settings=settings)
    qtbot.addWidget(first)
    first.show()
    head = part(first).head  # type: ignore[attr-defined]
    head.setFocus()
    qtbot.keyClick(head, Qt.Key.Key_Space)
    settings.sync()
    again = Inspector(
        session, DARK, settings=QSettings(f"{tmp_path}/settings.ini", QSettings.Format.IniFormat)
    )
    qtbot.addWidget(again)
    assert not part(again).head.isChecked()  # type: ignore[attr-defined]


def test_every_field_and_button_can_be_reached_by_tab_and_has_a_name(
    session: Session, inspector: Inspector
) -> None:
    session.apply("Set", lambda graph: edits.set_param(graph, STEM, "kernel", 5, session.catalogue))
    for row in inspector.rows.values():
        for widget in (row.field, row.reset):
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            assert widget.accessibleName()
