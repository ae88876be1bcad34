"""Typing a pattern as an edit: the graph that a string asks for, with what stayed left as it was.

Stages are matched by their letters, in order. One that stayed keeps its id, title, place and body, and the numbers
that the string leaves out; a bare letter keeps the options as well, anything more says all of them. What the string
cannot say of a stage that stayed is kept, too. The image node is never touched, and the head keeps its classes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher

from hybridgraph import catalog
from hybridgraph.graph.edits import fresh_id
from hybridgraph.graph.model import Graph, Group, Item, Node, essence, frozen
from hybridgraph.graph.model import image as image_of
from hybridgraph.graph.values import Ramp, Value
from hybridgraph.patterns import homes
from hybridgraph.patterns.builder import build
from hybridgraph.patterns.letters import BY_NAME
from hybridgraph.patterns.model import Part, Pattern
from hybridgraph.patterns.outline import ENTRIES, GLUE, Outline, outline
from hybridgraph.patterns.parser import parse
from hybridgraph.patterns.reader import read
from hybridgraph.patterns.steps import Step, Unreadable, steps_of
from hybridgraph.presets.lane import lane

_NUMBERED = re.compile(r"Stage \d+")


def rebuild(graph: Graph, text: str) -> Graph:
    """The graph with the lane that a pattern string asks for, for the same pictures and classes.

    Raises PatternError with the place of a mistake in the string. A graph that is no lane of stages is replaced but
    for its image node and number of classes. What is new stands between its neighbours that stayed.
    """
    wanted = parse(text)
    before, found = _outlined(graph), read(graph).pattern
    picture = image_of(graph)
    given = {**catalog.load()["image"].defaults(), **(picture.params if picture else {})}
    size, channels = given["height"], given["channels"]
    built = build(
        _with_kept(wanted, before, found) if before else wanted,
        image_size=size if isinstance(size, int) else None,
        channels_in=channels if isinstance(channels, int) else None,
        classes=_classes(graph),
    )
    made = outline(steps_of(built, catalog.load()))
    kept: dict[str, Item] = {} if picture is None else {"image": picture}
    if before is not None:
        parts = {made.steps[at].item: part for at, part in zip(made.stages_at, wanted.stages, strict=True)}
        for new, old in _pairs(before, made).items():
            unsaid = {} if found is not None else _unsaid(graph.nodes[old], before, parts.get(new))
            kept[new] = _in_place(built.nodes[new], graph.nodes[old], before, made, unsaid)
    renamed = found is not None and graph.name == found.letters != built.name
    return _wired(replace(graph, name=built.name) if renamed else graph, built, kept)


def _outlined(graph: Graph) -> Outline | None:
    """The outline of a graph, if it is a lane of stages."""
    try:
        return outline(steps_of(graph, catalog.load()))
    except Unreadable:
        return None


def _classes(graph: Graph) -> int | None:
    """The classes of the first head there is."""
    known = catalog.load()
    for item in graph.nodes.values():
        if isinstance(item, Node) and (spec := known.get(item.block)) is not None and spec.family == "head":
            classes = item.params.get("classes", spec.defaults().get("classes"))
            if isinstance(classes, int):
                return classes
    return None


def _matches(before: Outline, letters: tuple[str, ...]) -> list[tuple[int, int]]:
    """Pairs of stages, old and new, that have the same letter: from the front, from the back, then in between."""
    old = before.letters
    shorter = min(len(old), len(letters))
    front = next((i for i in range(shorter) if old[i] != letters[i]), shorter)
    back = next((i for i in range(shorter - front) if old[-1 - i] != letters[-1 - i]), shorter - front)
    pairs = [(index, index) for index in range(front)]
    pairs += [(len(old) - 1 - index, len(letters) - 1 - index) for index in range(back)]
    here, there = old[front : len(old) - back], letters[front : len(letters) - back]
    if len(here) == len(there):
        inner = [
            (index, index) for index, (one, other) in enumerate(zip(here, there, strict=True)) if one == other
        ]
    else:
        blocks = SequenceMatcher(a=here, b=there, autojunk=False).get_matching_blocks()
        inner = [(run.a + offset, run.b + offset) for run in blocks for offset in range(run.size)]
    return [*pairs, *((front + one, front + other) for one, other in inner)]


def _with_kept(wanted: Pattern, before: Outline, found: Pattern | None) -> Pattern:
    """The pattern with the numbers, and for bare letters the options, of the stages that stayed."""
    old = list(before.stages)
    if found is not None:
        old = list(homes.numbered(found).stages)
    stages = list(wanted.stages)
    for here, there in _matches(before, tuple(part.letter for part in stages)):
        stages[there] = _filled(stages[there], old[here])
    kept = replace(wanted, stages=tuple(stages))
    if not wanted.bare or found is None:
        return kept
    last_stayed = found.stages[-1].letter == stages[-1].letter
    return replace(
        kept,
        stem=_kept_stem(wanted, before, found),
        head=found.head if last_stayed else None,
        drop=found.drop,
    )


def _kept_stem(wanted: Pattern, before: Outline, found: Pattern) -> Part | None:
    """The stem there was, where the new first stage would have one of that kind or is the old one."""
    default = homes.default_stem(wanted)
    if wanted.stem is not None:
        same = found.stem is not None and found.stem.letter == wanted.stem.letter
        return found.stem if same else wanted.stem
    alike = default is not None and default.block == before.steps[0].block
    return found.stem if alike or found.stages[0].letter == wanted.stages[0].letter else None


def _filled(part: Part, old: Part) -> Part:
    """A part with what it leaves out taken from the stage that it was."""
    if part.bare:
        return replace(old, places=part.places)
    return replace(
        part,
        number=old.number if part.number is None else part.number,
        width=old.width if part.width is None else part.width,
    )


def _pairs(before: Outline, made: Outline) -> dict[str, str]:
    """For each new item that stayed, the id of the old one: stages by their letters, others by their blocks.

    An old group that holds more than a stage with its entry, or several other blocks, is nobody's place.
    """
    old, new = ({one.steps[at].item for at in one.stages_at} for one in (before, made))
    bodies = Counter(step.item for step in before.steps if step.block not in ENTRIES | GLUE)
    pairs = {
        made.steps[made.stages_at[there]].item: before.steps[before.stages_at[here]].item
        for here, there in _matches(before, made.letters)
        if bodies[before.steps[before.stages_at[here]].item] == 1
    }
    alone = Counter(step.item for step in before.steps)
    free = [step for step in before.steps if step.item not in old and alone[step.item] == 1]
    for step in made.steps:
        same = next((other for other in free if other.block == step.block), None)
        if step.item not in new and same is not None:
            pairs[step.item] = same.item
            free.remove(same)
    return pairs


def _unsaid(old: Item, before: Outline, part: Part | None) -> dict[str, Value]:
    """The parameters of a stage that stayed which its string cannot have said; of a bare letter, all but its numbers."""
    if part is None or not isinstance(old, Group):
        return {}
    letter, said = BY_NAME[part.letter], dict(part.options)
    main = _of(before.steps, old.id)[-1]
    return {
        name: value
        for name, value in old.params.items()
        if letter.is_option(name) and name not in said
        and (part.bare or isinstance(main.params.get(name), tuple | Ramp))
    }  # fmt: skip


def _in_place(new: Item, old: Item, before: Outline, made: Outline, unsaid: Mapping[str, Value]) -> Item:
    """The new item in the old one's place; the old one itself where it is still the same network."""
    title = new.title if not old.title or _NUMBERED.fullmatch(old.title) else old.title
    if _of(made.steps, new.id) == _of(before.steps, old.id):
        return replace(old, title=title)
    if isinstance(new, Node):
        return replace(new, id=old.id, title=title, x=old.x, y=old.y, extra=old.extra)
    moved = replace(
        new,
        id=old.id,
        title=title,
        x=old.x,
        y=old.y,
        extra=old.extra,
        params=frozen({**new.params, **unsaid}),
    )
    if not isinstance(old, Group):
        return moved
    same_body = essence(old.body) == essence(new.body)
    return replace(moved, collapsed=old.collapsed, body=old.body if same_body else new.body)


