"""The way from the cause of an error to what is selected is drawn, and the rest steps back."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QColor, QImage

from app import theme
from app.canvas.view import CanvasView
from app.preview import Preview
from app.session import Session
from app.theme import DARK
from hybridgraph import catalog
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Graph, digest
from hybridgraph.presets.lane import block, image, lane

REFUSED = Finding(severity="error", code="block", message="They disagree.", path=("sum",))


def forked() -> Graph:
    known = catalog.load()
    parts = [
        image(3, 64),
        block("stem", "conv_norm_act"),
        block("left", "conv_norm_act"),
        block("sum", "add"),
    ]
    graph = lane("", [*parts, block("head", "classifier")])
    graph = edits.disconnect(graph, [edge for edge in graph.edges if edge.target == "sum"])
    graph = edits.add_node(graph, block("right", "conv_norm_act"))
    for edge in (
        Edge("left", "y", "sum", "a"),
        Edge("stem", "y", "right", "x"),
        Edge("right", "y", "sum", "b"),
    ):
        graph = edits.connect(graph, edge, known)
    return graph


def found(graph: Graph, *findings: Finding) -> Analysis:
    return Analysis(digest=digest(graph), nodes={}, findings=findings)


@pytest.fixture
def canvas(qtbot, qapp) -> Callable[..., tuple[CanvasView, Session]]:
    theme.load_fonts()

    def made(*findings: Finding) -> tuple[CanvasView, Session]:
        session = Session(catalog.load(), forked())
        session.accept_analysis(found(session.graph, *findings))
        view = CanvasView(session, DARK)
        qtbot.addWidget(view)
        view.resize(1200, 600)
        view.show()
        view.frame_all()
        return view, session

    return made


def blamed(view: CanvasView) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for (_, edge), wire in view.design.wires.items() if wire.is_blamed}


WAY = {("stem", "left"), ("stem", "right"), ("left", "sum"), ("right", "sum")}


def test_selecting_what_is_broken_draws_the_way_from_where_the_shapes_part(canvas) -> None:
    view, session = canvas(REFUSED)
    assert blamed(view) == set()
    session.select([("sum",)])
    assert blamed(view) == WAY
    others = [wire for wire in view.design.wires.values() if not wire.is_blamed]
    assert others
    assert all(wire.is_faded for wire in others)
    session.select([("stem",)])
    assert blamed(view) == set()
    session.select([("sum",), ("stem",)])
    assert blamed(view) == set()


def test_the_way_goes_when_the_error_does_and_a_rebuilt_scene_is_the_same(canvas) -> None:
    view, session = canvas(REFUSED)
    session.select([("sum",)])
    before = view.design.snapshot()
    view.design.rebuild()
    assert view.design.snapshot() == before
    session.accept_analysis(found(session.graph))
    assert blamed(view) == set()


@pytest.mark.parametrize("zoom", [1.0, 0.2])
def test_the_way_is_in_the_colour_of_errors_also_from_afar(canvas, zoom: float) -> None:
    view, session = canvas(REFUSED)
    view.zoom_to(zoom)
    view.centerOn(*view.design.extent().center)
    plain = _red(view.grab().toImage())
    session.select([("sum",)])
    assert _red(view.grab().toImage()) > plain + 30


def _red(picture: QImage) -> int:
    error = QColor(DARK.error)
    return sum(
        abs(colour.red() - error.red()) + abs(colour.green() - error.green()) < 40
        for x in range(0, picture.width(), 2)
        for y in range(0, picture.height(), 2)
        if (colour := picture.pixelColor(x, y)).red() > 150
    )


def test_a_preview_is_shown_until_the_next_edit_and_edits_nothing(canvas) -> None:
    view, session = canvas()
    known = session.catalogue
    other = edits.fit(session.graph, known, image_size=96)
    before = (session.graph, session.analysis, view.design.snapshot())
    session.show_preview(Preview(title="at 96×96", graph=other, analysis=found(other, REFUSED)))
    assert view.design.boxes["sum",].card.severity == "error"
    assert "96" in view.design.boxes["image",].card.line
    assert (session.graph, session.analysis) == before[:2]
    assert not session.undo_stack.canUndo()
    session.show_preview(None)
    assert view.design.snapshot() == before[2]
    session.show_preview(Preview(title="at 96×96", graph=other, analysis=found(other, REFUSED)))
    session.apply("Set", lambda g: edits.set_param(g, ("stem",), "kernel", 5, known))
    assert session.preview is None
    assert view.design.boxes["sum",].card.severity == ""
