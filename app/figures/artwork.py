"""What a figure shows, in the form every kind of file and the preview are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPicture

from app.canvas.content import Overlay
from app.figures.canvas import recorded
from app.figures.output import Artwork
from app.figures.painting import paint
from app.session import Session
from app.theme import THEMES
from hybridgraph.figures.figure import figure
from hybridgraph.figures.look import Colours, Size, look

Subject = Literal["stages", "canvas"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for. Without a `size` the canvas is written as large as it is at 100 %."""

    subject: Subject = "stages"
    size: Size | None = None
    colours: Colours = "light"
    transparent: bool = False
    numbers: bool = True
    dpi: int = 300
    overlay: Overlay = "macs"


def artwork(session: Session, choice: Choice) -> Artwork:
    """Draw the design in front as asked. Raises ExportError when there is nothing to draw, or too much."""
    colours = look(choice.colours, transparent=choice.transparent)
    if choice.subject == "stages":
        size = choice.size or Size(amount=174.0, unit="mm")
        analysis = session.analysis if choice.numbers and session.is_analysis_current else None
        drawing = figure(
            session.graph, analysis, session.catalogue, look=colours, size=size, numbers=choice.numbers
        )
        return Artwork(
            width=drawing.width,
            height=drawing.height,
            size=size,
            paper=drawing.paper,
            title=session.graph.name or session.title,
            dpi=choice.dpi,
            least_text=6.0 * size.millimetres / 25.4 * 72 / drawing.width,
            paint=lambda painter: paint(drawing, painter),
            drawing=drawing,
        )
    picture, area = recorded(session, THEMES[choice.colours], numbers=choice.numbers, overlay=choice.overlay)
    size = choice.size or Size(amount=round(area.width()), unit="px")
    return Artwork(
        width=area.width(),
        height=area.height(),
        size=size,
        paper="" if choice.transparent else colours.paper,
        title=session.graph.name or session.title,
        dpi=choice.dpi,
        least_text=9.0 * size.millimetres / 25.4 * 72 / area.width(),
        paint=lambda painter: _play(picture, painter),
    )


def _play(picture: QPicture, painter: QPainter) -> None:
    """Play a picture in the units of the painter: Qt would magnify it by the ratio of both resolutions."""
    scale = picture.logicalDpiX() / painter.device().logicalDpiX()
    painter.scale(scale, scale)
    # As the picture found it when it was made: it does not say so again.
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPicture(0, 0, picture)
