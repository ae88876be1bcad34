"""The canvas with a thousand nodes and with five: frames, opening, editing, memory.

Offscreen, in a process of its own without torch. A frame is what Qt repaints when the event loop comes round after a
step; each zoom step is to a zoom not seen before, and each step of a drag moves the card by one step of the grid.
Beside the frames stands one of a bare widget that paints as many rectangles and lines: no canvas on Qt can do with
less. It is painted between everything else, for the processor's clock changes, by more than a factor of two on some
machines; beside each figure stands how many of its frames that is, and how many were aimed at. All is processor time,
which other work on the machine changes less than the wall's clock.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.timing import Row

if TYPE_CHECKING:
    import torch

    from app.canvas.view import CanvasView
    from hybridgraph.graph.model import Graph

COUNTS = (1000, 5000)
TARGETS = {  # milliseconds, kilobytes for the last; for 1,000 and for 5,000 nodes
    "a zoom frame with everything in view": (4, 16),
    "a zoom frame at 100 %": (10, 10),
    "a pan frame at 100 %": (2.5, 2.5),
    "a step of dragging a node": (1, 2),
    "opening": (110, 600),
    "saving": (200, 200),
    "pasting 200 nodes": (40, 40),
    "undoing that": (5, 5),
    "redoing that": (20, 20),
    "laying everything out": (300, 300),
    "memory of a node": (15, 15),
}

FLOORS = (1.5, 4.6)  # milliseconds of the bare widget where the targets were set
FLOOR = "a frame of a bare widget with everything in view"


def measure(_: torch.device, *, rounds: int) -> list[Row]:
    """Everything at both sizes."""
    rows = []
    for index, count in enumerate(COUNTS):
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, "-m", "benchmarks.canvas", str(count), str(rounds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        for name, value in found.items():
            unit = "kB" if name.startswith("memory") else "ms"
            target = TARGETS[name][index] if name in TARGETS else None
            note = f"target {target:g}" if target is not None else "the floor"
            if target is not None and unit == "ms":
                frames, aim = value / found[FLOOR], target / FLOORS[index]
                note += f"; {frames:.2f} bare frames, at most {aim:.2f}"
            rows.append(Row(name=f"{count:,} nodes: {name}", value=value, unit=unit, note=note))
    return rows


def graph_of(count: int) -> Graph:
    """A net of convolutions in lanes of eight with an addition at the end of each, laid out."""
    from app.canvas import changes
    from hybridgraph import catalog
    from hybridgraph.graph.model import Edge, Graph, Item, Node, frozen

    nodes: dict[str, Item] = {"image": Node(id="image", block="image")}
    edges: list[Edge] = []
    last = start = "image"
    for number in range(1, count):
        closes = number % 9 == 0
        name = f"n{number}"
        nodes[name] = Node(id=name, block="add" if closes else "conv_norm_act")
        edges.append(Edge(last, "y", name, "a" if closes else "x"))
        if closes:
            edges.append(Edge(start, "y", name, "b"))
            start = name
        last = name
    return changes.arranged(Graph(name="large", nodes=frozen(nodes), edges=tuple(edges)), catalog.load())


def main(count: int, rounds: int) -> None:
    """Measure one size; prints milliseconds as one line of JSON."""
    import psutil
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.canvas import changes
    from app.canvas.view import CanvasView
    from app.session import Session
    from hybridgraph import catalog
    from hybridgraph.graph import files

    application = QApplication([])
    theme.apply(application, theme.DARK)
    graph = graph_of(count)
    path = Path(tempfile.mkdtemp()) / "large.hybrid.json"
    files.save(graph, path)
    catalogue = catalog.load()
    found: dict[str, float] = {}

    session = Session(catalogue)
    view = CanvasView(session, theme.DARK)
    view.resize(1600, 900)
    view.show()
    application.processEvents()
    files.load(path)  # the validator is loaded once
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss

    def opened() -> None:
        session.new(files.load(path))
        view.frame_all()
        application.processEvents()

    start = time.process_time()
    opened()
    first = (time.process_time() - start) * 1000
    gc.collect()
    found["memory of a node"] = (process.memory_info().rss - before) / 1000 / count
    found["opening"] = first
    floor = _bare(view)
    floors = [_ms(floor, rounds)]
    _frames(view, found, rounds, between=lambda: floors.append(_ms(floor, rounds)))
    found["saving"] = _ms(lambda: files.save(session.graph, path), rounds)
    floors.append(_ms(floor, rounds))
    _editing(view, found, rounds)
    floors.append(_ms(floor, rounds))
    found["laying everything out"] = _ms(lambda: changes.arranged(graph, catalogue), max(rounds // 3, 2))
    floors.append(_ms(floor, rounds))
    found[FLOOR] = median(floors)
    print(json.dumps(found))


def _ms(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return median(times)


def _frames(view: CanvasView, found: dict[str, float], rounds: int, *, between: Callable[[], None]) -> None:
    """Zooming, which paints the whole view, and panning, which paints what comes into it."""
    from PySide6.QtWidgets import QApplication

    step = {"at": 0}

    def zoom(base: float) -> None:
        step["at"] += 1
        view.zoom_to(base * (1 + 0.001 * step["at"]))
        QApplication.processEvents()

    def pan() -> None:
        step["at"] += 1
        view.pan(40 if step["at"] % 2 else -40, 12)
        QApplication.processEvents()

    view.frame_all()
    fit = view.zoom
    found["a zoom frame with everything in view"] = _ms(lambda: zoom(fit), 3 * rounds)
    between()
    view.zoom_to(1.0)
    found["a zoom frame at 100 %"] = _ms(lambda: zoom(1.0), 3 * rounds)
    between()
    view.zoom_to(1.0)
    QApplication.processEvents()
    found["a pan frame at 100 %"] = _ms(pan, 3 * rounds)
    between()


def _editing(view: CanvasView, found: dict[str, float], rounds: int) -> None:
    """Dragging a card with its wires, pasting, undoing, redoing."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    from hybridgraph.graph import fragments

    session = view.session
    rect = view.design.level.boxes["n20"].rect
    view.centerOn(*rect.center)
    place = view.mapFromScene(QPointF(*rect.center))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    def mouse(kind: QEvent.Type, x: float) -> None:
        spot = QPointF(place.x() + x, place.y())
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else left
        event = QMouseEvent(kind, spot, view.viewport().mapToGlobal(spot), left, held, none)
        QApplication.sendEvent(view.viewport(), event)

    QApplication.processEvents()
    mouse(QEvent.Type.MouseButtonPress, 0)
    offset = {"x": 8.0}

    def drag() -> None:
        offset["x"] += 8
        mouse(QEvent.Type.MouseMove, offset["x"])
        QApplication.processEvents()

    found["a step of dragging a node"] = _ms(drag, 3 * rounds)
    mouse(QEvent.Type.MouseButtonRelease, offset["x"])
    QApplication.processEvents()
    copied = fragments.fragment(session.graph, [f"n{number}" for number in range(100, 300)])
    pasting, undoing, redoing = [], [], []
    for _ in range(max(rounds // 2, 3)):
        edit = lambda graph: fragments.paste(graph, copied, offset=(0.0, 4000.0))[0]  # noqa: E731
        for times, work in (
            (pasting, lambda edit=edit: session.apply("Paste", edit)),
            (undoing, session.undo_stack.undo),
            (redoing, session.undo_stack.redo),
        ):
            start = time.process_time()
            work()
            times.append((time.process_time() - start) * 1000)
            QApplication.processEvents()
        session.undo_stack.undo()
        QApplication.processEvents()
    found["pasting 200 nodes"], found["undoing that"], found["redoing that"] = map(
        median, (pasting, undoing, redoing)
    )


def _bare(view: CanvasView) -> Callable[[], None]:
    """Repaints a widget that does nothing but paint a rectangle for each card and a line for each wire."""
    from PySide6.QtCore import QLineF, QRectF
    from PySide6.QtGui import QPainter, QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    view.frame_all()
    zoom, level = view.zoom, view.design.level
    rects = [QRectF(*box.rect) for box in level.boxes.values()]
    lines = [QLineF(*way.start, *way.end) for way in level.routes.values()]

    class Bare(QWidget):
        def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  Qt names its overrides
            painter = QPainter(self)
            painter.scale(zoom, zoom)
            painter.drawRects(rects)
            painter.drawLines(lines)

    bare = Bare()
    bare.resize(1600, 900)
    bare.show()
    QApplication.processEvents()
    return bare.repaint


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
