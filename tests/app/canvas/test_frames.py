"""Comment frames by hand and by keys, with real events on the real view."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.frames.framing import HEAD, PAD
from app.canvas.inline import InlineField
from app.theme import LIGHT
from hybridgraph.graph import edits, frames
from hybridgraph.graph.model import Edge, Node, digest
from tests.app.conftest import CATALOGUE

K = Qt.Key
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def framed(hand, session, view):
    """A frame round stem and stage, made by keys; gives its path."""

    def make(*paths, title="Early"):
        session.select(paths or [("stem",), ("stage1",)])
        hand.key(K.Key_J, CTRL)
        field = next(one for one in view.findChildren(InlineField) if not one.isHidden())
        QTest.keyClicks(field, title)
        QTest.keyClick(field, K.Key_Return)
        return session.frame

    return make


def title(view, path):
    """A point in a frame's title strip."""
    rect = view.design.frames.rect_of(path)
    return rect.x + rect.w / 2, rect.y + HEAD / 2


def frame(session, path):
    return frames.frame_at(session.graph, path)


def test_a_frame_is_drawn_round_the_selection_and_named(framed, session, view) -> None:
    before, wanted = session.graph, digest(session.graph)
    path = framed()
    assert frame(session, path).title == "Early"
    rect = view.design.frames.rect_of(path)
    for name in ("stem", "stage1"):
        card = view.design.rect_of((name,))
        assert rect.x + PAD <= card.x
        assert card.right + PAD <= rect.right
        assert rect.y + PAD + HEAD <= card.y
        assert card.bottom + PAD <= rect.bottom
    assert session.selection == frozenset()
    assert view.accessibleDescription() == "Comment frame Comment, 2 blocks in it"
    assert digest(session.graph) == wanted  # so the engine is not asked again
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert session.graph == before
    assert session.frame == ()


def test_a_wire_over_the_cards_does_not_cross_the_title(framed, session, view) -> None:
    late = Edge("stem", "y", "late", "x")

    def residual(graph):
        graph = edits.add_node(graph, Node(id="late", block="conv", x=1100))
        return edits.connect(graph, late, CATALOGUE)

    session.apply("Add", residual)
    names = ("stem", "stage1", "head", "late")
    arc = view.design.level.routes[late].bounds
    assert arc.y < min(view.design.rect_of((name,)).y for name in names)  # it leads over them
    path = framed(*((name,) for name in names))
    rect = view.design.frames.rect_of(path)
    assert rect.y + HEAD <= arc.y
    assert arc.bottom <= rect.bottom


def test_the_title_takes_along_what_lies_in_the_frame(framed, hand, session, view) -> None:
    path = framed()
    hand.click(1000, 500)
    assert session.frame == ()
    x, y = title(view, path)
    was = {name: session.graph.item((name,)).x for name in ("image", "stem", "stage1", "head")}
    at, steps = frame(session, path).x, session.undo_stack.count()
    hand.drag((x, y), (x + 83, y + 40))
    assert session.frame == path
    moved = {name: session.graph.item((name,)).x - x for name, x in was.items()}
    assert moved == {"image": 0, "stem": 80, "stage1": 80, "head": 0}
    assert frame(session, path).x == at + 80
    assert session.undo_stack.count() == steps + 1


def test_with_ctrl_the_frame_goes_alone(framed, hand, session, view) -> None:
    path = framed()
    x, y = title(view, path)
    was, at = session.graph.nodes, frame(session, path)
    hand.drag((x, y), (x, y - 64), CTRL)
    assert session.graph.nodes == was
    assert frame(session, path).y == at.y - 64


def test_a_frame_in_a_frame_goes_along(framed, hand, session, view) -> None:
    inner = framed(("stem",), title="Inner")
    outer = framed(title="Outer")
    was = frame(session, inner).x
    x, y = title(view, outer)
    hand.drag((x, y), (x + 40, y))
    assert frame(session, inner).x == was + 40


