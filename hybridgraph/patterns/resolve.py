"""Every number and parameter of a pattern for one picture size: what is written, and the rules for what is not.

A stage halves the grid, except the first behind patches or a ResNet's stem. Strides and patches that are not written
give way where the picture is too small, as those of the presets do; windows are the largest that tile every grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from operator import mul

from hybridgraph.errors import PatternError
from hybridgraph.graph.values import Cycle, Ramp, Value
from hybridgraph.patterns import homes
from hybridgraph.patterns.letters import BY_NAME, HEAD, REFERENCES, Letter
from hybridgraph.patterns.model import Part, Pattern
from hybridgraph.patterns.parser import parse
from hybridgraph.patterns.steps import Step
from hybridgraph.patterns.writer import write
from hybridgraph.presets import resnet
from hybridgraph.presets.coatnet import TRAINED_SIZE
from hybridgraph.presets.lane import SMALLEST_GRID, strides_for

STEM_WIDTH = 64
EMBEDDING = 4
"""The stride of CvT's first token embedding, which needs no stem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A part with nothing left out. `shown` are the parameters that its preset writes, too."""

    letter: Letter
    block: str
    depth: int
    width: int
    stride: int
    before: int
    """Width of the map that comes in; 0 in front of a stem."""
    params: Mapping[str, Value]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """A whole pattern with nothing left out."""

    stem: Resolved | None
    stages: tuple[Resolved, ...]
    head: Resolved


