"""The figure of a design as papers have it: one box a stage, its block, its repeats, what comes out and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hybridgraph.analysis import Analysis
from hybridgraph.comparison import wording
from hybridgraph.errors import ExportError
from hybridgraph.figures import layout, ranks
from hybridgraph.figures.drawing import Box, Drawing, Fill, Mark, Text, Wire, fitted, wrapped
from hybridgraph.figures.look import Look, Size
from hybridgraph.figures.opentype import face
from hybridgraph.figures.stages import Stage, stages
from hybridgraph.graph.model import Graph
from hybridgraph.spec import Catalogue

MOST_STAGES = 400
"""A figure of more boxes than this could not be read on any page."""
_NARROW = 300.0  # pt, below which boxes stand in a column
_LEAST_ROW = (
    72.0  # pt, the width a box in a column needs; where more stand side by side, rows suit them better
)
_ROW = 25.0  # pt, the height of a box in a column
_PAD = 5.0
_STRIP = 2.4  # pt, the band in the colour of the family
_TITLE, _SMALL, _TINY = 7.5, 6.5, 6.0  # pt
_LEAST = 5.2  # pt, the smallest type
_LEGEND = {
    "convolution": "convolution",
    "attention": "attention",
    "extrinsic": "both, side by side",
    "intrinsic": "both, in one operator",
    "head": "head",
}


def figure(
    graph: Graph,
    analysis: Analysis | None,
    catalogue: Catalogue,
    *,
    look: Look,
    size: Size,
    numbers: bool = True,
) -> Drawing:
    """Draw the stages of a design. Without `numbers` there are no shapes and no costs; repeats stay.

    Raises ExportError when there is nothing to draw, or too much of it.
    """
    found = stages(graph, analysis, catalogue)
    if not found:
        raise ExportError("The design is empty, so there is no figure of it.", "Add a block first.")
    if len(found) > MOST_STAGES:
        raise ExportError(
            f"The design has {len(found):,} blocks outside of stages; a figure can show {MOST_STAGES}.",
            "Make stages of them.",
        )
    rows, wires, width = ranks.ranks(graph), ranks.links(graph), size.points
    placed = layout.down(rows, wires, width, _ROW)
    narrow = width < _NARROW and min(spot.w for spot in placed.spots.values()) >= _LEAST_ROW
    if not narrow:
        room = layout.box_width(len(rows), width) - 2 * _PAD
        lines = max(2 if any(_lines(stage, room)) else 1 for stage in found)
        placed = layout.across(rows, wires, width, 13.0 + 9.0 * lines + (21.0 if numbers else -2.0))
    marks: list[Mark] = [Wire(points=way, colour=look.wire) for way in placed.ways]
    for stage in found:
        spot = placed.spots[stage.id]
        frame = Box(
            x=spot.x, y=spot.y, w=spot.w, h=spot.h, radius=4.0, line=0.7,
            fill=look.pale(stage.family) if _is_filled(stage) else None,
            stroke=look.strong(stage.family),
        )  # fmt: skip
        marks += _row(stage, frame, look, numbers=numbers) if narrow else _card(
            stage, frame, look, numbers=numbers
        )  # fmt: skip
    foot, y = _foot(found, analysis, look, width, placed.height + 8.0, numbers=numbers)
    marks += foot
    return Drawing(
        width=width,
        height=y + layout.EDGE,
        marks=tuple(marks),
        paper="" if look.is_transparent else look.paper,
        title=graph.name or "Design",
        description="; ".join(_said(stage, numbers=numbers) for stage in found),
    )


def _is_filled(stage: Stage) -> bool:
    return stage.family != "glue"


def _said(stage: Stage, *, numbers: bool) -> str:
    times = f"× {stage.repeat}" if stage.repeat > 1 else ""
    shape = f"gives {stage.shape}" if numbers and stage.shape else ""
    return " ".join(filter(None, (f"{stage.name}:", stage.block, times, shape))).removesuffix(":")


# -- one box


def _lines(stage: Stage, room: float) -> tuple[str, str]:
    """What stands under a box's title: its block on two lines, or the rest of a long title."""
    if stage.block:
        return wrapped(stage.block, "text", _SMALL, room)
    return _title(stage.name, room)[0][1], ""


