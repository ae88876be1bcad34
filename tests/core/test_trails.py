"""The way from a cause to its symptom."""

import pytest

from hybridgraph.analysis import Analysis, Finding
from hybridgraph.graph.model import Edge, Graph
from hybridgraph.graph.values import First
from hybridgraph.trails import Trail, trail
from tests.core.toys import analyzed, graph, group, image, node

HEAD = node("head", "judge")


def first(analysis: Analysis, code: str) -> Finding:
    return next(found for found in analysis.findings if found.code == code)


def names(found: Trail | None) -> set[tuple[str, str]]:
    assert found is not None
    return {(edge.source, edge.target) for _, edge in found.wires}


def forked() -> Graph:
    nodes = (image(), node("stem"), node("left", channels=16), node("right"), node("sum", block="sum"), HEAD)
    return graph(
        *nodes, wires="image > stem, stem > left, stem > right, left > sum.a, right > sum.b, sum > head"
    )


def test_it_begins_where_the_ways_of_unequal_inputs_part() -> None:
    value = forked()
    analysis = analyzed(value)
    found = trail(value, first(analysis, "block"), analysis)
    assert found is not None
    assert (found.cause, found.symptom) == (("stem",), ("sum",))
    assert names(found) == {("stem", "left"), ("stem", "right"), ("left", "sum"), ("right", "sum")}


def test_it_begins_at_the_node_that_made_the_grid() -> None:
    value = graph(
        image(), node("a", stride=2), node("b"), node("c"), HEAD, wires="image > a, a > b, b > c, c > head"
    )
    analysis = analyzed(value)
    refusal = Finding(severity="error", code="block", message="16×16 is odd.", path=("c",))
    found = trail(value, refusal, analysis)
    assert found is not None
    assert found.cause == ("a",)
    assert names(found) == {("b", "c"), ("a", "b")}


@pytest.mark.parametrize(
    ("message", "cause"),
    [("8×8 is odd.", "a"), ("8 channels are few.", "b"), ("16×160 is odd.", None), ("Heads of 5.", None)],
)
def test_it_is_about_what_the_complaint_names(message: str, cause: str | None) -> None:
    value = graph(
        image(), node("a", channels=16, stride=2), node("b", channels=8), node("c", channels=8), HEAD,
        wires="image > a, a > b, b > c, c > head",
    )  # fmt: skip
    refusal = Finding(severity="error", code="block", message=message, path=("c",))
    found = trail(value, refusal, analyzed(value))
    assert (found.cause if found else None) == ((cause,) if cause else None)


def test_it_leads_out_of_a_stage() -> None:
    stage = group("stage", node("p", stride=First(1, 1)), wires="x > p, p > y", repeat=1)
    value = graph(image(), node("a", stride=2), stage, HEAD, wires="image > a, a > stage, stage > head")
    refusal = Finding(severity="error", code="block", message="16×16 is odd.", path=("stage", "p"))
    found = trail(value, refusal, analyzed(value))
    assert found is not None
    assert found.cause == ("a",)
    assert found.wires == {(("stage",), Edge("x", "y", "p", "x")), ((), Edge("a", "y", "stage", "x"))}


@pytest.mark.parametrize(
    "finding",
    [
        Finding(severity="advice", code="block", message="Hm.", path=("sum",)),
        Finding(severity="error", code="parameter", message="No.", path=("sum",)),
        Finding(severity="error", code="block", message="No.", path=("gone",)),
        Finding(severity="error", code="block", message="No.", path=("image",)),
        Finding(severity="error", code="block", message="No.", path=("gone", "inner")),
        Finding(severity="error", code="block", message="No."),
    ],
)
def test_other_findings_have_none(finding: Finding) -> None:
    value = forked()
    assert trail(value, finding, analyzed(value)) is None


def test_a_circle_has_none() -> None:
    value = graph(image(), node("a"), node("b"), wires="image > a, a > b, b > a")
    analysis = analyzed(value)
    refusal = Finding(severity="error", code="block", message="No.", path=("b",))
    assert trail(value, refusal, analysis) is None