def _of(steps: Iterable[Step], item: str) -> list[Step]:
    return [step for step in steps if step.item == item]


def _wired(graph: Graph, built: Graph, kept: Mapping[str, Item]) -> Graph:
    """The graph with the lane that was built; `kept` are the items that take the place of new ones, by their ids."""
    taken = {item.id for item in kept.values()}
    items: list[Item] = []
    for name, item in built.nodes.items():
        if name in kept:
            items.append(kept[name])
        else:
            items.append(replace(item, id=fresh_id(taken, name)))
            taken.add(items[-1].id)
    made = lane(graph.name, _placed(items, {item.id for item in kept.values()}))
    if made.nodes == graph.nodes and set(made.edges) == set(graph.edges):
        return graph
    return replace(graph, nodes=made.nodes, edges=made.edges)


def _placed(items: list[Item], stayed: set[str]) -> list[Item]:
    """The items with each run of new ones spread between the neighbours that stayed."""
    fixed = [index for index, item in enumerate(items) if item.id in stayed]
    placed = list(items)
    for index, item in enumerate(items):
        if item.id in stayed or not fixed:
            continue
        left = max((each for each in fixed if each < index), default=fixed[0])
        right = min((each for each in fixed if each > index), default=fixed[-1])
        share = (index - left) / (right - left) if left < index < right else 0.0
        one, other = items[left], items[right]
        placed[index] = replace(
            item, x=one.x + share * (other.x - one.x), y=one.y + share * (other.y - one.y)
        )
    return placed
