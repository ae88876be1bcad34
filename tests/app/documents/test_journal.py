"""The recovery copy: what is kept, what comes back, and what happens to one that is damaged or newer (fault 5)."""

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.documents import journal
from app.documents.document import Document
from app.documents.recovery import Recovery
from app.session import Session
from hybridgraph.errors import DocumentError
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph
from hybridgraph.runs import lock
from tests.app.conftest import CATALOGUE, small_graph


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "unsaved"


@pytest.fixture
def recovery(session: Session, root: Path) -> Recovery:
    return Recovery(session, root, session)


def rename(session: Session, *names: str) -> None:
    for name in names:
        session.apply(f"Call it {name}", lambda graph, name=name: edits.set_name(graph, name))


def left(recovery: Recovery) -> journal.Recovered:
    """What the next start finds after this program has gone."""
    recovery.leave()
    (found,), faults = recovery.find()
    assert faults == []
    return found


def texts(found: journal.Recovered) -> list[str]:
    return [step.text for step in found.steps]


def test_a_document_nobody_edits_leaves_nothing(session: Session, recovery: Recovery, root: Path) -> None:
    session.select([("stem",)])
    assert not root.exists()


def test_every_edit_comes_back_with_its_undo_step(session: Session, recovery: Recovery) -> None:
    rename(session, "a", "b", "c")
    session.undo_stack.undo()
    found = left(recovery)
    assert found.latest == session.graph
    assert texts(found) == ["Call it a", "Call it b", "Call it c"]
    fresh = Session(CATALOGUE, Graph())
    document = Document()
    document.resume(found)
    fresh.switch(document)
    assert fresh.is_dirty
    assert fresh.graph.name == "b"
    fresh.undo_stack.redo()
    assert fresh.graph.name == "c"
    for _ in range(3):
        fresh.undo_stack.undo()
    assert fresh.graph == small_graph()
    assert fresh.is_dirty, "what was recovered is in no file, however much of it is undone"


def test_a_new_edit_after_undo_takes_the_place_of_what_was_undone(
    session: Session, recovery: Recovery
) -> None:
    rename(session, "a", "b")
    session.undo_stack.undo()
    rename(session, "x")
    assert texts(left(recovery)) == ["Call it a", "Call it x"]


def test_a_growing_step_is_written_soon_and_at_its_end(
    qtbot: QtBot, session: Session, recovery: Recovery, root: Path
) -> None:
    def drag(x: float) -> None:
        session.apply("Move", lambda graph: edits.move(graph, {"stem": (x, 0.0)}), merge="move")

    (drag(10.0), drag(20.0))
    (folder,) = root.iterdir()
    assert journal.read(folder).latest.nodes["stem"].x == 10.0
    qtbot.waitUntil(lambda: journal.read(folder).latest.nodes["stem"].x == 20.0, timeout=2000)
    drag(30.0)
    session.settle()
    found = journal.read(folder)
    assert found.latest.nodes["stem"].x == 30.0
    assert texts(found) == ["Move"]


def test_saving_and_undoing_everything_leave_nothing(
    session: Session, recovery: Recovery, root: Path, tmp_path: Path
) -> None:
    rename(session, "a")
    session.undo_stack.undo()
    assert list(root.iterdir()) == []
    rename(session, "b")
    session.save(tmp_path / "b.hybrid.json")
    assert list(root.iterdir()) == []
    session.undo_stack.undo()
    found = left(recovery)
    assert found.latest == small_graph()
    assert found.file == tmp_path / "b.hybrid.json"
    assert texts(found) == ["Call it b"]


def test_a_journal_in_use_is_not_offered(session: Session, recovery: Recovery, root: Path) -> None:
    rename(session, "a")
    assert recovery.find() == ([], [])
    (folder,) = root.iterdir()
    assert lock.holder(folder) is not None


def test_a_torn_line_costs_itself_and_what_follows(session: Session, recovery: Recovery, root: Path) -> None:
    rename(session, "a", "b", "c", "d")
    recovery.leave()
    (folder,) = root.iterdir()
    path = folder / journal.JOURNAL_FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    found = journal.read(folder)
    assert found.latest.name == "c"
    assert found.damage == "1 edit at its end could not be read."
    lines = whole.splitlines(keepends=True)
    lines[3] = lines[3].replace(b"Call", b"Cell")
    path.write_bytes(b"".join(lines))
    found = journal.read(folder)
    assert found.latest.name == "b"
    assert found.damage.startswith("2 edits")