def _title(name: str, room: float) -> tuple[tuple[str, str], float]:
    """A title on two lines, in the largest type in which its first line fits."""
    for points in (_TITLE, 7.0, 6.5, 6.0):
        lines = wrapped(name, "strong", points, room)
        if face("strong").width(lines[0], points) <= room:
            return lines, points
    return (name, ""), _TITLE


def _card(stage: Stage, frame: Box, look: Look, *, numbers: bool) -> Iterator[Mark]:
    """Upright, for rows across a page."""
    left, right = frame.x + _PAD, frame.x + frame.w - _PAD
    room = right - left
    yield frame
    yield from _band(frame, stage, look)
    times = Text(
        x=right, y=frame.y + 12.5, text=f"×{stage.repeat}", size=_TITLE, colour=look.text, weight="number", anchor="end"
    )  # fmt: skip
    repeats = stage.repeat > 1
    if repeats:
        yield times
    y = frame.y + 21.5
    if stage.block:
        text, points = fitted(
            stage.name, "strong", _TITLE, room - (times.width + 3 if repeats else 0), _LEAST
        )
        yield Text(x=left, y=frame.y + 12.5, text=text, size=points, colour=look.text, weight="strong")
    else:
        (first, rest), points = _title(stage.name, room)
        for baseline, line in ((frame.y + 12.5, first), *(((y, rest),) if rest else ())):
            text, own = fitted(line, "strong", points, room, _LEAST)
            yield Text(x=left, y=baseline, text=text, size=own, colour=look.text, weight="strong")
    for line in filter(None, _lines(stage, room) if stage.block else ()):
        text, points = fitted(line, "text", _SMALL, room, _LEAST)
        yield Text(x=left, y=y, text=text, size=points, colour=look.muted)
        y += 8.0
    if numbers:
        if stage.shape is not None:
            text, points = fitted(str(stage.shape), "number", _SMALL, room, _LEAST)
            y = frame.y + frame.h - 14.0
            yield Text(x=left, y=y, text=text, size=points, colour=look.text, weight="number")
        if stage.macs:
            yield from _share(stage, look, left, right, frame.y + frame.h - 5.0)


def _row(stage: Stage, frame: Box, look: Look, *, numbers: bool) -> Iterator[Mark]:
    """Lying, for a column: what it is to the left, its numbers to the right."""
    left, right = frame.x + _PAD + _STRIP, frame.x + frame.w - _PAD
    yield frame
    yield from _band(frame, stage, look, upright=True)
    half = (right - left) * 0.42
    room = right - left - half - 4 if numbers and (stage.shape or stage.macs) else right - left
    below = f"{stage.block} × {stage.repeat}" if stage.repeat > 1 else stage.block
    text, points = fitted(stage.name, "strong", _TITLE, room, _LEAST)
    middle = frame.center[1]
    yield Text(
        x=left, y=middle - 2.0 if below else middle + 2.6, text=text, size=points, colour=look.text, weight="strong"
    )  # fmt: skip
    if below:
        text, points = fitted(below, "text", _SMALL, room, _LEAST)
        yield Text(x=left, y=middle + 7.3, text=text, size=points, colour=look.muted)
    if numbers and stage.shape is not None:
        text, points = fitted(str(stage.shape), "number", _SMALL, half, _LEAST)
        yield Text(
            x=right, y=middle - 2.0 if stage.macs else middle + 2.4, text=text, size=points, colour=look.text,
            weight="number", anchor="end",
        )  # fmt: skip
    if numbers and stage.macs:
        yield from _share(stage, look, right - half, right, middle + 7.3)


