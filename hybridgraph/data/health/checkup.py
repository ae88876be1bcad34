"""Looking at every picture of a set once: counts, sizes, colours, what is odd and what is there twice."""

from __future__ import annotations

import os
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from hybridgraph.data.decoding import refuse_bombs
from hybridgraph.data.health.likeness import near_pairs
from hybridgraph.data.health.looks import Look, look_at_file, look_at_pixels
from hybridgraph.data.health.record import Health, Oddity, Pair, Sides
from hybridgraph.data.sources import FileSet, Found, read
from hybridgraph.errors import DataError
from hybridgraph.jobs import HELD_BACK

MOST = 200_000
"""Pictures that are looked at; of larger sets, so many evenly over the whole."""
_BLOCK = 256
_TINY = 16  # pixels of the short side
_LONG = 4.0  # times longer than wide
_HUGE = 25_000_000  # pixels
_BLANK = 2.0  # deviation of the brightness, of 255

Progress = Callable[[int, int], None]
Seen = dict[str, Look | str]
"""What pictures are like by their names, or the sentence that says why that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """One picture of the set, and how to look at it."""

    name: str
    label: int
    is_val: bool
    look: Callable[[], Look]


def check_up(
    spec: str,
    *,
    seed: int = 0,
    held_back: float = HELD_BACK,
    known: Seen | None = None,
    on_progress: Progress | None = None,
) -> Health:
    """Look at the pictures that `spec` names. `on_progress(done, all)` may raise to end the work.

    What is `known` is not looked at again, and what is seen becomes known: another split is judged without a look.
    Raises DataError for what keeps the set from being read at all, RunError for a `spec` that is none.
    """
    found = read(spec, seed, held_back)
    refuse_bombs()
    everything = list(_pictures(found))
    step = -(-len(everything) // MOST)
    chosen = everything[::step]
    known = {} if known is None else known
    looks: list[tuple[_Picture, Look]] = []
    oddities: list[Oddity] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # Pillow decodes outside Python's lock
        for start in range(0, len(chosen), _BLOCK):
            block = chosen[start : start + _BLOCK]
            unknown = [picture for picture in block if picture.name not in known]
            known.update(zip((picture.name for picture in unknown), pool.map(_try, unknown), strict=True))
            for picture in block:
                look = known[picture.name]
                if isinstance(look, Look):
                    looks.append((picture, look))
                    oddities += _odd(picture, look)
                else:
                    oddities.append(Oddity(picture=picture.name, trouble="unreadable", reason=look))
            if on_progress is not None:
                on_progress(min(start + _BLOCK, len(chosen)), len(chosen))
    if not looks:
        raise DataError(
            f"None of the {len(chosen):,} pictures in {found.root} can be read.", oddities[0].reason
        )
    mean, std = _colours(
        [look for picture, look in looks if not picture.is_val] or [look for _, look in looks]
    )
    counts = [[0] * len(found.classes), [0] * len(found.classes)]
    for picture in everything:
        counts[picture.is_val][picture.label] += 1
    return Health(
        spec=spec,
        classes=found.classes,
        train_counts=tuple(counts[0]),
        val_counts=tuple(counts[1]),
        split=found.split,
        pictures=len(everything),
        checked=len(chosen),
        widths=_sides([look.width for _, look in looks]),
        heights=_sides([look.height for _, look in looks]),
        grey=sum(look.is_grey for _, look in looks),
        mean=mean,
        std=std,
        oddities=tuple(oddities),
        pairs=tuple(_pairs(looks)),
    )


def _pictures(found: Found) -> Iterator[_Picture]:
    """The pictures of a set, those for training first."""
    if isinstance(found, FileSet):
        for is_val, part in enumerate((found.train, found.val)):
            for path, label in zip(part.paths, part.labels, strict=True):
                yield _Picture(
                    name=str(path), label=label, is_val=bool(is_val), look=partial(look_at_file, path)
                )
    else:
        for is_val, (word, pixels) in enumerate((("training", found.train), ("validation", found.val))):
            for index, (image, number) in enumerate(zip(pixels.images, pixels.labels, strict=True)):
                yield _Picture(
                    name=f"{word} picture {index}",
                    label=int(number),
                    is_val=bool(is_val),
                    look=partial(look_at_pixels, image),
                )


def _try(picture: _Picture) -> Look | str:
    try:
        return picture.look()
    except DataError as error:
        return error.message


def _odd(picture: _Picture, look: Look) -> Iterator[Oddity]:
    width, height = look.width, look.height
    size = f"{width:,}×{height:,} pixels"
    if min(width, height) < _TINY:
        yield Oddity(picture=picture.name, trouble="tiny", reason=size)
    if max(width, height) > _LONG * min(width, height):
        yield Oddity(picture=picture.name, trouble="long", reason=f"{size}, of which a square is kept")
    if width * height > _HUGE:
        yield Oddity(picture=picture.name, trouble="huge", reason=f"{size}, slow to read in every epoch")
    if look.contrast < _BLANK:
        yield Oddity(picture=picture.name, trouble="blank", reason="it has one colour")


def _pairs(looks: Sequence[tuple[_Picture, Look]]) -> Iterator[Pair]:
    """Pictures of the same bytes, then those that look alike; blank ones look alike without meaning anything."""
    groups = defaultdict(list)
    for picture, look in looks:
        groups[look.digest].append(picture)
    for group in groups.values():
        for other in group[1:]:
            yield _pair(group[0], other, is_exact=True)
    seen, distinct = set(), []
    for picture, look in looks:
        if look.digest not in seen and look.contrast >= _BLANK:
            seen.add(look.digest)
            distinct.append((picture, look))
    if distinct:
        for first, second in near_pairs(np.stack([look.coarse for _, look in distinct])):
            yield _pair(distinct[first][0], distinct[second][0], is_exact=False)


def _pair(one: _Picture, other: _Picture, *, is_exact: bool) -> Pair:
    return Pair(
        first=one.name,
        second=other.name,
        is_exact=is_exact,
        is_leak=one.is_val != other.is_val,
        is_contradiction=one.label != other.label,
    )


def _colours(looks: Sequence[Look]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    mean = np.mean([look.mean for look in looks], axis=0)
    variance = np.mean([look.square for look in looks], axis=0) - mean**2
    return tuple(mean.tolist()), tuple(np.sqrt(np.maximum(variance, 0)).tolist())


def _sides(values: Sequence[int]) -> Sides:
    return Sides(smallest=min(values), median=int(statistics.median(values)), largest=max(values))
