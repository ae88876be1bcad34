"""Real key events on the real view."""

from itertools import combinations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Node
from hybridgraph.graph.values import Ref

K = Qt.Key
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def test_every_way_to_ask_for_a_block(hand, view) -> None:
    asked = []
    view.search_requested.connect(lambda place, at: asked.append(at))
    hand.key(K.Key_Tab)
    hand.key(K.Key_Space)
    hand.key(K.Key_A, SHIFT)
    assert len(asked) == 3


def test_held_space_pans_and_does_not_ask(hand, view) -> None:
    asked = []
    view.search_requested.connect(lambda place, at: asked.append(at))
    before = view.mapToScene(0, 0)
    QTest.keyPress(view, K.Key_Space)
    hand.drag((100, 300), (160, 320))
    QTest.keyRelease(view, K.Key_Space)
    assert asked == []
    assert view.mapToScene(0, 0) != before


def test_arrows_and_brackets_walk(hand, session) -> None:
    hand.key(K.Key_BracketRight)
    assert session.selection == {("image",)}
    hand.key(K.Key_BracketRight)
    assert session.selection == {("stem",)}
    hand.key(K.Key_Right)
    assert session.selection == {("stage1",)}
    hand.key(K.Key_BracketLeft)
    assert session.selection == {("stem",)}


def test_moving_by_keys_is_one_step(hand, session) -> None:
    session.select([("stem",)])
    hand.key(K.Key_Right, SHIFT)
    hand.key(K.Key_Right, SHIFT)
    hand.key(K.Key_Down, ALT)
    assert (session.graph.item(("stem",)).x, session.graph.item(("stem",)).y) == (216, 1)
    session.undo_stack.undo()
    assert session.graph.item(("stem",)).x == 200


def test_delete_heals_and_shift_delete_does_not(hand, session) -> None:
    session.select([("stem",)])
    hand.key(K.Key_Delete)
    assert Edge("image", "y", "stage1", "x") in session.graph.edges
    session.undo_stack.undo()
    session.select([("stem",)])
    hand.key(K.Key_Delete, SHIFT)
    assert not any(edge.target == "stage1" for edge in session.graph.edges)


def test_copy_and_paste_go_through_text(hand, session, view) -> None:
    session.select([("stem",), ("stage1",)])
    view.editor.copy()
    assert '"format"' in QApplication.clipboard().text()
    view.paste()
    made = session.selection
    assert len(made) == 2
    (a,) = [path for path in made if "stem" in path[0]]
    (b,) = [path for path in made if "stage" in path[0]]
    assert Edge(a[0], "y", b[0], "x") in session.graph.edges


def test_a_block_of_a_stage_is_pasted_outside_with_its_values_and_covers_nothing(hand, session, view) -> None:
    session.select([("stage1", "conv")])
    hand.key(K.Key_C, CTRL)
    for _ in range(3):
        hand.key(K.Key_V, CTRL)
        (path,) = session.selection
        assert len(path) == 1
        assert not any(isinstance(value, Ref) for value in session.graph.item(path).params.values())
    rects = [box.rect for box in view.design.level.boxes.values()]
    assert not any(one.meets(other) for one, other in combinations(rects, 2))


def test_text_that_is_no_design_is_refused_with_a_sentence(view, session, notices) -> None:
    QApplication.clipboard().setText("hello")
    assert not view.paste()
    assert notices[-1][0] == "warning"
    assert "clipboard" in notices[-1][1]


def test_group_and_ungroup(hand, session, view) -> None:
    session.select([("stem",)])
    hand.key(K.Key_G, CTRL)
    (path,) = session.selection
    assert session.graph.item(path).body.nodes["stem"].block == "conv"
    hand.key(K.Key_G, CTRL | SHIFT)
    assert "stem" in session.graph.nodes


def test_enter_and_leave_a_stage(hand, session, view) -> None:
    session.select([("stage1",)])
    hand.key(K.Key_Return)
    assert session.selection == {("stage1", "conv")}
    hand.key(K.Key_Escape)
    assert session.selection == {("stage1",)}


def test_fold_and_unfold(hand, session, view) -> None:
    session.select([("stage1",)])
    hand.key(K.Key_H)
    assert session.graph.item(("stage1",)).collapsed
    assert ("stage1", "conv") not in view.design.boxes
    hand.key(K.Key_H)
    assert ("stage1", "conv") in view.design.boxes


def test_overlays_and_minimap(hand, view) -> None:
    hand.key(K.Key_2)
    assert view.design.overlay == "params"
    hand.key(K.Key_0)
    assert view.design.measure is None
    hand.key(K.Key_M, ALT)
    assert view.minimap.isHidden()


def test_lay_out_is_undoable(hand, session) -> None:
    before = session.graph
    hand.key(K.Key_L, SHIFT)
    assert session.graph != before
    session.undo_stack.undo()
    assert session.graph == before


