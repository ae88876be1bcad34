"""Places, routes and layouts: plain numbers, no window."""

from itertools import pairwise

import pytest

from app.canvas import changes, geometry, hits
from app.canvas.geometry import Rect
from app.canvas.layout import Size, arrange_level
from app.canvas.placement import Placer
from app.canvas.routing import outline, route
from hybridgraph.graph.model import Edge, Graph, Group, Node, frozen

A, B = Rect(0, 0, 100, 64), Rect(200, 0, 100, 64)


def chain(count: int) -> Graph:
    names = [f"n{index}" for index in range(count)]
    return Graph(
        nodes=frozen({name: Node(id=name, block="conv") for name in names}),
        edges=tuple(Edge(a, "y", b, "x") for a, b in pairwise(names)),
    )


def test_ports_move_apart_and_stay_inside() -> None:
    spread = geometry.spread([50, 51, 200], 20, 120)
    assert spread == [50, 68, 120]
    assert geometry.spread([300, 300], 0, 100) == [82, 100]


def test_cards_are_on_the_grid_and_grow_with_their_ports() -> None:
    assert geometry.card_size("Add", "", "+", 2, 1) == (96, 64)
    assert geometry.card_size("Add", "", "+", 6, 1)[1] % 8 == 0
    assert geometry.card_size("Add", "", "+", 6, 1)[1] >= 6 * geometry.PORT_GAP
    assert (
        geometry.card_size("A title that is far too long for any card", "", "", 1, 1)[0] == geometry.CARD_MAX
    )


def test_a_level_wire_is_one_straight_line() -> None:
    way = route((100, 32), (200, 32), (A, B), [])
    assert way.segments == (((100, 32), (200, 32)),)
    assert way.label == (150, 32)


def test_forward_wires_leave_and_arrive_horizontally() -> None:
    (start, first, second, end) = route((100, 32), (200, 132), (A, B.moved(0, 100)), []).segments[0]
    assert first[1] == start[1]
    assert second[1] == end[1]


def test_a_skip_arches_over_what_lies_between() -> None:
    between = Rect(200, 0, 100, 64)
    way = route((100, 32), (400, 32), (A, A.moved(400, 0)), [between])
    assert min(y for _, y in outline(way)) < between.y - 10
    assert not any(between.contains(x, y) for x, y in outline(way))


def test_a_wire_to_the_next_row_runs_between_the_rows() -> None:
    first, second = Rect(600, 0, 100, 64), Rect(60, 160, 100, 64)
    way = route((700, 32), (60, 192), (first, second), [])
    points = outline(way)
    assert points[1][0] > 700
    assert points[-2][0] < 60
    assert first.bottom < way.label[1] < second.y
    assert not any(rect.contains(x, y) for rect in (first, second) for x, y in points[1:-1])


def test_a_label_never_covers_a_card() -> None:
    # The lane of the wire is blocked in the middle, where its label would stand.
    obstacle = Rect(300, 90, 200, 44)
    way = route((700, 32), (60, 192), (Rect(600, 0, 100, 64), Rect(60, 160, 100, 64)), [obstacle])
    x, y = way.label
    label = Rect(x - way.room / 2, y - 9, way.room, 18)
    assert way.room == 0 or not label.meets(obstacle)


def test_layout_runs_left_to_right_on_one_lane() -> None:
    sizes = {f"n{index}": Size(100, 64 + 8 * index, 32 + 4 * index) for index in range(4)}
    places = arrange_level(chain(4), sizes)
    assert [places[f"n{i}"][0] for i in range(4)] == sorted(places[f"n{i}"][0] for i in range(4))
    lanes = {places[name][1] + size.lane for name, size in sizes.items()}
    assert max(lanes) - min(lanes) <= 8


def test_a_long_lane_is_broken_into_rows_and_nothing_overlaps() -> None:
    sizes = {f"n{index}": Size(100, 64, 32) for index in range(40)}
    places = arrange_level(chain(40), sizes)
    rects = [Rect(*places[name], 100, 64) for name in sizes]
    assert len({rect.y for rect in rects}) > 2
    assert not any(a.meets(b) for i, a in enumerate(rects) for b in rects[:i])
    covered = geometry.bounds(rects)
    assert 1 < covered.w / covered.h < 4


def test_a_circle_can_still_be_laid_out() -> None:
    graph = Graph(nodes=chain(2).nodes, edges=(Edge("n0", "y", "n1", "x"), Edge("n1", "y", "n0", "x")))
    assert len(set(arrange_level(graph, {n: Size(100, 64, 32) for n in graph.nodes}).values())) == 2


def test_arrange_places_every_card_of_every_stage(session) -> None:
    group = Group(id="deep", body=chain(3))
    graph = Graph(nodes=frozen({"a": Node(id="a", block="conv"), "deep": group}))
    places = changes.arrange(graph, session.catalogue)
    assert set(places) == {("a",), ("deep",), ("deep", "n0"), ("deep", "n1"), ("deep", "n2")}
    assert len({places["deep", name] for name in ("n0", "n1", "n2")}) == 3


def test_unchanged_bodies_are_placed_once(session) -> None:
    placer = Placer(session.catalogue)
    before = placer.place(session.graph)
    moved = session.graph.with_item(Node(id="far", block="conv", x=900, y=300))
    after = placer.place(moved)
    assert after.boxes["stage1"].level is before.boxes["stage1"].level


def test_hits_find_the_smallest_thing(session) -> None:
    level = Placer(session.catalogue).place(session.graph)
    stage = level.boxes["stage1"]
    inner = stage.level.boxes["conv"].rect.moved(stage.rect.x, stage.rect.y)

    def hit(x: float, y: float) -> hits.Hit:
        return hits.find(level, x, y, lambda path: None)

    assert hit(*inner.center).path == ("stage1", "conv")
    assert hit(stage.rect.x + 40, stage.rect.y + 20).part == "title"
    assert hit(stage.rect.x + 40, stage.rect.bottom - 8).part == "container"
    assert hit(-500, -500).part == "empty"
    gate = stage.inputs[0]
    outside = hit(stage.rect.x + gate.x - 5, stage.rect.y + gate.y)
    inside = hit(stage.rect.x + gate.x + 5, stage.rect.y + gate.y)
    assert (outside.at, outside.node, outside.output) == ((), "stage1", False)
    assert (inside.at, inside.node, inside.port, inside.output) == (("stage1",), "x", "y", True)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.91e9, "", "2.91 G"),
        (384, "", "384"),
        (0.52, "ms", "0.520 ms"),
        (3_150_000, "B", "3.15 MB"),
        (15.1e6, "", "15.1 M"),
    ],
)
def test_quantities_have_three_digits_and_a_unit(value: float, unit: str, text: str) -> None:
    from app.canvas.wording import quantity

    assert quantity(value, unit) == text
