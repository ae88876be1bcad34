"""Every number and parameter of a pattern for one picture size: what is written, and the rules for what is not."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from operator import mul

from hybridgraph.graph.values import Cycle, Ramp, Value
from hybridgraph.patterns import homes
from hybridgraph.patterns.grids import Grids, grids_of
from hybridgraph.patterns.letters import BY_NAME, HEAD, Letter
from hybridgraph.patterns.model import Part, Pattern
from hybridgraph.patterns.net import Net, Resolved
from hybridgraph.patterns.order import check_order, mistake_at
from hybridgraph.patterns.parser import parse
from hybridgraph.patterns.writer import write
from hybridgraph.presets import swin
from hybridgraph.presets.coatnet import TRAINED_SIZE


def resolve(pattern: Pattern, image_size: int) -> Net:
    """The pattern for square pictures of this size. Raises PatternError where its stages cannot follow one another."""
    pattern = pattern if pattern.text else parse(write(pattern))  # so that mistakes have a place
    numbers = homes.numbers(pattern)
    grids = grids_of(pattern, numbers[0][1], image_size)
    sizes = _sizes(pattern, grids, image_size)
    stages: list[Resolved] = []
    before = grids.stem.width if grids.stem else 0
    for index, (part, (depth, width)) in enumerate(zip(pattern.stages, numbers, strict=True)):
        stride = grids.strides[index]
        check_order(pattern, index, before, width, stride)
        letter = BY_NAME[part.letter]
        block = letter.last if letter.last and index == len(numbers) - 1 else letter.block
        step = homes.main_step(homes.home_of(letter, pattern), block)
        stages.append(
            Resolved(
                letter=letter,
                block=block,
                depth=depth,
                width=width,
                stride=stride,
                before=before,
                params=_params(part, letter, step.values, sizes[index], pattern.drop or 0.0),
                shown=step.written,
            )
        )
        before = width
    return Net(stem=grids.stem, stages=tuple(stages), head=_head(pattern, stages[-1]))


def _sizes(pattern: Pattern, grids: Grids, image_size: int) -> list[dict[str, Value]]:
    """For each stage the parameters that go with its grid: the side of the relative table, the side of the windows.

    Tables are made for the grids of the papers' pictures, or for the real one where the picture is much smaller.
    """
    small = grids.gave_way or image_size <= TRAINED_SIZE // 4
    totals = list(accumulate([grids.stem.stride if grids.stem else 1, *grids.strides], mul))[1:]
    window = homes.main_step(BY_NAME["W"].preset, BY_NAME["W"].block).values["window"]
    windowed = [total for part, total in zip(pattern.stages, totals, strict=True) if part.letter == "W"]
    if windowed and isinstance(window, int):
        window = swin.window_for(image_size, windowed, window)
    return [
        {"bias_size": None if small else TRAINED_SIZE // total or None, "window": window} for total in totals
    ]


def _params(
    part: Part, letter: Letter, usual: Mapping[str, Value], sizes: Mapping[str, Value], drop: float
) -> dict[str, Value]:
    """The parameters of a stage: the `usual` ones of its preset, those of its grid, and the options that are written."""
    options = dict(part.options)
    params: dict[str, Value] = {**usual, "drop_path": Ramp(0.0, drop, "net")}
    if "bias_size" in params:
        params["bias_size"] = sizes["bias_size"]
    if letter.name == "W":
        window = options.get("window", sizes["window"])
        assert isinstance(window, int)
        params |= {"window": window, "shift": Cycle((0, window // 2))}
    return {**params, **options}


def _head(pattern: Pattern, last: Resolved) -> Resolved:
    """The head of the last stage's preset, with the options that are written."""
    step = homes.home(homes.home_of(last.letter, pattern)).steps[-1]
    options = dict(pattern.head.options) if pattern.head else {}
    for name in options:
        if name not in step.params:
            assert pattern.head is not None
            raise mistake_at(
                pattern, pattern.head, name,
                f"The head behind {last.letter.name} has no option {name!r}.",
                f"It has {', '.join(each for each in step.params if HEAD.is_option(each))}.",
            )  # fmt: skip
    return Resolved(
        letter=HEAD, block=step.block, width=0, stride=1, before=last.width,
        params={**step.values, **options}, shown=step.written,
    )  # fmt: skip
