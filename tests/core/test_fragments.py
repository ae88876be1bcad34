"""Copying a part of a design and putting it down: in its stage, in another one, outside."""

import pytest

from hybridgraph.graph import edits, files, fragments
from hybridgraph.graph.model import Graph, Group, Node, Path
from hybridgraph.graph.values import First, Ramp, Ref, Value
from tests.core.toys import chain, graph, group, image, node

BRANCHED = graph(
    image(), node("a"), node("b"), node("c"), node("s", "sum"), node("head", "judge"),
    wires="image > a, a > b, b > c, a > s.a, c > s.b, s > head",
)  # fmt: skip


def stages() -> Graph:
    """Two stages: the first gives its blocks a channel count and a stride, the second only a channel count."""
    return chain(
        group("one", node("p", channels=Ref("channels"), stride=Ref("stride"), rate=Ref("rate")),
              wires="x > p, p > y", repeat=2, channels=8, stride=First(2, 1), rate=Ramp(0.1, 0.3)),
        group("two", node("q", channels=Ref("channels")), wires="x > q, q > y", channels=16),
    )  # fmt: skip


def test_a_copy_comes_under_fresh_ids_with_the_wires_between():
    copied = fragments.fragment(BRANCHED, ["image", "b", "c"])
    pasted, names = fragments.paste(BRANCHED, copied)
    assert names == ["b_2", "c_2"]  # a second image is left out
    assert [str(e) for e in pasted.edges if e.source in names or e.target in names] == ["b_2.y → c_2.x"]
    again, more = fragments.paste(pasted, copied)
    assert more == ["b_3", "c_3"]
    assert edits.remove(edits.remove(again, more), names) == BRANCHED


def test_a_stage_is_copied_whole():
    value = chain(group("stage", node("p"), wires="x > p, p > y", repeat=2), node("head", "judge"))
    pasted, (name,) = fragments.paste(value, fragments.fragment(value, ["stage"]))
    made, old = pasted.nodes[name], value.nodes["stage"]
    assert isinstance(made, Group)
    assert isinstance(old, Group)
    assert (made.body, made.repeat, made.x - old.x) == (old.body, old.repeat, 32.0)


def test_the_ports_of_a_stage_are_not_copied():
    value = chain(group("stage", node("p"), wires="x > p, p > y"))
    assert list(fragments.fragment(value, ["x", "p", "y"], at=("stage",)).nodes) == ["p"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (("one",), {"channels": Ref("channels"), "stride": Ref("stride"), "rate": Ref("rate")}),
        (("two",), {"channels": Ref("channels"), "stride": 2, "rate": 0.1}),
        ((), {"channels": 8, "stride": First(2, 1), "rate": Ramp(0.1, 0.3)}),
    ],
    ids=["its own stage", "a stage that lacks two parameters", "outside"],
)
def test_a_block_keeps_its_meaning_where_it_is_put_down(at: Path, expected: dict[str, Value]):
    copied = files.loads(files.dumps(fragments.fragment(stages(), ["p"], at=("one",))))
    pasted, (name,) = fragments.paste(stages(), copied, at=at)
    made = pasted.at(at).nodes[name]
    assert isinstance(made, Node)
    assert dict(made.params) == expected


def test_a_reference_is_followed_through_every_stage_around():
    inner = group("inner", node("p", channels=Ref("width")), wires="x > p, p > y", width=Ref("channels"))
    value = chain(group("outer", inner, wires="x > inner, inner > y", channels=24))
    pasted, (name,) = fragments.paste(value, fragments.fragment(value, ["p"], at=("outer", "inner")))
    assert pasted.nodes[name].params["channels"] == 24


@pytest.mark.parametrize("said", ["nonsense", {"channels": {"$what": 1}}, None])
def test_a_clipboard_that_says_nothing_readable_of_its_stage_is_pasted_as_it_is(said: object):
    text = files.dumps(fragments.fragment(stages(), ["p"], at=("one",)))
    copied = files.loads(text)
    copied = Graph(nodes=copied.nodes, edges=copied.edges, extra={fragments.STAGE_KEY: said})
    pasted, (name,) = fragments.paste(stages(), copied)
    assert pasted.nodes[name].params["channels"] == Ref("channels")
