"""Brushes and outlines that cards, containers and wires share; made once for each theme, reused in every frame."""

from __future__ import annotations

from functools import cache, lru_cache
from math import ceil, hypot

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QGradient,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
)

from app.canvas.pictures import Pictures
from app.theme import Theme, mix, number_font, text_font

LEAST_TEXT = 9.0  # px on the screen; smaller text disappears
NEAR = 0.75  # the zoom from which a card shows everything
TAPER = 7.0
HEADER = 4.0


class Ink:
    """The theme as pens and brushes."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.pictures = Pictures()
        self.text = QColor(theme.text)
        self.muted = QColor(theme.muted)
        self.faint = QColor(theme.faint)
        self.accent = QColor(theme.accent)
        self.on_accent = QColor(theme.on_accent)
        self.error = QColor(theme.error)
        self.warning = QColor(theme.warning)
        self.line = QColor(theme.line)
        self.canvas = QColor(theme.canvas)
        self.raised = QColor(theme.raised)
        self.wire = QColor(theme.wire)
        self.dot = QPen(QColor(theme.dot), 2)
        self.dot.setCosmetic(True)
        self.card = QBrush(self.raised)
        self.shadow = QBrush(faded(theme.shadow, 0.55 if theme.is_dark else 0.4))
        self.border = QPen(self.line, 1)
        self.hover = QPen(QColor(theme.faint), 1)
        self.ring = QPen(self.accent, 2)
        self.track = QBrush(QColor(theme.line))
        self.port_pen = QPen(self.wire, 1.8)
        self.port_dot = QPen(self.wire, 10)
        self.port_dot.setCapStyle(Qt.PenCapStyle.RoundCap)
        self.port_hollow = QBrush(self.canvas)
        self.port_full = QBrush(QColor(mix(theme.canvas, theme.wire, 0.5)))
        self.headers = {name: _header(theme, name) for name in FAMILIES}
        self.stage_fills = {name: _tint(theme, name, 0.10 if theme.is_dark else 0.07) for name in FAMILIES}
        self.stage_pens = {name: QPen(_tint(theme, name, 0.42), 1.2) for name in FAMILIES}
        self.blocks = {name: _tint(theme, name, 0.62) for name in FAMILIES}
        self.heat = [QBrush(QColor(theme.heat_colour(step / 20))) for step in range(21)]

    def header(self, family: str) -> QBrush:
        """The brush of a family's header strip."""
        return self.headers.get(family, self.headers["glue"])

    def severity(self, severity: str) -> QColor:
        """The colour of a badge."""
        return {"error": self.error, "warning": self.warning}.get(severity, self.accent)


FAMILIES = ("convolution", "attention", "extrinsic", "intrinsic", "glue", "head")


def faded(colour: str | QColor, alpha: float) -> QColor:
    """The colour with an opacity between 0 and 1."""
    result = QColor(colour)
    result.setAlphaF(alpha)
    return result


def _gradient(left: QColor, right: QColor, *, hard: bool) -> QBrush:
    gradient = QLinearGradient(0, 0, 1, 0)
    gradient.setCoordinateMode(QGradient.CoordinateMode.ObjectMode)
    gradient.setColorAt(0, left)
    if hard:
        gradient.setColorAt(0.4999, left)
        gradient.setColorAt(0.5, right)
    gradient.setColorAt(1, right)
    return QBrush(gradient)


def _header(theme: Theme, family: str) -> QBrush:
    fill, left, right = theme.header(family)
    if fill == "plain":
        return QBrush(QColor(left))
    return _gradient(QColor(left), QColor(right), hard=fill == "split")


def _tint(theme: Theme, family: str, alpha: float) -> QBrush:
    fill, left, right = theme.header(family)
    if fill == "plain":
        return QBrush(faded(left, alpha))
    return _gradient(faded(left, alpha), faded(right, alpha), hard=fill == "split")


