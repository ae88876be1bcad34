"""Cards carried with the mouse: out of a stage, into one, and to another place in the chain."""

import pytest
from PySide6.QtCore import Qt

from hybridgraph.graph import edits, fragments
from hybridgraph.graph.model import Edge, Node

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def chain(session):
    """Two more blocks in the stage's chain: conv → gate → last."""
    from tests.app.conftest import CATALOGUE

    def edit(graph):
        at = ("stage1",)
        graph = edits.splice(
            graph, Edge("conv", "y", "y", "x"), Node(id="gate", block="gate", x=200), CATALOGUE, at=at
        )
        return edits.splice(
            graph, Edge("gate", "y", "y", "x"), Node(id="last", block="conv", x=400), CATALOGUE, at=at
        )

    session.apply("more", edit)
    session.undo_stack.clear()


def test_a_block_dragged_out_of_its_stage_leaves_a_whole_chain(hand, session, chain) -> None:
    x, y = hand.body("stage1", "gate")
    hand.drag((x, y), (x, y + 300))
    assert session.selection == {("gate",)}
    assert Edge("conv", "y", "last", "x") in session.graph.at(("stage1",)).edges
    assert hand.view.design.rect_of(("gate",)).contains(x, y + 300)
    session.undo_stack.undo()
    assert "gate" not in session.graph.nodes


def test_what_leaves_a_stage_keeps_its_values(hand, session, chain) -> None:
    x, y = hand.body("stage1", "conv")
    hand.drag((x, y), (x, y + 300))
    assert session.graph.item(("conv",)).params["channels"] == 96


def test_a_block_dragged_into_a_stage_joins_its_chain(hand, session, chain) -> None:
    stage = hand.view.design.rect_of(("stage1",))
    last = hand.view.design.rect_of(("stage1", "last"))
    hand.drag(hand.body("stem"), (last.right + 8, last.center[1]))
    assert hand.view.design.rect_of(("stage1",)).w > stage.w
    body = session.graph.at(("stage1",))
    assert {Edge("last", "y", "stem", "x"), Edge("stem", "y", "y", "x")} <= set(body.edges)
    assert Edge("image", "y", "stage1", "x") in session.graph.edges
    assert session.selection == {("stage1", "stem")}


def test_the_stage_lights_up_and_escape_leaves_no_trace(hand, session, chain) -> None:
    stage = hand.view.design.boxes["stage1",]
    target = hand.middle("stage1", "gate")
    hand.press(*hand.body("stem"))
    hand.move(*target)
    hand.move(*target)
    assert stage.is_target
    hand.key(Qt.Key.Key_Escape)
    assert not stage.is_target
    hand.release(*target)
    assert session.undo_stack.count() == 0


def test_alt_on_the_way_keeps_a_block_in_its_stage(hand, session, chain) -> None:
    x, y = hand.body("stage1", "gate")
    hand.press(x, y)
    for part in (0.5, 1.0):
        hand.move(x, y + 300 * part)
    hand.release(x, y + 300, ALT)
    assert ("stage1", "gate") in dict(session.graph.walk())


def test_a_block_is_dragged_to_another_place_in_the_chain(hand, session, chain) -> None:
    x, y = hand.port(("stage1", "conv"), "x", output=False)
    hand.drag(hand.body("stage1", "last"), (x - 6, y))
    body = session.graph.at(("stage1",))
    assert {
        Edge("x", "y", "last", "x"),
        Edge("last", "y", "conv", "x"),
        Edge("conv", "y", "gate", "x"),
        Edge("gate", "y", "y", "x"),
    } == set(body.edges)
    session.undo_stack.undo()
    assert Edge("x", "y", "conv", "x") in session.graph.at(("stage1",)).edges


def test_the_image_stays_outside(hand, session, chain) -> None:
    hand.drag(hand.body("image"), hand.middle("stage1", "gate"))
    assert "image" in session.graph.nodes


def test_in_a_design_without_places_everything_is_laid_out_around_what_comes(hand, view, session) -> None:
    """As a preset is: nothing has a position, and a card put into a wire must not cover another one."""

    def bare(graph):
        nodes = {name: edits.replace(item, x=0.0, y=0.0) for name, item in graph.nodes.items()}
        return edits.replace(graph, nodes=nodes)

    session.apply("bare", bare)
    view.frame_all()
    copied = fragments.fragment(session.graph, ["stage1"])
    view.editor.add_fragment(copied, (), 0, 0, Edge("stem", "y", "stage1", "x"))
    x, y = hand.port(("head",), "x", output=False)
    view.frame_all()
    hand.drag(hand.body("stem"), (x - 12, y))
    assert Edge("stem", "y", "head", "x") in session.graph.edges
    assert Edge("image", "y", "stage1_2", "x") in session.graph.edges
    rects = [view.design.rect_of((name,)) for name in session.graph.nodes]
    assert not any(a.meets(b) for at, a in enumerate(rects) for b in rects[at + 1 :])
