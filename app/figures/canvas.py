"""The whole design as the canvas shows it at 100 %, without the selection and whatever else floats there."""

from __future__ import annotations

from PySide6.QtCore import QMarginsF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPicture

from app.canvas.content import Overlay
from app.canvas.scene import DesignScene
from app.session import Session
from app.theme import Theme

MARGIN = 24.0


def recorded(
    session: Session, theme: Theme, *, numbers: bool, overlay: Overlay = "macs"
) -> tuple[QPicture, QRectF]:
    """The design in front as a picture of vectors, and the part of the plane it takes, in px at 100 %.

    What is painted depends on the zoom; recorded once, it can be played at any scale. Without `numbers` there are no
    shapes on the wires and no costs; with them, `overlay` says which stand at the cards' feet.
    """
    apart = Session(session.catalogue, session.graph)
    try:
        scene = DesignScene(apart, theme)
        if numbers and session.analysis is not None:
            scene.overlay = overlay
            apart.accept_analysis(session.analysis)
            if overlay == "heat":
                apart.show_heat(session.heat)
        margins = QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN)
        area = scene.itemsBoundingRect() if not session.graph.nodes else QRectF(*scene.extent())
        area = area.united(_reach(scene)).marginsAdded(margins)
        picture = QPicture()
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scene.render(painter, QRectF(QPointF(0, 0), area.size()), area)
        painter.end()
    finally:
        apart.deleteLater()
    return picture, QRectF(QPointF(0, 0), area.size())


def _reach(scene: DesignScene) -> QRectF:
    """How far the wires go, which may bow over the cards."""
    result = QRectF()
    for wire in scene.wires.values():
        result = result.united(wire.sceneBoundingRect())
    return result
