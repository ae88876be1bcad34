"""Comment frames in the graph: kept by files, copies and stages; unknown to the network."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hybridgraph.errors import DocumentError, GraphError
from hybridgraph.graph import edits, files, fragments, frames, links, regroup
from hybridgraph.graph.model import Frame, Graph, Group, Node, digest, frozen

REMARK = Frame(id="frame", x=-8.0, y=-40.0, w=400.0, h=160.0, title="Early layers", colour="green")


def design() -> Graph:
    nodes = (
        Node(id="image", block="image"),
        Node(id="a", block="conv_norm_act", x=200.0),
        Node(id="b", block="conv_norm_act", x=400.0),
    )
    graph = Graph(nodes=frozen({node.id: node for node in nodes}))
    return frames.add(graph, REMARK)[0]


def test_a_frame_is_kept_by_the_file_and_changes_no_network() -> None:
    graph = design()
    assert files.loads(files.dumps(graph)) == graph
    bare = frames.remove(graph, ["frame"])
    assert digest(bare) == digest(graph)
    assert '"frames"' not in files.dumps(bare)


def test_what_a_newer_version_says_about_a_frame_is_kept() -> None:
    text = files.dumps(design()).replace('"colour": "green"', '"colour": "plaid",\n   "opacity": 0.5')
    graph = files.loads(text)
    assert graph.frames["frame"].colour == "plaid"
    assert dict(graph.frames["frame"].extra) == {"opacity": 0.5}
    assert files.dumps(graph) == text


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("400.0,\n    160.0", "-3,\n    160.0", "frames[0].size[0]"),
        ('"size"', '"sizes"', "frames[0].size"),
        ('"id": "frame"', '"id": "a frame"', "frames[0].id"),
    ],
)
def test_a_frame_that_cannot_be_is_refused_with_its_place(old: str, new: str, where: str) -> None:
    text = files.dumps(design())
    assert old in text
    with pytest.raises(DocumentError) as refusal:
        files.loads(text.replace(old, new))
    assert where in str(refusal.value)


def test_two_frames_of_one_name_are_refused() -> None:
    graph = design()
    data = files.encode(graph)
    with pytest.raises(DocumentError, match="two frames have the id frame"):
        files.decode({**data, "frames": data["frames"] * 2})


def test_a_frame_is_renamed_coloured_moved_and_resized_and_stays_within_bounds() -> None:
    graph = frames.set_title(design(), ("frame",), "  Stem ")
    graph = frames.set_colour(graph, ("frame",), "blue")
    graph = frames.shift(graph, ["frame"], (10, 20))
    graph = frames.place(graph, {"frame": (1e9, 0, 1, 50)})
    frame = graph.frames["frame"]
    assert (frame.title, frame.colour) == ("Stem", "blue")
    assert (frame.x, frame.w, frame.h) == (edits.MAX_COORDINATE, frames.LEAST, 50)
    assert files.loads(files.dumps(graph)) == graph


REFUSED: list[Callable[[Graph], object]] = [
    lambda graph: frames.set_title(graph, ("nothing",), "x"),
    lambda graph: frames.set_title(graph, ("frame",), "x" * 1001),
    lambda graph: frames.set_colour(graph, ("frame",), "plaid"),
    lambda graph: frames.add(graph, replace(REMARK, title="x" * 1001)),
    lambda graph: frames.frame_at(graph, ()),
]


@pytest.mark.parametrize("edit", REFUSED)
def test_what_cannot_be_is_refused_with_a_sentence(edit: Callable[[Graph], object]) -> None:
    with pytest.raises(GraphError, match=r"\.$|\. "):
        edit(design())


def test_deleting_what_lies_in_a_frame_leaves_the_frame() -> None:
    assert frames.frame_at(edits.remove(design(), ["a", "b"]), ("frame",)) == REMARK


def test_a_copied_frame_is_put_down_under_a_name_of_its_own() -> None:
    graph = design()
    copied = fragments.fragment(graph, ["a"], framed=["frame"])
    after, made = fragments.paste(graph, copied, offset=(100, 50))
    assert made == ["a_2"]
    assert after.frames["frame"] == REMARK
    assert after.frames["frame_2"] == replace(REMARK, id="frame_2", x=92, y=10)


def test_a_frame_goes_into_a_stage_and_comes_out_of_it() -> None:
    graph, name = regroup.group(design(), ["a", "b"], framed=["frame"])
    body = graph.at((name,))
    assert (dict(body.frames), dict(graph.frames)) == ({"frame": REMARK}, {})
    graph = frames.add(graph, REMARK)[0]
    out = regroup.ungroup(graph, name)
    assert set(out.frames) == {"frame", "frame_2"}
    assert out.frames["frame_2"].title == REMARK.title


def test_a_frame_in_a_linked_copy_comes_to_all_copies() -> None:
    grouped, name = regroup.group(design(), ["a"])
    before = links.linked(grouped, (name,), "twin")
    before, _ = fragments.paste(before, fragments.fragment(before, [name]), linked=True)
    after = links.relinked(before, frames.add(before, REMARK, at=(name,))[0])
    groups = [item for item in after.nodes.values() if isinstance(item, Group)]
    assert [set(group.body.frames) for group in groups] == [{"frame"}, {"frame"}]


def test_a_file_full_of_frames_is_refused_before_it_is_read() -> None:
    row = '{"id": "f", "at": [0, 0], "size": [9, 9]}'
    text = '{"format": "hybridgraph", "version": 1, "nodes": [], "edges": [], "frames": [%s]}'
    with pytest.raises(DocumentError, match=f"more than {files.MAX_NODES:,}"):
        files.loads(text % ",".join([row] * (files.MAX_NODES + 1)))
