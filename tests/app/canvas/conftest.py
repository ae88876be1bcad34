"""A canvas of a known size on a design with known places, and hands to work on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app import theme
from app.canvas.view import CanvasView
from app.session import Session
from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport
from hybridgraph.graph.model import Graph, Path, digest
from hybridgraph.shapes import ImageMap, Vector

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@dataclass
class Hand:
    """Presses, drags and releases the mouse at places of the scene."""

    view: CanvasView

    def at(self, x: float, y: float) -> QPoint:
        return self.view.mapFromScene(QPointF(x, y))

    def press(self, x: float, y: float, keys=NO_KEY, button=LEFT) -> None:
        QTest.mousePress(self.view.viewport(), button, keys, self.at(x, y))

    def move(self, x: float, y: float) -> None:
        QTest.mouseMove(self.view.viewport(), self.at(x, y))

    def release(self, x: float, y: float, keys=NO_KEY, button=LEFT) -> None:
        QTest.mouseRelease(self.view.viewport(), button, keys, self.at(x, y))

    def click(self, x: float, y: float, keys=NO_KEY, button=LEFT) -> None:
        self.press(x, y, keys, button)
        self.release(x, y, keys, button)

    def drag(self, start, end, keys=NO_KEY, button=LEFT) -> None:
        self.press(*start, keys, button)
        for part in (0.3, 0.7, 1.0):
            self.move(start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
        self.release(*end, keys, button)

    def double(self, x: float, y: float) -> None:
        self.click(x, y)
        self.second_click(x, y)

    def second_click(self, x: float, y: float) -> None:
        """The second of two clicks alone, as where the first one fell on what is gone now."""
        QTest.mouseDClick(self.view.viewport(), LEFT, NO_KEY, self.at(x, y))

    def key(self, key: Qt.Key, keys=NO_KEY) -> None:
        QTest.keyClick(self.view, key, keys)

    def middle(self, *path: str) -> tuple[float, float]:
        rect = self.view.design.rect_of(path)
        assert rect is not None
        return rect.center

    def body(self, *path: str) -> tuple[float, float]:
        """A point of a card that is neither title nor port."""
        rect = self.view.design.rect_of(path)
        assert rect is not None
        return rect.x + rect.w / 2, rect.y + rect.h - 14

    def port(self, path: Path, name: str, *, output: bool) -> tuple[float, float]:
        box = self.view.design.boxes[path].box
        spot = box.spot(name, output=output)
        x, y = self.view.design.origin(path[:-1])
        return x + box.rect.x + spot.x, y + box.rect.y + spot.y


@pytest.fixture
def view(session: Session, qtbot) -> Iterator[CanvasView]:
    theme.load_fonts()
    canvas = CanvasView(session, theme.DARK)
    qtbot.addWidget(canvas)
    canvas.resize(1400, 700)
    canvas.show()
    canvas.zoom_to(1.0)
    canvas.centerOn(500, 80)
    canvas.setFocus()
    return canvas


@pytest.fixture
def hand(view: CanvasView) -> Hand:
    return Hand(view)


@pytest.fixture
def analysed() -> Callable[..., Analysis]:
    """Make up what the engine would say about the small design."""

    def make(graph: Graph, *findings: Finding) -> Analysis:
        flow = [
            (("image",), None, ImageMap(1, 28, 28), 0),
            (("stem",), ImageMap(1, 28, 28), ImageMap(64, 14, 14), 1_000_000),
            (("stage1",), ImageMap(64, 14, 14), ImageMap(96, 7, 7), 3_000_000),
            (("stage1", "conv"), ImageMap(64, 14, 14), ImageMap(96, 7, 7), 3_000_000),
            (("head",), ImageMap(96, 7, 7), Vector(10), 1000),
        ]
        nodes = {
            path: NodeReport(
                path=path,
                inputs={"x": before} if before else {},
                outputs={"y": after},
                cost=Cost(macs=macs, params=10),
            )
            for path, before, after, macs in flow
        }
        return Analysis(
            digest=digest(graph), nodes=nodes, findings=findings, total=Cost(macs=4_001_000, params=40)
        )

    return make
