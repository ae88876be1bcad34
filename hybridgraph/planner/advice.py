"""Legal, but hardly meant: what a block or a stage does that costs more, or does less, than one would think.

Each is told once, in the numbers of the design, and keeps nothing from running.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from math import gcd

from hybridgraph.analysis import Severity
from hybridgraph.graph.model import Group, Node, Path
from hybridgraph.graph.values import Ramp, Ref, Value
from hybridgraph.plan import Argument, Source
from hybridgraph.planner.ledger import Ledger, Scope
from hybridgraph.planner.resolution import reduction
from hybridgraph.shapes import ImageMap, Shape, Tokens
from hybridgraph.spec import BlockSpec

WIDE = 56 * 56
"""Positions from which attention of all to all is worth a word."""
EIGHT = 8
"""Attention kernels work on this many channels of a head at a time."""

_Told = tuple[str, str, str]  # code, message without the place, hint


def advise(
    ledger: Ledger,
    scope: Scope,
    item: Node,
    spec: BlockSpec,
    args: Mapping[str, Argument],
    known: Mapping[str, Shape],
    outputs: Mapping[str, Shape],
) -> None:
    """Say what is unwise about a block that runs."""
    path, place = (*scope.path, item.id), ledger.place(scope, item)
    before, after = next(iter(known.values()), None), next(iter(outputs.values()), None)
    if isinstance(before, ImageMap) and isinstance(after, ImageMap):
        _stride(ledger, path, place, args, before, after)
        for code, message, hint in (*_window(args, before), *_statistics(spec, args, after)):
            ledger.find(path, code, f"{place}: {message}", hint, severity="advice")
    for code, message, hint in (*_heads(args, after), *_pairs(spec, args, before, after)):
        ledger.find(path, code, f"{place}: {message}", hint, severity="advice")


def _window(args: Mapping[str, Argument], before: ImageMap) -> Iterator[_Told]:
    """Swin's blocks take a window that is larger than the map for one of the map's size; SwinV2 means it so."""
    window, side = args.get("window"), min(before.grid)
    if "shift" in args and "trained_window" not in args and isinstance(window, int) and window > side:
        grid = f"{before.height}×{before.width}"
        message = f"a window of {window} is larger than its map of {grid}, so it is cut to {side} and never shifted."
        yield "window", message, f"Use a window of {side}, or a larger image."


def _statistics(spec: BlockSpec, args: Mapping[str, Argument], after: ImageMap) -> Iterator[_Told]:
    if args.get("norm") == "batch" and "norm" in spec.params and after.grid == (1, 1):
        message = (
            f"its batch norm sees one value of each channel in an image ({after}), so it knows them by the "
            "other images of the batch alone."
        )
        layer = "layer" in spec.params["norm"].choices
        yield "batch-norm", message, "Use layer norm here." if layer else "Keep a larger map up to here."


def _heads(args: Mapping[str, Argument], after: Shape | None) -> Iterator[_Told]:
    head_dim, channels = args.get("head_dim"), getattr(after, "channels", None)
    if not isinstance(head_dim, int) or not isinstance(channels, int) or head_dim % EIGHT == 0:
        return
    odd = "odd in number" if head_dim % 2 else f"no multiple of {EIGHT}"
    fitting = [size for size in range(EIGHT, min(channels, 128) + 1, EIGHT) if channels % size == 0]
    near = sorted(sorted(fitting, key=lambda size: abs(size - head_dim))[:2])
    hint = f"Heads of {_or(near)} divide its channels." if near else "Use channels that 8 divides."
    message = (
        f"the {head_dim} channels of an attention head are {odd}; kernels work in eights and pad the rest."
    )
    yield "head-dim", message, hint


def _pairs(
    spec: BlockSpec, args: Mapping[str, Argument], before: Shape | None, after: Shape | None
) -> Iterator[_Told]:
    """Attention of every position to every other one: the cost is the square of their number."""
    if not {"head_dim", "heads"} & args.keys() or args.get("window") is not None:
        return
    if isinstance(after, ImageMap):
        shrunk = args.get("pool")
        step = shrunk if isinstance(shrunk, int) and not isinstance(shrunk, bool) else 1
        queries = (after.height // step) * (after.width // step)
        grid, words = (
            after,
            f"on a map of {after.height}×{after.width}, each of {queries:,} positions looks at",
        )
    elif isinstance(before, Tokens):
        queries, grid, words = before.length, None, f"each of {before.length:,} tokens looks at"
    else:
        return
    strides = [value for name in ("stride_k", "stride_v") if isinstance(value := args.get(name), int)]
    keys = queries // max([1, *strides]) ** 2
    if queries < WIDE or keys < WIDE:
        return
    message = f"{words} {keys:,}: {queries * keys / 1e6:,.1f} million pairs in every head."
    hint = "Twice the side costs sixteen times as much. Make the map smaller before it."
    if "window" in spec.params and grid is not None and (windows := _windows(grid)):
        hint = f"Windows of {_or(windows)} divide the map and cost far less."
    yield "attention", message, hint


def _windows(grid: ImageMap) -> list[int]:
    side = gcd(grid.height, grid.width)
    return [size for size in range(4, min(side, 16) + 1) if side % size == 0]


def _or(sizes: list[int]) -> str:
    return (
        " or ".join(map(str, sizes[-2:]))
        if len(sizes) < 3
        else f"{', '.join(map(str, sizes[:-1]))} or {sizes[-1]}"
    )


# ------------------------------------------------------------------------------------------------- strides


def _stride(
    ledger: Ledger, path: Path, place: str, args: Mapping[str, Argument], before: ImageMap, after: ImageMap
) -> None:
    """Say where a stride finds too little to divide."""
    stride = args.get("stride")
    if not isinstance(stride, int) or stride < 2:
        return
    grid = f"a grid of {before.height}×{before.width}"
    if min(before.grid) == 1:
        message = f"{place}: {grid} has nothing left to divide by its stride of {stride}."
        ledger.find(path, "stride", message, "Use stride 1 or a larger image.", severity="warning")
    elif before.height % stride or before.width % stride:
        message = (
            f"{place}: {grid} does not divide by its stride of {stride}; it becomes "
            f"{after.height}×{after.width}."
        )
        hint = _dividing(ledger, before, stride)
        ledger.find(path, "stride", message, hint, severity="advice")
        for key, found in ledger.findings.items():
            if found.code == "stride" and found.severity == "advice":
                ledger.findings[key] = replace(found, hint=hint)  # what divides here divides before as well


def _dividing(ledger: Ledger, before: ImageMap, stride: int) -> str:
    """The image sizes next to the design's that this stride and all before it divide, as a hint."""
    images = (report.outputs.get("y") for report in ledger.reports.values() if not report.inputs)
    image = next((shape for shape in images if isinstance(shape, ImageMap)), before)
    steps = [stride * reduction(side, cells) for side, cells in zip(image.grid, before.grid, strict=True)]
    below = [side // step * step for side, step in zip(image.grid, steps, strict=True)]
    above = [-(-side // step) * step for side, step in zip(image.grid, steps, strict=True)]
    texts = dict.fromkeys(f"{height}×{width}" for height, width in (below, above) if height and width)
    return f"An image of {' or '.join(texts)} loses nothing at the edge."


# ------------------------------------------------------------------------------------------------- stages


def advise_stage(
    ledger: Ledger, scope: Scope, group: Group, inputs: Mapping[str, Source], chain: list[Shape]
) -> None:
    """Say what is unwise about a stage that runs; `chain` is what its first input gets, then what each repeat gives."""
    path, place = (*scope.path, group.id), ledger.place(scope, group)
    severity: Severity = "advice"
    maps = [shape for shape in chain if isinstance(shape, ImageMap)]
    falls = sum(after.height < one.height or after.width < one.width for one, after in pairwise(maps))
    if falls > 1:
        message = (
            f"{place}: {falls} of its {group.repeat} repeats make the map smaller, from "
            f"{maps[0].height}×{maps[0].width} to {maps[-1].height}×{maps[-1].width}."
        )
        hint = "Write the stride as “2, then 1”, so that only the first repeat divides."
        ledger.find(path, "strides", message, hint, severity=severity)
    first, last = getattr(chain[0], "channels", None), getattr(chain[-1], "channels", None)
    feeder = scope.body.nodes.get(inputs[group.inputs[0]].node)
    if (
        isinstance(feeder, Group)  # after a stem fewer are usual: MobileNetV2 goes from 32 to 16
        and isinstance(first, int)
        and isinstance(last, int)
        and type(chain[0]) is type(chain[-1])
        and last < first
    ):
        message = f"{place}: it lowers the channels from {first} to {last}, so what follows sees less than it could."
        ledger.find(path, "narrowing", message, f"Give it {first} channels or more.", severity=severity)
    if group.repeat == 1:
        for where, value in _drop_paths(group, path):
            if (words := _alone(value)) is not None:
                ledger.find(
                    where, "drop-path", f"{place}: {words}", "Set it to 0, or let it rise over the net.",
                    port="drop_path", severity=severity,
                )  # fmt: skip


def _drop_paths(group: Group, path: Path) -> Iterator[tuple[Path, Value]]:
    for where, item in ((path, group), *(((*path, name), one) for name, one in group.body.nodes.items())):
        if "drop_path" in item.params and not isinstance(item.params["drop_path"], Ref):
            yield where, item.params["drop_path"]


def _alone(value: Value) -> str | None:
    """Why a drop path makes no sense in a stage of one repeat; None when it does."""
    if isinstance(value, Ramp) and value.over == "stage" and value.start != value.stop:
        return f"a drop path from {value.start:g} to {value.stop:g} has one repeat to rise over and stays at {value.start:g}."
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return f"a drop path of {value:g} skips its only repeat, and with it the stage, in {value:.0%} of the examples."
    return None
