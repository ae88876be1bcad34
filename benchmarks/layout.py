"""The automatic layout: how often wires cross, and how long it takes.

`python -m benchmarks.layout write GRAPHS.json` writes the graphs, so that another program can lay them out, and
`python -m benchmarks.layout count PLACES.json` counts what it made of them with the counter that counts ours.

A crossing is counted between two neighbouring columns of nodes, where two wires swap their order. A wire to a later
column counts as straight pieces from column to column, at the places that the layout gives it in those between.
"""

from __future__ import annotations

import json
import random
import sys
import time
from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.timing import Row

if TYPE_CHECKING:
    import torch

    from hybridgraph.graph.model import Graph

Wires = list[tuple[int, int]]
Way = Sequence[
    tuple[float, float]
]  # of a wire: the column and the place in it, for each column that it meets


def measure(_: torch.device, *, rounds: int) -> list[Row]:
    """Crossings and time of each graph; the presets together."""
    rows, presets = [], 0
    for name, (count, wires) in graphs().items():
        columns, taken = _laid_out(count, wires, rounds)
        crossings = crossings_of(columns)
        if name.startswith("preset "):
            presets += crossings
            continue
        rows.append(Row(name=f"{name}: crossings", value=crossings, unit="", note=f"{len(wires):,} wires"))
        note = "target 300" if count == 5000 else ""
        rows.append(Row(name=f"{name}: time", value=taken * 1000, unit="ms", note=note))
    return [Row(name="all presets and their stages: crossings", value=presets, unit=""), *rows]


def graphs() -> dict[str, tuple[int, Wires]]:
    """How many nodes, and the wires between them, for every graph that is laid out."""
    found = dict(_presets())
    for count in (100, 1000, 5000):
        found[f"lanes of eight, {count:,} nodes"] = count, _lanes(count)
        found[f"shuffled neighbours, {count:,} nodes"] = count, _neighbours(count)
        for each in (1, 2, 3):
            found[f"random, {count:,} nodes, {each} wires each"] = count, _random(count, each)
    return found


def crossings_of(ways: Iterable[Way]) -> int:
    """How often wires swap their order between neighbouring columns."""
    gaps: dict[float, list[tuple[float, float]]] = {}
    ways = list(ways)
    columns = sorted({column for way in ways for column, _ in way})
    following = dict(pairwise(columns))
    for way in ways:
        for (column, before), (beyond, after) in pairwise(way):
            assert following[column] == beyond, "a wire misses a column"
            gaps.setdefault(column, []).append((before, after))
    return sum(map(_swaps, gaps.values()))


def _swaps(pairs: list[tuple[float, float]]) -> int:
    seen: list[float] = []
    count = 0
    for _, after in sorted(pairs):
        count += len(seen) - bisect_right(seen, after)
        insort(seen, after)
    return count


def _presets() -> Iterable[tuple[str, tuple[int, Wires]]]:
    from hybridgraph import presets
    from hybridgraph.graph.model import Group

    for name in presets.names():
        graph = presets.build(name)
        yield f"preset {name}", _plain(graph)
        for path, item in graph.walk():
            if isinstance(item, Group):
                yield f"preset {name}/{'/'.join(path)}", _plain(item.body)


def _plain(graph: Graph) -> tuple[int, Wires]:
    from hybridgraph.graph.model import is_port

    cards = [i.id for i in graph.nodes.values() if not is_port(i, "input") and not is_port(i, "output")]
    number = {name: index for index, name in enumerate(cards)}
    pairs = [
        (number[e.source], number[e.target]) for e in graph.edges if e.source in number and e.target in number
    ]
    return len(cards), list(dict.fromkeys(pairs))


def _lanes(count: int) -> Wires:
    """Lanes of eight nodes and an addition, with a wire around each: the graph of the canvas's benchmark."""
    wires: Wires = []
    start = 0
    for number in range(1, count):
        wires.append((number - 1, number))
        if number % 9 == 0:
            wires.append((start, number))
            start = number
    return wires


