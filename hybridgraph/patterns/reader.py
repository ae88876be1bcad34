"""From a design back to its pattern: a string is printed exactly when it builds the same network.

The reader takes the outline of the design, builds that, compares the two step by step, and writes down what differs,
until nothing does. What then still differs is something no pattern writes, and the reader says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hybridgraph import catalog
from hybridgraph.errors import PatternError
from hybridgraph.graph.model import Graph
from hybridgraph.graph.model import image as image_of
from hybridgraph.graph.values import Ramp
from hybridgraph.patterns import homes
from hybridgraph.patterns.builder import CLASSES, build
from hybridgraph.patterns.letters import BY_NAME, HEAD, LAYOUTS
from hybridgraph.patterns.model import Option, Part, Pattern
from hybridgraph.patterns.outline import Outline, outline
from hybridgraph.patterns.parser import MAX_STAGES, option_parameters
from hybridgraph.patterns.resolve import resolve
from hybridgraph.patterns.steps import Step, Unreadable, steps_of
from hybridgraph.patterns.writer import write

LARGE = 4096
"""Pixels: at this size no stride gives way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The pattern of a design, or one sentence that says why it has none."""

    pattern: Pattern | None = None
    reason: str = ""

    @property
    def text(self) -> str | None:
        """The pattern's string."""
        return None if self.pattern is None else write(self.pattern)


def read(graph: Graph) -> Reading:
    """The pattern of a design in its canonical form, or why there is none.

    It builds the same network for the design's picture size, channels and classes; ids, titles and places are not
    looked at. Letters alone are written where the net is a layout of CoAtNet's study at its own depths and widths.
    """
    try:
        return Reading(pattern=_read(graph))
    except (Unreadable, PatternError) as none:
        return Reading(reason=str(none))


def pattern_of(graph: Graph) -> str | None:
    """The canonical string of a design that a pattern can write; None for others (`read` says why)."""
    return read(graph).text


def canonical(pattern: Pattern, image_size: int | None = None) -> Pattern:
    """The form in which the pattern's design prints: every depth and width, and nothing that goes without saying.

    Raises PatternError where its stages cannot follow one another.
    """
    found = read(build(pattern, image_size=image_size)).pattern
    assert found is not None, "what a pattern builds has a pattern"
    return found


def _read(graph: Graph) -> Pattern:
    known = catalog.load()
    target = outline(steps_of(graph, known))
    if len(target.stages) > MAX_STAGES:
        raise Unreadable(f"A pattern has at most {MAX_STAGES} stages; there are {len(target.stages)}.")
    picture = image_of(graph)
    assert picture is not None
    sides = {**known["image"].defaults(), **picture.params}
    if sides["height"] != sides["width"]:
        raise Unreadable(
            f"A pattern is for square pictures; these have {sides['height']}×{sides['width']} pixels."
        )
    size, channels = sides["height"], sides["channels"]
    classes = target.steps[-1].params.get("classes", CLASSES)
    if not (isinstance(size, int) and isinstance(channels, int) and isinstance(classes, int)):
        raise Unreadable("The picture's size or the number of classes is no number.")
    pattern = _grown(_begin(target), target, size, channels, classes)
    if _strides(pattern):  # where one stride is odd, the others need not be written because of it
        other = _grown(_odd_strides(pattern, target), target, size, channels, classes)
        pattern = min(pattern, other, key=_strides)
    return _shortest(pattern)


def _grown(pattern: Pattern, target: Outline, size: int, channels: int, classes: int) -> Pattern:
    """The pattern with everything written that it takes to build the target. Raises Unreadable."""
    while True:
        built = build(pattern, image_size=size, channels_in=channels, classes=classes)
        made = outline(steps_of(built, catalog.load()))
        grown = _with_strides(pattern, made, target)
        if grown == pattern:
            grown = _with_options(pattern, made, target)
        if grown == pattern:
            _compare(made, target)
            return pattern
        pattern = grown


def _strides(pattern: Pattern) -> int:
    """How many strides are written."""
    return sum(part is not None and part.stride is not None for part in (pattern.stem, *pattern.stages))


def _odd_strides(pattern: Pattern, target: Outline) -> Pattern:
    """The pattern with only those strides written that a large picture would have otherwise."""
    bare = replace(
        pattern,
        stem=pattern.stem and replace(pattern.stem, stride=None),
        stages=tuple(replace(part, stride=None) for part in pattern.stages),
    )
    usual = resolve(bare, LARGE)
    stages = tuple(
        part if there.stride == here.stride else replace(part, stride=there.stride)
        for part, here, there in zip(bare.stages, usual.stages, target.stages, strict=True)
    )
    return replace(bare, stages=stages)


