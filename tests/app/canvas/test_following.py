"""From edit to edit, the placed graph equals one placed from nothing, and only what an edit touched is looked at."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QApplication

from app import theme
from app.canvas import roads
from app.canvas.content import Reader
from app.canvas.following import Follower
from app.canvas.items import NodeItem
from app.canvas.placement import Placer
from app.canvas.view import CanvasView
from app.canvas.wires import WireItem
from app.session import Session
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, fragments
from hybridgraph.graph.model import Edge, Graph, Node, frozen
from tests.app.canvas.test_scene import random_edit

ACROSS = 20


@pytest.fixture
def wide(session: Session) -> Graph:
    """Two hundred cards in rows, each wired to the next."""
    names = [f"n{number}" for number in range(200)]
    nodes = {
        name: Node(id=name, block="conv", x=8.0 + number % ACROSS * 240, y=number // ACROSS * 160)
        for number, name in enumerate(names)
    }
    edges = tuple(Edge(a, "y", b, "x") for a, b in pairwise(names))
    return Graph(nodes=frozen(nodes), edges=edges)


@pytest.fixture
def canvas(session: Session, wide: Graph, qtbot) -> CanvasView:
    theme.load_fonts()
    session.new(wide)
    view = CanvasView(session, theme.DARK)
    qtbot.addWidget(view)
    view.resize(1000, 640)
    view.show()
    view.zoom_to(1.0)
    view.centerOn(2000, 640)
    QApplication.processEvents()
    return view


@contextmanager
def counted(monkeypatch, owner: object, name: str) -> Iterator[list[object]]:
    """Every call of a function while the block runs, by its first argument but self."""
    calls: list[object] = []
    honest = getattr(owner, name)

    def note(*given, **named):
        calls.append(given)
        return honest(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, note)
        yield calls


class Painted(QObject):
    """The region of the view that was painted."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self.region = QRegion()
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.region += event.region()
        return False

    def part(self, view: CanvasView) -> float:
        """How much of the view that is."""
        area = sum(rect.width() * rect.height() for rect in self.region)
        return area / (view.viewport().width() * view.viewport().height())


@pytest.mark.parametrize("seed", range(4))
def test_any_steps_lead_to_what_a_fresh_placer_gives(session: Session, seed: int) -> None:
    dice = random.Random(seed)
    follower = Follower(session.catalogue)
    graph, passed = session.graph, [session.graph]
    for _ in range(150):
        if dice.random() < 0.25:
            graph = dice.choice(passed[-4:])  # as undo and redo do
        else:
            try:
                graph = random_edit(graph, dice, session.catalogue)
            except GraphError:
                continue
            passed.append(graph)
        level, fresh = follower.place(graph).level, Placer(session.catalogue).place(graph)
        assert level.boxes == fresh.boxes
        assert level.routes == fresh.routes
        assert level.extent == fresh.extent
        assert {edge for edge, _ in level.ways.near(level.extent)} == set(fresh.routes)
        assert {name for name, _ in level.cards.near(level.extent)} == set(fresh.boxes)


def test_undo_and_redo_place_and_route_nothing(canvas: CanvasView, monkeypatch) -> None:
    session = canvas.session
    copied = fragments.fragment(session.graph, ["n40", "n41", "n42"])
    session.apply("Paste", lambda graph: fragments.paste(graph, copied)[0])
    after = canvas.design.level
    with counted(monkeypatch, roads, "lay") as laid:
        session.undo_stack.undo()
        session.undo_stack.redo()
    assert laid == []
    assert canvas.design.level is after


def test_a_small_edit_reads_one_card_and_routes_its_wires(canvas: CanvasView, monkeypatch) -> None:
    session = canvas.session
    with (
        counted(monkeypatch, Reader, "card") as read,
        counted(monkeypatch, roads, "lay") as laid,
        counted(monkeypatch, WireItem, "show_route") as shown,
    ):
        session.apply("set", lambda g: edits.set_param(g, ("n50",), "channels", 32, session.catalogue))
    assert len(read) == 1
    assert sum(len(edges) for edges, *_ in laid) <= 8
    assert len(shown) <= 8


def test_a_card_between_two_rows_leaves_their_straight_wires_alone(canvas: CanvasView, monkeypatch) -> None:
    node = Node(id="new", block="conv", x=1928.0, y=560.0)
    beside = canvas.design.level.routes[Edge("n68", "y", "n69", "x")]
    assert 40 < node.y - beside.bounds.y < 200
    with counted(monkeypatch, roads, "lay") as laid:
        canvas.session.apply("add", lambda graph: edits.add_node(graph, node))
    again = {edge for edges, *_ in laid for edge in edges}
    assert {int(edge.source[1:]) % ACROSS for edge in again} == {ACROSS - 1}  # those alone that lead back


def test_moving_the_selection_on_marks_the_wires_of_two_cards(canvas: CanvasView, monkeypatch) -> None:
    canvas.session.select([("n50",)])
    with counted(monkeypatch, WireItem, "mark") as marked:
        canvas.session.select([("n80",)])
    assert len(marked) == 4


def test_panning_paints_what_comes_into_view(canvas: CanvasView, monkeypatch) -> None:
    painted = Painted(canvas)
    with counted(monkeypatch, NodeItem, "_paint") as cards:
        canvas.pan(16, 8)
        QApplication.processEvents()
    assert 0 < painted.part(canvas) < 0.2
    assert len(cards) <= 2  # all cards look alike or have been painted before


def test_what_panning_shifts_is_what_painting_anew_gives(canvas: CanvasView) -> None:
    for step in ((24, 0), (-7, 31), (300, -200), (0, 1)):
        canvas.pan(*step)
        QApplication.processEvents()
    shifted = canvas.grab().toImage()
    canvas.viewport().update()
    QApplication.processEvents()
    assert shifted == canvas.grab().toImage()


def test_dragging_a_card_paints_it_and_its_wires(canvas: CanvasView) -> None:
    from tests.app.canvas.conftest import Hand

    hand = Hand(canvas)
    x, y = hand.body("n88")
    hand.press(x, y)
    hand.move(x + 16, y)
    QApplication.processEvents()
    painted = Painted(canvas)
    hand.move(x + 32, y)
    QApplication.processEvents()
    assert 0 < painted.part(canvas) < 0.35
    hand.release(x + 32, y)


def test_equal_cards_share_a_picture_until_they_differ(canvas: CanvasView, monkeypatch) -> None:
    with counted(monkeypatch, NodeItem, "_paint") as cards:
        canvas.zoom_to(0.9)
        QApplication.processEvents()
        alike = len(cards)
        canvas.session.select([("n88",)])
        QApplication.processEvents()
    assert alike < 4
    assert len(cards) > alike