def _neighbours(count: int) -> Wires:
    """Columns in which each node feeds the one beside it and a neighbour of that, under shuffled names."""
    chance = random.Random(count)
    high = round(count**0.5)
    names = list(range(count))
    chance.shuffle(names)
    wires = []
    for number in range(count - high):
        row = number % high
        wires.append((names[number], names[number + high]))
        beside = row + chance.choice((-1, 1))
        if 0 <= beside < high and number - row + high + beside < count:
            wires.append((names[number], names[number - row + high + beside]))
    return list(dict.fromkeys(wires))


def _random(count: int, each: int) -> Wires:
    """Columns as many as they are high; most wires come from the column before, a fifth from up to four further."""
    chance = random.Random(count + each)
    high = round(count**0.5)
    wires = []
    for number in range(high, count):
        start = number - number % high
        for turn in range(each):
            back = chance.randint(2, 5) if turn and chance.random() < 0.2 * each / (each - 1) else 1
            first = max(start - back * high, 0)
            wires.append((first + chance.randrange(high), number))
    return list(dict.fromkeys(wires))


def _laid_out(count: int, wires: Wires, rounds: int) -> tuple[list[Way], float]:
    """The ways of the wires in our layout, and the seconds that it takes to place all cards."""
    from app.canvas.layout import Size, arrange_level, layers_of
    from hybridgraph.graph import topology
    from hybridgraph.graph.model import Edge, Graph, Node, frozen

    names = [str(number) for number in range(count)]
    graph = Graph(
        nodes=frozen({name: Node(id=name, block="conv") for name in names}),
        edges=tuple(Edge(names[a], "y", names[b], f"x{i}") for i, (a, b) in enumerate(wires)),
    )
    sizes = dict.fromkeys(names, Size(96, 64, 32))
    times = []
    for _ in range(max(rounds // 4, 1)):
        start = time.process_time()
        arrange_level(graph, sizes)
        times.append(time.process_time() - start)
    generations = topology.generations(graph, sizes)
    assert generations is not None
    layers, _ = layers_of(graph, sizes, generations)
    layers.untangle()
    return layers.ways(), median(times)


def _ways_of(found: Mapping[str, list[list[object]]]) -> list[Way]:
    """The ways in another program's layout: its nodes as (number, x, y), its wires as (source, target, corners)."""
    places: dict[int, tuple[float, float]] = {n: (round(x, 3), y) for n, x, y in found["nodes"]}  # type: ignore[misc]
    columns = sorted({x for x, _ in places.values()})
    ways: list[Way] = []
    for source, target, corners in found["edges"]:
        (left, _), (right, _) = places[source], places[target]  # type: ignore[index]
        points = {round(x, 3): y for x, y in corners}  # type: ignore[attr-defined]
        between = [(x, points[x]) for x in columns if left < x < right]
        ways.append([places[source], *between, places[target]])  # type: ignore[index]
    return ways


def main(what: str, path: Path) -> None:
    """Write the graphs to a file, or count the crossings in a file of layouts."""
    if what == "write":
        path.write_text(json.dumps({name: {"n": n, "edges": edges} for name, (n, edges) in graphs().items()}))
        return
    ours = {name: crossings_of(_laid_out(count, wires, 1)[0]) for name, (count, wires) in graphs().items()}
    presets = [0, 0]
    for name, found in json.loads(path.read_text()).items():
        theirs = crossings_of(_ways_of(found))
        if name.startswith("preset "):
            presets = [presets[0] + ours[name], presets[1] + theirs]
            if ours[name] == theirs:
                continue
        print(f"{name}: {ours[name]:,} here, {theirs:,} there in {found['ms']:.0f} ms")
    print(f"all presets and their stages: {presets[0]:,} here, {presets[1]:,} there")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
