"""Parameters raised to the stage and written back: the network stays what it was."""

import pytest

from hybridgraph.errors import GraphError
from hybridgraph.graph import promotion
from hybridgraph.graph.values import Cycle, First, Ramp, Ref
from tests.core.toys import TOYS, chain, group, node, planned
from tests.strategies import is_sentence


def stage(**params):
    inner = [node("p", channels=First(4, 6), rate=Ramp(0, 0.2, "net")), node("q", channels=8)]
    return chain(group("stage", *inner, wires="x > p, p > q, q > y", repeat=3, **params))


def numbers(graph):
    _plan, analysis = planned(graph)
    assert not analysis.errors
    return analysis.total, analysis.output, {p: (r.outputs, r.cost) for p, r in analysis.nodes.items()}


@pytest.mark.parametrize(
    ("path", "name"), [("p", "channels"), ("p", "rate"), ("q", "channels"), ("q", "stride")]
)
def test_a_promoted_parameter_changes_no_number_and_comes_back(path: str, name: str) -> None:
    before = stage()
    after, raised = promotion.promote(before, ("stage", path), name, TOYS)
    assert raised == name
    assert after.item(("stage", path)).params[name] == Ref(name)
    assert numbers(after) == numbers(before)
    back = promotion.demote(after, ("stage",), raised)
    assert numbers(back) == numbers(before)
    assert not back.item(("stage",)).params


def test_a_name_that_is_taken_gets_the_block_before_it() -> None:
    one, _ = promotion.promote(stage(), ("stage", "p"), "channels", TOYS)
    two, raised = promotion.promote(one, ("stage", "q"), "channels", TOYS)
    assert raised == "q_channels"
    assert numbers(two) == numbers(stage())
    assert promotion.promote(one, ("stage", "q"), "channels", TOYS, wish="width")[1] == "width"


def test_one_parameter_of_the_stage_is_written_into_all_that_refer_to_it() -> None:
    inner = [node("p", channels=Ref("c")), node("q", channels=Ref("c"))]
    shared = chain(group("stage", *inner, wires="x > p, p > q, q > y", repeat=2, c=Cycle((4, 6))))
    after = promotion.demote(shared, ("stage",), "c")
    assert after.item(("stage", "p")).params["channels"] == Cycle((4, 6))
    assert numbers(after) == numbers(shared)


def nested(**inside):
    inner = group("inner", node("p", channels=Ref("c")), wires="x > p, p > y", repeat=2, **inside)
    return chain(group("stage", inner, wires="x > inner, inner > y", repeat=3, c=First(4, 6)))


@pytest.mark.parametrize(
    "edit",
    [
        lambda: promotion.promote(stage(), ("stage",), "channels", TOYS),
        lambda: promotion.promote(stage(), ("stage", "p"), "colour", TOYS),
        lambda: promotion.promote(nested(c=Ref("c")), ("stage", "inner", "p"), "channels", TOYS),
        lambda: promotion.promote(nested(c=First(1, 2)), ("stage", "inner"), "c", TOYS),
        lambda: promotion.demote(nested(c=Ref("c")), ("stage", "inner"), "c"),
        lambda: promotion.demote(nested(c=Ref("c")), ("stage",), "c"),
        lambda: promotion.demote(stage(), ("stage",), "colour"),
        lambda: promotion.demote(stage(), ("stage", "p"), "channels"),
    ],
)
def test_what_cannot_be_raised_or_lowered_is_refused_with_a_sentence(edit) -> None:
    with pytest.raises(GraphError) as caught:
        edit()
    assert is_sentence(caught.value.message)
