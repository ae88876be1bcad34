"""Making stages, dissolving them, copying: the network stays what it was."""

import pytest

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, files, regroup, wiring
from hybridgraph.graph.model import Graph, Group
from hybridgraph.graph.values import Cycle, First, Ref
from tests.core.toys import TOYS, analyzed, chain, graph, group, image, node
from tests.strategies import is_sentence

BRANCHED = graph(
    image(), node("a"), node("b"), node("c"), node("s", "sum"), node("head", "judge"),
    wires="image > a, a > b, b > c, a > s.a, c > s.b, s > head",
)  # fmt: skip


def essentials(value: Graph):
    """What an analysis says of the whole, without the paths of its nodes."""
    analysis = analyzed(value)
    return analysis.total, analysis.input, analysis.output, [finding.code for finding in analysis.findings]


@pytest.mark.parametrize("chosen", [["a"], ["b", "c"], ["a", "b", "c", "s"], ["c", "s", "head"], ["head"]])
def test_a_stage_made_and_dissolved_changes_no_number(chosen: list[str]):
    grouped, name = regroup.group(BRANCHED, chosen)
    assert isinstance(grouped.nodes[name], Group)
    assert essentials(grouped) == essentials(BRANCHED)
    back = regroup.ungroup(grouped, name)
    assert essentials(back) == essentials(BRANCHED)
    assert set(back.nodes) == set(BRANCHED.nodes)
    assert set(back.edges) == set(BRANCHED.edges)


def test_a_path_that_comes_back_is_refused():
    with pytest.raises(GraphError, match="a path leaves the selection and comes back") as caught:
        regroup.group(BRANCHED, ["a", "s"])
    assert is_sentence(caught.value.message)


@pytest.mark.parametrize("chosen", [[], ["image", "a"]])
def test_what_makes_no_stage_is_refused(chosen: list[str]):
    with pytest.raises(GraphError) as caught:
        regroup.group(BRANCHED, chosen)
    assert is_sentence(caught.value.message)


def test_a_stage_within_a_stage_keeps_its_references():
    inner = [node("p", channels=Ref("channels")), node("q", channels=Ref("channels"))]
    value = chain(group("stage", *inner, wires="x > p, p > q, q > y", repeat=3, channels=First(4, 6)))
    grouped, name = regroup.group(value, ["q"], at=("stage",))
    assert essentials(grouped) == essentials(value)
    assert essentials(regroup.ungroup(grouped, name, at=("stage",))) == essentials(value)


def test_a_stage_within_a_stage_keeps_the_values_for_each_repeat():
    inner = [node("p"), node("q", channels=Cycle((4, 8)))]
    value = chain(group("stage", *inner, wires="x > p, p > q, q > y", repeat=3))
    grouped, name = regroup.group(value, ["q"], at=("stage",))
    assert essentials(grouped) == essentials(value)
    assert essentials(regroup.ungroup(grouped, name, at=("stage",))) == essentials(value)


def test_a_dissolved_stage_hands_its_values_to_its_blocks():
    stage = group("stage", node("p", channels=Ref("channels")), wires="x > p, p > y", channels=First(4, 6))
    value = chain(group("outer", stage, wires="x > stage, stage > y", repeat=2))
    assert essentials(regroup.ungroup(value, "stage", at=("outer",))) == essentials(value)


def test_an_entry_part_dissolved_runs_as_often_as_before():
    stage = group("stage", node("p", once=True), node("q"), wires="x > p, p > q, q > y")
    value = chain(group("outer", stage, wires="x > stage, stage > y", repeat=2))
    assert essentials(regroup.ungroup(value, "stage", at=("outer",))) == essentials(value)


def test_a_stage_that_repeats_is_not_dissolved():
    value = chain(group("stage", node("p"), wires="x > p, p > y", repeat=2))
    with pytest.raises(GraphError, match="repeats 2 times"):
        regroup.ungroup(value, "stage")
    with pytest.raises(GraphError, match="no group"):
        regroup.ungroup(value, "image")


def test_stages_nest_no_deeper_than_a_file_can_hold():
    value, at = chain(node("p")), ()
    for _ in range(edits.MAX_DEPTH - 1):
        value, name = regroup.group(value, ["p"], at=at)
        at = (*at, name)
    assert files.loads(files.dumps(value)) == value
    with pytest.raises(GraphError, match="at most 11 deep"):
        regroup.group(value, ["p"], at=at)


def test_a_wire_through_an_empty_stage_is_joined_when_it_goes():
    value = chain(group("stage", wires="x > y"), node("head", "judge"))
    assert [str(e) for e in regroup.ungroup(value, "stage").edges] == ["image.y → head.x"]


def test_ungrouping_renames_what_would_clash():
    value = graph(image(), node("p"), group("stage", node("p", channels=5), wires="x > p, p > y"),
                  wires="image > p, p > stage")  # fmt: skip
    back = regroup.ungroup(value, "stage")
    assert list(back.nodes) == ["image", "p", "p_2"]
    assert essentials(back) == essentials(value)
    assert wiring.refusal(back, back.edges[0], TOYS) is None
