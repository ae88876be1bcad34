"""The automatic layout: how many wires cross, and that what is drawn well stays."""

import random
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.canvas import changes
from app.canvas.crossings import Layers
from app.canvas.layout import Size, arrange_level, columns_of, layers_of
from hybridgraph import presets
from hybridgraph.graph import topology
from hybridgraph.graph.model import Edge, Graph, Group, Node, frozen, is_port

CARD = Size(96, 64, 32)
Drawing = tuple[list[list[str]], list[tuple[str, str]]]


def crossings(layers: Layers) -> int:
    """Counted pair by pair, by the definition."""
    gaps: dict[float, list[tuple[float, float]]] = {}
    for way in layers.ways():
        for (x, before), (beyond, after) in pairwise(way):
            assert beyond == x + 1
            gaps.setdefault(x, []).append((before, after))
    return sum((a - c) * (b - d) < 0 for gap in gaps.values() for (a, b), (c, d) in combinations(gap, 2))


def graph_of(drawing: Drawing) -> Graph:
    columns, wires = drawing
    return Graph(
        nodes=frozen({name: Node(id=name, block="conv") for column in columns for name in column}),
        edges=tuple(Edge(a, "y", b, f"x{index}") for index, (a, b) in enumerate(wires)),
    )


def tangle(high: int, wide: int, each: int, seed: int = 0, far: int = 3) -> Drawing:
    """Columns of cards, each fed by some of the columns before."""
    chance = random.Random(seed)
    columns = [[f"n{x}.{y}" for y in range(high)] for x in range(wide)]
    wires = [
        (chance.choice(columns[max(x - chance.randint(1, far), 0)]), name)
        for x in range(1, wide)
        for name in columns[x]
        for _ in range(each)
    ]
    return columns, list(dict.fromkeys(wires))


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    return tangle(
        draw(st.integers(1, 6)), draw(st.integers(1, 7)), draw(st.integers(1, 3)), draw(st.integers(0, 999))
    )


@settings(max_examples=60, deadline=None)
@given(drawings())
def test_order_keeps_columns_and_never_adds_a_crossing(drawing: Drawing) -> None:
    columns, wires = drawing
    layers = Layers(columns, wires)
    before = crossings(layers)
    layers.untangle()
    assert [sorted(column) for column in layers.columns()] == [sorted(column) for column in columns]
    assert crossings(layers) <= before
    assert before > 0 or layers.columns() == columns


@pytest.mark.parametrize(
    ("drawing", "reached"),
    [
        (tangle(6, 6, 1), 0),
        (tangle(6, 6, 2), 74),
        (tangle(10, 10, 2), 483),
        (tangle(10, 10, 3), 1911),
        (tangle(30, 12, 2, far=1), 3413),
    ],
)
def test_so_few_wires_cross(drawing: Drawing, reached: int) -> None:
    """dagre 3.1.3 makes 0, 103, 598, 2045 and 3868 of these."""
    layers = Layers(*drawing)
    layers.untangle()
    assert crossings(layers) <= reached


def test_a_tree_is_drawn_without_crossings() -> None:
    columns = [[f"{x}.{y}" for y in range(2**x)] for x in range(7)]
    wires = [(f"{x - 1}.{y // 2}", f"{x}.{y}") for x in range(1, 7) for y in range(2**x)]
    for column in columns:
        random.Random(1).shuffle(column)
    layers = Layers(columns, wires)
    assert crossings(layers) > 100
    layers.untangle()
    assert crossings(layers) == 0


def test_every_preset_is_drawn_without_crossings_in_the_order_of_its_file() -> None:
    for name in presets.names():
        graph = presets.build(name)
        for body in (graph, *(item.body for _, item in graph.walk() if isinstance(item, Group))):
            cards = [i for i in body.nodes.values() if not is_port(i, "input") and not is_port(i, "output")]
            sizes = {item.id: CARD for item in cards}
            layers, _ = layers_of(body, sizes, topology.generations(body, sizes))
            before = layers.columns()
            assert crossings(layers) == 0, name
            layers.untangle()
            assert layers.columns() == before


def test_only_the_tangled_part_changes() -> None:
    """Two tangles on one lane: putting one right leaves the other, which has no crossing, as it stands."""
    columns = [["a"], ["p", "q"], ["r", "s"], ["b"], ["t", "u"], ["v", "w"], ["c"]]
    well = [("a", "p"), ("a", "q"), ("p", "r"), ("q", "s"), ("r", "b"), ("s", "b")]
    crossed = [("b", "t"), ("b", "u"), ("t", "w"), ("u", "v"), ("v", "c"), ("w", "c")]
    layers = Layers(columns, [*well, *crossed])
    layers.untangle()
    assert layers.columns()[:4] == columns[:4]
    assert crossings(layers) == 0


def test_the_lane_stays_straight_with_cards_on_both_sides() -> None:
    drawing = tangle(5, 8, 2, seed=3)
    graph = graph_of(drawing)
    sizes = {
        name: Size(96, 64 + 8 * (index % 3), 32 + 4 * (index % 3)) for index, name in enumerate(graph.nodes)
    }
    places = arrange_level(graph, sizes)
    columns, main = columns_of(graph, sizes)
    lanes = {
        round(places[name][1] + sizes[name].lane) for column in columns for name in column if name in main
    }
    assert max(lanes) - min(lanes) <= 8
    assert min(y for _, y in places.values()) >= 0
    for column in columns:
        for upper, lower in pairwise(column):
            assert places[upper][1] + sizes[upper].h < places[lower][1]


def test_laying_out_twice_changes_nothing_and_adding_a_card_little(session) -> None:
    graph = graph_of(tangle(5, 6, 2, seed=5))
    once = changes.arranged(graph, session.catalogue)
    twice = changes.arranged(once, session.catalogue)
    assert twice.nodes == once.nodes
    added = Node(id="new", block="conv", x=once.nodes["n3.2"].x, y=once.nodes["n3.2"].y + 40)
    more = replace(once.with_item(added), edges=(*once.edges, Edge("n2.2", "y", "new", "x")))
    after = changes.arranged(more, session.catalogue)
    columns: dict[float, list[str]] = {}
    for name in sorted(once.nodes, key=lambda name: once.nodes[name].y):
        columns.setdefault(once.nodes[name].x, []).append(name)
    turned = sum(
        after.nodes[a].y > after.nodes[b].y for column in columns.values() for a, b in combinations(column, 2)
    )
    assert turned <= 3
