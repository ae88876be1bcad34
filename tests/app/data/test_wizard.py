"""Open pictures…: a real folder, the real processes, the window of the tests."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.data import fitting, looker
from app.data.dropping import DropFrame
from app.data.wizard import DataWizard
from app.window import MainWindow
from hybridgraph.graph import files
from hybridgraph.jobs import TrainJob
from hybridgraph.runs import create_run
from tests.app.conftest import small_graph
from tests.app.test_accessibility import nameless

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
PATIENCE = 60_000


def drag(target: QWidget, paths: list[Path]) -> QMimeData:
    """Files come over a widget and move on it, as a file manager lets them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    spot = target.rect().center()
    for kind in (QDragEnterEvent, QDragMoveEvent):
        event = kind(spot, Qt.DropAction.CopyAction, data, LEFT, NONE)
        QApplication.sendEvent(target, event)
    return data


def drop(target: QWidget, paths: list[Path]) -> None:
    data = drag(target, paths)
    event = QDropEvent(QPointF(target.rect().center()), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(target, event)


@pytest.fixture
def wizard_of(qtbot: QtBot, window: MainWindow) -> Callable[[], DataWizard]:
    def find() -> DataWizard:
        qtbot.waitUntil(lambda: bool(window.findChildren(DataWizard)), timeout=PATIENCE)
        return window.findChildren(DataWizard)[-1]

    return find


def known(qtbot: QtBot, wizard: DataWizard) -> None:
    """Wait until everything is known."""
    qtbot.waitUntil(lambda: wizard._checkup is not None, timeout=PATIENCE)


def test_a_dropped_folder_is_shown_judged_fitted_and_taken(
    qtbot: QtBot,
    window: MainWindow,
    pictures: Path,
    wizard_of: Callable[[], DataWizard],
) -> None:
    (pictures / "dark" / "torn.png").write_bytes(b"\x89PNG")
    (pictures / "dark" / "notes.txt").touch()
    (pictures / "light" / "again.png").write_bytes((pictures / "light" / "0.png").read_bytes())
    drop(window, [pictures])
    wizard = wizard_of()
    known(qtbot, wizard)
    assert wizard.title.text() == "pictures"
    assert wizard.reader.currentData() == "folder"
    model = wizard.overview.table.classes
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["dark", "light"]
    assert [model.index(row, 3).data() for row in range(2)] == ["8", "8"]
    said = wizard.overview.verdicts.sentences
    assert "dark/torn.png" in said[0] or "light/again.png" in said[0]
    assert str(pictures) not in " ".join(said)
    assert wizard.overview.numbers.cards[2].value.text() == "28 × 28 px"
    tabs = [wizard.pages.tabText(place) for place in range(wizard.pages.count())]
    assert tabs[2:4] == ["There twice  1", "Left out and odd  2"]
    assert wizard.twins.model.rowCount() == 1
    odd = wizard.left_out.tree.topLevelItem(0)
    assert odd is not None
    assert odd.child(0).text(0) == "dark/torn.png"
    assert wizard.fit.word.text() == "classes 10 → 2"
    before = window.session.graph
    qtbot.mouseClick(wizard.use_button, Qt.MouseButton.LeftButton)
    form = window.training.form
    assert form.spec == f"folder:{pictures}"
    assert window.session.graph.nodes["head"].params["classes"] == 2  # type: ignore[union-attr]
    window.session.undo_stack.undo()
    assert window.session.graph == before


def test_grey_pictures_of_one_size_are_taken_at_that_size_in_grey(
    qtbot: QtBot,
    window: MainWindow,
    pictures: Path,
    wizard_of: Callable[[], DataWizard],
) -> None:
    window.engine.start()
    window.session.apply("x", lambda graph: _sized(graph, 224, 3))
    drop(window, [pictures])
    wizard = wizard_of()
    known(qtbot, wizard)
    assert wizard.fit.word.text() == "channels 3 → 1,  image size 224 → 28,  classes 10 → 2"
    assert wizard.fit.target == (28, 1)
    words = "It would not work so: Nothing fits."  # the engine of the tests finds fault with every design
    qtbot.waitUntil(lambda: wizard.fit.trouble.text() == words, timeout=PATIENCE)
    wizard.fit.fits.setChecked(False)
    assert wizard.fit.target == (224, 3)
    graph = window.session.graph
    wizard.use()
    assert window.session.graph == graph  # who does not agree keeps the design


def test_without_a_design_one_is_begun_and_nothing_lacks_a_name(
    qtbot: QtBot, window: MainWindow, pictures: Path, wizard_of: Callable[[], DataWizard]
) -> None:
    window.documents.close()
    drop(window, [pictures])
    wizard = wizard_of()
    known(qtbot, wizard)
    assert wizard.fit.word.text() == "2 classes, grey"
    for page in (wizard.overview, wizard.grid, wizard.twins, wizard.left_out):
        wizard.pages.setCurrentWidget(page)
        assert nameless(wizard) == []
    wizard.use()
    assert window.session.graph.name == "pocket-moat"
    assert fitting.size_of(window.session.graph, window.session.catalogue) == (28, 1)
    assert window.training.form.spec == f"folder:{pictures}"


def _sized(graph: object, side: int, channels: int) -> object:
    from hybridgraph.graph import edits
    from tests.app.conftest import CATALOGUE

    return edits.fit(graph, CATALOGUE, image_size=side, channels_in=channels)  # type: ignore[arg-type]


def test_the_split_is_made_again_and_travels_into_the_job(
    qtbot: QtBot,
    window: MainWindow,
    pictures: Path,
    wizard_of: Callable[[], DataWizard],
) -> None:
    drop(window, [pictures])
    wizard = wizard_of()
    known(qtbot, wizard)
    share = wizard.overview.share
    share.setFocus()
    share.selectAll()
    qtbot.keyClicks(share, "50")
    qtbot.keyClick(share, Qt.Key.Key_Return)
    assert wizard.isVisible()  # Enter ends the typing and takes no pictures yet
    qtbot.waitUntil(lambda: wizard._pictures is not None and wizard._pictures.val == (4, 4), timeout=PATIENCE)
    assert wizard.command.text() == f"hybridgraph data folder:{pictures} --held-back 0.5"
    wizard.augment.slider.setValue(150)
    wizard.use()
    form = window.training.form
    assert (form.held_back, form.recipe.shift) == (0.5, pytest.approx(0.15))
    assert form.kept.text() == "50 % of each class held back"


def test_a_wrong_reader_says_so_in_place_and_another_can_be_chosen(
    qtbot: QtBot,
    window: MainWindow,
    pictures: Path,
    wizard_of: Callable[[], DataWizard],
) -> None:
    drop(window, [pictures])
    wizard = wizard_of()
    known(qtbot, wizard)
    wizard.reader.setCurrentIndex(wizard.reader.findData("idx"))
    wizard.reader.activated.emit(wizard.reader.currentIndex())
    qtbot.waitUntil(lambda: "idx3" in wizard.message.text(), timeout=PATIENCE)
    assert wizard.stack.currentWidget() is wizard.message
    assert not wizard.use_button.isEnabled()
    wizard.reader.setCurrentIndex(wizard.reader.findData("folder"))
    wizard.reader.activated.emit(wizard.reader.currentIndex())
    known(qtbot, wizard)
    assert wizard.use_button.isEnabled()


def test_augmentation_is_shown_by_the_code_of_the_training(
    qtbot: QtBot,
    window: MainWindow,
    pictures: Path,
    wizard_of: Callable[[], DataWizard],
) -> None:
    drop(window, [pictures])
    wizard = wizard_of()
    known(qtbot, wizard)
    page = wizard.augment
    wizard.pages.setCurrentWidget(page)
    qtbot.waitUntil(lambda: not page._is_asking, timeout=PATIENCE)
    shown = page.rows._image.copy()
    assert not shown.isNull()
    assert page.rows._labels[:2] == ["dark", "light"]
    page.slider.setFocus()
    qtbot.keyClick(page.slider, Qt.Key.Key_Home)
    assert page.percent.text() == "0 %"
    assert page.said.text() == "Pictures stay as they are."
    qtbot.waitUntil(lambda: not page._is_asking and not page._rest.isActive(), timeout=PATIENCE)
    still = page.rows._image
    assert still != shown
    side = page.rows._side
    assert still.copy(0, 0, side, side) == still.copy(0, side, side, side)  # a picture and its first variant


def test_stopping_and_closing_end_the_work(
    qtbot: QtBot, window: MainWindow, pictures: Path, wizard_of: Callable[[], DataWizard], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import json, sys, time\nfrom hybridgraph.viewing.__main__ import Viewer\n"
        "viewer = Viewer(print)\n"
        "for line in sys.stdin:\n"
        "    if json.loads(line)['method'] == 'health':\n"
        "        time.sleep(3600)\n"
        "    print(json.dumps(viewer.answer(line)), flush=True)\n"
    )
    monkeypatch.setattr(looker, "COMMAND", (sys.executable, str(slow)))
    drop(window, [pictures])
    wizard = wizard_of()
    qtbot.waitUntil(lambda: wizard.checker.is_busy, timeout=PATIENCE)
    qtbot.mouseClick(wizard.stop_button, Qt.MouseButton.LeftButton)
    assert not wizard.checker.is_busy
    assert "Stopped" in wizard.progress.text()
    assert wizard.use_button.isEnabled()  # what is known suffices to train
    qtbot.mouseClick(wizard.stop_button, Qt.MouseButton.LeftButton)
    assert wizard.checker.is_busy
    checker, reader = wizard.checker, wizard.looker
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not checker.is_busy
    assert not checker.is_open
    assert not reader.is_open


def test_a_process_that_dies_is_told_of_and_started_again(
    qtbot: QtBot,
    window: MainWindow,
    pictures: Path,
    wizard_of: Callable[[], DataWizard],
) -> None:
    drop(window, [pictures])
    wizard = wizard_of()
    known(qtbot, wizard)
    os.kill(wizard.looker.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not wizard.looker.is_open, timeout=PATIENCE)
    wizard.thumbs.forget()
    assert wizard.thumbs.get(0) is None
    qtbot.waitUntil(lambda: wizard.thumbs.get(0) is not None, timeout=PATIENCE)
    thumb = wizard.thumbs.get(0)
    assert thumb is not None
    assert not thumb.fault


def test_files_over_the_window_are_announced_and_only_they(
    qtbot: QtBot, window: MainWindow, pictures: Path
) -> None:
    drag(window, [pictures])
    (frame,) = window.findChildren(DropFrame)
    assert frame.accessibleName() == "Look at the pictures in pictures"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not frame.isVisible()
    words = QMimeData()
    words.setText("some words")
    event = QDragEnterEvent(window.rect().center(), Qt.DropAction.CopyAction, words, LEFT, NONE)
    event.ignore()
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()
    assert event.type() == QEvent.Type.DragEnter


def test_designs_and_runs_are_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    design = tmp_path / "a.hybrid.json"
    files.save(small_graph(), design)
    drop(window, [design])
    qtbot.waitUntil(lambda: window.session.file == design, timeout=PATIENCE)
    job = TrainJob(data="folder:/flowers", held_back=0.3, epochs=7)
    run = create_run(tmp_path / "run", graph_text=files.dumps(small_graph()), source="", job=job)
    drop(window, [run.path])
    form = window.training.form
    qtbot.waitUntil(lambda: form.spec == "folder:/flowers", timeout=PATIENCE)
    assert window.session.file is None  # the run's own file is its record and stays as it is
    assert form.held_back == 0.3


def test_the_menu_asks_for_a_folder_and_nothing_stays_when_none_is_named(
    qtbot: QtBot,
    window: MainWindow,
    wizard_of: Callable[[], DataWizard],
) -> None:
    window.actions_set["pictures"].trigger()
    wizard = wizard_of()
    (dialog,) = wizard.findChildren(QFileDialog)
    dialog.reject()
    assert not wizard.isVisible()
