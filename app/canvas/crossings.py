"""The order of cards within their columns, so that few wires cross.

Sweeps by the mean place of neighbours, then exchanges of two that stand side by side, as in Gansner, Koutsofios,
North and Vo, "A Technique for Drawing Directed Graphs", 1993. Only what lies between two columns of one place each
and has crossings is touched, and an order replaces another only if fewer wires cross: what is drawn well stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

PATIENCE = 4  # rounds without a gain before it is given up
WORK = 60_000  # places times rounds: more rounds gain one or two percent, and somebody waits


class Layers:
    """Columns of places. A wire to a later column holds a place in each column between.

    Cards are numbered from 0 in the order of the columns they are given in, places of wires after them.
    """

    def __init__(self, columns: Sequence[Sequence[str]], wires: Iterable[tuple[str, str]]) -> None:
        self._names = [name for column in columns for name in column]
        number = {name: index for index, name in enumerate(self._names)}
        column_of = [index for index, column in enumerate(columns) for _ in column]
        place = [float(index) for column in columns for index in range(len(column))]
        self._chains: list[list[int]] = []
        last = len(self._names)
        keyed = [[(place[number[n]], 1, 0, number[n]) for n in column] for column in columns]
        for source, target in dict.fromkeys(wires):
            a, b = number[source], number[target]
            first, span = column_of[a], column_of[b] - column_of[a]
            slope = (place[b] - place[a]) / span
            for step in range(1, span):
                # Longer wires further out, so that a wire around another does not cross it.
                keyed[first + step].append((place[a] + slope * step, 0, -span, last + step - 1))
            self._chains.append([a, *range(last, last + span - 1), b])
            last += span - 1
        self._count = last
        for column in keyed:
            column.sort()
        self._columns = [[member[3] for member in column] for column in keyed]

    def columns(self) -> list[list[str]]:
        """The cards of each column, from top to bottom."""
        cards = len(self._names)
        return [[self._names[i] for i in column if i < cards] for column in self._columns]

    def ways(self) -> list[list[tuple[float, float]]]:
        """Of each wire the columns that it meets, with its place in each."""
        where = {
            i: (float(x), float(y)) for x, column in enumerate(self._columns) for y, i in enumerate(column)
        }
        return [[where[i] for i in chain] for chain in self._chains]

    def untangle(self) -> None:
        """Reorder the columns where wires cross."""
        gaps = self._gaps()
        stretches = [found for found in self._stretches() if any(map(_tangled, gaps[found[0] : found[1]]))]
        if not stretches:
            return
        from app.canvas.sweeps import Sweeps

        sweeps = Sweeps([self._columns[a : b + 1] for a, b in stretches], self._chains)
        rounds = max(3, min(24, WORK // sweeps.size))
        for (first, last), columns in zip(stretches, sweeps.best(rounds, PATIENCE), strict=True):
            self._columns[first : last + 1] = columns

    def _gaps(self) -> list[list[tuple[int, int]]]:
        """Between each column and the next: the places that wires lead from and to."""
        place = [0] * self._count
        column_of = [0] * self._count
        for x, column in enumerate(self._columns):
            for y, index in enumerate(column):
                place[index], column_of[index] = y, x
        gaps: list[list[tuple[int, int]]] = [[] for _ in self._columns]
        for chain in self._chains:
            for a, b in pairwise(chain):
                gaps[column_of[a]].append((place[a], place[b]))
        return gaps

    def _stretches(self) -> Iterable[tuple[int, int]]:
        """First and last column of what lies between columns of a single place: nothing crosses over from there."""
        first = 0
        for index, column in enumerate(self._columns):
            if len(column) == 1 or index == len(self._columns) - 1:
                if index - first > 1 or (index > first and len(self._columns[first]) > 1):
                    yield first, index
                first = index


def _tangled(gap: list[tuple[int, int]]) -> bool:
    last = -1
    for _, target in sorted(gap) if len(gap) > 1 else ():
        if target < last:
            return True
        last = target
    return False