def _begin(target: Outline) -> Pattern:
    """Letters, depths and widths; a convolutional stem is always written."""
    stages = tuple(replace(part, stride=None) for part in target.stages)
    stem = Part(letter="S", number=2) if target.stem is not None and target.stem.letter == "S" else None
    return Pattern(stages=stages, stem=stem)


def _with_strides(pattern: Pattern, made: Outline, target: Outline) -> Pattern:
    """The pattern with the stem written that came out otherwise, or with the strides that did."""
    if target.stem is None and made.stem is not None:
        raise Unreadable("The net begins without a stem.")
    stem = pattern.stem
    if target.stem is not None and target.stem != made.stem:
        found = target.stem
        if stem is None:
            stem = Part(letter=found.letter, number=found.number)
        elif made.stem is not None and made.stem.width != found.width:
            stem = replace(stem, width=found.width)
        elif found.letter != "P":
            stem = replace(stem, number=found.number, stride=found.stride)
    if stem != pattern.stem:
        return replace(pattern, stem=stem)
    stages = tuple(
        part if there.stride == here.stride else replace(part, stride=there.stride)
        for part, here, there in zip(pattern.stages, made.stages, target.stages, strict=True)
    )
    return replace(pattern, stages=stages)


def _with_options(pattern: Pattern, made: Outline, target: Outline) -> Pattern:
    """The pattern with the parameters written that came out otherwise and that can be options."""
    drop = pattern.drop
    for index in target.stages_at:
        value = target.steps[index].params.get("drop_path")
        if drop is None and isinstance(value, Ramp) and value.over == "net" and value.start == 0:
            drop = value.stop
    if drop != pattern.drop:
        return replace(pattern, drop=drop)
    if [step.block for step in made.steps] != [step.block for step in target.steps]:
        return pattern
    stages = tuple(
        _noted(part, made.steps[index], target.steps[index])
        for part, index in zip(pattern.stages, target.stages_at, strict=True)
    )
    stem = pattern.stem
    if target.stem is not None:
        noted = _noted(stem or Part(letter=target.stem.letter), made.steps[0], target.steps[0])
        if noted.options:
            stem = noted if stem else replace(noted, number=target.stem.number)
    head = _noted(pattern.head or Part(letter=HEAD.name), made.steps[-1], target.steps[-1])
    return replace(pattern, stages=stages, stem=stem, head=head if head.options else None)


def _noted(part: Part, made: Step, target: Step) -> Part:
    """The part with an option for each parameter that differs and that an option can hold."""
    known = option_parameters(BY_NAME[part.letter])
    options: dict[str, Option] = {}
    for name, value in target.params.items():
        if name not in known or name not in made.params or made.params[name] == value:
            continue
        given = target.values[name]
        if isinstance(value, tuple) and isinstance(given, Ramp):
            options[name] = given
        elif not isinstance(value, tuple | Ramp):
            options[name] = value
    return replace(part, options=tuple(sorted({**options, **dict(part.options)}.items())))


def _compare(made: Outline, target: Outline) -> None:
    """Refuse the first thing that no pattern writes. Raises Unreadable."""
    for mine, theirs in zip(made.steps, target.steps, strict=False):
        if mine.block != theirs.block:
            raise Unreadable(
                f"{theirs.title} is {_title(theirs)}; a pattern would have {_title(mine)} there."
            )
        for name, value in theirs.params.items():
            if mine.params.get(name) != value:
                raise Unreadable(
                    f"{theirs.title}: {name} is {theirs.values[name]}, which no pattern writes there; "
                    f"{mine.values[name]} would be."
                )
        if mine.repeat != theirs.repeat:
            raise Unreadable(
                f"{theirs.title} repeats {theirs.repeat} times; a pattern would repeat it {mine.repeat} times."
            )
    if len(made.steps) != len(target.steps):
        raise Unreadable("The lane has blocks before its head that no pattern writes.")


def _title(step: Step) -> str:
    return catalog.load()[step.block].title


def _shortest(pattern: Pattern) -> Pattern:
    """Letters alone for a layout of CoAtNet's study at its own depths and widths, the pattern itself else."""
    letters = tuple(part.letter for part in pattern.stages)
    plain = all(part.stride is None and not part.options for part in pattern.stages)
    usual = pattern.stem == Part(letter="S", number=2) and pattern.head is None and pattern.drop is None
    if letters not in LAYOUTS or not plain or not usual:
        return pattern
    bare = Pattern(stages=tuple(Part(letter=letter) for letter in letters))
    written = [(part.number, part.width) for part in pattern.stages]
    return bare if written == homes.numbers(bare) else pattern