def _band(frame: Box, stage: Stage, look: Look, *, upright: bool = False) -> Iterator[Mark]:
    """A short bar in the colour of the family at the edge where reading begins."""
    if not _is_filled(stage):
        return
    colour = look.strong(stage.family)
    if upright:
        inner = Box(x=frame.x + 2.4, y=frame.y + 3.5, w=_STRIP, h=frame.h - 7, radius=_STRIP / 2, fill=colour)
        if not colour.is_plain:  # a bar this thin shows both hues above one another
            yield Box(
                x=inner.x, y=inner.y, w=inner.w, h=inner.h / 2, radius=_STRIP / 2, fill=Fill(left=colour.left)
            )
            inner = Box(
                x=inner.x, y=inner.y + inner.h / 2, w=inner.w, h=inner.h / 2, radius=_STRIP / 2,
                fill=Fill(left=colour.right),
            )  # fmt: skip
        yield inner
    else:
        yield Box(
            x=frame.x + 3.5, y=frame.y + 2.4, w=frame.w - 7, h=_STRIP - 0.6, radius=(_STRIP - 0.6) / 2, fill=colour
        )  # fmt: skip


def _share(stage: Stage, look: Look, left: float, right: float, y: float) -> Iterator[Mark]:
    """The part of all multiply-adds as a bar, and in figures."""
    share = stage.share or 0.0
    percent = "<1 %" if share < 0.005 else f"{100 * share:.0f} %"
    room = Text(x=0, y=0, text="100 %", size=_TINY, colour="").width + 3
    bar = right - left - room
    yield Box(x=left, y=y - 3.4, w=bar, h=2.2, radius=1.1, fill=Fill(left=look.track))
    yield Box(x=left, y=y - 3.4, w=max(bar * share, 2.2), h=2.2, radius=1.1, fill=Fill(left=look.muted))
    yield Text(x=right, y=y, text=percent, size=_TINY, colour=look.muted, anchor="end")


# -- what stands below


def _foot(
    found: Sequence[Stage], analysis: Analysis | None, look: Look, width: float, y: float, *, numbers: bool
) -> tuple[list[Mark], float]:
    """What the colours say, and what the whole costs; answers where it ends."""
    families = [family for family in _LEGEND if any(stage.family == family for stage in found)]
    entries: list[tuple[str, str]] = [(family, _LEGEND[family]) for family in families]
    if numbers and any(stage.macs for stage in found):
        entries.append(("bar", "share of MACs"))
    total = analysis.total if analysis and numbers else None
    said = (
        f"{wording.number('params', total.params)} parameters · {wording.number('macs', total.macs)} MACs"
        if total and total.macs
        else ""
    )
    end = Text(x=width - layout.EDGE, y=y + 5.0, text=said, size=_TINY, colour=look.muted, anchor="end")
    marks: list[Mark] = []
    x, limit = layout.EDGE, width - layout.EDGE
    for kind, words in entries:
        text = Text(x=x + 12.0, y=y + 5.0, text=words, size=_TINY, colour=look.muted)
        if x > layout.EDGE and text.x + text.width > limit:
            x, y = layout.EDGE, y + 9.0
            text = Text(x=x + 12.0, y=y + 5.0, text=words, size=_TINY, colour=look.muted)
        marks += _swatch(kind, x, y, look)
        marks.append(text)
        x = text.x + text.width + 9.0
    if said:
        if x > layout.EDGE and limit - end.width < x:
            y += 9.0
            x = layout.EDGE
        anchored = "start" if x == layout.EDGE and entries else "end"
        marks.append(
            Text(
                x=layout.EDGE if anchored == "start" else limit, y=y + 5.0, text=said, size=_TINY,
                colour=look.text, anchor="start" if anchored == "start" else "end",
            )
        )  # fmt: skip
    return marks, y + 7.0 if entries or said else y - 8.0


def _swatch(kind: str, x: float, y: float, look: Look) -> Iterator[Mark]:
    if kind == "bar":
        yield Box(x=x, y=y + 1.7, w=9.0, h=2.2, radius=1.1, fill=Fill(left=look.track))
        yield Box(x=x, y=y + 1.7, w=4.5, h=2.2, radius=1.1, fill=Fill(left=look.muted))
        return
    yield Box(x=x, y=y, w=9.0, h=5.6, radius=1.5, fill=look.pale(kind), stroke=look.strong(kind), line=0.7)
