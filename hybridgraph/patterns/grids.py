"""How small the map becomes: the stem and the strides of a pattern, for a picture of a given size.

A stage halves the grid, except the first behind patches or a ResNet's stem. What is not written gives way where the
picture is too small, in the way of the presets: behind patches and a ResNet's stem only these, elsewhere the first
strides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from hybridgraph.graph.values import Value
from hybridgraph.patterns import homes
from hybridgraph.patterns.letters import BY_NAME, REFERENCES, STEMS
from hybridgraph.patterns.model import Part, Pattern
from hybridgraph.patterns.net import Resolved
from hybridgraph.patterns.steps import Step
from hybridgraph.presets import resnet
from hybridgraph.presets.lane import SMALLEST_GRID, strides_for

STEM_WIDTH = 64
EMBEDDING = 4
"""The stride of CvT's first token embedding, which needs no stem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grids:
    """The stem, the strides of the stages, and whether any of these gave way to the picture's size."""

    stem: Resolved | None
    strides: tuple[int, ...]
    gave_way: bool


def grids_of(pattern: Pattern, width: int, size: int) -> Grids:
    """The grids of a pattern in square pictures of `size` pixels; `width` is that of the first stage."""
    found = homes.default_stem(pattern)
    part = pattern.stem or next(
        (Part(letter=each.name) for each in STEMS if found and each.block == found.block), None
    )
    usual = _usual(pattern, part)
    if part is None:
        return _without_stem(pattern, usual, size)
    if part.letter == "P":
        return _behind_patches(pattern, part, usual, width, size)
    if part.letter == "RS":
        return _behind_pooling(part, usual, size)
    return _behind_convolutions(pattern, part, usual, size)


def _usual(pattern: Pattern, stem: Part | None) -> list[int]:
    """The strides of the stages in a large picture."""
    first = EMBEDDING if stem is None else 1 if stem.letter in ("P", "RS") else 2
    strides: list[int] = []
    for index, part in enumerate(pattern.stages):
        again = index > 0 and part.letter == pattern.stages[index - 1].letter == "E"  # tokens stay as many
        strides.append(part.stride or (first if index == 0 else 1 if again else 2))
    return strides


def _fixed(pattern: Pattern) -> set[int]:
    """The stages whose stride never gives way: it is written, or goes with the width."""
    return {
        i for i, part in enumerate(pattern.stages) if part.stride is not None or part.letter in ("W", "E")
    }


def _without_stem(pattern: Pattern, usual: list[int], size: int) -> Grids:
    """The first stage embeds the picture; its stride counts as two, so that it gives way in two steps."""
    fixed = _fixed(pattern)
    first = [usual[0], 1] if 0 in fixed else [2, usual[0] // 2]
    wanted = [*first, *usual[1:]]
    fitted = strides_for(size, wanted, {0 if index == 0 else index + 1 for index in fixed})
    strides = (fitted[0] * fitted[1], *fitted[2:])
    return Grids(stem=None, strides=strides, gave_way=fitted != wanted)


def _behind_convolutions(pattern: Pattern, part: Part, usual: list[int], size: int) -> Grids:
    wanted = [part.stride or 2, *usual]
    fixed = {index + 1 for index in _fixed(pattern)} | (set() if part.stride is None else {0})
    fitted = strides_for(size, wanted, fixed)
    letter = BY_NAME[part.letter]
    step = homes.main_step(letter.preset, letter.block)
    stem = _stem(part, step, part.width or STEM_WIDTH, fitted[0], {"stride": fitted[0]})
    return Grids(stem=stem, strides=tuple(fitted[1:]), gave_way=fitted != wanted)


def _behind_patches(pattern: Pattern, part: Part, usual: list[int], width: int, size: int) -> Grids:
    """Patches are halved until the last stage has a grid of 3, or of 4 if it is the only one."""
    letters = tuple(each.letter for each in pattern.stages)
    found = homes.default_stem(pattern)
    if letters == ("T",):
        found = homes.home(REFERENCES[letters]).steps[0]
    if found is None or found.block != "patch_embed":
        found = homes.main_step(BY_NAME["P"].preset, "patch_embed")
    patch = whole = _int(found.params["patch"])
    least = SMALLEST_GRID if len(letters) == 1 else SMALLEST_GRID - 1
    while patch > 1 and size // (patch * prod(usual)) < least:
        patch //= 2
    patch, gave_way = (patch, patch != whole) if part.number is None else (part.number, False)
    stem = _stem(part, found, part.width or width, patch, {"patch": patch})
    return Grids(stem=stem, strides=tuple(usual), gave_way=gave_way)


def _behind_pooling(part: Part, usual: list[int], size: int) -> Grids:
    """ResNet's stem loses its pooling, then its stride."""
    fitted = resnet.stem(STEM_WIDTH, size)
    stride, pool = _int(fitted.params["stride"]), bool(fitted.params["pool"])
    if part.stride is not None:
        stride, pool = min(part.stride, 2), part.stride == 4
    total = 2 * stride if pool else stride
    kernel = part.number or (7 if stride == 2 else 3)
    step = homes.main_step(BY_NAME["RS"].preset, "resnet_stem")
    params: dict[str, Value] = {"kernel": kernel, "stride": stride, "pool": pool}
    stem = _stem(part, step, part.width or STEM_WIDTH, total, params)
    return Grids(stem=stem, strides=tuple(usual), gave_way=part.stride is None and total != 4)


def _stem(part: Part, step: Step, width: int, stride: int, params: Mapping[str, Value]) -> Resolved:
    """A stem of this width, which makes the map `stride` times smaller; what is left out is as in `step`."""
    return Resolved(
        letter=BY_NAME[part.letter],
        block=step.block,
        width=width,
        stride=stride,
        params={**step.values, "channels": width, **params, **dict(part.options)},
        shown=step.written,
    )


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