def test_a_newer_journal_is_left_alone_and_named(
    session: Session, recovery: Recovery, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "FORMAT", 99)
    rename(session, "a")
    recovery.leave()
    monkeypatch.undo()
    (folder,) = root.iterdir()
    before = (folder / journal.JOURNAL_FILE).read_bytes()
    with pytest.raises(DocumentError, match=r"made by HybridGraph .*, this is .*Update HybridGraph"):
        journal.read(folder)
    found, faults = recovery.find()
    assert found == []
    assert len(faults) == 1
    assert (folder / journal.JOURNAL_FILE).read_bytes() == before


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"00000000 {}\n", b"zzzzzzzz nothing\n"])
def test_a_journal_without_a_beginning_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / journal.JOURNAL_FILE).write_bytes(data)
    with pytest.raises(journal.TornError, match="damaged at its beginning"):
        journal.read(tmp_path)


def test_a_journal_without_a_beginning_is_told_once_and_kept(
    session: Session, recovery: Recovery, root: Path
) -> None:
    for name, data in (("empty", b""), ("torn", b"0123")):
        (root / name).mkdir(parents=True)
        (root / name / journal.JOURNAL_FILE).write_bytes(data)
    found, (fault,) = recovery.find()
    assert found == []
    assert str(root / "torn" / "journal.damaged") in fault
    assert (root / "torn" / "journal.damaged").read_bytes() == b"0123"
    assert not (root / "empty").exists()
    assert recovery.find() == ([], [])


def test_a_second_end_during_recovery_loses_nothing(session: Session, recovery: Recovery, root: Path) -> None:
    rename(session, "a", "b")
    session.undo_stack.undo()
    found = left(recovery)
    second = Recovery(Session(CATALOGUE), root)
    second.resume(found, Document())
    again = left(second)
    assert again.folder != found.folder
    assert (again.latest, texts(again), again.index) == (found.latest, texts(found), found.index)


def test_a_state_folder_that_takes_nothing_is_told_once(
    session: Session, notices: list[tuple[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    recovery = Recovery(session, tmp_path / "file" / "unsaved", session)
    rename(session, "a", "b", "c")
    assert [severity for severity, _ in notices] == ["warning"]
    assert "No recovery copy can be kept" in notices[0][1]
    assert recovery.find() == ([], [])
    assert session.graph.name == "c"


def test_a_long_journal_begins_again(
    session: Session, recovery: Recovery, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", 0)
    rename(session, *(f"{number}{'x' * 200}" for number in range(80)))
    assert sum(place.stat().st_size for place in root.glob("*/*.jsonl")) < 40_000
    assert left(recovery).latest == session.graph


def test_several_documents_have_journals_of_their_own(
    qapp: QApplication, session: Session, recovery: Recovery
) -> None:
    first = session.document
    rename(session, "first")
    session.switch(Document(small_graph()))
    rename(session, "second")
    session.switch(first)
    rename(session, "third")
    recovery.leave()
    found, _ = recovery.find()
    assert {one.latest.name for one in found} == {"third", "second"}


def test_a_disk_that_is_full_for_a_while_leaves_one_whole_journal(
    session: Session,
    recovery: Recovery,
    root: Path,
    notices: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rename(session, "a", "b")
    write = os.write

    def half(file: int, data: bytes) -> int:
        return write(file, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    rename(session, "c")
    assert [severity for severity, _ in notices] == ["warning"]
    (folder,) = root.iterdir()
    assert journal.read(folder).latest.name == "b"
    monkeypatch.undo()
    rename(session, "d")
    (folder,) = root.iterdir()
    assert journal.read(folder).latest.name == "d"
    monkeypatch.setattr(os, "write", half)
    rename(session, "e", "f")
    assert len(list(root.iterdir())) == 1
    monkeypatch.undo()
    session.undo_stack.setIndex(0)
    assert list(root.iterdir()) == []
