"""Which item of one body is which item of another: by id, then by place in the flow and likeness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from hybridgraph.comparison.likeness import kind, likeness, signature
from hybridgraph.errors import GraphError
from hybridgraph.graph import topology
from hybridgraph.graph.model import Graph, Item

MOST_CELLS = 40_000
"""Above so many possible pairs, items are paired in order instead of as well as possible."""
ELSEWHERE = 0.75
"""How alike two items must be to be the same one at another place of the flow."""

Names = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Left:
    """An item in no pair yet; `place` is how far along the flow it is, 0 to 1.

    `slot` is the number of paired items before it.
    """

    name: str
    item: Item
    place: float
    slot: int


def aligned(before: Graph, after: Graph) -> Names:
    """Pairs of ids, each of two items of the same kind, as many as make sense."""
    pairs = {
        name: name
        for name, item in before.nodes.items()
        if name in after.nodes and kind(item) == kind(after.nodes[name])
    }
    left, right = _left(before, set(pairs)), _left(after, set(pairs.values()))
    if not left or not right:
        return pairs
    for one, other in _in_order(_Around(before, after, dict(pairs)), left, right):
        pairs[one.name] = other.name
    for one, other in _elsewhere(
        [one for one in left if one.name not in pairs],
        [other for other in right if other.name not in set(pairs.values())],
    ):
        pairs[one.name] = other.name
    return pairs


def flow(graph: Graph) -> list[str]:
    """The ids in the order of the data; in that of the file where the wires lead in a circle."""
    try:
        return topology.order(graph)
    except GraphError:
        return list(graph.nodes)


def _left(graph: Graph, paired: set[str]) -> list[_Left]:
    found: list[_Left] = []
    slot = 0
    order = flow(graph)
    for index, name in enumerate(order):
        if name in paired:
            slot += 1
        else:
            found.append(_Left(name, graph.nodes[name], index / len(order), slot))
    return found


class _Around:
    """How well two items agree with the pairs that are known: kind, parameters, title, neighbours, place."""

    def __init__(self, before: Graph, after: Graph, pairs: Names) -> None:
        self._pairs = pairs
        self._neighbours = _neighbours(before), _neighbours(after)

    def score(self, one: _Left, other: _Left) -> float:
        """0 when the two cannot be the same, else the more the better."""
        if kind(one.item) != kind(other.item):
            return 0.0
        alike = likeness(one.item, other.item)
        if one.slot != other.slot and alike < ELSEWHERE:
            return 0.0
        titled = one.item.title == other.item.title and one.item.title != ""
        near = 1 - abs(one.place - other.place)
        return 0.5 + 2 * alike + 0.5 * titled + self._agreement(one.name, other.name) + 0.25 * near

    def _agreement(self, one: str, other: str) -> float:
        """The share of paired neighbours that the two have in common."""
        wired = {self._pairs[name] for name in self._neighbours[0][one] if name in self._pairs}
        known = set(self._pairs.values()) & self._neighbours[1][other]
        return len(wired & known) / len(wired | known) if wired | known else 0.0


def _neighbours(graph: Graph) -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        found[edge.source].add(edge.target)
        found[edge.target].add(edge.source)
    return found


def _in_order(around: _Around, left: list[_Left], right: list[_Left]) -> Iterator[tuple[_Left, _Left]]:
    """Pairs that keep the order of the flow: equal runs at both ends first, then the best that is between."""
    first = _equal_run(left, right)
    yield from zip(left[:first], right[:first], strict=True)
    left, right = left[first:], right[first:]
    last = _equal_run(left[::-1], right[::-1])
    yield from zip(left[len(left) - last :], right[len(right) - last :], strict=True)
    left, right = left[: len(left) - last], right[: len(right) - last]
    if len(left) * len(right) > MOST_CELLS:
        yield from _by_signature(left, right)
    else:
        yield from _best(around, left, right)


def _equal_run(left: list[_Left], right: list[_Left]) -> int:
    """How many items from the start on are equal but for their ids."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one.slot != other.slot or signature(one.item) != signature(other.item):
            break
        count += 1
    return count


def _by_signature(left: list[_Left], right: list[_Left]) -> Iterator[tuple[_Left, _Left]]:
    waiting: defaultdict[tuple[object, ...], list[_Left]] = defaultdict(list)
    for other in reversed(right):
        waiting[signature(other.item)].append(other)
    for one in left:
        if found := waiting[signature(one.item)]:
            yield one, found.pop()


def _best(around: _Around, left: list[_Left], right: list[_Left]) -> Iterator[tuple[_Left, _Left]]:
    """The pairs in order with the greatest sum of scores, by the table of all prefixes."""
    scores = [[around.score(one, other) for other in right] for one in left]
    table = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left)):
        for j in range(len(right)):
            joined = table[i][j] + scores[i][j] if scores[i][j] else 0.0
            table[i + 1][j + 1] = max(table[i][j + 1], table[i + 1][j], joined)
    i, j = len(left), len(right)
    while i and j:
        if table[i][j] == table[i - 1][j]:
            i -= 1
        elif table[i][j] == table[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            yield left[i], right[j]


def _elsewhere(left: list[_Left], right: list[_Left]) -> Iterator[tuple[_Left, _Left]]:
    """Pairs of what changed its place in the flow, the most alike first."""
    if len(left) * len(right) > MOST_CELLS:
        yield from _by_signature(left, right)
        return
    alike = [
        (-value, i, j)
        for i, one in enumerate(left)
        for j, other in enumerate(right)
        if kind(one.item) == kind(other.item) and (value := likeness(one.item, other.item)) >= ELSEWHERE
    ]
    gone: tuple[set[int], set[int]] = (set(), set())
    for _, i, j in sorted(alike):
        if i not in gone[0] and j not in gone[1]:
            gone[0].add(i)
            gone[1].add(j)
            yield left[i], right[j]