def resolve(pattern: Pattern, image_size: int) -> Net:
    """The pattern for square pictures of this size. Raises PatternError where its stages cannot follow one another."""
    pattern = pattern if pattern.text else parse(write(pattern))  # so that mistakes have a place
    numbers = homes.numbers(pattern)
    stem, strides, gave_way = _grid(pattern, numbers, image_size)
    totals = list(accumulate([stem.stride if stem else 1, *strides], mul))[1:]
    tiny = gave_way or image_size <= TRAINED_SIZE // 4  # too small for tables of the papers' grids
    window = _window([
        image_size // total for part, total in zip(pattern.stages, totals, strict=True) if part.letter == "W"
    ])  # fmt: skip
    stages: list[Resolved] = []
    width = stem.width if stem else 0
    for index, part in enumerate(pattern.stages):
        depth, wide = numbers[index]
        _check(pattern, index, width, wide, strides[index])
        letter = BY_NAME[part.letter]
        block = letter.last if letter.last and index == len(pattern.stages) - 1 else letter.block
        step = homes.main_step(homes.home_of(letter, pattern), block)
        params: dict[str, Value] = {**step.values, "drop_path": Ramp(0.0, pattern.drop or 0.0, "net")}
        if "bias_size" in params:
            params["bias_size"] = None if tiny else TRAINED_SIZE // totals[index] or None
        if letter.name == "W":
            params["window"] = window
        params |= dict(part.options)
        if letter.name == "W" and "shift" not in dict(part.options):
            side = params["window"]
            assert isinstance(side, int)
            params["shift"] = Cycle((0, side // 2))
        stages.append(
            Resolved(letter=letter, block=block, depth=depth, width=wide, stride=strides[index], before=width,
                     params=params, shown=step.written)
        )  # fmt: skip
        width = wide
    return Net(stem=stem, stages=tuple(stages), head=_head(pattern, stages[-1]))


def _grid(
    pattern: Pattern, numbers: list[tuple[int, int]], size: int
) -> tuple[Resolved | None, list[int], bool]:
    """The stem, the strides of the stages, and whether any of them gave way to the picture's size."""
    found = homes.default_stem(pattern)
    name = pattern.stem.letter if pattern.stem else _stem_letter(found)
    part = pattern.stem or Part(letter=name)
    behind = 1 if name in ("P", "RS") else EMBEDDING if not name else 2
    wishes = [part.stride for part in pattern.stages]
    nominal = [stride or (2 if index else behind) for index, stride in enumerate(wishes)]
    for index, each in enumerate(pattern.stages):
        if wishes[index] is None and index and each.letter == pattern.stages[index - 1].letter == "E":
            nominal[index] = 1
    fixed = [
        index
        for index, each in enumerate(pattern.stages)
        if wishes[index] is not None or each.letter in ("W", "E")
    ]
    if name in ("P", "RS"):
        stem = _patches(pattern, part, numbers, nominal, size) if name == "P" else _resnet_stem(part, size)
        return stem[0], nominal, stem[1]
    first = part.stride or 2
    # CvT's first embedding counts as two strides, so that it gives way in two steps.
    halves = (
        [first]
        if name
        else [2, nominal[0] // 2]
        if 0 not in fixed and nominal[0] == EMBEDDING
        else [1, nominal[0]]
    )
    atoms = [*halves, *(nominal if name else nominal[1:])]
    offset = 1
    kept = {index + offset for index in fixed}
    if name and part.stride:
        kept.add(0)
    fitted = strides_for(size, atoms, kept)
    strides = fitted[1:] if name else [fitted[0] * fitted[1], *fitted[2:]]
    stem_at = fitted[0]
    if not name:
        return None, strides, fitted != atoms
    step = homes.main_step(BY_NAME[name].preset, BY_NAME[name].block)
    return _stem(part, step, part.width or STEM_WIDTH, stem_at, {"stride": stem_at}), strides, fitted != atoms


def _stem_letter(step: Step | None) -> str:
    """The letter of a stem's step; empty for none."""
    blocks = {letter.block: letter.name for letter in BY_NAME.values() if letter.role == "stem"}
    return blocks[step.block] if step else ""


def _stem(part: Part, step: Step, width: int, stride: int, params: Mapping[str, Value]) -> Resolved:
    """A stem of this width, which makes the map `stride` times smaller."""
    return Resolved(
        letter=BY_NAME[part.letter], block=step.block, depth=1, width=width, stride=stride, before=0,
        params={**step.values, "channels": width, **params, **dict(part.options)}, shown=step.written,
    )  # fmt: skip


def _patches(
    pattern: Pattern, part: Part, numbers: list[tuple[int, int]], strides: list[int], size: int
) -> tuple[Resolved, bool]:
    """Patches, halved until the last stage has a grid of three or four, and whether they were."""
    letters = tuple(each.letter for each in pattern.stages)
    found = homes.default_stem(pattern)
    if letters == ("T",):
        found = homes.home(REFERENCES[letters]).steps[0]
    step = (
        found
        if found and found.block == "patch_embed"
        else homes.main_step(BY_NAME["P"].preset, "patch_embed")
    )
    nominal = step.params["patch"]
    assert isinstance(nominal, int)
    patch, least = nominal, SMALLEST_GRID if len(letters) == 1 else SMALLEST_GRID - 1
    while patch > 1 and size // (patch * prod(strides)) < least:
        patch //= 2
    gave_way = part.number is None and patch != nominal
    patch = part.number or patch
    return _stem(part, step, part.width or numbers[0][1], patch, {"patch": patch}), gave_way


def _resnet_stem(part: Part, size: int) -> tuple[Resolved, bool]:
    """ResNet's stem; without its pooling, then its stride, where the picture is small."""
    step = homes.main_step(BY_NAME["RS"].preset, "resnet_stem")
    fitted = resnet.stem(STEM_WIDTH, size).params
    stride, pool = fitted["stride"], fitted["pool"]
    if part.stride is not None:
        stride, pool = min(part.stride, 2), part.stride == 4
    assert isinstance(stride, int)
    kernel = part.number or (7 if stride == 2 else 3)
    total = stride * (2 if pool else 1)
    params: dict[str, Value] = {"kernel": kernel, "stride": stride, "pool": pool}
    return _stem(part, step, part.width or STEM_WIDTH, total, params), part.stride is None and total != 4


def _window(grids: list[int]) -> int:
    """The largest of Swin's windows that tiles each of these grids or covers it; Swin's own where there is none."""
    largest = homes.main_step(BY_NAME["W"].preset, BY_NAME["W"].block).params["window"]
    assert isinstance(largest, int)
    fits = [side for side in range(2, largest + 1) if all(grid <= side or grid % side == 0 for grid in grids)]
    return max(fits, default=largest)


def _head(pattern: Pattern, last: Resolved) -> Resolved:
    """The head of the last stage's preset, with the options that are written."""
    step = homes.home(homes.home_of(last.letter, pattern)).steps[-1]
    options = dict(pattern.head.options) if pattern.head else {}
    for name in options:
        if name not in step.params:
            assert pattern.head is not None
            raise _mistake(
                pattern, pattern.head, name,
                f"The head behind {last.letter.name} has no option {name!r}.",
                f"It has {', '.join(each for each in step.params if HEAD.is_option(each))}.",
            )  # fmt: skip
    return Resolved(
        letter=HEAD, block=step.block, depth=1, width=0, stride=1, before=last.width,
        params={**step.values, **options}, shown=step.written,
    )  # fmt: skip


def _check(pattern: Pattern, index: int, before: int, width: int, stride: int) -> None:
    """Refuse a stage that cannot follow the one before. Raises PatternError."""
    part = pattern.stages[index]
    previous = pattern.stages[index - 1].letter if index else ""
    if previous == "E" and part.letter != "E":
        raise _mistake(
            pattern,
            part,
            "letter",
            f"{part.letter} needs a map, but E leaves tokens.",
            "After E only E can follow.",
        )
    if previous == "E" and (width != before or stride != 1):
        which, value = ("width", before) if width != before else ("stride", 1)
        raise _mistake(
            pattern, part, which, f"E keeps width and grid of the E before it: the {which} has to be {value}.",
        )  # fmt: skip
    if part.letter == "W":
        _check_merging(pattern, part, before, width, stride)


def _check_merging(pattern: Pattern, part: Part, before: int, width: int, stride: int) -> None:
    """Patch merging halves the grid and multiplies the width by 1 to 8; without it both stay."""
    if stride == 1 and width != before:
        raise _mistake(
            pattern, part, "width",
            f"W keeps the width of {before} where it does not halve the grid; {width} is not possible.",
            f"Write W·{before}" + (f" or W·{width}/2." if before and width % before == 0 else "."),
        )  # fmt: skip
    if stride == 2 and (not before or width % before or width // before > 8):
        times = min(max(round(width / before), 1), 8) if before else 2
        raise _mistake(
            pattern, part, "width",
            f"W widens {before} channels by a whole factor of 1 to 8; {width} is not possible.",
            f"The nearest is {times * before}.",
        )  # fmt: skip


def _mistake(pattern: Pattern, part: Part, place: str, message: str, hint: str = "") -> PatternError:
    """A PatternError at this place of a part, or at its letter where that is left out."""
    position, length = part.places.get(place) or part.places.get("letter", (0, len(pattern.text)))
    return PatternError(message, hint, text=pattern.text, position=position, length=length)