@cache
def outline(width: float, height: float, taper: float, radius: float) -> QPainterPath:
    """A card's silhouette; with a taper, its right side is shorter by so much above and below."""
    corners = [(0.0, 0.0), (width, taper), (width, height - taper), (0.0, height)]
    path = QPainterPath()
    for index, corner in enumerate(corners):
        before, after = corners[index - 1], corners[(index + 1) % 4]
        enter, leave = _towards(corner, before, radius), _towards(corner, after, radius)
        if index:
            path.lineTo(*enter)
        else:
            path.moveTo(*enter)
        a, b = _towards(corner, before, radius * 0.45), _towards(corner, after, radius * 0.45)
        path.cubicTo(*a, *b, *leave)
    path.closeSubpath()
    return path


def _towards(origin: tuple[float, float], goal: tuple[float, float], reach: float) -> tuple[float, float]:
    dx, dy = goal[0] - origin[0], goal[1] - origin[1]
    length = hypot(dx, dy) or 1.0
    return origin[0] + dx / length * reach, origin[1] + dy / length * reach


@cache
def strip(width: float, height: float, taper: float, radius: float) -> QPainterPath:
    """The header along the upper edge of a silhouette."""
    band = QPainterPath()
    band.moveTo(0, 0)
    for x, y in ((width, taper), (width, taper + HEADER), (0, HEADER)):
        band.lineTo(x, y)
    band.closeSubpath()
    return outline(width, height, taper, radius).intersected(band)


@cache
def port_shape(kind: str) -> QPainterPath:
    """A port around the origin: circle, square, diamond, stacked circles or squares; a circle for what is not known."""
    path = QPainterPath()
    if kind == "tokens":
        path.addRect(QRectF(-4.2, -4.2, 8.4, 8.4))
    elif kind == "vector":
        path.moveTo(0, -6)
        for x, y in ((6, 0), (0, 6), (-6, 0)):
            path.lineTo(x, y)
        path.closeSubpath()
    elif kind == "pyramid":
        path.addEllipse(QPointF(2.5, -2), 4.4, 4.4)
        path.addEllipse(QPointF(-0.5, 1), 4.4, 4.4)
    elif kind == "stack":
        path.addRect(QRectF(-1.6, -5.2, 6.8, 6.8))
        path.addRect(QRectF(-5.2, -1.6, 6.8, 6.8))
    elif kind == "detections":
        path.addRect(QRectF(-5, -3.6, 10, 7.2))
    else:
        path.addEllipse(QPointF(0, 0), 4.6, 4.6)
    return path


def gate_shape() -> QPainterPath:
    """A container's port around the origin: an upright pill through which the wire passes."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(-5, -8.5, 10, 17), 4, 4)
    return path


def legible(size: int, zoom: float) -> int:
    """The font size, in scene units, with which text of `size` stays readable at this zoom."""
    return size if size * zoom >= LEAST_TEXT else ceil(LEAST_TEXT / max(zoom, 0.01))


@cache
def metrics(number: bool, size: int, weight: int = 400) -> QFontMetricsF:
    """The metrics of one of the two fonts at a size."""
    return QFontMetricsF(font_of(number, size, weight))


@cache
def font_of(number: bool, size: int, weight: int = 400) -> QFont:
    """Inter, or JetBrains Mono for numbers, at a size in px and a weight in the numbers of CSS."""
    make = number_font if number else text_font
    return make(size, QFont.Weight(weight))


@lru_cache(8192)
def elided(text: str, width: int, number: bool, size: int, weight: int = 400) -> str:
    """The text cut to a width, with an ellipsis."""
    return metrics(number, size, weight).elidedText(text, Qt.TextElideMode.ElideRight, width)


def write(
    painter: QPainter,
    x: float,
    y: float,
    text: str,
    *,
    size: int,
    width: float = 0.0,
    number: bool = False,
    weight: int = 400,
    right: bool = False,
) -> float:
    """Write text with its baseline at (x, y), cut to `width` where one is given, and return its own width.

    With `right`, x is where the text ends.
    """
    if width:
        text = elided(text, int(width), number, size, weight)
    if not text:
        return 0.0
    advance = metrics(number, size, weight).horizontalAdvance(text) if right else 0.0
    painter.setFont(font_of(number, size, weight))
    painter.drawText(QPointF(x - advance, y), text)
    return advance
