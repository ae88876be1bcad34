"""The outline of a lane: which letters its steps are, with depths, widths and strides, but without options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hybridgraph.patterns.letters import HEAD, STAGES, STEMS, Letter
from hybridgraph.patterns.model import Part
from hybridgraph.patterns.steps import Step, Unreadable

GLUE = frozenset({"map_to_tokens", "class_token", "position_embedding"})
"""What stands before a stage without being one, and changes neither width nor grid."""
ENTRIES = frozenset({"patch_merging", "convnext_downsample", "conv_token_embed", "patch_embed"})
"""What stands before a stage and makes its width and stride."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The parts of a lane and the step that each of them is, by index. `steps` holds all of them."""

    steps: tuple[Step, ...]
    stem: Part | None
    stages: tuple[Part, ...]
    stem_at: int | None
    stages_at: tuple[int, ...]

    @property
    def letters(self) -> tuple[str, ...]:
        """The names of the stages' letters."""
        return tuple(part.letter for part in self.stages)


def outline(steps: Sequence[Step]) -> Outline:
    """The outline of these steps, the last of which is the head. Raises Unreadable at a block without a letter."""
    if not steps or steps[-1].block not in (HEAD.block, HEAD.last):
        raise Unreadable("The lane does not end in a classifier.")
    stem = _stem(steps[0])
    width = stem.width if stem and stem.width else 0
    stages: list[Part] = []
    places: list[int] = []
    stride, first = 1, 0 if stem is None else 1
    for index, step in enumerate(steps[first:-1], first):
        if step.block in GLUE:
            continue
        if step.block in ENTRIES and (letter := _letter(step)) is None:
            width, stride = _entered(step, width, stride)
            continue
        letter = _letter(step)
        if letter is None:
            raise Unreadable(f"{step.title}: no letter stands for the block {step.block}.")
        if "channels" in step.params:
            width, stride = _whole(step, "channels"), _first(step, "stride")
        stages.append(Part(letter=letter.name, number=step.repeat, width=width, stride=stride))
        places.append(index)
        stride = 1
    if not stages:
        raise Unreadable("There is no stage.")
    return Outline(
        steps=tuple(steps), stem=stem, stages=tuple(stages), stem_at=None if stem is None else 0, stages_at=tuple(places)
    )  # fmt: skip


def _stem(step: Step) -> Part | None:
    """The stem that the first step is, if it is one."""
    letter = next((letter for letter in STEMS if letter.block == step.block), None)
    if letter is None:
        return None
    width = _whole(step, "channels")
    if letter.name == "P":
        return Part(letter="P", number=_whole(step, "patch"), width=width)
    stride = _whole(step, "stride")
    if letter.name == "RS":
        stride *= 2 if step.params["pool"] else 1
        return Part(letter="RS", number=_whole(step, "kernel"), width=width, stride=stride)
    return Part(letter=letter.name, number=2, width=width, stride=stride)


def _letter(step: Step) -> Letter | None:
    """The stage's letter that this block is, in the form that its parameters choose."""
    for letter in STAGES:
        fits = all(step.params.get(name) == value for name, value in letter.chosen.items())
        if step.block in (letter.block, letter.last) and fits:
            return letter
    return None


def _entered(step: Step, width: int, stride: int) -> tuple[int, int]:
    """Width and stride behind an entry block."""
    if step.block == "patch_merging":
        return width * _whole(step, "expansion"), 2 * stride
    size = "patch" if step.block == "patch_embed" else "stride"
    return _whole(step, "channels"), stride * _whole(step, size)


def _whole(step: Step, name: str) -> int:
    value = step.params[name]
    if not isinstance(value, int):
        raise Unreadable(f"{step.title}: {name} changes from repeat to repeat, which no pattern writes.")
    return value


def _first(step: Step, name: str) -> int:
    """The value in the first repeat."""
    value = step.params[name]
    first = value[0] if isinstance(value, tuple) else value
    return first if isinstance(first, int) else 1
