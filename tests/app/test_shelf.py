"""A person's own stages: kept as files, listed in the palette, dragged into designs, renamed and deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from app.canvas.view import CanvasView
from app.engine_client import EngineClient
from app.furniture import furnish
from app.panels.palette import Palette
from app.runs import RunDesk
from app.session import STAGE_MIME, Session
from app.stages.dialog import StageDialog
from app.stages.shelf import Shelf
from app.theme import DARK
from app.window import MainWindow
from hybridgraph.errors import DocumentError
from hybridgraph.graph import fragments
from hybridgraph.graph.model import Edge, Graph
from hybridgraph.graph.values import First, Ref
from tests.app.conftest import CATALOGUE, small_graph
from tests.app.test_engine_client import FAKE


@pytest.fixture
def shelf(qapp: QApplication, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "data" / "stages")


@pytest.fixture
def palette(qtbot: QtBot, session: Session, shelf: Shelf) -> Palette:
    made = Palette(session, DARK, shelf=shelf)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    session = Session(CATALOGUE, small_graph())
    engine = EngineClient(session, [*FAKE], session)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    desk = RunDesk(engine, tmp_path / "runs", session)
    made = MainWindow(DARK, settings)
    furnish(made, session, engine, desk, tmp_path / "state", stages=tmp_path / "stages")
    session.setParent(made)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    made.show()
    yield made
    engine.stop()


def stage() -> Graph:
    return fragments.fragment(small_graph(), ["stage1"])


def row(palette: Palette, title: str) -> QModelIndex:
    model = palette.model
    return next(model.index(at) for at in range(model.rowCount()) if model.index(at).data() == title)


def test_a_kept_stage_is_found_again_with_its_name(shelf: Shelf) -> None:
    shelf.keep("Two convolutions", stage())
    shelf.keep("Two convolutions", stage())
    again = Shelf(shelf.folder)
    again.read()
    assert [one.name for one in again.stages] == ["Two convolutions", "Two convolutions"]
    assert again.stages[0].group.body == small_graph().item(("stage1",)).body
    assert len({one.file for one in again.stages}) == 2


def test_damaged_files_are_named_and_left_alone(shelf: Shelf, palette: Palette, notices) -> None:
    shelf.keep("Good", stage())
    (shelf.folder / "broken.hybrid.json").write_text("{")
    (shelf.folder / "empty.hybrid.json").write_text('{"format": "hybridgraph", "version": 1}')
    shelf.read()
    assert [one.name for one in shelf.stages] == ["Good"]
    assert "broken" in notices[-1][1]
    assert "empty" in notices[-1][1]
    assert (shelf.folder / "broken.hybrid.json").read_text() == "{"


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DocumentError, match="cannot be made"):
        Shelf(tmp_path / "file" / "stages").keep("One", stage())


def test_the_palette_lists_and_finds_own_stages(qtbot: QtBot, shelf: Shelf, palette: Palette) -> None:
    assert palette.model.index(0).data() == "Convolution"
    shelf.keep("Two convolutions", stage())
    assert [palette.model.index(at).data() for at in range(2)] == ["My stages", "Two convolutions"]
    assert not palette.grab().isNull()
    qtbot.keyClicks(palette.search, "two")
    with qtbot.waitSignal(palette.stage_requested, timeout=1000) as asked:
        qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert asked.args[0].nodes["stage1"].repeat == 2


def test_an_own_stage_is_renamed_by_typing_over_it(qtbot: QtBot, shelf: Shelf, palette: Palette) -> None:
    shelf.keep("Two convolutions", stage())
    palette.list.setCurrentIndex(row(palette, "Two convolutions"))
    palette.list.setFocus()
    qtbot.keyClick(palette.list, Qt.Key.Key_F2)
    field = palette.list.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "Pair")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [one.name for one in shelf.stages] == ["Pair"])
    assert shelf.stages[0].group.title == "Pair"


def test_an_own_stage_is_deleted_when_the_person_is_sure(
    qtbot: QtBot, shelf: Shelf, palette: Palette, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.keep("Pair", stage())
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    for answer, left in ((no, 1), (yes, 0)):
        palette.list.setCurrentIndex(row(palette, "Pair"))
        monkeypatch.setattr(QMessageBox, "question", lambda *_, answer=answer: answer)
        qtbot.keyClick(palette.list, Qt.Key.Key_Delete)
        assert len(shelf.stages) == left
        assert len(list(shelf.folder.glob("*.json"))) == left


def test_an_own_stage_is_dragged_into_a_wire_of_a_design(
    qtbot: QtBot, session: Session, shelf: Shelf, palette: Palette
) -> None:
    shelf.keep("Pair", stage())
    data = palette.model.mimeData([row(palette, "Pair")])
    view = CanvasView(session, DARK)
    qtbot.addWidget(view)
    view.resize(1400, 700)
    view.show()
    view.zoom_to(1.0)
    view.centerOn(500, 80)
    stem = view.design.rect_of(("stem",))
    place = QPointF(view.mapFromScene(stem.x - 30, stem.center[1]))
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), copy, data, left, none)
    QApplication.sendEvent(view.viewport(), enter)
    assert enter.isAccepted()
    QApplication.sendEvent(view.viewport(), QDropEvent(place, copy, data, left, none))
    assert session.selection == {("stage1_2",)}
    assert {Edge("image", "y", "stage1_2", "x"), Edge("stage1_2", "y", "stem", "x")} <= set(
        session.graph.edges
    )
    assert session.graph.item(("stage1_2",)).title == "Pair"
    session.undo_stack.undo()
    assert session.graph == small_graph()


def test_text_that_is_no_stage_is_not_taken(qtbot: QtBot, session: Session) -> None:
    view = CanvasView(session, DARK)
    qtbot.addWidget(view)
    data = QMimeData()
    data.setData(STAGE_MIME, b"{}")
    event = QDragEnterEvent(
        QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)
    assert not event.isAccepted()


# ----------------------------------------------------------------------------------------------------- promoting


def tick(dialog: StageDialog, label: str) -> None:
    block = dialog.tree.topLevelItem(0)
    item = next(block.child(at) for at in range(block.childCount()) if block.child(at).text(0) == label)
    on = item.checkState(0) == Qt.CheckState.Checked
    item.setCheckState(0, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)


def test_ticks_make_parameters_of_the_stage_and_take_them_back(qtbot: QtBot) -> None:
    dialog = StageDialog(small_graph(), ("stage1",), CATALOGUE, None)
    qtbot.addWidget(dialog)
    dialog.show()
    tick(dialog, "Stride")
    assert dialog.graph.item(("stage1",)).params["stride"] == First(2, 1)
    assert dialog.graph.item(("stage1", "conv")).params["stride"] == Ref("stride")
    tick(dialog, "Channels")
    assert dialog.graph.item(("stage1", "conv")).params["channels"] == 96
    tick(dialog, "Stride")
    assert dict(dialog.graph.item(("stage1",)).params) == {}


def test_a_stage_is_kept_from_the_window_with_chosen_parameters(window, qtbot: QtBot) -> None:
    window.session.select([("stage1",)])

    def answer() -> None:
        dialog = window.findChild(StageDialog)
        tick(dialog, "Kernel")
        dialog.name.setText("Mine")
        qtbot.mouseClick(
            dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok),
            Qt.MouseButton.LeftButton,
        )

    QTimer.singleShot(0, answer)
    window.actions_set["keep_stage"].trigger()
    assert [one.name for one in window.shelf.stages] == ["Mine"]
    assert set(window.shelf.stages[0].group.params) == {"channels", "kernel"}
    assert window.session.graph == small_graph()
    window.palette_panel.list.setCurrentIndex(row(window.palette_panel, "Mine"))
    window.palette_panel.list.activated.emit(window.palette_panel.list.currentIndex())
    assert "stage1_2" in window.session.graph.nodes


def test_parameters_of_a_stage_are_chosen_in_the_design_as_one_step(window, qtbot: QtBot) -> None:
    window.session.select([("stage1",)])

    def answer() -> None:
        dialog = window.findChild(StageDialog)
        tick(dialog, "Kernel")
        dialog.accept()

    QTimer.singleShot(0, answer)
    window.actions_set["stage_params"].trigger()
    assert window.session.graph.item(("stage1",)).params["kernel"] == 3
    window.session.undo_stack.undo()
    assert window.session.graph == small_graph()
