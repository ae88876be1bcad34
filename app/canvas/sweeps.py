"""Sweeps over columns of places by numpy, many stretches of a graph side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class _Side:
    """The neighbours of every member in the column before, or in the one after."""

    def __init__(self, members: Ints, neighbours: Ints, count: int) -> None:
        order = np.argsort(members, kind="stable")
        self.near = neighbours[order]
        self.degree = np.bincount(members, minlength=count)
        self.start = np.cumsum(self.degree) - self.degree


class Sweeps:
    """The columns of several stretches, the n-th of each joined to one long column: a stretch is a range in it.

    Means of neighbours in one range stay within that range, so the stretches never mix.
    """

    def __init__(self, stretches: Sequence[Sequence[Sequence[int]]], chains: Sequence[Sequence[int]]) -> None:
        self._stretches = stretches
        depth = max(map(len, stretches))
        joined = [
            [
                (index, part)
                for part, columns in enumerate(stretches)
                if at < len(columns)
                for index in columns[at]
            ]
            for at in range(depth)
        ]
        # A member is a place in one stretch: the place where a stretch ends and the next starts is two members.
        self._index = np.array([index for column in joined for index, _ in column], dtype=np.int64)
        self._part = np.array([part for column in joined for _, part in column], dtype=np.int64)
        self._base = np.cumsum([0, *map(len, joined)])
        self.size = len(self._index)
        column_of = np.repeat(np.arange(depth), np.diff(self._base))
        ends: dict[tuple[int, int], int] = {
            (index, part): s
            for s, (index, part) in enumerate(zip(self._index.tolist(), self._part.tolist(), strict=True))
        }
        parts_of: dict[int, list[int]] = {}
        for index, part in ends:
            parts_of.setdefault(index, []).append(part)
        pairs = [
            (ends[a, part], ends[b, part])
            for chain in chains
            for a, b in pairwise(chain)
            for part in parts_of.get(a, ())
            if (b, part) in ends
        ]
        wires = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self._wires = wires[np.argsort(column_of[wires[:, 0]], kind="stable")]
        self._gap = column_of[self._wires[:, 0]]
        self._column = column_of
        self._edges_of = np.searchsorted(self._gap, np.arange(depth + 1))
        source, target = self._wires[:, 0], self._wires[:, 1]
        self._before = _Side(target, source, self.size)
        self._after = _Side(source, target, self.size)
        self._order = np.arange(self.size)  # by place, the member that stands there
        self._place = np.arange(self.size) - self._base[column_of]  # by member, its place in its column

    def best(self, rounds: int, patience: int) -> list[list[list[int]]]:
        """The columns of every stretch in the best order found in so many rounds."""
        place = self._place.copy()
        fewest = self._crossings()
        waited = 0
        for turn in range(rounds):
            self._sweep(forward=turn % 2 == 0, late=turn % 4 > 1)
            for _ in range(2):
                if not self._exchange():
                    break
            found = self._crossings()
            better = found < fewest
            if better.any():
                fewest = np.minimum(found, fewest)
                chosen = better[self._part]
                place[chosen] = self._place[chosen]
                waited = 0
            else:
                waited += 1
            if waited == patience or not fewest.any():
                break
        self._set(place)
        return self._written()

    def _set(self, place: Ints) -> None:
        self._place = place
        self._order = np.empty_like(place)
        self._order[self._base[self._column] + place] = np.arange(self.size)

    def _written(self) -> list[list[list[int]]]:
        result: list[list[list[int]]] = [[[] for _ in columns] for columns in self._stretches]
        index, part, column = self._index.tolist(), self._part.tolist(), self._column.tolist()
        for member in self._order.tolist():
            result[part[member]][column[member]].append(index[member])
        return result

    def _sweep(self, *, forward: bool, late: bool) -> None:
        """Order each column by the mean place of the neighbours in the one before (or after); ties stay or turn."""
        depth = len(self._base) - 1
        source, target = self._wires[:, 0], self._wires[:, 1]
        for column in range(1, depth) if forward else range(depth - 2, -1, -1):
            gap = column - 1 if forward else column
            edges = slice(self._edges_of[gap], self._edges_of[gap + 1])
            mine, theirs = (target[edges], source[edges]) if forward else (source[edges], target[edges])
            low, high = self._base[column], self._base[column + 1]
            degree = (self._before if forward else self._after).degree[low:high]
            mean = np.bincount(mine - low, weights=self._place[theirs], minlength=high - low)
            now = self._order[low:high]
            tied = degree[now - low] > 0
            movable = now[tied]
            if late:
                movable = movable[::-1]
            key = mean[movable - low] / degree[movable - low]
            now[tied] = movable[np.argsort(key, kind="stable")]
            self._place[now] = np.arange(high - low)

    def _exchange(self) -> bool:
        """Exchange members side by side where that removes crossings. Whether any was exchanged.

        Every second column at once, and in it every second pair: none of these disturb each other.
        """
        gained = False
        slots = np.arange(self.size - 1)
        first, second = self._column[:-1], self._column[1:]
        inside = first == second
        place = slots - self._base[first]
        for odd_column in (0, 1):
            for odd_place in (0, 1):
                chosen = slots[inside & (first % 2 == odd_column) & (place % 2 == odd_place)]
                upper, lower = self._order[chosen], self._order[chosen + 1]
                same = self._part[upper] == self._part[lower]
                upper, lower = upper[same], lower[same]
                gain = self._gain(self._before, upper, lower) + self._gain(self._after, upper, lower)
                swapped = gain > 0
                if swapped.any():
                    gained = True
                    upper, lower = upper[swapped], lower[swapped]
                    at = self._base[self._column[upper]] + self._place[upper]
                    self._order[at], self._order[at + 1] = lower, upper
                    self._place[upper] += 1
                    self._place[lower] -= 1
        return gained

    def _gain(self, side: _Side, upper: Ints, lower: Ints) -> Ints:
        """How many crossings an exchange of each pair removes on one side."""
        many, few = side.degree[upper], side.degree[lower]
        sizes = many * few
        pair = np.repeat(np.arange(len(upper)), sizes)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        above = side.near[side.start[upper][pair] + within // few[pair]]
        below = side.near[side.start[lower][pair] + within % few[pair]]
        difference = np.sign(self._place[above] - self._place[below])
        removed = np.bincount(pair, weights=difference.astype(np.float64), minlength=len(upper))
        return removed.astype(np.int64)

    def _crossings(self) -> Ints:
        """Crossings in each stretch: wires in the order of their start, sorted bit by bit of the place of their end.

        A wire whose bit is clear crosses those before it in its group whose bit is set.
        """
        source, target = self._wires[:, 0], self._wires[:, 1]
        width = int(np.diff(self._base).max())
        bits = max(width - 1, 1).bit_length()
        ends = self._place[target]
        order = np.argsort(((self._gap << bits) + self._place[source] << bits) + ends)
        ends, part = ends[order], self._part[source][order]
        start = self._edges_of[self._gap]
        found = np.zeros(len(self._stretches))
        for bit in range(bits - 1, -1, -1):
            high = (ends >> bit) & 1
            before = np.cumsum(high) - high
            crossed = before - before[start]
            low = high == 0
            found += np.bincount(part, weights=np.where(low, crossed, 0), minlength=len(found))
            # A stable split of every group: those with the bit clear, then those with it set.
            place = np.arange(len(ends))
            clear = (place - start) - crossed
            total = np.cumsum(high)
            size = np.bincount(start, minlength=len(ends))
            end = start + size[start] - 1
            ones = total[end] - before[start]
            middle = start + size[start] - ones
            goal = np.where(low, start + clear, middle + crossed)
            new_start = np.where(low, start, middle)
            moved = np.empty_like(goal)
            moved[goal] = place
            ends, part, start = ends[moved], part[moved], new_start[moved]
        return found.astype(np.int64)
