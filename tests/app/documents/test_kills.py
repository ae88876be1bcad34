"""An editor killed at any moment: at the next start nothing older than the last edit is missing (faults 1 and 4)."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.documents.desk import Documents
from app.session import Session
from hybridgraph.graph import files
from hybridgraph.storage import sweep
from tests.app.conftest import CATALOGUE, small_graph
from tests.app.documents.editor_to_kill import Nobody, name_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
KILLS = 25
ROOT = Path(__file__).parents[3]


def test_an_editor_survives_kills_at_any_moment(qtbot: QtBot, tmp_path: Path) -> None:
    draw = random.Random(4)
    command = [sys.executable, "-m", "tests.app.documents.editor_to_kill"]
    server = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin
    assert server.stdout
    with server, server.stdin:
        for number in range(KILLS):
            folder = tmp_path / f"{number}"
            folder.mkdir()
            files.save(small_graph(), folder / "design.hybrid.json")
            print(folder, number, file=server.stdin, flush=True)
            editor = int(server.stdout.readline())
            log = folder / "log"
            while not log.exists() or log.stat().st_size < 200:
                time.sleep(0.001)  # until it is at work
            time.sleep(draw.random() * 0.15)  # the moment is what is drawn here
            os.kill(editor, signal.SIGKILL)
            assert server.stdout.readline() == "gone\n"
            check(qtbot, folder)


def check(qtbot: QtBot, folder: Path) -> None:
    file = folder / "design.hybrid.json"
    lines = [line.split() for line in (folder / "log").read_text().splitlines()]
    done = [name for kind, name in lines if kind == "done"][-1]
    allowed = {done, lines[-1][1]}
    stored = files.load(file)  # it is whole
    window = QWidget()
    qtbot.addWidget(window)
    session = Session(CATALOGUE)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    documents = Documents(session, window, settings, Nobody(), folder / "state")  # type: ignore[arg-type]
    found, faults = documents.recovery.find()
    assert len(found) <= 1
    # A journal that was only just made, or only just given up, may lie there without a line.
    assert all("damaged at its beginning" in fault for fault in faults)
    if not found:
        assert name_of(stored) in allowed
        return
    assert found[0].file == file
    drag = found[0].steps[-1].text == "drag" if found[0].steps else False
    assert name_of(found[0].latest) in allowed or (drag and lines[-1][0] == "begin")
    documents.take_up(found[0])
    assert session.is_dirty
    assert session.graph == found[0].latest
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    while session.undo_stack.canRedo():
        session.undo_stack.redo()
    documents.finish()
    assert not list((folder / "state" / "unsaved").iterdir()) or faults
    sweep(folder)
    assert not [stray for stray in folder.iterdir() if stray.name.startswith(".")]
