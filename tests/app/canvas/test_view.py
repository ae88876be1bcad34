"""What floats above the canvas, how it zooms, and that it paints cheaply from afar."""

import sys

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app import theme
from app.canvas.dots import DotGrid
from app.canvas.paint import LEAST_TEXT, legible
from app.canvas.view import CanvasView
from app.session import Heat, Session
from hybridgraph.analysis import Finding
from hybridgraph.graph.model import Edge, Graph, Node, frozen


def long_chain(count: int) -> Graph:
    names = [f"n{index}" for index in range(count)]
    return Graph(
        nodes=frozen({name: Node(id=name, block="conv") for name in names}),
        edges=tuple(Edge(names[i], "y", names[i + 1], "x") for i in range(count - 1)),
    )


@pytest.mark.parametrize("zoom", [0.35, 0.5, 0.74, 0.75, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("size", [10, 11, 13, 15])
def test_text_never_falls_under_nine_pixels(size: int, zoom: float) -> None:
    assert legible(size, zoom) * zoom >= LEAST_TEXT


def test_an_empty_canvas_offers_four_doors(qtbot, session) -> None:
    empty = Session(session.catalogue, Graph())
    view = CanvasView(empty, theme.DARK)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    opened = []
    view.door_requested.connect(opened.append)
    for button in view.doors.buttons.values():
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened == ["blank", "preset", "import", "tour"]
    assert view.minimap.isHidden()
    empty.new(session.graph)
    assert view.doors.isHidden()
    assert not view.minimap.isHidden()


def test_the_minimap_moves_the_view(view, qtbot) -> None:
    view.zoom_to(2.0)
    view.centerOn(0, 0)
    before = view.seen().center()
    spot = QPoint(view.minimap.width() - 24, view.minimap.height() // 2)
    qtbot.mouseClick(view.minimap, Qt.MouseButton.LeftButton, pos=spot)
    assert view.seen().center().x() > before.x() + 100


def test_the_legend_always_says_what_the_numbers_are(view, session, analysed) -> None:
    session.accept_analysis(analysed(session.graph))
    assert not view.legend.isHidden()
    assert "MACs for one image, up to 3 M" in view.legend.accessibleName()
    session.show_heat(
        Heat(
            title="Forward on cpu", unit="ms", values={("stem",): 1.5, ("head",): 0.5}, digest=session.digest
        )
    )
    assert "Forward on cpu, up to 1.50 ms" in view.legend.accessibleName()
    assert view.design.boxes["head",].card.foot.text == "0.500 ms"
    session.apply("x", lambda g: g.with_item(Node(id="new", block="conv", x=900, y=200)))
    assert view.design.boxes["head",].card.foot.stale
    assert "before the last change" in view.legend.accessibleName()


def test_from_afar_everything_is_one_item(view, session) -> None:
    view.zoom_to(0.3)
    assert not view.design.boxes["stem",].isVisible()
    assert view.design.overview.isVisible()
    view.zoom_to(0.4)
    assert view.design.boxes["stem",].isVisible()


@pytest.mark.parametrize("zoom", [0.08, 0.2, 0.5, 1.0, 2.0])
def test_every_level_of_detail_paints_every_state(view, session, analysed, zoom: float) -> None:
    findings = (
        Finding(severity="error", code="a", path=("stem",), port="x", message="Wrong."),
        Finding(severity="warning", code="b", path=("head",), message="Odd."),
        Finding(severity="advice", code="c", path=("stage1",), message="Think."),
    )
    session.accept_analysis(analysed(session.graph, *findings))
    session.select([("stem",)])
    for table in (theme.LIGHT, theme.DARK):
        view.set_theme(table)
        view.zoom_to(zoom)
        view.frame_all() if zoom == 1.0 else view.centerOn(500, 80)
        picture = view.viewport().grab().toImage()
        assert picture.pixelColor(2, 2) == QColor(table.canvas)
        colours = {picture.pixelColor(x, y).name() for x in range(0, 1400, 9) for y in range(0, 700, 9)}
        assert len(colours) > 3


def test_painting_keeps_no_reference_to_none(view) -> None:
    # Some versions of the bindings lose one reference to None in each call and end the process after a while.
    image = QImage(600, 300, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    view.render(painter)
    before = sys.getrefcount(None)
    for _ in range(40):
        view.render(painter)
    painter.end()
    assert abs(sys.getrefcount(None) - before) < 40


@pytest.mark.parametrize(
    ("zoom", "x", "y"), [(1.0, 13, -7), (0.5, -300, 40), (0.83, 12.5, 3.25), (0.2, 0, 0)]
)
def test_the_ground_is_the_same_in_one_piece_and_in_many(qapp, zoom: float, x: float, y: float) -> None:
    def painted(parts: list[QRect]) -> QImage:
        image = QImage(700, 400, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setWorldTransform(QTransform(zoom, 0, 0, zoom, x, y))
        DotGrid().paint(painter, parts, theme=theme.DARK, ratio=1.0)
        painter.end()
        return image

    whole = painted([QRect(0, 0, 700, 400)])
    cuts = [QRect(0, 0, 659, 400), QRect(659, 0, 41, 389), QRect(659, 389, 41, 11)]
    assert painted(cuts) == whole
    middle = QPointF(16 * zoom + x, 16 * zoom + y)  # of the first dot
    step = 32 * zoom
    spots = [QPointF(middle.x() + step * i, middle.y() + step * j) for i in range(9, 12) for j in range(2, 9)]
    seen = {whole.pixelColor(int(spot.x()), int(spot.y())) != QColor(theme.DARK.canvas) for spot in spots}
    assert seen == {zoom >= 0.35}


def test_a_long_design_is_shown_whole(view, session) -> None:
    session.new(long_chain(300))
    view.frame_all()
    extent = view.design.extent()
    assert view.seen().contains(extent.x, extent.y)
    assert view.seen().contains(extent.right, extent.bottom)
    assert len(view.design.boxes) == 300


def test_escape_drops_what_is_typed(view, hand, session, qtbot) -> None:
    view.rename(("stem",))
    field = view.findChild(QLineEdit)
    qtbot.keyClicks(field, "Other")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert session.graph.item(("stem",)).title == ""
    assert session.undo_stack.count() == 0


def test_undo_during_a_drag_ends_it_without_a_trace(view, hand, session) -> None:
    session.apply("first", lambda g: g.with_item(Node(id="stem", block="conv", x=240, y=0)))
    x, y = hand.body("stem")
    hand.press(x, y)
    hand.move(x + 50, y + 50)
    session.undo_stack.undo()
    hand.release(x + 50, y + 50)
    assert view.design.boxes["stem",].pos() == QPointF(200, 0)
    assert session.graph.item(("stem",)).x == 200


def test_zoom_stays_within_limits(view) -> None:
    view.zoom_to(100)
    assert view.zoom == pytest.approx(4.0)
    view.zoom_to(0.00001)
    assert view.zoom == pytest.approx(0.02)


def test_hovering_a_handle_shows_that_it_can_be_dragged(view, hand) -> None:
    handle, stage = view.design.handle(("stage1",)), view.design.rect_of(("stage1",))
    QTest.mouseMove(view.viewport(), hand.at(stage.x + handle.center[0], stage.y + handle.center[1]))
    assert view.viewport().cursor().shape() == Qt.CursorShape.SizeHorCursor
    QTest.mouseMove(view.viewport(), hand.at(100, 300))
    assert view.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor
