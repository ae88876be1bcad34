"""A plot painted into any rectangle, on a screen or a page: axes, grid and curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from operator import gt, lt

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.plots.lens import Lens
from app.plots.raster import covered
from app.plots.scale import PADDING, Scale, spanned, written
from app.plots.series import Columns, Series
from app.plots.strokes import pieces, through, upright
from app.theme import Theme, mix, number_font

FEW_POINTS = 40
"""Curves this short show every point as a dot."""
SMOOTH_POINTS = 160
"""Curves up to this many points are painted as soft lines, however much they jump."""
LEFT, BOTTOM, EDGE = 42.0, 18.0, 6.0  # room for the numbers, and for half a number or dot at the other sides
TICK_X, TICK_Y = 64.0, 26.0  # the least distance of two numbers
WIDTH = 1.6  # px of a curve
RAW = 0.32  # of a curve's colour where its smoothed one is painted over it
_CALM = 1.5  # px that a calm curve covers of a column on average: it is painted as a soft line


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One curve of a plot. `is_fine` has a value for each step and can be smoothed; `paint` names a colour of the theme."""

    name: str
    series: Series
    paint: str = "convolution"
    is_fine: bool = False
    is_dashed: bool = False

    def colour(self, theme: Theme) -> str:
        """Its colour in a theme."""
        return str(getattr(theme, self.paint))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a plot lies and what it shows: the area of the curves, and the two scales."""

    area: QRectF
    across: Scale
    up: Scale


def frame_of(
    rect: QRectF,
    curves: Sequence[Curve],
    lens: Lens,
    up: tuple[float, float] | None,
    *,
    is_log: bool,
    reaches: tuple[float, ...] = (),
) -> Frame | None:
    """The frame of some curves in a rectangle; None where nothing is seen.

    Upwards it has the range `up`, or else fits what is seen and the values it `reaches` in any case.
    """
    area = rect.adjusted(LEFT, EDGE, -EDGE, -BOTTOM)
    if area.width() < EDGE or area.height() < EDGE:
        return None
    low, high = lens.shown
    if up is None:
        bottom, top = _extent(curves, lens, low, high, is_log=is_log)
        if bottom > top:
            return None
        if not is_log:
            bottom, top = min(bottom, *reaches, top), max(top, *reaches, bottom)
        up = spanned(bottom, top, PADDING, is_log=is_log)
    return Frame(
        area=area,
        across=Scale(low=low, high=high, start=area.left(), stop=area.right()),
        up=Scale(low=up[0], high=up[1], start=area.bottom(), stop=area.top(), is_log=is_log),
    )


def _extent(
    curves: Iterable[Curve], lens: Lens, low: float, high: float, *, is_log: bool
) -> tuple[float, float]:
    bottom, top = inf, -inf
    for curve in curves:
        start, stop = curve.series.stretch(lens.xs(curve.series), low, high)
        least, most = curve.series.extremes(start, stop)
        if is_log and least <= 0 < most:
            least = most / 1e4  # values that have no logarithm lie below the picture
        if not is_log or most > 0:
            bottom, top = min(bottom, least), max(top, most)
    return bottom, top


def paint_axes(painter: QPainter, frame: Frame, lens: Lens, theme: Theme) -> None:
    """Numbers at both axes and a grid."""
    area = frame.area
    painter.setFont(number_font(9))
    grid, axis, words = (
        QPen(QColor(mix(theme.canvas, theme.line, 0.6))),
        QPen(QColor(theme.line)),
        QColor(theme.muted),
    )
    values = frame.up.ticks(area.height() / TICK_Y)
    for value, text in zip(values, written(values), strict=True):
        y = frame.up.place(value)
        painter.setPen(grid)
        painter.drawLine(QLineF(area.x(), y, area.right(), y))
        painter.setPen(words)
        place = QRectF(area.x() - LEFT, y - 8, LEFT - 5, 16)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    unit, suffix = _unit(lens, frame.across)
    across = Scale(
        low=frame.across.low / unit, high=frame.across.high / unit, start=area.left(), stop=area.right()
    )
    values = across.ticks(area.width() / TICK_X)
    painter.setPen(words)
    for value, text in zip(values, written(values), strict=True):
        place = QRectF(across.place(value) - TICK_X / 2, area.bottom() + 2, TICK_X, BOTTOM - 2)
        place.moveRight(min(place.right(), area.right() + EDGE + TICK_X / 2 - 2 * EDGE))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{text}{suffix}")
    painter.setPen(axis)
    painter.drawLine(area.topLeft(), area.bottomLeft())
    painter.drawLine(area.bottomLeft(), area.bottomRight())


def _unit(lens: Lens, across: Scale) -> tuple[float, str]:
    """What the numbers at the foot count, in steps or seconds, and what is written behind them."""
    if lens.along != "time":
        return lens.unit, ""
    for seconds, word in ((3600.0, " h"), (60.0, " min")):
        if across.high >= 2 * seconds:
            return seconds, word
    return 1.0, " s"


def paint_curves(
    painter: QPainter,
    frame: Frame,
    curves: Iterable[Curve],
    lens: Lens,
    theme: Theme,
    *,
    ratio: float = 1.0,
    is_vector: bool = False,
) -> None:
    """All curves, smoothed ones over the raw ones. `ratio` is the pixels of the device for one; vectors have none."""
    painter.setClipRect(frame.area.adjusted(-4, -4, 4, 4))
    width = max(int(frame.area.width() * ratio), 1)
    for curve in curves:
        xs = lens.xs(curve.series)
        start, stop = curve.series.stretch(xs, frame.across.low, frame.across.high)
        if start == stop:
            continue
        is_smoothed = curve.is_fine and lens.reach > 0
        colour = curve.colour(theme)
        raw = mix(theme.canvas, colour, RAW) if is_smoothed else colour
        _paint(
            painter,
            frame,
            curve.series.columns(xs, start, stop, width),
            curve,
            raw,
            ratio,
            is_vector=is_vector,
        )
        if is_smoothed:
            means = curve.series.means(xs, start, stop, lens.reach, max(width // 2, 2))
            _stroke(painter, *through(*_laid(frame, means)), curve, colour, is_vector=is_vector)
    painter.setClipping(False)


def _paint(
    painter: QPainter,
    frame: Frame,
    columns: Columns,
    curve: Curve,
    colour: str,
    ratio: float,
    *,
    is_vector: bool,
) -> None:
    if len(columns.xs) <= SMOOTH_POINTS or is_vector or curve.is_dashed:
        along, across = through(*_laid(frame, columns))
        _stroke(painter, along, across, curve, colour, is_vector=is_vector)
        if len(columns.xs) <= FEW_POINTS:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            for x, y in zip(along, across, strict=True):
                painter.drawEllipse(QPointF(x, y), 2.0, 2.0)
        return
    xs, tops, bottoms = _laid(frame, columns)
    if columns.lows is columns.highs:
        xs, tops, bottoms = _by_pixels(xs, tops, bottoms, frame, ratio)
    if sum(bottoms) - sum(tops) < _CALM * len(xs):
        _stroke(painter, *through(xs, tops, bottoms), curve, colour)
        return
    tops, bottoms = _touching(tops, bottoms)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(colour), 1 / ratio))
    painter.drawLines(upright(xs, tops, bottoms, (WIDTH - 1) / 2))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _laid(frame: Frame, columns: Columns) -> tuple[list[float], list[float], list[float]]:
    xs, bottoms = frame.across.places(columns.xs), frame.up.places(columns.lows)
    return xs, (bottoms if columns.lows is columns.highs else frame.up.places(columns.highs)), bottoms


def _touching(tops: list[float], bottoms: list[float]) -> tuple[list[float], list[float]]:
    """Neighbouring columns, made long enough to meet where they do not, which crowded ones do."""
    if not any(map(gt, tops[1:], bottoms)) and not any(map(lt, bottoms[1:], tops)):
        return tops, bottoms
    return (
        [tops[0], *map(min, tops[1:], bottoms)],
        [bottoms[0], *map(max, bottoms[1:], tops)],
    )


def _by_pixels(
    xs: list[float], tops: list[float], bottoms: list[float], frame: Frame, ratio: float
) -> tuple[list[float], list[float], list[float]]:
    """Points as what their line covers of each column of pixels."""
    left = frame.area.left()
    upper, lower = covered(
        ((x - left) * ratio for x in xs), tops, bottoms, int(frame.area.width() * ratio) + 1
    )
    kept = [column for column, top in enumerate(upper) if top < inf]
    return (
        [left + (column + 0.5) / ratio for column in kept],
        [upper[column] for column in kept],
        [lower[column] for column in kept],
    )


def _stroke(
    painter: QPainter, xs: list[float], ys: list[float], curve: Curve, colour: str, *, is_vector: bool = False
) -> None:
    """A soft line. On a screen its pieces are painted one by one, which takes a tenth of the time of a whole line."""
    pen = QPen(QColor(colour), WIDTH)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if curve.is_dashed:
        pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if is_vector or curve.is_dashed:
        painter.drawPolyline(QPolygonF(list(map(QPointF, xs, ys))))
    else:
        painter.drawLines(pieces(xs, ys))
