"""Where differences are shown on the canvas: rectangles, badges and words, worked out before anything is painted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.canvas.geometry import Rect
from app.canvas.hits import levels
from app.canvas.placement import Level
from hybridgraph.comparison import SIGNS, Comparison, Difference, Sign, wording
from hybridgraph.comparison.listing import listed, told
from hybridgraph.graph.model import Path
from hybridgraph.spec import Catalogue

STEP = 24.0  # px by which a ghost is moved down until it covers no card
MOST_STEPS = 40
LEAST_WAY = 4.0  # px; what moved by less did not


class Places(Protocol):
    """What a scene tells about where things are."""

    level: Level

    def rect_of(self, path: Path) -> Rect | None: ...

    def origin(self, at: Path) -> tuple[float, float]: ...

    def level_at(self, at: Path) -> Level | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing on the canvas that differs.

    `label` stands in its badge. A ghost has the `title` of what is gone; `came_from` is the middle of the place
    where something stood before. `differences` are those that the mark stands for: several on a folded stage.
    """

    sign: Sign
    rect: Rect
    label: str
    path: Path | None = None
    title: str = ""
    came_from: tuple[float, float] | None = None
    differences: tuple[Difference, ...] = field(default=(), compare=False)


def marks(comparison: Comparison, scene: Places, former: Level, catalogue: Catalogue) -> list[Mark]:
    """The marks of a comparison on a scene that shows its `after`; `former` is its `before`, laid out."""
    stood = {
        (*at, name): (box.rect, inner.offset, inner.automatic)
        for at, inner, _ in levels(former)
        for name, box in inner.boxes.items()
    }
    found: list[Mark] = []
    homes = comparison.after_of
    folded: dict[Path, list[Difference]] = {}
    for difference in listed(comparison):
        if difference.after is None:
            found.extend(_ghost(comparison, homes, difference, scene, stood, catalogue, folded))
        elif (rect := scene.rect_of(difference.after)) is None:
            folded.setdefault(_seen(scene, difference.after), []).append(difference)
        else:
            found.append(_mark(difference, rect, scene, stood))
    return [
        *(_folding(scene, path, inside) for path, inside in folded.items() if path),
        *found,
    ]


def tip_of(comparison: Comparison, mark: Mark, catalogue: Catalogue) -> str:
    """All about what a mark stands for, a line for each part."""
    lines: list[str] = []
    for each in mark.differences:
        lines.append(f"{SIGNS[each.sign]} {wording.headline(comparison, each, catalogue)}: {each.sign}")
        lines += [
            f"{what}: {before} → {after}"
            for what, before, after in wording.details(comparison, each, catalogue)
        ]
    return "\n".join(lines)


_Stood = Mapping[Path, tuple[Rect, tuple[float, float], bool]]


def _mark(difference: Difference, rect: Rect, scene: Places, stood: _Stood) -> Mark:
    pair = difference.pair
    count = len(told(pair)) if pair is not None else 0
    came_from = None
    if pair is not None and pair.moved and not pair.is_rehomed and pair.before in stood:
        home = scene.level_at(pair.after[:-1])
        before = _shifted(stood[pair.before], home).moved(*scene.origin(pair.after[:-1]))
        if max(abs(before.x - rect.x), abs(before.y - rect.y)) >= LEAST_WAY:
            came_from = before.center
    return Mark(
        sign=difference.sign,
        rect=rect,
        label=f"{SIGNS[difference.sign]} {count}" if count else SIGNS[difference.sign],
        path=difference.after,
        came_from=came_from,
        differences=(difference,),
    )


def _ghost(
    comparison: Comparison,
    homes: Mapping[Path, Path],
    difference: Difference,
    scene: Places,
    stood: _Stood,
    catalogue: Catalogue,
    folded: dict[Path, list[Difference]],
) -> Iterator[Mark]:
    """What is gone, at its former place in the body that is still there."""
    assert difference.before is not None
    home = homes[difference.before[:-1]]
    level = scene.level_at(home)
    if level is None:
        folded.setdefault(_seen(scene, home), []).append(difference)
    elif difference.before in stood:
        place = _free(_shifted(stood[difference.before], level), level)
        yield Mark(
            sign="removed",
            rect=place.moved(*scene.origin(home)),
            label=SIGNS["removed"],
            title=wording.title_of(comparison.before.item(difference.before), catalogue),
            differences=(difference,),
        )


def _shifted(stood: tuple[Rect, tuple[float, float], bool], level: Level | None) -> Rect:
    """A former place in the coordinates that its body has now."""
    rect, offset, automatic = stood
    if level is None or automatic or level.automatic:
        return rect
    return rect.moved(level.offset[0] - offset[0], level.offset[1] - offset[1])


def _free(rect: Rect, level: Level) -> Rect:
    """The place, or the nearest one below it where no card stands."""
    taken = [box.rect for box in level.boxes.values() if box.rect.x < rect.right and box.rect.right > rect.x]
    for step in range(MOST_STEPS):
        place = rect.moved(0, step * STEP)
        if not any(place.meets(other) for other in taken):
            return place
    return rect


def _seen(scene: Places, path: Path) -> Path:
    """The innermost thing around a path that is not folded away."""
    while path and scene.rect_of(path) is None:
        path = path[:-1]
    return path


def _folding(scene: Places, path: Path, inside: list[Difference]) -> Mark:
    """The mark of a folded stage for what differs inside it."""
    rect = scene.rect_of(path)
    assert rect is not None
    return Mark(
        sign="changed",
        rect=rect,
        label=f"{SIGNS['changed']} {len(inside)} inside",
        path=path,
        differences=tuple(inside),
    )