def test_edges_and_corners_resize_and_escape_leaves_no_trace(framed, hand, session, view) -> None:
    path = framed()
    rect = view.design.frames.rect_of(path)
    hand.drag((rect.right, rect.y + rect.h / 2), (rect.right + 40, rect.y + rect.h / 2))
    assert frame(session, path).w == rect.w + 40
    hand.drag((rect.x, rect.y), (rect.x - 24, rect.y - 16))
    now = view.design.frames.rect_of(path)
    assert now[:2] == (rect.x - 24, rect.y - 16)
    assert (now.right, now.bottom) == (rect.right + 40, rect.bottom)
    graph, shown = session.graph, view.design.snapshot()
    hand.press(now.x, now.bottom)
    hand.move(now.x - 50, now.bottom + 50)
    assert view.design.snapshot() != shown
    hand.key(K.Key_Escape)
    hand.release(now.x - 50, now.bottom + 50)
    assert (session.graph, view.design.snapshot()) == (graph, shown)


def test_it_is_renamed_by_double_click_and_f2(framed, hand, session, view) -> None:
    path = framed()
    hand.double(*title(view, path))
    field = next(one for one in view.findChildren(InlineField) if not one.isHidden())
    QTest.keyClicks(field, "Stem and stage")
    QTest.keyClick(field, K.Key_Return)
    assert frame(session, path).title == "Stem and stage"
    hand.key(K.Key_F2)
    field = next(one for one in view.findChildren(InlineField) if not one.isHidden())
    QTest.keyClicks(field, "Third")
    QTest.keyClick(field, K.Key_Return)
    assert frame(session, path).title == "Third"


def test_delete_leaves_the_contents(framed, hand, session) -> None:
    framed()
    nodes = session.graph.nodes
    hand.key(K.Key_Delete)
    assert not session.graph.frames
    assert session.graph.nodes == nodes


def test_keys_go_from_frame_to_frame_move_fit_and_enter(framed, hand, session, view) -> None:
    first, second = framed(("image",)), framed(("head",))
    hand.click(1000, 600)
    hand.key(K.Key_J)
    assert session.frame == first
    hand.key(K.Key_J)
    assert session.frame == second
    hand.key(K.Key_J, SHIFT)
    assert session.frame == first
    at, steps = frame(session, first), session.undo_stack.count()
    hand.key(K.Key_Down, SHIFT)
    hand.key(K.Key_Down, SHIFT)
    assert (frame(session, first).y, session.graph.item(("image",)).y) == (at.y + 16, 16)
    assert session.undo_stack.count() == steps + 1
    session.apply("grow", lambda g: frames.place(g, {first[-1]: (at.x - 80, at.y - 80, at.w + 100, 300)}))
    hand.key(K.Key_J, CTRL | ALT)
    assert frame(session, first).w == at.w
    hand.key(K.Key_Return)
    assert session.selection == {("image",)}
    assert session.frame == ()


def test_colours_are_chosen_and_painted_in_both_themes(framed, session, view) -> None:
    path = framed()
    pictures = {view.grab().toImage().cacheKey(): view.grab().toImage()}
    for theme in (view.theme, LIGHT):
        view.set_theme(theme)
        seen = []
        for colour in frames.COLOURS:
            view.framing.recolour(colour)
            assert frame(session, path).colour == colour
            seen.append(view.grab().toImage())
        assert all(one != other for i, one in enumerate(seen) for other in seen[:i])
    assert pictures


