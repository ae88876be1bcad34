"""Training curves and confusion matrices as drawings, in points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, fsum, isfinite, log10

from hybridgraph.events import EpochFinished, Step
from hybridgraph.figures.drawing import Box, Drawing, Fill, Line, Mark, Text, fitted
from hybridgraph.figures.look import PAGE, Look, mixed
from hybridgraph.runs.evaluation import Evaluation

MOST_CLASSES = 100
"""A matrix of more classes than this has cells too small to be told apart on a page."""
_WRITTEN = 20  # classes up to which every cell has its number
_POINTS = 240  # of a curve; more than these cannot be seen
_HEIGHT, _GAP = 132.0, 26.0
_SMALL, _TINY = 6.5, 6.0
_LEFT, _TOP, _BOTTOM = 30.0, 18.0, 26.0
_SHADES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One line of a plot, with a mark at each of its points where `is_marked`."""

    name: str
    points: tuple[tuple[float, float], ...]
    colour: str
    is_marked: bool = False


def curves(steps: Sequence[Step], epochs: Sequence[EpochFinished], per_epoch: int, look: Look) -> Drawing:
    """Loss and accuracy over epochs, beside one another. Raises ValueError where there is nothing to draw."""
    per_epoch = max(per_epoch, 1)
    loss = _averaged([((step.step + 1) / per_epoch, step.loss) for step in steps])
    ends = [(event, event.epoch + 1.0) for event in epochs]
    main, other = look.convolution, look.attention
    losses = (
        Curve(name="training, mean of steps", points=loss, colour=look.track),
        Curve(name="training, mean of epoch", points=_finite((x, one.train_loss) for one, x in ends), colour=other, is_marked=True),
        Curve(name="validation", points=_finite((x, one.val_loss) for one, x in ends), colour=main, is_marked=True),
    )  # fmt: skip
    shares = (
        Curve(name="training", points=_finite((x, 100 * one.train_top1) for one, x in ends), colour=other, is_marked=True),
        Curve(name="validation", points=_finite((x, 100 * one.val_top1) for one, x in ends), colour=main, is_marked=True),
    )  # fmt: skip
    last = max([x for x, _ in loss] + [x for _, x in ends], default=0.0)
    if not last:
        raise ValueError("no step has been taken")
    width = PAGE.points
    half = (width - _GAP) / 2
    marks = [
        *_plot("Loss (cross-entropy) over epochs", losses, last, 0.0, half, look),
        *_plot("Top-1 accuracy (%) over epochs", shares, last, half + _GAP, half, look),
    ]
    said = ", ".join(f"epoch {one.epoch + 1}: {100 * one.val_top1:.2f} %" for one, _ in ends[-5:])
    return Drawing(
        width=width,
        height=_HEIGHT,
        marks=tuple(marks),
        title="Training curves",
        description=f"Loss and top-1 accuracy over the epochs. Validation: {said or 'none yet'}.",
    )


def confusion(evaluation: Evaluation, look: Look) -> Drawing:
    """The confusion matrix: a row for each true class, a column for each told one, shaded by share of the row."""
    count = len(evaluation.classes)
    width = PAGE.points if count > 6 else PAGE.points * 0.7
    names = min(96.0, max(_width(name) for name in evaluation.classes) + 6) if count <= _WRITTEN * 2 else 4.0
    room = width - names - 14.0
    side = min(room / count, 30.0 if count <= _WRITTEN else 40.0)
    left, top = names + 12.0, 14.0
    marks: list[Mark] = [
        Text(x=left, y=8.0, text="told →", size=_TINY, colour=look.muted),
        Text(x=0.0, y=8.0, text="true ↓", size=_TINY, colour=look.muted),
    ]
    height = side * (0.72 if count <= _WRITTEN else 1.0)
    is_named = count <= _WRITTEN * 2
    for row, (name, counts) in enumerate(zip(evaluation.classes, evaluation.matrix(), strict=True)):
        y, total = top + row * height, sum(counts)
        if is_named:
            text, size = fitted(name, "text", _TINY, names, 4.5)
            marks.append(
                Text(x=left - 5, y=y + height / 2 + 2, text=text, size=size, colour=look.text, anchor="end")
            )
        for column, value in enumerate(counts):
            share = value / total if total else 0.0
            level = round(share * _SHADES) / _SHADES if share > 0.5 / _SHADES else (0.03 if value else 0.0)
            cell = Box(
                x=left + column * side, y=y, w=side, h=height, fill=Fill(left=mixed(look.paper, look.convolution, level)),
                stroke=Fill(left=look.track) if count <= _WRITTEN else None, line=0.3,
            )  # fmt: skip
            marks.append(cell)
            if count <= _WRITTEN and value:
                text, size = fitted(f"{value:,}", "number", _TINY, side - 3, 4.0)
                colour = look.paper if level > 0.5 else look.text
                marks.append(
                    Text(x=cell.center[0], y=cell.center[1] + 2, text=text, size=size, colour=colour, weight="number", anchor="middle")
                )  # fmt: skip
    bottom = top + count * height
    if count <= _WRITTEN:
        for column in range(count):
            x = left + (column + 0.5) * side
            text, size = fitted(evaluation.classes[column], "text", _TINY, side - 2, 4.0)
            marks.append(Text(x=x, y=bottom + 8, text=text, size=size, colour=look.text, anchor="middle"))
        bottom += 12.0
    else:
        marks.append(
            Box(x=left, y=top, w=count * side, h=count * height, stroke=Fill(left=look.track), line=0.5)
        )
    return Drawing(
        width=width,
        height=bottom + 2.0,
        marks=tuple(marks),
        title="Confusion matrix",
        description=f"{evaluation.count:,} validation pictures of {count} classes, {100 * evaluation.top1:.2f} % told right.",
    )


