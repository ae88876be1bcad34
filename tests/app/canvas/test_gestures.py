"""Real mouse events on the real view."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from app.canvas.hands import BLOCK_MIME
from hybridgraph.analysis import Finding
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
RIGHT, MIDDLE = Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


def drop(view, hand, block: str, x: float, y: float, keys=Qt.KeyboardModifier.NoModifier) -> None:
    data = QMimeData()
    data.setData(BLOCK_MIME, block.encode())
    place, action, left = QPointF(hand.at(x, y)), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    for event in (
        QDragEnterEvent(place.toPoint(), action, data, left, keys),
        QDragMoveEvent(place.toPoint(), action, data, left, keys),
        QDropEvent(place, action, data, left, keys),
    ):
        QApplication.sendEvent(view.viewport(), event)


# ----------------------------------------------------------------------------------------------------- selecting


def test_click_selects_and_empty_canvas_clears(hand, session) -> None:
    hand.click(*hand.body("stem"))
    assert session.selection == {("stem",)}
    hand.click(*hand.body("head"), SHIFT)
    assert session.selection == {("stem",), ("head",)}
    hand.click(*hand.body("head"), CTRL)
    assert session.selection == {("stem",)}
    hand.click(100, 300)
    assert session.selection == frozenset()


def test_box_selects_what_it_touches(hand, session) -> None:
    hand.drag((-20, -30), (320, 90))
    assert session.selection == {("image",), ("stem",)}
    hand.drag((780, -30), (980, 100), SHIFT)
    assert session.selection == {("image",), ("stem",), ("head",)}
    hand.drag((-20, -30), (60, 90), ALT)
    assert session.selection == {("stem",), ("head",)}


def test_box_takes_an_open_stage_whole_or_its_inside(hand, session) -> None:
    stage = hand.view.design.rect_of(("stage1",))
    hand.drag((stage.x - 20, stage.bottom + 30), (stage.right + 20, stage.y - 20))
    assert session.selection == {("stage1",)}


def test_inside_an_entered_stage_a_drag_selects(hand, session) -> None:
    session.select([("stage1", "conv")])
    stage = hand.view.design.rect_of(("stage1",))
    hand.drag((stage.x + 16, stage.y + 60), (stage.right - 20, stage.bottom - 10))
    assert session.selection == {("stage1", "conv")}
    assert session.graph.item(("stage1",)).x == 400
    hand.click(stage.x + 16, stage.y + 60)
    assert session.selection == {("stage1",)}


# ----------------------------------------------------------------------------------------------------- moving


def test_dragging_moves_on_the_grid_in_one_step(hand, session) -> None:
    x, y = hand.body("stem")
    hand.drag((x, y), (x + 21, y + 42))
    moved = session.graph.item(("stem",))
    assert (moved.x % 8, moved.y % 8) == (0, 0)
    assert (moved.x, moved.y) == (224, 40)
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert (session.graph.item(("stem",)).x, session.graph.item(("stem",)).y) == (200, 0)
    assert hand.view.design.rect_of(("stem",))[:2] == (200, 0)


def test_escape_leaves_no_trace_of_a_drag(hand, session) -> None:
    x, y = hand.body("stem")
    before = hand.view.design.snapshot()
    place = hand.view.design.boxes["stem",].pos()
    hand.press(x, y)
    hand.move(x + 40, y + 40)
    assert hand.view.design.boxes["stem",].pos() != place
    hand.key(Qt.Key.Key_Escape)
    hand.release(x + 40, y + 40)
    assert hand.view.design.boxes["stem",].pos() == place
    session.select(())
    assert hand.view.design.snapshot() == before
    assert session.undo_stack.count() == 0


def test_shift_aligns_with_the_lane_of_others(hand, session) -> None:
    x, y = hand.body("stem")
    image = hand.view.design.level.boxes["image"]
    hand.drag((x, y), (x + 40, y + 18), SHIFT)
    stem = hand.view.design.level.boxes["stem"]
    assert stem.rect.y + stem.lane == image.rect.y + image.lane


def test_alt_drag_duplicates(hand, session) -> None:
    x, y = hand.body("stem")
    hand.drag((x, y), (x, y + 120), ALT)
    assert session.graph.item(("stem_2",)).y == 120
    assert session.graph.item(("stem",)).y == 0
    assert session.selection == {("stem_2",)}


def test_moving_inside_a_stage_keeps_the_others_in_place(hand, session) -> None:
    session.apply(
        "add",
        lambda g: edits.add_node(
            g, edits.replace(g.item(("stage1", "conv")), id="more", x=200), at=("stage1",)
        ),
    )
    still = hand.view.design.rect_of(("stage1", "conv"))
    x, y = hand.body("stage1", "more")
    hand.drag((x, y), (x + 80, y - 40))
    assert hand.view.design.rect_of(("stage1", "conv"))[:2] == pytest.approx(still[:2])


# ----------------------------------------------------------------------------------------------------- wires


def test_drawing_a_wire_between_ports(hand, session) -> None:
    session.apply("cut", lambda g: edits.disconnect(g, [Edge("stem", "y", "stage1", "x")]))
    hand.drag(hand.port(("stem",), "y", output=True), hand.port(("stage1",), "x", output=False))
    assert Edge("stem", "y", "stage1", "x") in session.graph.edges


def test_wire_dropped_on_a_card_takes_its_best_port(hand, session) -> None:
    session.apply("cut", lambda g: edits.disconnect(g, [Edge("stage1", "y", "head", "x")]))
    hand.drag(hand.port(("stage1",), "y", output=True), hand.body("head"))
    assert Edge("stage1", "y", "head", "x") in session.graph.edges


def test_a_circle_is_refused_with_its_sentence(hand, session, notices) -> None:
    before = session.graph
    start = hand.port(("stage1",), "y", output=True)
    hand.press(start[0] + 4, start[1])
    hand.move(300, 30)
    hand.move(*hand.body("stem"))
    assert "circle" in hand.view._gesture._refusal
    hand.release(*hand.body("stem"))
    assert session.graph is before
    assert notices[-1][0] == "error"
    assert "circle" in notices[-1][1]


def test_ports_that_cannot_take_the_wire_dim(hand, session) -> None:
    x, y = hand.port(("stage1",), "y", output=True)
    hand.press(x + 4, y)
    hand.move(x + 30, y + 60)
    boxes = hand.view.design.boxes
    assert ("x", False) in boxes["stem",].dimmed_ports
    assert ("x", False) not in boxes["head",].dimmed_ports
    hand.key(Qt.Key.Key_Escape)
    assert not boxes["stem",].dimmed_ports


def test_the_engine_refuses_a_size_that_does_not_fit(hand, session, notices, analysed) -> None:
    session.apply("cut", lambda g: edits.disconnect(g, [Edge("stem", "y", "stage1", "x")]))
    session.accept_analysis(analysed(session.graph))
    wrong = Finding(
        severity="error", code="shape", path=("stage1", "conv"), message="64 channels do not fit 63."
    )

    def engine(candidate, answer) -> None:
        assert Edge("stem", "y", "stage1", "x") in candidate.edges
        answer(analysed(candidate, wrong))

    session.probe_requested.connect(engine)
    before = session.graph
    hand.drag(hand.port(("stem",), "y", output=True), hand.port(("stage1",), "x", output=False))
    assert session.graph is before
    assert notices[-1] == ("error", "64 channels do not fit 63.")


def test_errors_elsewhere_do_not_refuse_a_wire(hand, session, analysed) -> None:
    session.apply("cut", lambda g: edits.disconnect(g, [Edge("stem", "y", "stage1", "x")]))
    elsewhere = Finding(severity="error", code="shape", path=("head",), message="The head does not fit.")
    session.probe_requested.connect(lambda candidate, answer: answer(analysed(candidate, elsewhere)))
    hand.drag(hand.port(("stem",), "y", output=True), hand.port(("stage1",), "x", output=False))
    assert Edge("stem", "y", "stage1", "x") in session.graph.edges


def test_wire_to_the_empty_canvas_asks_for_a_block_and_joins_it(hand, session) -> None:
    asked = []
    hand.view.search_requested.connect(lambda place, at: asked.append((place, at)))
    hand.drag(hand.port(("stem",), "y", output=True), (350, 260))
    assert len(asked) == 1
    assert asked[0][1] == ()
    hand.view.add_block("gate", *asked[0])
    assert Edge("stem", "y", "gate", "x") in session.graph.edges
    assert session.selection == {("gate",)}


def test_dragging_a_wires_end_away_removes_it(hand, session) -> None:
    hand.drag(hand.port(("stem",), "x", output=False), (180, 300))
    assert Edge("image", "y", "stem", "x") not in session.graph.edges


def test_a_wires_end_moves_to_another_port(hand, session) -> None:
    hand.drag(hand.port(("stage1",), "x", output=False), hand.body("head"))
    assert Edge("stem", "y", "head", "x") in session.graph.edges
    assert Edge("stem", "y", "stage1", "x") not in session.graph.edges
    session.undo_stack.undo()
    assert Edge("stem", "y", "stage1", "x") in session.graph.edges


def test_alt_click_breaks_the_wires_of_a_port(hand, session) -> None:
    hand.click(*hand.port(("stem",), "y", output=True), ALT)
    assert Edge("stem", "y", "stage1", "x") not in session.graph.edges


def test_alt_click_on_a_stages_port_breaks_the_wires_outside(hand, session) -> None:
    x, y = hand.port(("stage1",), "x", output=False)
    inside = session.graph.at(("stage1",)).edges
    hand.click(x + 3, y, ALT)  # on the port, in its half towards the stage's body
    assert Edge("stem", "y", "stage1", "x") not in session.graph.edges
    assert session.graph.at(("stage1",)).edges == inside
    hand.click(x + 3, y, ALT)  # no wire is left outside
    assert Edge("x", "y", "conv", "x") not in session.graph.at(("stage1",)).edges


def test_alt_click_beside_a_stages_port_breaks_the_wires_inside(hand, session) -> None:
    x, y = hand.port(("stage1",), "y", output=True)
    outside = session.graph.edges
    hand.click(x - 9, y, ALT)
    assert session.graph.edges == outside
    assert Edge("conv", "y", "y", "x") not in session.graph.at(("stage1",)).edges


def test_cutting_with_the_right_button(hand, session) -> None:
    hand.drag((370, -20), (370, 120), CTRL, RIGHT)
    assert Edge("stem", "y", "stage1", "x") not in session.graph.edges
    assert Edge("image", "y", "stem", "x") in session.graph.edges


def test_nothing_jumps_when_a_wire_is_cut_or_drawn_or_a_gap_is_left(hand, session) -> None:
    """In a design without places of its own, whose layout would begin anew with each wire."""
    nowhere = dict.fromkeys(session.graph.nodes, (0.0, 0.0))
    session.new(edits.move(session.graph, nowhere))
    view = hand.view
    view.frame_all()
    stood = {name: box.rect for name, box in view.design.level.boxes.items()}
    out, into = hand.port(("stem",), "y", output=True), hand.port(("stage1",), "x", output=False)
    hand.drag(((out[0] + into[0]) / 2, out[1] - 80), ((out[0] + into[0]) / 2, out[1] + 80), CTRL, RIGHT)
    assert Edge("stem", "y", "stage1", "x") not in session.graph.edges
    assert {name: box.rect for name, box in view.design.level.boxes.items()} == stood
    hand.drag(out, into)
    assert Edge("stem", "y", "stage1", "x") in session.graph.edges
    session.new(edits.move(session.graph, nowhere))
    view.editor.disconnect([((), Edge("stage1", "y", "head", "x"))])
    session.select([("stem",)])
    view.editor.delete(heal=False)
    del stood["stem"]
    assert {name: box.rect for name, box in view.design.level.boxes.items()} == stood
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    assert view.design.level.automatic


def test_wiring_inside_a_stage_from_its_gate(hand, session) -> None:
    session.apply("cut", lambda g: edits.disconnect(g, [Edge("x", "y", "conv", "x")], at=("stage1",)))
    x, y = hand.port(("stage1",), "x", output=False)
    hand.drag((x + 5, y), hand.body("stage1", "conv"))
    assert Edge("x", "y", "conv", "x") in session.graph.at(("stage1",)).edges


def test_a_gate_takes_a_wire_on_both_halves(hand, session) -> None:
    gone = Edge("conv", "y", "y", "x")
    session.apply("cut", lambda g: edits.disconnect(g, [gone], at=("stage1",)))
    x, y = hand.port(("stage1",), "y", output=True)
    hand.drag(hand.port(("stage1", "conv"), "y", output=True), (x + 5, y))
    assert gone in session.graph.at(("stage1",)).edges
    session.apply("cut", lambda g: edits.disconnect(g, [Edge("stem", "y", "stage1", "x")]))
    x, y = hand.port(("stage1",), "x", output=False)
    hand.drag(hand.port(("stem",), "y", output=True), (x + 5, y))
    assert Edge("stem", "y", "stage1", "x") in session.graph.edges


def test_a_wire_does_not_leave_its_stage(hand, session, notices) -> None:
    before = session.graph
    hand.drag(hand.port(("stage1", "conv"), "y", output=True), hand.body("head"))
    assert session.graph is before
    assert "inside the stage" in notices[-1][1]


# ----------------------------------------------------------------------------------------------------- the palette


def test_a_second_image_is_refused_with_a_sentence(hand, view, session, notices) -> None:
    drop(view, hand, "image", 300, 250)
    assert "already an image" in notices[-1][1]


def test_a_lone_card_dropped_on_a_wire_is_put_into_it(hand, view, session) -> None:
    session.apply(
        "add", lambda g: edits.add_node(g, edits.replace(g.item(("stem",)), id="lone", x=320, y=240))
    )
    end = hand.port(("stem",), "x", output=False)
    x, y = hand.body("lone")
    middle = hand.middle("lone")
    hand.drag((x, y), (x + end[0] - 44 - middle[0], y + end[1] - middle[1]))
    assert {Edge("image", "y", "lone", "x"), Edge("lone", "y", "stem", "x")} <= set(session.graph.edges)
    assert not view.design.rect_of(("lone",)).meets(view.design.rect_of(("stem",)))
    session.undo_stack.undo()
    assert session.graph.item(("lone",)).x == 320


def test_block_dropped_on_the_canvas_is_added(hand, view, session) -> None:
    drop(view, hand, "gate", 300, 250)
    rect = view.design.rect_of(("gate",))
    assert rect.contains(300, 250)
    assert session.selection == {("gate",)}


def test_block_dropped_on_a_wire_is_put_into_it(hand, view, session) -> None:
    end = hand.port(("stem",), "x", output=False)
    stem = view.design.rect_of(("stem",))
    drop(view, hand, "gate", end[0] - 40, end[1])
    assert {Edge("image", "y", "gate", "x"), Edge("gate", "y", "stem", "x")} <= set(session.graph.edges)
    gate, after = view.design.rect_of(("gate",)), view.design.rect_of(("stem",))
    assert not gate.meets(after)
    assert after.x > stem.x


def test_alt_switches_putting_into_wires_off(hand, view, session) -> None:
    end = hand.port(("stem",), "x", output=False)
    drop(view, hand, "gate", end[0] - 40, end[1], ALT)
    assert "gate" in session.graph.nodes
    assert Edge("image", "y", "stem", "x") in session.graph.edges


def test_block_dropped_on_a_stage_joins_its_body(hand, view, session) -> None:
    stage = view.design.rect_of(("stage1",))
    head = view.design.rect_of(("head",))
    inner = view.design.rect_of(("stage1", "conv"))
    drop(view, hand, "gate", stage.right - 14, inner.y - 4)
    body = session.graph.at(("stage1",))
    assert {Edge("conv", "y", "gate", "x"), Edge("gate", "y", "y", "x")} <= set(body.edges)
    now = view.design.rect_of(("stage1",))
    assert now.w > stage.w
    assert head.x < view.design.rect_of(("head",)).x <= head.x + now.w - stage.w
    assert view.design.rect_of(("head",)).x - now.right == pytest.approx(64, abs=8)  # as far as need be


def test_folding_a_stage_and_opening_it_again_moves_nothing(hand, view, session) -> None:
    hand.drag(hand.middle("head"), (hand.middle("head")[0] + 200, hand.middle("head")[1]))
    session.select([("stage1",)])
    before = view.design.rect_of(("head",))
    for _ in range(3):
        hand.key(Qt.Key.Key_H)
        hand.key(Qt.Key.Key_H)
    assert view.design.rect_of(("head",)) == before


def test_block_dropped_on_a_title_takes_its_place(hand, view, session) -> None:
    stem = view.design.rect_of(("stem",))
    drop(view, hand, "gate", stem.x + 40, stem.y + 16)
    assert session.graph.item(("stem",)).block == "gate"
    assert Edge("image", "y", "stem", "x") in session.graph.edges


def test_foreign_data_is_not_taken(view, hand, session) -> None:
    drop(view, hand, "no such block", 300, 250)
    assert session.undo_stack.count() == 0


# ----------------------------------------------------------------------------------------------------- the rest


def test_repeat_handle_is_dragged_and_undone_in_one_step(hand, session) -> None:
    handle = hand.view.design.handle(("stage1",))
    stage = hand.view.design.rect_of(("stage1",))
    x, y = stage.x + handle.center[0], stage.y + handle.center[1]
    hand.drag((x, y), (x + 49, y))
    assert session.graph.item(("stage1",)).repeat == 5
    session.undo_stack.undo()
    assert session.graph.item(("stage1",)).repeat == 2


def test_double_click_on_the_handle_types_the_count(hand, view, session, qtbot) -> None:
    handle, stage = view.design.handle(("stage1",)), view.design.rect_of(("stage1",))
    hand.double(stage.x + handle.center[0], stage.y + handle.center[1])
    field = view.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert session.graph.item(("stage1",)).repeat == 7


def test_double_click_on_a_title_renames(hand, view, session, qtbot) -> None:
    stem = view.design.rect_of(("stem",))
    hand.double(stem.x + 40, stem.y + 16)
    field = view.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "First")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert session.graph.item(("stem",)).title == "First"


def test_double_click_on_the_empty_canvas_asks_for_a_block(hand, view) -> None:
    asked = []
    view.search_requested.connect(lambda place, at: asked.append(at))
    hand.double(100, 300)
    assert asked == [()]


@pytest.mark.parametrize("button", [MIDDLE, RIGHT])
def test_panning_moves_the_scene_with_the_hand(hand, view, button) -> None:
    spot = hand.at(100, 300)
    before = view.mapToScene(spot)
    QApplication.processEvents()
    hand.press(100, 300, button=button)
    target = spot + type(spot)(60, 35)
    QTest.mouseMove(view.viewport(), target)
    QTest.mouseRelease(view.viewport(), button, Qt.KeyboardModifier.NoModifier, target)
    after = view.mapToScene(target)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1.5)


def test_wheel_zooms_at_the_mouse(hand, view) -> None:
    spot = QPointF(hand.at(200, 30))
    before = view.mapToScene(spot.toPoint())
    event = QWheelEvent(
        spot, view.viewport().mapToGlobal(spot), spot.toPoint() * 0, (spot.toPoint() * 0) + type(spot.toPoint())(0, 240),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)
    assert view.zoom > 1.2
    after = view.mapToScene(spot.toPoint())
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=1.5)


def test_the_second_click_on_what_the_first_has_opened_is_a_click(hand) -> None:
    asked: list[object] = []
    hand.view.search_requested.connect(lambda *what: asked.append(what))
    hand.second_click(2000, 2000)
    hand.release(2000, 2000)
    assert not asked
    hand.double(2000, 2000)
    assert len(asked) == 1