def test_laying_out_a_selection_leaves_the_others(hand, session) -> None:
    session.apply("mess", lambda g: edits.move(g, {"stem": (40, 400), "stage1": (90, 420)}))
    session.select([("stem",), ("stage1",)])
    hand.key(K.Key_L)
    stem, stage = hand.view.design.rect_of(("stem",)), hand.view.design.rect_of(("stage1",))
    assert stem.right < stage.x
    assert session.graph.item(("head",)).x == 800


def test_laying_out_a_stage_makes_room(hand, session) -> None:
    more = edits.replace(session.graph.item(("stage1", "conv")), id="more", x=8.0, y=8.0)
    session.apply("add", lambda g: edits.add_node(g, more, at=("stage1",)))
    session.apply(
        "wire", lambda g: edits.connect(g, Edge("conv", "y", "more", "x"), session.catalogue, at=("stage1",))
    )
    session.select([("stage1",)])
    hand.key(K.Key_L)
    inner = [hand.view.design.rect_of(("stage1", name)) for name in ("conv", "more")]
    assert not inner[0].meets(inner[1])
    assert not hand.view.design.rect_of(("stage1",)).meets(hand.view.design.rect_of(("head",)))


def test_straightening_brings_cards_onto_one_lane(hand, session) -> None:
    session.apply("mess", lambda g: edits.move(g, {"stem": (200, 56)}))
    session.select([("image",), ("stem",)])
    hand.key(K.Key_Q)
    assert session.graph.item(("stem",)).y == session.graph.item(("image",)).y


def test_wiring_by_keys_alone(hand, session, view) -> None:
    session.select([("stem",)])
    hand.key(K.Key_Delete, SHIFT)
    session.select([("image",)])
    hand.key(K.Key_W)
    session.select([("stage1",)])
    hand.key(K.Key_W)
    assert Edge("image", "y", "stage1", "x") in session.graph.edges


def test_the_selection_is_spoken(session, view, analysed) -> None:
    session.accept_analysis(analysed(session.graph))
    session.select([("stage1",)])
    assert view.accessibleDescription() == "Stage 1, Conv block × 2, 2 repeats, output 96×7×7"


def test_zoom_keys_and_framing(hand, session, view) -> None:
    hand.key(K.Key_Minus, CTRL)
    assert view.zoom < 1
    hand.key(K.Key_0, CTRL)
    assert view.zoom == 1
    session.select([("stage1", "conv")])
    hand.key(K.Key_F)
    rect = view.design.rect_of(("stage1", "conv"))
    assert view.seen().contains(*rect.center)
    hand.key(K.Key_Home)
    assert all(view.seen().contains(*view.design.rect_of((name,)).center) for name in session.graph.nodes)


def test_bypass_and_freeze_are_switched_for_all_that_is_selected(hand, session, view) -> None:
    session.select([("stem",), ("stage1",)])
    before = session.graph
    hand.key(K.Key_M)
    hand.key(K.Key_M, SHIFT)
    items = [session.graph.item((name,)) for name in ("stem", "stage1")]
    assert all(item.bypass and item.freeze for item in items)
    assert {view.design.boxes[item.id,].card.state for item in items} == {"bypassed"}
    assert all("frozen" in view.design.boxes[item.id,].card.spoken for item in items)
    session.select([("stem",)])
    hand.key(K.Key_M)
    assert not session.graph.item(("stem",)).bypass
    for _ in range(3):
        session.undo_stack.undo()
    assert session.graph == before


def test_what_is_computed_again_in_training_is_marked_and_said(hand, session, view) -> None:
    session.select([("stem",)])
    hand.key(K.Key_M, CTRL | SHIFT)
    assert session.graph.item(("stem",)).recompute
    assert session.undo_stack.undoText() == "Compute again in training"
    assert "computed again in training" in view.design.boxes["stem",].card.spoken
    hand.key(K.Key_M, CTRL | SHIFT)
    assert not session.graph.item(("stem",)).recompute


def test_another_block_is_asked_for_to_take_the_place(hand, session, view, qtbot) -> None:
    session.select([("stem",)])
    with qtbot.waitSignal(view.swap_requested) as asked:
        hand.key(K.Key_S, SHIFT)
    assert asked.args == [("stem",)]


def test_in_a_stage_of_one_block_another_block_is_asked_for_that(hand, session, view, qtbot, notices) -> None:
    session.select([("stage1",)])
    with qtbot.waitSignal(view.swap_requested) as asked:
        hand.key(K.Key_S, SHIFT)
    assert asked.args == [("stage1", "conv")]
    session.apply("Add", lambda graph: edits.add_node(graph, Node(id="more", block="conv"), at=("stage1",)))
    session.select([("stage1",)])
    with qtbot.assertNotEmitted(view.swap_requested):
        hand.key(K.Key_S, SHIFT)
    assert "Choose one block of the stage" in notices[-1][1]


def test_a_wire_begun_at_a_card_that_is_gone_begins_anew(hand, session, notices) -> None:
    session.select([("stem",)])
    hand.key(Qt.Key.Key_W)
    hand.key(Qt.Key.Key_Delete)
    session.select([("head",)])
    hand.key(Qt.Key.Key_W)
    assert "Wire begun here" in notices[-1][1]
