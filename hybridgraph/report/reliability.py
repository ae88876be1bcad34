"""The reliability diagram of a run as a drawing, in points."""

from __future__ import annotations

from hybridgraph.figures.drawing import Box, Drawing, Fill, Line, Mark, Text
from hybridgraph.figures.look import Look
from hybridgraph.runs.predictions import Calibration

_SIDE, _LEFT, _TOP, _BOTTOM = 150.0, 30.0, 14.0, 24.0
_COUNTS, _GAP = 30.0, 10.0
_TEXT = 6.0


def reliability(found: Calibration, look: Look) -> Drawing:
    """Accuracy over confidence, bin by bin, with the pictures in each bin below."""
    foot = _TOP + _SIDE
    base = foot + _GAP + _COUNTS
    most = max(one.count for one in found.bins)
    marks: list[Mark] = [Text(x=_LEFT, y=8.0, text="told right (%)", size=_TEXT, colour=look.muted)]
    for tick in range(0, 101, 20):
        x, y = _LEFT + _SIDE * tick / 100, foot - _SIDE * tick / 100
        marks += (
            Line(points=((_LEFT, y), (_LEFT + _SIDE, y)), colour=look.track, line=0.4),
            Text(x=_LEFT - 4, y=y + 2, text=str(tick), size=_TEXT, colour=look.muted, weight="number", anchor="end"),
            Text(x=x, y=base + 8, text=str(tick), size=_TEXT, colour=look.muted, weight="number", anchor="middle"),
        )  # fmt: skip
    for one in found.bins:
        left, width = _LEFT + one.low * _SIDE + 0.5, (one.high - one.low) * _SIDE - 1
        right, said = one.accuracy * _SIDE, foot - one.confidence * _SIDE
        high = _COUNTS * one.count / most
        marks += (
            Box(x=left, y=foot - right, w=width, h=right, fill=Fill(left=look.convolution)),
            Line(points=((left, said), (left + width, said)), colour=look.attention, line=1.4),
            Box(x=left, y=base - high, w=width, h=high, fill=Fill(left=look.muted)),
        )
    marks += (
        Line(points=((_LEFT, foot), (_LEFT + _SIDE, _TOP)), colour=look.text, line=0.6),
        Text(
            x=_LEFT + _SIDE, y=base + 17, text="confidence (%)", size=_TEXT, colour=look.muted, anchor="end"
        ),
    )
    return Drawing(
        width=_LEFT + _SIDE + 8.0,
        height=base + _BOTTOM,
        marks=tuple(marks),
        title="Reliability diagram",
        description=f"Expected calibration error {100 * found.ece:.2f} %, mean confidence {100 * found.confidence:.2f} %, "
        f"{100 * found.accuracy:.2f} % told right.",
    )
