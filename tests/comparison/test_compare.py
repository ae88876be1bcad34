"""What compare() says of two designs: nothing of equal ones, the mirror image backwards, every edit at least."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridgraph import presets
from hybridgraph.comparison import UNSET, Comparison, compare
from hybridgraph.graph import edits, regroup
from hybridgraph.graph.model import Edge, Graph, Group, Item, Path, frozen
from tests.core.toys import TOYS, chain, graph, group, image, node
from tests.strategies import attempted, bodies, edited, graphs, networks

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def renamed(value: Graph, ports: tuple[dict[str, str], dict[str, str]] | None = None) -> Graph:
    """The same design under other ids everywhere, those of the ports in bodies included."""

    def other(name: str) -> str:
        return f"other_{name}"

    def port(name: str, of: str) -> str:
        item = value.nodes.get(name)
        return other(of) if isinstance(item, Group) and of in item.body.nodes else of

    def item(one: Item) -> Item:
        if isinstance(one, Group):
            return replace(one, id=other(one.id), body=renamed(one.body))
        return replace(one, id=other(one.id))

    wires = tuple(
        Edge(other(e.source), port(e.source, e.source_port), other(e.target), port(e.target, e.target_port))
        for e in value.edges
    )
    return replace(value, nodes=frozen({other(n): item(i) for n, i in value.nodes.items()}), edges=wires)


def mentioned(found: Comparison) -> set[Path]:
    """Every path, of either design, that the comparison says something about."""
    said = {*found.added, *found.removed, *found.rewired}
    for pair in found.pairs:
        if not pair.is_same or pair.after in found.rewired:
            said |= {pair.before, pair.after}
    for wire in (*found.wires_added, *found.wires_removed):
        said |= set(wire.ends)
    return said


def touched(before: Graph, after: Graph) -> Iterator[tuple[Path, ...]]:
    """The paths at which something else stands, and both ends of other wires, found without any matching.

    Of a wire one end is enough: where a stage was put into another of a new name, its neighbour is wired as before.
    """
    old, new = dict(before.walk()), dict(after.walk())
    for path in {*old, *new}:
        one, other = old.get(path), new.get(path)
        if type(one) is not type(other) or (
            one is not None
            and any(
                getattr(one, each.name) != getattr(other, each.name)
                for each in fields(one)
                if each.name != "body"
            )
        ):
            yield (path,)
    for at in {*bodies(before), *bodies(after)} & {(), *old} & {(), *new}:
        here = [set(design.at(at).edges) if at in bodies(design) else set() for design in (before, after)]
        for edge in here[0] ^ here[1]:
            yield (*at, edge.source), (*at, edge.target)


@QUICK
@given(graphs())
def test_a_design_does_not_differ_from_itself(value: Graph):
    assert compare(value, value).is_empty
    assert compare(value, replace(value, nodes=frozen(dict(value.nodes)))).is_empty
    assert compare(value, value).differences == ()


@QUICK
@given(graphs(), graphs())
def test_the_other_way_round_it_says_the_mirror_image(one: Graph, other: Graph):
    found = compare(one, other)
    assert compare(other, one) == found.mirrored()
    assert found.mirrored().mirrored() == found


@QUICK
@given(graphs(), graphs())
def test_every_item_is_paired_once_or_added_or_removed(one: Graph, other: Graph):
    found = compare(one, other)
    before = [*found.removed, *(pair.before for pair in found.pairs)]
    after = [*found.added, *(pair.after for pair in found.pairs)]
    assert sorted(before) == sorted(path for path, _ in one.walk())
    assert sorted(after) == sorted(path for path, _ in other.walk())


@QUICK
@given(st.data())
def test_every_node_that_an_edit_touched_is_mentioned(data: st.DataObject):
    start = now = data.draw(st.one_of(graphs(), networks()))
    for _ in range(data.draw(st.integers(1, 6))):
        made, _ = attempted(data.draw(edited(now, TOYS)))
        now = made or now
    found = compare(start, now)
    said = mentioned(found)
    for paths in touched(start, now):  # what lies in a stage that moved is moved with it
        assert any(path[:depth] in said for path in paths for depth in range(1, len(path) + 1)), paths
    assert found.is_empty == (not said and not found.changes)
    assert compare(now, start) == found.mirrored()


@QUICK
@given(st.one_of(graphs(), networks()))
def test_other_ids_alone_are_no_other_design(value: Graph):
    found = compare(value, renamed(value))
    assert found.added == found.removed == ()
    assert found.wires_added == found.wires_removed == ()
    assert all(pair.after == tuple(f"other_{name}" for name in pair.before) for pair in found.pairs)
    assert not any(pair.changes for pair in found.pairs)


THREE = chain(node("a", channels=8), node("b", channels=16), node("head", "judge"))


def the_change(before: Graph, after: Graph) -> tuple[Path, str, object, object]:
    (difference,) = compare(before, after).differences
    assert difference.pair is not None
    assert difference.after is not None
    (change,) = difference.pair.changes
    return difference.after, change.name, change.before, change.after


def test_a_parameter_that_is_not_named_has_its_default():
    after = edits.set_param(THREE, ("a",), "stride", 2, TOYS)
    assert the_change(THREE, after) == (("a",), "stride", UNSET, 2)
    assert the_change(after, THREE) == (("a",), "stride", 2, UNSET)


def test_repeat_and_title_are_reported_with_both_values():
    before = chain(group("stage", node("p"), wires="x > p, p > y", repeat=2), node("head", "judge"))
    assert the_change(before, edits.set_repeat(before, ("stage",), 5)) == (("stage",), "repeat", 2, 5)
    titled = edits.set_title(before, ("stage", "p"), "Painter")
    assert the_change(before, titled) == (("stage", "p"), "title", "", "Painter")


def test_a_node_that_only_moved_is_neither_removed_nor_changed():
    (difference,) = compare(THREE, edits.move(THREE, {"b": (40.0, 8.0)})).differences
    assert (difference.sign, difference.after) == ("moved", ("b",))
    assert difference.pair is not None
    assert difference.pair.moved == ((0.0, 0.0), (40.0, 8.0))


def test_another_block_in_the_same_place_is_a_change_of_block():
    after = chain(node("a", channels=8), node("c", "split"), node("head", "judge"))
    after = replace(after, edges=(*after.edges[:2], Edge("c", "thick", "head", "x")))
    (difference, _head) = compare(THREE, after).differences
    assert (difference.before, difference.after, difference.sign) == (("b",), ("c",), "changed")
    assert difference.pair is not None
    assert {change.name for change in difference.pair.changes} == {"block", "channels"}


def test_a_node_put_between_under_other_ids_is_the_only_one_added():
    after = chain(
        node("n1", channels=8), node("n2", channels=12), node("n3", channels=16), node("n4", "judge")
    )
    found = compare(THREE, after)
    assert (found.added, found.removed) == ((("n2",),), ())
    assert found.after_of[("b",)] == ("n3",)
    assert found.rewired == {("n1",), ("n3",)}


def test_what_is_put_into_a_stage_is_still_there():
    made, name = regroup.group(THREE, ["a", "b"])
    found = compare(THREE, made)
    assert found.removed == ()
    assert found.after_of[("a",)] == (name, "a")
    assert {pair.after for pair in found.pairs if pair.is_rehomed} == {(name, "a"), (name, "b")}
    assert (name,) in found.added
    assert compare(made, THREE) == found.mirrored()


def test_only_the_outermost_of_what_was_added_is_listed():
    stage = group("stage", node("p"), wires="x > p, p > y")
    after = edits.add_node(THREE, stage)
    assert [(each.sign, each.after) for each in compare(THREE, after).differences] == [("added", ("stage",))]
    gone = compare(after, THREE).differences
    assert [(each.sign, each.before) for each in gone] == [("removed", ("stage",))]


def test_a_renamed_port_of_a_stage_rewires_nothing():
    before = chain(group("stage", node("p"), wires="x > p, p > y"), node("head", "judge"))
    after = graph(
        image(),
        group("stage", node("p"), wires="inn > p, p > y", inputs="inn"),
        node("head", "judge"),
        wires="image > stage.inn, stage > head",
    )
    found = compare(before, after)
    assert found.wires_added == found.wires_removed == ()
    assert [(each.sign, each.before) for each in found.differences] == [("moved", ("stage", "x"))]


@pytest.mark.parametrize(("one", "other"), [("coatnet-0", "moat-0"), ("swin-t", "convnext-t")])
def test_designs_of_one_layout_are_compared_stage_by_stage(one: str, other: str):
    found = compare(presets.build(one), presets.build(other))
    assert found.added == found.removed == ()
    stages = [pair for pair in found.pairs if len(pair.after) == 1]
    assert all(pair.before == pair.after for pair in stages)


def test_a_long_design_under_other_ids_is_compared_at_once():
    """A thousand blocks, one of them new: pairs are not looked for among a million."""
    many = [node(f"n{index}", channels=1 + index % 7) for index in range(1000)]
    after = renamed(chain(*many[:500], node("new", "split"), *many[500:]))
    after = replace(after, edges=after.edges)
    assert compare(chain(*many), after).added == (("other_new",),)
