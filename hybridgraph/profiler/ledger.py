"""The book of memory over one pass: what is taken and given back, in order, and a film of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hybridgraph.places import Spot
from hybridgraph.profiler.film import Film, Frame, Held, Holder, Kind, Source

StepPhase = Literal["forward", "backward", "optimizer"]
_BORN: dict[StepPhase, Kind] = {"forward": "activations", "backward": "working", "optimizer": "working"}
_NOWHERE: Spot = ((), ())


@dataclass(slots=True)
class _Life:
    size: int
    kind: Kind
    spot: Spot


class Ledger:
    """Takes entries in the order of time. What something was for may be told later, with `explain`."""

    def __init__(self) -> None:
        self._lives: list[_Life] = []
        self._entries: list[tuple[int, int]] = []  # which life, and +1 or -1
        self._visits: list[tuple[int, StepPhase, Spot]] = []  # from which entry on
        self._at: tuple[StepPhase, Spot] = ("forward", _NOWHERE)

    def visit(self, phase: StepPhase, spot: Spot | None) -> None:
        """From now on this node is at work, or none."""
        self._at = (phase, spot or _NOWHERE)
        self._visits.append((len(self._entries), *self._at))

    def take(self, size: int, kind: Kind | None = None, spot: Spot | None = None) -> int:
        """Memory is taken; without a kind by whoever is at work, for what it is at. Answers its number."""
        phase, at = self._at
        self._lives.append(_Life(size, kind or _BORN[phase], spot or (_NOWHERE if kind else at)))
        self._entries.append((len(self._lives) - 1, 1))
        return len(self._lives) - 1

    def give_back(self, number: int) -> None:
        """It is free again."""
        self._entries.append((number, -1))

    def explain(self, number: int, kind: Kind, spot: Spot | None) -> None:
        """Say what was taken under this number was for, and for whom."""
        self._lives[number].kind = kind
        self._lives[number].spot = spot or _NOWHERE

    def film(self, source: Source = "tensors") -> Film:
        """A frame for each visit that moved memory, was to a node or began a phase, at its worst moment."""
        held: Counter[Kind] = Counter()
        alive: dict[int, None] = {}
        frames: list[Frame] = []
        best, peak, at_peak = -1, 0, ()  # type: tuple[int, int, tuple[int, ...]]
        starts = self._visits if self._visits and self._visits[0][0] == 0 else [
            (0, "forward", _NOWHERE), *self._visits
        ]  # fmt: skip
        for number, (start, phase, spot) in enumerate(starts):
            end = starts[number + 1][0] if number + 1 < len(starts) else len(self._entries)
            is_begin = bool(frames) and frames[-1].phase != phase
            if start == end and not spot[0] and not is_begin:
                continue
            worst, total = Counter(held), held.total()
            for life, sign in self._entries[start:end]:
                held[self._lives[life].kind] += sign * self._lives[life].size
                if sign < 0:
                    alive.pop(life, None)
                    continue
                alive[life] = None
                if held.total() > total:
                    worst, total = Counter(held), held.total()
                if total > best:
                    best, peak, at_peak = total, len(frames), tuple(alive)
            frames.append(Frame(phase=phase, path=spot[0], index=spot[1], held=_held(worst)))
        return Film(frames=tuple(frames), peak=peak, holders=self._holders(at_peak), source=source)

    def _holders(self, alive: tuple[int, ...]) -> tuple[Holder, ...]:
        sums: Counter[tuple[tuple[str, ...], Kind]] = Counter()
        for life in alive:
            sums[self._lives[life].spot[0], self._lives[life].kind] += self._lives[life].size
        return tuple(
            Holder(path=path, kind=kind, bytes=size) for (path, kind), size in sums.most_common() if size
        )


def _held(sums: Mapping[Kind, int]) -> Held:
    return Held(**{str(kind): size for kind, size in sums.items()})
