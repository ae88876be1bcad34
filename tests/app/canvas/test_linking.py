"""Linked copies on the canvas: made by a key, changed by hand, told apart by a sign."""

from PySide6.QtCore import QRectF, Qt

from hybridgraph.graph import edits
from tests.app.conftest import CATALOGUE

CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def link(hand, session) -> None:
    session.select([("stage1",)])
    hand.key(Qt.Key.Key_D, CTRL_ALT)


def test_a_linked_copy_stands_below_with_its_sign(hand, session, view) -> None:
    link(hand, session)
    assert session.selection == {("stage1_2",)}
    first, second = view.design.rect_of(("stage1",)), view.design.rect_of(("stage1_2",))
    assert second.y >= first.bottom
    assert session.graph.item(("stage1",)).link == session.graph.item(("stage1_2",)).link != ""
    assert view.design.boxes["stage1_2",].card.linked
    assert "linked copy" in view.accessibleDescription()
    session.undo_stack.undo()
    assert session.graph.item(("stage1",)).link == ""


def test_a_copy_comes_into_view(hand, session, view) -> None:
    rect = view.design.rect_of(("stage1",))
    view.pan(0, view.viewport().height() / 2 - rect.h)  # the copy below would be out of view
    for key, keys in ((Qt.Key.Key_D, CTRL_ALT), (Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)):
        session.select([("stage1",)])
        hand.key(key, keys)
        (made,) = session.selection
        assert view.seen().contains(QRectF(*view.design.rect_of(made)))


def test_what_is_done_to_one_is_done_to_both_in_one_step(hand, session, view) -> None:
    link(hand, session)
    steps = session.undo_stack.count()
    session.select([("stage1_2", "conv")])
    hand.key(Qt.Key.Key_M)
    assert session.graph.item(("stage1", "conv")).bypass
    assert session.undo_stack.count() == steps + 1
    session.undo_stack.undo()
    assert not session.graph.item(("stage1", "conv")).bypass


def test_the_repeat_count_is_each_ones_own(hand, session, view) -> None:
    link(hand, session)
    handle, rect = view.design.handle(("stage1_2",)), view.design.rect_of(("stage1_2",))
    x, y = rect.x + handle.x + handle.w / 2, rect.y + handle.y + handle.h / 2
    hand.drag((x, y), (x + 60, y))
    assert session.graph.item(("stage1_2",)).repeat > 2
    assert session.graph.item(("stage1",)).repeat == 2


def test_a_copy_that_grows_pushes_its_neighbours_aside(hand, session, view) -> None:
    link(hand, session)
    head = view.design.rect_of(("head",))
    grown = view.design.rect_of(("stage1",)).w

    def more(graph):
        extra = edits.replace(graph.item(("stage1_2", "conv")), id="more", x=300)
        return edits.add_node(graph, extra, at=("stage1_2",))

    session.apply("more", more)
    grown = view.design.rect_of(("stage1",)).w - grown
    assert grown > 0
    now = view.design.rect_of(("head",))
    assert head.x < now.x
    assert now.x - view.design.rect_of(("stage1",)).right >= 56


def test_unique_again_follows_no_more(hand, session, view) -> None:
    link(hand, session)
    view.editor.make_unique()
    assert session.graph.item(("stage1",)).link == ""
    session.apply("k", lambda g: edits.set_param(g, ("stage1", "conv"), "kernel", 5, CATALOGUE))
    assert "kernel" not in session.graph.item(("stage1_2", "conv")).params


def test_a_block_has_no_linked_copies_and_a_stage_does_not_hold_its_own(hand, session, view, notices) -> None:
    session.select([("stem",)])
    hand.key(Qt.Key.Key_D, CTRL_ALT)
    assert "single block" in notices[-1][1]
    link(hand, session)
    before = session.graph
    stage = view.design.rect_of(("stage1",))
    rect = view.design.rect_of(("stage1_2",))
    hand.drag((rect.x + 40, rect.y + 20), (stage.center[0], stage.bottom - 14))
    assert "never end" in notices[-1][1]
    assert session.graph == before


def test_moving_a_linked_stage_keeps_its_link(hand, session, view) -> None:
    link(hand, session)
    session.select([("stage1_2",)])
    hand.key(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    (outer,) = session.selection
    assert session.graph.item((*outer, "stage1_2")).link
    session.apply("k", lambda g: edits.set_param(g, ("stage1", "conv"), "kernel", 5, CATALOGUE))
    assert session.graph.item((*outer, "stage1_2", "conv")).params["kernel"] == 5


def test_the_sign_is_painted_at_every_zoom(hand, session, view) -> None:
    link(hand, session)
    session.apply("frozen", lambda g: edits.set_freeze(g, ("stage1",), True))
    for folded in (False, True):
        session.apply("fold", lambda g, folded=folded: edits.set_collapsed(g, ("stage1",), folded))
        for zoom in (0.3, 1.0, 2.0):
            view.zoom_to(zoom)
            assert not view.grab().isNull()


CTRL, CTRL_SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
)


def test_a_stage_is_pasted_as_a_linked_copy_and_once_more(hand, session) -> None:
    session.select([("stage1",)])
    hand.key(Qt.Key.Key_C, CTRL)
    before = session.graph
    hand.key(Qt.Key.Key_V, CTRL_SHIFT)
    assert session.selection == {("stage1_2",)}
    hand.key(Qt.Key.Key_V, CTRL_SHIFT)
    links = {session.graph.item((name,)).link for name in ("stage1", "stage1_2", "stage1_3")}
    assert len(links) == 1
    assert links != {""}
    session.select([("stage1_3", "conv")])
    hand.key(Qt.Key.Key_M)
    assert session.graph.item(("stage1", "conv")).bypass
    assert session.graph.item(("stage1_2", "conv")).bypass
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    assert session.graph == before


def test_what_is_linked_already_is_pasted_with_its_link_though_it_was_changed_meanwhile(
    hand, session
) -> None:
    link(hand, session)
    hand.key(Qt.Key.Key_C, CTRL)
    session.select([("stage1", "conv")])
    hand.key(Qt.Key.Key_M)
    hand.key(Qt.Key.Key_V, CTRL_SHIFT)
    (made,) = session.selection
    assert session.graph.item(made).link == session.graph.item(("stage1",)).link
    assert session.graph.item((*made, "conv")).bypass


def test_a_copy_without_its_original_or_without_a_stage_is_not_pasted_as_linked(
    hand, session, notices
) -> None:
    session.select([("stem",)])
    hand.key(Qt.Key.Key_C, CTRL)
    graph = session.graph
    hand.key(Qt.Key.Key_V, CTRL_SHIFT)
    assert (session.graph, notices[-1][0]) == (graph, "error")
    assert "holds no stage" in notices[-1][1]
    session.select([("stage1",)])
    hand.key(Qt.Key.Key_X, CTRL)
    graph = session.graph
    hand.key(Qt.Key.Key_V, CTRL_SHIFT)
    assert session.graph == graph
    assert "nothing to follow" in notices[-1][1]
