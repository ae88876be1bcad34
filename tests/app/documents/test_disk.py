"""What other programs, full disks and second windows do to an open file: noticed, said, nothing lost (faults 2, 3, 6, 7)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.documents.claims import Claims
from app.documents.document import Document
from app.versionsdialog import VersionsDialog
from app.window import MainWindow
from hybridgraph import storage
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from tests.app.conftest import small_graph
from tests.app.documents.conftest import Desk, rename

ROOT = Path(__file__).parents[3]


def button(window: MainWindow, words: str) -> QPushButton:
    return next(one for one in window.pages.notices.buttons if one.text() == words)


def press(qtbot: QtBot, window: MainWindow, words: str) -> None:
    qtbot.mouseClick(button(window, words), Qt.MouseButton.LeftButton)


@pytest.fixture
def file(desk: Desk, window: MainWindow) -> Path:
    path = desk.design("a")
    assert window.documents.open(path)
    return path


def someone_writes(file: Path, name: str = "theirs") -> None:
    files.save(edits.set_name(small_graph(), name), file)


def wait_for_notice(qtbot: QtBot, window: MainWindow, words: str) -> None:
    qtbot.waitUntil(
        lambda: window.pages.notices.isVisible() and words in window.pages.notices.label.text(), timeout=5000
    )


def test_another_programs_change_is_noticed_and_taken(qtbot: QtBot, window: MainWindow, file: Path) -> None:
    someone_writes(file)
    wait_for_notice(qtbot, window, "changed by another program")
    press(qtbot, window, "Reload")
    assert window.session.graph.name == "theirs"
    assert not window.session.is_dirty
    assert not window.pages.notices.isVisible()
    window.session.undo_stack.undo()
    assert window.session.graph.name == "a"
    assert window.session.is_dirty


def test_a_file_that_was_only_touched_is_no_news(window: MainWindow, file: Path) -> None:
    os.utime(file, (1, 1))
    window.vigil.look()
    assert not window.pages.notices.isVisible()


def test_with_unsaved_changes_both_are_compared_and_one_is_kept(
    qtbot: QtBot, window: MainWindow, file: Path
) -> None:
    rename(window, "mine")
    someone_writes(file)
    wait_for_notice(qtbot, window, "you have unsaved changes")
    with qtbot.waitSignal(window.documents.compare_wanted) as compared:
        press(qtbot, window, "Compare")
    assert [compared.args[0], compared.args[1].name] == ["on the disk", "theirs"]
    assert window.session.graph.name == "mine"
    press(qtbot, window, "Keep mine")
    assert window.documents.saving.save()
    assert files.load(file).name == "mine"
    assert [one.graph().name for one in window.documents.versions.of(file)] == ["mine", "theirs"]


@pytest.mark.parametrize(("answer", "stored"), [("mine", "mine"), ("cancel", "theirs"), ("theirs", "theirs")])
def test_a_save_over_a_changed_file_asks_first(
    window: MainWindow, desk: Desk, file: Path, answer: str, stored: str
) -> None:
    rename(window, "mine")
    someone_writes(file)
    desk.answers.answers["foreign"] = answer
    assert window.documents.saving.save() is (answer != "cancel")
    assert desk.answers.asked == ["foreign"]
    assert files.load(file).name == stored
    assert window.session.graph.name == ("theirs" if answer == "theirs" else "mine")
    assert window.session.is_dirty is (answer == "cancel")


def test_a_file_deleted_while_open_is_kept_here(
    qtbot: QtBot, window: MainWindow, desk: Desk, file: Path
) -> None:
    file.unlink()
    wait_for_notice(qtbot, window, "no longer on the disk")
    assert window.session.is_dirty
    assert list((desk.state / "unsaved").iterdir())
    press(qtbot, window, "Save it again")
    assert files.load(file).name == "a"
    assert not window.pages.notices.isVisible()
    assert not window.session.is_dirty


def test_a_full_disk_offers_another_place(
    window: MainWindow, desk: Desk, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()
    rename(window, "mine")

    def full(path: Path, needed_bytes: int) -> None:
        if path.parent == file.parent:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "_check_space", full)
    assert not window.documents.saving.save()
    assert desk.answers.asked == ["not_saved"]
    assert file.read_bytes() == before
    assert window.session.is_dirty
    elsewhere = desk.root / "elsewhere"
    elsewhere.mkdir()
    desk.answers.answers["not_saved"] = "elsewhere"
    desk.answers.path = str(elsewhere / "a")
    assert window.documents.saving.save()
    assert files.load(elsewhere / "a.hybrid.json").name == "mine"
    monkeypatch.undo()
    rename(window, "more")
    assert window.documents.saving.save()


def test_a_folder_that_is_gone_offers_another_place(window: MainWindow, desk: Desk) -> None:
    folder = desk.root / "share"
    folder.mkdir()
    someone_writes(folder / "x.hybrid.json", "x")
    assert window.documents.open(folder / "x.hybrid.json")
    rename(window, "mine")
    (folder / "x.hybrid.json").unlink()
    folder.rmdir()
    desk.answers.answers["not_saved"] = "elsewhere"
    desk.answers.path = str(desk.root / "kept")
    assert window.documents.saving.save()
    assert files.load(desk.root / "kept.hybrid.json").name == "mine"


HOLDER = """
import sys
from pathlib import Path
from app.documents.claims import Claims
from app.documents.document import Document
claims = Claims(Path(sys.argv[1]))
assert claims.take(Document(file=Path(sys.argv[2]))) is None
print("held", flush=True)
sys.stdin.read()
"""


def test_a_file_open_in_another_process_is_not_written(window: MainWindow, desk: Desk) -> None:
    file = desk.design("a")
    command = [sys.executable, "-c", HOLDER, str(desk.state / "locks"), str(file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        assert window.documents.open(file)
        assert f"process {other.pid}" in window.pages.notices.label.text()
        assert f"process {other.pid}" in window.topbar.tabs.bar.tabToolTip(0)
        rename(window, "mine")
        assert not window.documents.saving.save()
        assert desk.answers.asked == ["locked"]
        desk.answers.answers["locked"] = "elsewhere"
        desk.answers.path = str(desk.root / "copy")
        assert window.documents.saving.save()
        assert window.session.file == desk.root / "copy.hybrid.json"
        desk.answers.path = str(file)
        assert not window.documents.saving.save_as()
        assert files.load(file).name == "a"
        assert not window.pages.notices.isVisible()  # the copy is this window's own
        other.stdin.close()
        other.wait(10)
    desk.answers.path = str(file)
    assert window.documents.saving.save_as()
    assert files.load(file).name == "mine"


def test_a_claim_goes_with_its_document(tmp_path: Path) -> None:
    first, second, document = Claims(tmp_path), Claims(tmp_path), Document(file=tmp_path / "a")
    assert first.take(document) is None
    assert second.take(Document(file=tmp_path / "a")) == os.getpid()
    document.file = tmp_path / "b"
    assert first.take(document) is None
    assert second.holder(Document(), tmp_path / "a") is None
    first.release(document)
    assert second.holder(Document(), tmp_path / "b") is None


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe{\x00}\x00", b"\x00\x01\x02", b'{"format": "hybridgraph", "ver', b"[1, 2"]
)
def test_a_file_that_is_no_design_is_one_sentence_and_stays_listed(
    window: MainWindow, file: Path, data: bytes
) -> None:
    file.write_bytes(data)
    window.documents.close()
    window.documents.open(file)
    assert window.documents.tabs == []
    assert "a.hybrid.json" in window.toast.label.text()
    assert "Traceback" not in window.toast.label.text()
    assert window.documents.recent == [str(file)]


def test_work_left_by_a_killed_window_is_offered_and_taken_up(
    qtbot: QtBot, desk: Desk, window: MainWindow, file: Path
) -> None:
    rename(window, "edited")
    window.documents.new()
    window.session.apply("Add", lambda graph: edits.set_name(graph, "fresh"))
    desk.crash(window)
    again = desk.start()
    assert "2" not in again.pages.notices.label.text().split("(")[0]
    assert "a (1 edit, just now)" in again.pages.notices.label.text()
    press(qtbot, again, "Recover")
    assert sorted(document.graph.name for document in again.documents.tabs) == ["edited", "fresh"]
    assert all(document.is_dirty for document in again.documents.tabs)
    again.documents.activate(next(one for one in again.documents.tabs if one.file == file))
    again.session.undo_stack.undo()
    assert again.session.graph.name == "a"
    again.session.undo_stack.redo()
    assert again.documents.saving.save()
    assert files.load(file).name == "edited"


@pytest.mark.parametrize("answer", ["cancel", "discard"])
def test_recovered_work_goes_only_when_that_is_meant(
    qtbot: QtBot, desk: Desk, window: MainWindow, file: Path, answer: str
) -> None:
    rename(window, "edited")
    desk.crash(window)
    again = desk.start()
    desk.answers.answers["discard_recovered"] = answer
    press(qtbot, again, "Discard")
    assert again.pages.notices.isVisible() is (answer == "cancel")
    assert len(list((desk.state / "unsaved").iterdir())) == (answer == "cancel")
    assert again.session.graph.name == "a"
    if answer == "cancel":
        press(qtbot, again, "Later")
        assert again.close()
        assert desk.start().pages.notices.isVisible()


def test_earlier_versions_open_in_a_tab_or_come_back_as_one_step(
    qtbot: QtBot, window: MainWindow, file: Path
) -> None:
    for name in ("b", "c"):
        window.session.apply("Remove", lambda graph: edits.remove(graph, [*graph.nodes][-1:]))
        rename(window, name)
        assert window.documents.saving.save()
    dialog = VersionsDialog(window.documents, window.session, window.theme, window)
    qtbot.addWidget(dialog)
    assert [dialog.table.item(row, 3).text() for row in range(3)] == [
        "the same",
        "4 more of 6 blocks",
        "5 more of 7 blocks",
    ]
    assert not dialog.restore_button.isEnabled()
    dialog.table.setCurrentCell(2, 0)
    qtbot.mouseClick(dialog.restore_button, Qt.MouseButton.LeftButton)
    assert window.session.graph == edits.set_name(small_graph(), "a")
    window.session.undo_stack.undo()
    assert window.session.graph.name == "c"
    dialog.table.setCurrentCell(1, 0)
    with qtbot.waitSignal(window.documents.compare_wanted) as compared:
        qtbot.mouseClick(dialog.compare_button, Qt.MouseButton.LeftButton)
    assert compared.args[1].name == "b"
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert window.session.graph.name == "b"
    assert len(window.documents.tabs) == 2
    assert window.session.file is None


def test_a_file_without_versions_says_so(qtbot: QtBot, window: MainWindow, file: Path) -> None:
    dialog = VersionsDialog(window.documents, window.session, window.theme, window)
    qtbot.addWidget(dialog)
    assert dialog.table.rowCount() == 0
    assert "No version is kept yet" in dialog.word.text()
    assert isinstance(window.session.graph, Graph)
