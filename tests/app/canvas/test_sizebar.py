"""Other image sizes are looked at without an edit, and taken as one step."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.canvas.view import CanvasView
from app.session import Session
from hybridgraph.analysis import Analysis, Cost, Finding
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, digest

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def asked(session: Session) -> list[Graph]:
    """An engine that takes multiples of 8 only, and counts as many MACs as there are pixels."""
    seen: list[Graph] = []

    def analyze(graph: Graph) -> Analysis:
        height, width = (graph.nodes["image"].params[side] for side in ("height", "width"))
        message = f"Stem: 7 does not divide {height}×{width}."
        refusal = Finding(
            severity="error",
            code="block",
            message=message,
            path=("stem",),
            hint="Hm. An image of 32×32 fits.",
        )
        return Analysis(
            digest=digest(graph),
            nodes={},
            findings=(refusal,) if height % 8 and height != 28 else (),
            total=Cost(macs=height * width * 1000, activation_bytes=height * width),
        )

    def answer(graph: Graph, tell: Callable[[Analysis], None]) -> None:
        seen.append(graph)
        tell(analyze(graph))

    session.probe_requested.connect(answer)
    session.accept_analysis(analyze(session.graph))
    return seen


def opened(view: CanvasView) -> None:
    QTest.mouseClick(view.size_bar.button, LEFT)
    assert view.size_bar.is_open


def test_the_slider_shows_another_size_and_changes_nothing(view, session, asked, qtbot) -> None:
    before = session.graph
    assert view.size_bar.button.text() == "28×28"
    opened(view)
    view.size_bar.slider.setFocus()
    QTest.keyClick(view.size_bar.slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: session.preview is not None)
    assert session.preview.title == "at 32×32"
    assert "32×32" in view.design.boxes["image",].card.line
    assert view.size_bar.told.text() == "1.02 M MACs (+31 %) · 1.02 kB activations (+31 %)"
    assert view.preview_frame.isVisible()
    assert session.graph is before
    assert not session.undo_stack.canUndo()


def test_a_double_click_on_the_image_opens_it(view, hand, session, asked) -> None:
    hand.double(*hand.body("image"))
    assert view.size_bar.is_open


def test_what_breaks_is_said_in_one_line_and_red_on_the_canvas(view, session, asked, qtbot) -> None:
    opened(view)
    view.size_bar.field.setFocus()
    view.size_bar.field.selectAll()
    QTest.keyClicks(view.size_bar.field, "6*6")
    QTest.keyClick(view.size_bar.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.preview is not None)
    assert view.size_bar.told.text() == "Stem: 7 does not divide 36×36. An image of 32×32 fits."
    assert view.design.boxes["stem",].card.severity == "error"


def test_using_a_size_is_one_step_and_ends_the_look(view, session, asked, qtbot) -> None:
    opened(view)
    assert not view.size_bar.take.isEnabled()
    view.size_bar.slider.setValue(16)
    qtbot.waitUntil(lambda: session.preview is not None)
    QTest.mouseClick(view.size_bar.take, LEFT)
    assert session.graph.nodes["image"].params["height"] == 64
    assert session.graph.nodes["image"].params["width"] == 64
    assert session.undo_stack.count() == 1
    assert session.preview is None
    assert not view.size_bar.is_open
    session.undo_stack.undo()
    assert view.size_bar.button.text() == "28×28"


@pytest.mark.parametrize("where", ["bar", "canvas", "button", "edit"])
def test_it_ends_with_escape_the_button_or_an_edit(where: str, view, session, asked, qtbot) -> None:
    opened(view)
    view.size_bar.slider.setValue(16)
    qtbot.waitUntil(lambda: session.preview is not None)
    match where:
        case "bar":
            QTest.keyClick(view.size_bar.slider, Qt.Key.Key_Escape)
        case "canvas":
            QTest.keyClick(view, Qt.Key.Key_Escape)
        case "button":
            QTest.mouseClick(view.size_bar.shut, LEFT)
        case "edit":
            session.apply("Set", lambda g: edits.set_param(g, ("stem",), "kernel", 5, session.catalogue))
    assert session.preview is None
    assert not view.size_bar.is_open
    assert not view.preview_frame.isVisible()


def test_an_oblong_picture_keeps_its_proportions(view, session, asked, qtbot) -> None:
    session.apply("Set", lambda g: edits.set_param(g, ("image",), "width", 56, session.catalogue))
    opened(view)
    view.size_bar.slider.setValue(8)
    qtbot.waitUntil(lambda: session.preview is not None)
    assert session.preview.title == "at 32×64"


def test_without_a_picture_there_is_no_bar(view, session, asked) -> None:
    session.apply("Delete", lambda g: edits.remove(g, ["image"]))
    assert not view.size_bar.isVisible()
    view.size_bar.open_bar()
    assert not view.size_bar.is_open