def test_a_chosen_frame_is_copied_with_what_lies_in_it(framed, hand, session, view) -> None:
    path = framed()
    hand.key(K.Key_C, CTRL)
    assert '"frames"' in QApplication.clipboard().text()
    hand.key(K.Key_V, CTRL)
    assert len(session.graph.frames) == 2
    assert {item[0] for item in session.selection} == {"stem_2", "stage1_2"}
    copy = next(frame for name, frame in session.graph.frames.items() if name != path[-1])
    rect = view.design.frames.rect_of((copy.id,))
    assert all(rect.contains(*view.design.rect_of(one).center) for one in session.selection)
    session.choose_frame(path)
    hand.key(K.Key_D, CTRL)
    assert len(session.graph.frames) == 3
    session.choose_frame(path)
    hand.key(K.Key_X, CTRL)
    assert "stem" not in session.graph.nodes
    assert len(session.graph.frames) == 2


def test_making_a_stage_takes_the_frame_along_and_ungroup_brings_it_back(framed, hand, session, view) -> None:
    path = framed(("stem",))
    session.select([("stem",)])
    hand.key(K.Key_G, CTRL)
    (stage,) = session.selection
    assert not session.graph.frames
    inner = (*stage, path[-1])
    box = view.design.rect_of(stage)
    rect = view.design.frames.rect_of(inner)
    assert box.contains(rect.x, rect.y)
    assert box.contains(rect.right, rect.bottom)
    assert rect.contains(*view.design.rect_of((*stage, "stem")).center)
    hand.key(K.Key_G, CTRL | SHIFT)
    rect = view.design.frames.rect_of(path)
    assert rect.contains(*view.design.rect_of(("stem",)).center)


def test_a_frame_in_a_stage_makes_it_larger_and_leaves_its_cards_in_place(
    framed, hand, session, view
) -> None:
    was, head = view.design.rect_of(("stage1", "conv")), view.design.rect_of(("head",))
    path = framed(("stage1", "conv"))
    assert path[0] == "stage1"
    assert view.design.rect_of(("stage1", "conv")) == pytest.approx(was)
    stage = view.design.rect_of(("stage1",))
    assert not stage.meets(view.design.rect_of(("head",)))
    assert view.design.rect_of(("head",)).x >= head.x
    x, y = title(view, path)
    hand.drag((x, y), (x + 40, y))
    assert not view.design.rect_of(("stage1",)).meets(view.design.rect_of(("head",)))
    hand.key(K.Key_H)  # nothing is selected: a frame is no stage
    session.select([("stage1",)])
    hand.key(K.Key_H)
    assert path not in view.design.frames.items
    hand.key(K.Key_H)
    assert path in view.design.frames.items


def test_layout_keeps_frames_round_their_cards(framed, hand, session, view) -> None:
    outer, inner = framed(), framed(("stage1", "conv"))
    hand.key(K.Key_L, SHIFT)
    view.glide.finish()
    for path, names in ((outer, ("stem", "stage1")), (inner, ("conv",))):
        rect = view.design.frames.rect_of(path)
        for name in names:
            card = view.design.rect_of((*path[:-1], name))
            assert rect.contains(card.x, card.y)
            assert rect.contains(card.right, card.bottom)
    assert not view.design.frames.rect_of(outer).contains(*view.design.rect_of(("head",)).center)


def test_a_frame_grows_with_a_block_put_into_it(framed, session, view) -> None:
    path = framed()
    was = view.design.frames.rect_of(path)
    edge = next(one for one in session.graph.edges if one.target == "stage1")
    view.editor.splice_block("conv", (), edge)
    rect = view.design.frames.rect_of(path)
    assert rect.w > was.w
    for one in ("stem", "conv", "stage1"):
        assert rect.contains(*view.design.rect_of((one,)).center)


def test_from_afar_frames_are_painted_in_batches(framed, view) -> None:
    framed()
    view.zoom_to(0.2)
    assert view.design.is_far
    assert not any(item.isVisible() for item in view.design.frames.items.values())
    with_frame = view.grab().toImage()
    view.framing.delete()
    assert view.grab().toImage() != with_frame


def test_another_document_has_no_chosen_frame(framed, session) -> None:
    framed()
    session.new(session.graph)
    assert session.frame == ()
