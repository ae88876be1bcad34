"""The session: edits, undo, merging, selection, stale answers, files."""

from functools import partial
from pathlib import Path

import pytest

from app.documents.document import Document
from app.session import Heat, Session
from hybridgraph.analysis import Analysis
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Node, digest
from tests.app.conftest import CATALOGUE, small_graph


def set_stem(session: Session, name: str, value: object, merge: str = "") -> bool:
    edit = partial(edits.set_param, path=("stem",), name=name, value=value, catalogue=CATALOGUE)
    return session.apply(f"Set {name}", edit, merge=merge)


def test_undo_of_everything_gives_back_the_equal_graph(session: Session) -> None:
    start = session.graph
    set_stem(session, "channels", 32)
    session.apply("Delete", lambda graph: edits.remove(graph, ["stage1"], heal=True))
    session.apply("Add", lambda graph: edits.add_node(graph, Node(id="new", block="gate")))
    end = session.graph
    for _ in range(3):
        session.undo_stack.undo()
    assert session.graph == start
    for _ in range(3):
        session.undo_stack.redo()
    assert session.graph == end


def test_edits_with_the_same_key_are_one_step_until_the_gesture_ends(session: Session) -> None:
    for channels in (65, 66, 67):
        set_stem(session, "channels", channels, merge="stem.channels")
    assert session.undo_stack.count() == 1
    session.settle()
    set_stem(session, "channels", 68, merge="stem.channels")
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert session.graph.nodes["stem"].params["channels"] == 67


def test_a_value_that_went_there_and_back_leaves_nothing_to_undo(session: Session) -> None:
    set_stem(session, "kernel", 5)
    session.settle()
    set_stem(session, "kernel", 7, merge="k")
    set_stem(session, "kernel", 5, merge="k")
    assert session.undo_stack.count() == 1


def test_an_edit_that_changes_nothing_adds_no_step(session: Session) -> None:
    assert session.apply("Nothing", lambda graph: graph)
    assert session.undo_stack.count() == 0
    assert not session.is_dirty


def test_a_refused_edit_is_told_and_changes_nothing(session: Session, notices: list[tuple[str, str]]) -> None:
    before = session.graph
    assert not set_stem(session, "channels", 0)
    assert session.graph is before
    assert notices == [("error", "Conv block, channels: 0 is below the limit of 1.")]


def test_an_answer_about_another_graph_is_not_taken(session: Session) -> None:
    old = digest(session.graph)
    set_stem(session, "channels", 8)
    assert not session.accept_analysis(Analysis(digest=old, nodes={}))
    assert session.accept_analysis(Analysis(digest=session.digest, nodes={}))
    assert session.is_analysis_current


def test_the_selection_loses_nodes_that_go(session: Session) -> None:
    session.select([("stem",), ("stage1", "conv"), ("nowhere",)])
    assert session.selection == {("stem",), ("stage1", "conv")}
    session.apply("Delete", lambda graph: edits.remove(graph, ["stem"]))
    assert session.selection == {("stage1", "conv")}


def test_heat_is_stale_after_an_edit_and_fresh_again_after_undo(session: Session) -> None:
    session.show_heat(Heat(title="Latency", unit="ms", values={("stem",): 1.0}, digest=session.digest))
    set_stem(session, "channels", 8)
    assert session.heat is not None
    assert session.heat.stale
    session.undo_stack.undo()
    assert not session.heat.stale


def test_save_and_open_give_the_equal_graph(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "a.hybrid.json"
    set_stem(session, "channels", 8)
    assert session.is_dirty
    assert session.save(file)
    assert not session.is_dirty
    assert session.title == "a"
    other = Session(CATALOGUE)
    assert other.open(file)
    assert other.graph == session.graph
    assert not other.is_dirty


def test_a_file_that_cannot_be_read_leaves_the_document_alone(
    session: Session, notices: list[tuple[str, str]], tmp_path: Path
) -> None:
    file = tmp_path / "torn.hybrid.json"
    file.write_text('{"format": "hybridgraph", "ver')
    set_stem(session, "channels", 8)
    before = session.graph
    assert not session.open(file)
    assert session.graph is before
    assert session.is_dirty
    assert notices[0][0] == "error"
    assert "torn.hybrid.json" in notices[0][1]


def test_a_failed_save_stays_unsaved(
    session: Session, notices: list[tuple[str, str]], tmp_path: Path
) -> None:
    set_stem(session, "channels", 8)
    assert not session.save(tmp_path / "gone" / "a.hybrid.json")
    assert session.is_dirty
    assert "does not exist" in notices[0][1]


@pytest.mark.parametrize("graph", [Graph(), small_graph()])
def test_a_new_document_cannot_be_undone_into_the_old_one(session: Session, graph: Graph) -> None:
    set_stem(session, "channels", 8)
    session.new(graph)
    assert session.graph == graph
    assert not session.undo_stack.canUndo()
    assert not session.is_dirty


def test_each_document_keeps_what_belongs_to_it(session: Session) -> None:
    first = session.document
    set_stem(session, "channels", 8)
    session.select([("stem",)])
    heard: list[tuple[str, object]] = []
    for name in ("graph_changed", "selection_changed", "measure_changed", "history_changed"):
        getattr(session, name).connect(lambda *values, name=name: heard.append((name, values[-1:])))
    second = Document(Graph(name="second"))
    session.switch(second)
    assert heard == [("graph_changed", (second.graph,)), ("selection_changed", (frozenset(),))]
    assert not session.undo_stack.canUndo()
    heard.clear()
    session.show_heat(Heat(title="Latency", unit="ms", values={}, digest=first.digest), first)
    first.undo_stack.undo()
    assert heard == [], "what happens to a document behind is heard when it comes to the front"
    session.switch(first)
    assert session.selection == {("stem",)}
    assert session.heat is not None
    assert session.heat.stale
    assert ("measure_changed", (session.heat,)) in heard
    session.undo_stack.redo()
    assert heard[-1][0] == "history_changed"
    assert not session.heat.stale
