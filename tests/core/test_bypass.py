"""What is bypassed hands its first input on, and the network is as if it were not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, files
from hybridgraph.graph.bypass import bypassed, without_bypassed
from hybridgraph.graph.model import Graph, digest
from tests.core.toys import TOYS, analyzed, chain, graph, group, image, node
from tests.strategies import graphs

STAGED = chain(
    node("a"), group("stage", node("p"), node("q"), wires="x > p, p > q, q > y", repeat=2), node("head", "judge")
)  # fmt: skip
BRANCHED = graph(
    image(), node("a"), node("b"), node("c"), node("s", "sum"), node("head", "judge"),
    wires="image > a, a > b, b > c, c > s.a, a > s.b, s > head",
)  # fmt: skip


def wires(value: Graph) -> list[str]:
    return sorted(str(edge) for edge in without_bypassed(value, TOYS).edges)


@pytest.mark.parametrize("path", [("a",), ("stage",), ("stage", "p"), ("stage", "q")])
def test_it_is_the_network_with_the_node_taken_out_and_its_wires_joined(path: tuple[str, ...]) -> None:
    passed_over = analyzed(edits.set_bypass(STAGED, path, True))
    taken_out = analyzed(edits.remove(STAGED, [path[-1]], at=path[:-1], heal=True))
    assert (passed_over.total, passed_over.output) == (taken_out.total, taken_out.output)
    assert not passed_over.errors
    report = passed_over.nodes[path]
    assert (report.state, report.cost.params, dict(report.outputs)) == ("bypassed", 0, {})


def test_of_several_inputs_the_first_is_handed_on() -> None:
    assert wires(edits.set_bypass(BRANCHED, ("s",), True)) == [
        "a.y → b.x", "b.y → c.x", "c.y → head.x", "image.y → a.x",
    ]  # fmt: skip


def test_one_behind_the_other_and_everything_in_a_stage() -> None:
    value = edits.set_bypass(edits.set_bypass(BRANCHED, ("b",), True), ("c",), True)
    assert "a.y → s.a" in wires(value)
    both = edits.set_bypass(edits.set_bypass(STAGED, ("stage", "p"), True), ("stage", "q"), True)
    assert not analyzed(both).errors
    assert analyzed(both).total == analyzed(edits.set_bypass(STAGED, ("stage",), True)).total


def test_what_took_its_value_from_something_unwired_is_told_so() -> None:
    value = edits.disconnect(STAGED, [edge for edge in STAGED.edges if edge.target == "a"])
    found = analyzed(edits.set_bypass(value, ("a",), True))
    assert any(finding.code == "unwired" and finding.path == ("stage",) for finding in found.findings)


def test_where_values_come_in_and_go_out_cannot_be_bypassed() -> None:
    for path in (("image",), ("stage", "x"), ("stage", "y")):
        with pytest.raises(GraphError, match="cannot be bypassed"):
            edits.set_bypass(STAGED, path, True)


def test_bypassing_changes_the_network_and_freezing_does_not() -> None:
    assert digest(edits.set_bypass(STAGED, ("a",), True)) != digest(STAGED)
    frozen = edits.set_freeze(STAGED, ("a",), True)
    assert digest(frozen) == digest(STAGED)
    assert frozen != STAGED
    assert files.loads(files.dumps(frozen)) == frozen


@given(st.data())
def test_nothing_bypassed_is_left_and_no_wire_hangs_loose(data: st.DataObject) -> None:
    value = data.draw(graphs())
    left = without_bypassed(value, TOYS)
    gone = set(bypassed(value))
    assert {path for path, _ in left.walk()} == {path for path, _ in value.walk()} - gone
    assert all(edge.source in left.nodes and edge.target in left.nodes for edge in left.edges)