# -- plots


def _plot(
    title: str, lines: Sequence[Curve], last: float, left: float, width: float, look: Look
) -> Iterator[Mark]:
    """One plot with its frame, ticks and legend. The room it takes is `width` by the common height."""
    x0, x1, y0, y1 = left + _LEFT, left + width - 6.0, _HEIGHT - _BOTTOM, _TOP
    yield Text(x=left, y=7.5, text=title, size=7.5, colour=look.text, weight="strong")
    values = [y for line in lines for _, y in line.points]
    if not values:
        middle = Text(x=(x0 + x1) / 2, y=(y0 + y1) / 2, text="no epoch is finished yet", size=_SMALL, colour=look.muted, anchor="middle")  # fmt: skip
        yield middle
        return
    ticks = _ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        return x0 + (x1 - x0) * x / last, y0 + (y1 - y0) * (y - low) / (high - low)

    for tick in ticks:
        y = place(0, tick)[1]
        yield Line(points=((x0, y), (x1, y)), colour=look.track, line=0.4)
        yield Text(x=x0 - 4, y=y + 2, text=_said(tick, ticks), size=_TINY, colour=look.muted, weight="number", anchor="end")  # fmt: skip
    for epoch in _whole_ticks(last):
        x = place(epoch, low)[0]
        yield Line(points=((x, y0), (x, y0 + 2.5)), colour=look.muted, line=0.4)
        yield Text(x=x, y=y0 + 9.0, text=f"{epoch:g}", size=_TINY, colour=look.muted, weight="number", anchor="middle")  # fmt: skip
    at = x1
    for line in reversed([line for line in lines if line.points]):
        name = Text(x=at, y=y0 + 18.5, text=line.name, size=_TINY, colour=look.muted, anchor="end")
        yield name
        yield Line(
            points=((name.left - 13, y0 + 16.5), (name.left - 4, y0 + 16.5)), colour=line.colour, line=1.4
        )
        at = name.left - 21
    for line in lines:
        placed = tuple(place(x, y) for x, y in line.points)
        if len(placed) > 1:
            yield Line(points=placed, colour=line.colour, line=1.1)
        if line.is_marked and len(placed) <= 40:
            for x, y in placed:
                yield Box(x=x - 1.5, y=y - 1.5, w=3.0, h=3.0, radius=1.5, fill=Fill(left=line.colour))


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers that enclose the values."""
    span = max(high - low, abs(high) * 1e-3, 1e-9)
    rough = span / 4
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    first = floor(low / step)
    ticks = [first * step]
    while ticks[-1] < high - step * 1e-9:
        ticks.append((first + len(ticks)) * step)
    return ticks if len(ticks) > 1 else [*ticks, ticks[0] + step]


def _whole_ticks(last: float) -> list[float]:
    """Where the axis of epochs is marked: at whole ones, at most seven."""
    step = next(
        factor * 10**power for power in range(9) for factor in (1, 2, 5) if last / (factor * 10**power) <= 6
    )
    return [float(at) for at in range(0, int(last) + 1, step)]


def _said(tick: float, ticks: Sequence[float]) -> str:
    places = max(0, -floor(log10(ticks[1] - ticks[0]) + 1e-9))
    more = any(abs(round(one, places) - one) > (ticks[1] - ticks[0]) * 1e-6 for one in ticks)
    return f"{tick:.{min(places + more, 6)}f}"


def _averaged(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """At most `_POINTS` points, each the mean of as many neighbours."""
    good = _finite(points)
    size = max(1, -(-len(good) // _POINTS))
    parts = [good[start : start + size] for start in range(0, len(good), size)]
    return tuple(
        (fsum(x for x, _ in part) / len(part), fsum(y for _, y in part) / len(part)) for part in parts
    )


def _finite(
    points: Sequence[tuple[float, float]] | Iterator[tuple[float, float]],
) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in points if isfinite(y))


def _width(name: str) -> float:
    return Text(x=0, y=0, text=name, size=_TINY, colour="").width
