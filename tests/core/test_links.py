"""Linked copies: change one, all follow; what is each one's own stays; what cannot be is refused."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, files, fragments, links, promotion
from hybridgraph.graph.model import Edge, Graph, digest, frozen
from hybridgraph.graph.values import Ref
from tests.core.toys import TOYS, analyzed, chain, group, node
from tests.strategies import edited, is_sentence


def twins() -> Graph:
    """Two linked stages in a chain, the second with other channels and repeats, and a third one of its own."""
    one = group("one", node("p", channels=Ref("c")), wires="x > p, p > y", repeat=2, c=8)
    single = chain(one, group("own", node("p"), wires="x > p, p > y"))
    single = links.linked(single, ("one",), "link")
    after, (name,) = fragments.paste(single, fragments.fragment(single, ["one"]), linked=True)
    assert name == "one_2"
    after = edits.set_repeat(after, ("one_2",), 5)
    return edits.set_param(after, ("one_2",), "c", 16, TOYS)


def apply(before: Graph, edit) -> Graph:
    return links.relinked(before, edit(before))


def test_the_body_follows_and_what_is_each_ones_own_stays() -> None:
    before = twins()
    after = apply(before, lambda g: edits.set_param(g, ("one", "p"), "stride", 2, TOYS))
    assert after.item(("one_2", "p")).params["stride"] == 2
    assert after.item(("one_2",)).repeat == 5
    assert after.item(("one_2",)).params["c"] == 16
    assert after.item(("own",)) is before.item(("own",))
    assert links.followers(edits.set_param(before, ("one", "p"), "stride", 2, TOYS), after) == [("one_2",)]
    back = apply(after, lambda g: edits.set_param(g, ("one_2", "p"), "stride", 3, TOYS))
    assert back.item(("one", "p")).params["stride"] == 3


def test_repeats_places_titles_and_values_change_one_alone() -> None:
    before = twins()
    for edit in (
        lambda g: edits.set_repeat(g, ("one",), 3),
        lambda g: edits.set_title(g, ("one",), "First"),
        lambda g: edits.set_param(g, ("one",), "c", 32, TOYS),
        lambda g: edits.move(g, {"one": (50, 60)}),
        lambda g: edits.set_collapsed(g, ("one",), True),
    ):
        after = apply(before, edit)
        assert after.item(("one_2",)) == before.item(("one_2",))
        assert after != before


def test_promoting_and_demoting_in_one_copy_reaches_the_others() -> None:
    before = twins()
    after = apply(before, lambda g: promotion.promote(g, ("one", "p"), "stride", TOYS)[0])
    assert after.item(("one_2",)).params == {"c": 16, "stride": 1}
    assert not analyzed(after).errors
    back = apply(after, lambda g: promotion.demote(g, ("one",), "stride"))
    assert back.item(("one_2",)).params == {"c": 16}
    assert links.members(back) == {"link": [("one",), ("one_2",)]}


def test_a_port_that_goes_takes_its_wires_from_every_copy() -> None:
    before = twins()
    more = apply(before, lambda g: edits.add_node(g, node("z", "input"), at=("one",)))
    wired = more
    for name in ("one", "one_2"):
        wired = edits.connect(wired, Edge("image", "y", name, "z"), TOYS)
    after = apply(wired, lambda g: edits.remove(g, ["z"], at=("one",)))
    assert not [edge for edge in after.edges if edge.target_port == "z"]
    assert "z" not in after.item(("one_2",)).body.nodes


def test_a_link_inside_a_linked_stage_follows_through_both() -> None:
    inner = group("inner", node("p"), wires="x > p, p > y")
    before = chain(group("outer", inner, wires="x > inner, inner > y"))
    before = links.linked(before, ("outer", "inner"), "small")
    after, _ = fragments.paste(before, fragments.fragment(before, ["inner"], at=("outer",)), linked=True)
    before = links.linked(after, ("outer",), "large")
    before, _ = fragments.paste(before, fragments.fragment(before, ["outer"]), linked=True)
    before = links.relinked(before, before)
    after = apply(before, lambda g: edits.set_param(g, ("inner", "p"), "channels", 5, TOYS))
    for path in (("outer", "inner", "p"), ("outer_2", "inner", "p")):
        assert after.item(path).params["channels"] == 5


def test_a_stage_cannot_hold_a_linked_copy_of_itself() -> None:
    before = twins()
    with pytest.raises(GraphError, match="never end") as caught:
        apply(
            before,
            lambda g: fragments.paste(g, fragments.fragment(g, ["one"]), at=("one_2",), linked=True)[0],
        )
    assert is_sentence(caught.value.message)


def test_a_plain_copy_is_linked_to_nothing_outside_itself() -> None:
    before = twins()
    after, (alone,) = fragments.paste(before, fragments.fragment(before, ["one"]))
    assert after.item((alone,)).link == ""
    after, pair = fragments.paste(before, fragments.fragment(before, ["one", "one_2"]))
    names = {after.item((name,)).link for name in pair}
    assert names == {"link_2"}


def test_an_older_copy_takes_the_body_of_those_that_are_there() -> None:
    before = twins()
    old = fragments.fragment(before, ["one"])
    newer = apply(before, lambda g: edits.set_param(g, ("one", "p"), "stride", 2, TOYS))
    after = apply(newer, lambda g: fragments.paste(g, old, linked=True)[0])
    assert after.item(("one_3", "p")).params["stride"] == 2


def test_unique_again_and_no_link_of_one() -> None:
    before = twins()
    after = apply(before, lambda g: links.unlinked(g, ("one_2",)))
    assert links.members(after) == {}
    changed = apply(after, lambda g: edits.set_param(g, ("one", "p"), "stride", 2, TOYS))
    assert "stride" not in changed.item(("one_2", "p")).params
    for path in (("own",), ("own", "p")):
        with pytest.raises(GraphError):
            links.unlinked(before, path)
    with pytest.raises(GraphError, match="single block"):
        links.linked(before, ("own", "p"), "x")


def test_the_link_is_in_the_file_and_not_in_the_digest() -> None:
    before = twins()
    assert files.loads(files.dumps(before)) == before
    apart = apply(before, lambda g: links.unlinked(g, ("one",)))
    assert digest(apart) == digest(before)
    assert '"link"' not in files.dumps(apart)


def different() -> Graph:
    """As a file may hold it that somebody edited by hand."""
    value = twins()
    body = edits.set_param(value, ("one_2", "p"), "stride", 2, TOYS)
    return files.loads(files.dumps(body))


def test_a_file_with_copies_that_differ_is_told_and_opens() -> None:
    found = [one for one in analyzed(different()).findings if one.code == "linked"]
    assert [(one.path, one.severity) for one in found] == [(("one_2",), "warning")]
    assert is_sentence(found[0].message)
    assert not [one for one in analyzed(twins()).findings if one.code == "linked"]


def test_opening_and_repeating_such_a_file_changes_no_body_and_a_change_of_one_settles_it() -> None:
    value = different()
    assert apply(value, lambda g: edits.set_repeat(g, ("own",), 4)).item(("one_2",)) == value.item(("one_2",))
    after = apply(value, lambda g: edits.set_param(g, ("one", "p"), "mode", "hard", TOYS))
    assert after.item(("one_2", "p")).params == after.item(("one", "p")).params
    assert links.differing(links.unified(value, ("one_2",))) == {}


def test_a_link_on_a_block_is_kept_as_foreign_data() -> None:
    text = files.dumps(twins()).replace('"block": "image"', '"block": "image", "link": "strange"')
    assert files.loads(text).nodes["image"].extra == frozen({"link": "strange"})
    assert '"strange"' in files.dumps(files.loads(text))


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_any_edits_the_copies_are_one(data: st.DataObject) -> None:
    graph = twins()
    for _ in range(6):
        before = graph
        try:
            graph = apply(before, lambda g: data.draw(edited(g, TOYS))())
        except GraphError:
            continue
        for paths in links.members(graph).values():
            assert len(paths) > 1
            assert all(graph.at(path) == graph.at(paths[0]) for path in paths)
        assert links.relinked(before, graph) == graph
        assert files.loads(files.dumps(graph)) == graph
