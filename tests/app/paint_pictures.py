"""Paint the canvas as it is compared with the pictures: `paint_pictures.py FOLDER`, with QT_SCALE_FACTOR in the environment.

The design shows what a canvas can show: open and folded stages, every family, a frozen and a bypassed card, an
error with a card that waits behind it, a warning, and a selection.
"""

import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app import theme as themes
from app.canvas.view import CanvasView
from app.session import Session
from app.theme import DARK, LIGHT
from hybridgraph import catalog, presets, verbs
from hybridgraph.analysis import Finding
from hybridgraph.graph import edits
from hybridgraph.graph.model import Edge, Graph, Node
from hybridgraph.graph.model import Path as Place

SIZE = (760, 460)
ZOOMS = {"far": 0.1, "tiles": 0.25, "half": 0.5, "whole": 1.0, "double": 2.0}
AIMS: dict[str, Place] = {"half": ("stage3",), "whole": ("stage4",), "double": ("stage3", "moat")}


def design() -> Graph:
    """A small network with a bit of everything."""
    catalogue = catalog.load()
    graph = presets.build("moat-0")
    graph = edits.splice(graph, Edge("stage2", "y", "stage3", "x"), Node(id="se", block="se"), catalogue)
    graph = edits.set_param(graph, ("stage4",), "head_dim", 30, catalogue)
    graph = edits.set_freeze(graph, ("stem",), True)
    graph = edits.set_bypass(graph, ("se",), True)
    return edits.set_collapsed(graph, ("stage1",), True)


def main(folder: Path) -> None:
    application = QApplication([])
    graph = design()
    analysis = verbs.analyze(graph)
    warning = Finding(severity="warning", code="odd", path=("stage2", "mbconv"), message="It is odd.")
    analysis = replace(analysis, findings=(*analysis.findings, warning))
    for theme in (DARK, LIGHT):
        themes.apply(application, theme)
        session = Session(catalog.load(), graph)
        view = CanvasView(session, theme)
        view.resize(*SIZE)
        view.show()
        session.accept_analysis(analysis)
        for name, zoom in ZOOMS.items():
            session.select([("stage3",)] if name == "whole" else [])
            view.zoom_to(zoom)
            aim = view.design.rect_of(AIMS[name]) if name in AIMS else view.design.extent()
            assert aim is not None
            view.centerOn(QPointF(*aim.center))
            ratio = round(view.devicePixelRatioF() * 100)
            view.grab().save(str(folder / f"{name}-{theme.name}-{ratio}.png"))
        view.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
