"""Changes between graphs as plain data: there and back is the equal graph, and a small edit is a small change."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.changes import changed, difference
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import edits
from tests.app.conftest import CATALOGUE, small_graph
from tests.strategies import edited, graphs


@settings(max_examples=30)
@given(graphs(), graphs())
def test_any_graph_becomes_any_other(before, after) -> None:
    change = json.loads(json.dumps(difference(before, after)))
    assert changed(before, change) == after
    assert list(changed(before, change).nodes) == list(after.nodes)


@settings(max_examples=30)
@given(st.data())
def test_every_edit_can_be_told_and_done_again(data) -> None:
    before = small_graph()
    for _ in range(4):
        edit = data.draw(edited(before, CATALOGUE))
        try:
            after = edit()
        except HybridGraphError:
            continue
        assert changed(before, json.loads(json.dumps(difference(before, after)))) == after
        before = after


def test_nothing_is_said_of_what_stays() -> None:
    before = small_graph()
    after = edits.set_param(before, ("stage1", "conv"), "channels", 7, catalogue=CATALOGUE)
    assert difference(before, before) == {}
    change = difference(before, after)
    assert list(change) == ["bodies"]
    assert [item["id"] for item in change["bodies"]["stage1"]["items"]] == ["conv"]
    moved = edits.move(before, {"stage1": (5.0, 6.0)})
    (item,) = difference(before, moved)["items"]
    assert item["body"] == {"nodes": [], "edges": []}
