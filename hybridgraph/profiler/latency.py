"""Swapping a block at equal latency: which widths to try, and what came out. The module needs no torch.

Latency is measured, not counted, so few widths are tried, and the one nearest to the old time is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hybridgraph.profiler.result import Spread

MOST_TRIES = 6
NEAR = 0.03
"""Nearer than this no machine in use tells two times apart."""
_POWER = 1.5
"""Between the depthwise part of a block (time grows as the width) and its products (as the square)."""
_MOST_STEP = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Two designs as the texts of their files, and the item in both that is measured alone on its real inputs.

    The width is written at `home` under `name` in the new design, in multiples of `grain`, now `width`. `seconds` is the
    time for all of it once torch is loaded.
    """

    before: str
    after: str
    home: tuple[str, ...]
    name: str
    width: int
    grain: int
    batch: int = 1
    seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One width: both times for one batch, measured in turn, and the median of the ratios of the pairs, new over old."""

    width: int
    before: Spread
    after: Spread
    ratio: float
    passes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Everything that was tried, in that order, on which device."""

    device: str
    batch: int
    tried: tuple[Tried, ...]

    @property
    def best(self) -> Tried:
        """The width whose time is nearest to the old one."""
        return min(self.tried, key=lambda one: abs(math.log(one.ratio)))


def next_width(ratios: Mapping[int, float], grain: int) -> int | None:
    """The width to try after these, or None when none is better: near enough, or nothing lies between.

    `ratios` are the new times over the old one, by width.
    """
    if any(abs(ratio - 1) <= NEAR for ratio in ratios.values()) or len(ratios) >= MOST_TRIES:
        return None
    fast = max((width for width, ratio in ratios.items() if ratio < 1), default=None)
    slow = min((width for width, ratio in ratios.items() if ratio > 1), default=None)
    if fast is None and slow is not None:
        guess = slow / _step(ratios[slow])
        candidate = max(min(math.floor(guess / grain), slow // grain - 1), 1)
    elif slow is None and fast is not None:
        candidate = max(math.ceil(fast * _step(1 / ratios[fast]) / grain), fast // grain + 1)
    elif fast is not None and slow is not None:
        share = math.log(1 / ratios[fast]) / math.log(ratios[slow] / ratios[fast])
        candidate = round((fast * (slow / fast) ** share) / grain)
        low, high = sorted((fast // grain, slow // grain))
        candidate = min(max(candidate, low + 1), high - 1)
    else:
        return None
    width = candidate * grain
    return width if width > 0 and width not in ratios else None


def search(
    start: int, grain: int, measure: Callable[[int], Tried], is_over: Callable[[], bool]
) -> list[Tried]:
    """Try widths from `start` on until one is near enough, tries or time are up. At least one is tried."""
    tried = [measure(max(round(start / grain), 1) * grain)]
    while not is_over():
        width = next_width({one.width: one.ratio for one in tried}, grain)
        if width is None:
            break
        tried.append(measure(width))
    return tried


def encode(matched: Matched) -> dict[str, Any]:
    """What came out as values that JSON can hold."""
    return asdict(matched)


def decode(content: Mapping[str, Any]) -> Matched:
    """The inverse of `encode`. Raises KeyError, TypeError or ValueError for anything else."""
    tried = tuple(
        Tried(
            width=one["width"],
            before=Spread(**one["before"]),
            after=Spread(**one["after"]),
            ratio=one["ratio"],
            passes=one["passes"],
        )
        for one in content["tried"]
    )
    if not tried:
        raise ValueError("nothing was tried")
    return Matched(device=content["device"], batch=content["batch"], tried=tried)


def _step(ratio: float) -> float:
    """By how much to narrow a width that is too slow by `ratio`."""
    return min(math.pow(ratio, 1 / _POWER), _MOST_STEP)
