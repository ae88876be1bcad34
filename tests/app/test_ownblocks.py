"""Blocks of a person's own in the real window with the real engine: read, agree, change, and files that end the engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import engine_client
from app import theme as themes
from app.composition import compose
from app.ownblocks.dialog import OwnBlocksDialog
from app.panels.palettelist import OWN_BLOCKS
from app.theme import DARK
from app.window import MainWindow
from hybridgraph.custom import agreements
from hybridgraph.custom.folder import PLACE, find
from hybridgraph.custom.template import template
from hybridgraph.graph import files
from hybridgraph.graph.model import Edge, Graph, Node, frozen

PATIENCE = 40_000
GOOD = template("my_block")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "blocks"
    made.mkdir()
    (made / "my_block.py").write_text(GOOD, encoding="utf-8")
    monkeypatch.setenv(PLACE, str(made))
    monkeypatch.setenv(agreements.PLACE, str(tmp_path / "settings" / "agreed.json"))
    return made


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, folder: Path) -> Iterator[MainWindow]:
    themes.apply(qapp, DARK)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, tmp_path / "runs", state=tmp_path / "state")
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.show()
    made.documents.start(design())
    yield made
    made.engine.stop()
    qapp.setStyleSheet("")


def design() -> Graph:
    nodes = (
        Node(id="image", block="image", params=frozen({"channels": 1, "height": 8, "width": 8})),
        Node(id="own", block="my_block", params=frozen({"channels": 8})),
        Node(id="head", block="classifier", params=frozen({"classes": 3})),
    )
    edges = (Edge("image", "y", "own", "x"), Edge("own", "y", "head", "x"))
    return Graph(name="own", nodes=frozen({one.id: one for one in nodes}), edges=edges)


def messages(window: MainWindow) -> str:
    found = window.session.analysis
    return (
        " ".join(map(str, found.errors))
        if found is not None and window.session.is_analysis_current
        else "waiting"
    )


def test_a_file_is_read_agreed_to_changed_and_survived(
    qtbot: QtBot, window: MainWindow, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, file = window.session, folder / "my_block.py"
    said: list[str] = []
    session.notified.connect(lambda _severity, sentence: said.append(sentence))
    qtbot.waitUntil(lambda: "to which you have not agreed" in messages(window), timeout=PATIENCE)
    assert "my_block" not in session.catalogue
    assert OWN_BLOCKS not in window.palette_panel.model.listed

    dialog = OwnBlocksDialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.text.toPlainText() == GOOD
    assert find("my_block").digest in dialog.digest.text()
    qtbot.mouseClick(dialog.agree_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: messages(window) == "", timeout=PATIENCE)
    assert session.catalogue["my_block"].title == "My block"
    assert window.palette_panel.model.listed[0] == OWN_BLOCKS
    assert session.analysis is not None
    assert session.analysis.nodes["own",].cost.verdict == "once"
    assert session.save(tmp_path / "own.hybrid.json")
    assert files.load(tmp_path / "own.hybrid.json").extra["custom_blocks"][0]["file"] == "my_block.py"

    pid = window.engine.pid
    file.write_text(GOOD.replace("bias=False", "bias=True").replace('"My block"', '"Mine"'), encoding="utf-8")
    qtbot.waitUntil(lambda: "has changed since you agreed" in messages(window), timeout=PATIENCE)
    assert session.graph.nodes["own"].params == {"channels": 8}  # nothing is lost meanwhile
    assert "my_block.py has changed" in dialog.said.text() or dialog.agree_button.isEnabled()
    dialog.agree_button.click()
    qtbot.waitUntil(lambda: messages(window) == "", timeout=PATIENCE)
    assert session.catalogue["my_block"].title == "Mine"
    assert window.engine.pid == pid  # it reloads; it is not started again

    for line in ("__import__('os')._exit(5)", "while True: pass"):
        said.clear()
        monkeypatch.setattr(engine_client, "TRIAL_MS", 3000)
        file.write_text(
            GOOD.replace("        y = self.norm", f"        {line}\n        y = self.norm"), encoding="utf-8"
        )
        qtbot.waitUntil(lambda: "has changed since you agreed" in messages(window), timeout=PATIENCE)
        dialog.agree_button.click()
        qtbot.waitUntil(lambda: "it is left alone until it changes" in messages(window), timeout=PATIENCE)
        assert any(sentence.startswith("my_block.py ended the engine") for sentence in said), said
        assert "my_block" not in session.catalogue
    monkeypatch.setattr(engine_client, "TRIAL_MS", PATIENCE)
    file.write_text(GOOD, encoding="utf-8")
    qtbot.waitUntil(lambda: "has changed since you agreed" in messages(window), timeout=PATIENCE)
    dialog.agree_button.click()
    qtbot.waitUntil(lambda: messages(window) == "", timeout=PATIENCE)
    qtbot.mouseClick(dialog.forget_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "to which you have not agreed" in messages(window), timeout=PATIENCE)


def test_the_dialog_writes_a_file_and_shows_what_is_broken(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    window.engine.stop()
    (folder / "bad.py").write_text("import os\n", encoding="utf-8")
    dialog = OwnBlocksDialog(window)
    qtbot.addWidget(dialog)
    dialog.choose("bad.py")
    assert dialog.said.text().startswith("bad.py, line 1: os cannot be imported.")
    assert not dialog.agree_button.isEnabled()
    dialog.make("other")
    assert dialog.text.toPlainText() == template("other")
    dialog.make("other")
    assert "already" in dialog.said.text()
    dialog.make("No name")
    assert "no name for a block" in dialog.said.text()
