"""Starting: arguments, designs, the picture of the window, and that nothing of it needs torch."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.__main__ import design_of, main, size_of, stand
from app.composition import compose
from app.theme import DARK
from app.window import MainWindow
from hybridgraph import patterns, presets
from hybridgraph.errors import DocumentError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph

ROOT = Path(__file__).parents[2]


def test_a_design_is_a_preset_a_pattern_a_file_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.hybrid.json"
    files.save(presets.build("swin-t"), file)
    assert design_of("swin-t", demo=False) == (presets.build("swin-t"), None)
    assert design_of("C-C-T-T", demo=False) == (patterns.build("C-C-T-T"), None)
    assert design_of(str(file), demo=False) == (presets.build("swin-t"), file)
    assert design_of(None, demo=True) == (presets.build(presets.SAMPLE), None)
    assert design_of(None, demo=False) == (Graph(), None)
    with pytest.raises(DocumentError):
        design_of(str(tmp_path / "gone.hybrid.json"), demo=False)


def test_a_size_is_two_numbers() -> None:
    assert size_of("1680x1020") == (1680, 1020)
    assert size_of(None) is None


@pytest.mark.parametrize(
    ("arguments", "part"),
    [(["/nowhere/a.hybrid.json"], "/nowhere/a.hybrid.json"), (["--size", "large"], "large is no size")],
)
def test_what_cannot_be_opened_is_one_sentence(
    qapp: QApplication, capsys: pytest.CaptureFixture[str], arguments: list[str], part: str
) -> None:
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert part in told
    assert "Traceback" not in told


@pytest.mark.parametrize("stands", [False, True], ids=["hidden", "standing"])
def test_a_bare_window_is_furnished_where_it_stands(
    stands: bool, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(DARK, settings)
    qtbot.addWidget(window, before_close_func=lambda one: one.session.undo_stack.setClean())
    if stands:
        stand(window, qapp)
        assert window.isVisible()
        assert not window.is_furnished
    compose(window, tmp_path / "runs", state=tmp_path / "state", with_engine=False)
    window.show()
    window.documents.start(presets.build("pocket-moat"))
    qapp.processEvents()
    docks = window.docks
    assert (docks["Blocks"].width(), docks["Inspector"].width(), docks["Work"].height()) == (224, 330, 300)
    assert all(part.isVisible() for part in window.parts())


def test_a_bare_window_closes(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    window = MainWindow(DARK, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(window)
    stand(window, qapp)
    assert window.close()
    assert not window.isVisible()


@pytest.mark.slow
def test_the_window_is_rendered_to_a_file_without_torch_in_its_process(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    code = (
        "import sys; from app.__main__ import main; "
        f"rc = main(['pocket-moat', '--screenshot', {str(picture)!r}, '--size', '1200x800', '--theme', 'light']); "
        "sys.exit(rc or 10 * any(name.split('.')[0] == 'torch' for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1200, 800)
    colours = {image.pixel(x, y) for x in range(0, 1200, 7) for y in range(0, 800, 7)}
    assert len(colours) > 40
