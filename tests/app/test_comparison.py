"""Comparing in the window: what is marked on the canvas, what the panel says, going about, and the way out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.canvas.geometry import Rect
from app.comparison import desk
from app.comparison.desk import TAB, Comparing
from app.comparison.marks import Mark
from app.comparison.overlay import colour
from app.comparison.runs import results_of
from app.dialogs import Chooser
from app.engine_client import EngineClient
from app.furniture import furnish
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK, LIGHT, contrast
from app.window import MainWindow
from hybridgraph.comparison import SIGNS
from hybridgraph.graph import edits, files, regroup
from hybridgraph.graph.model import Edge, Graph, Node, frozen
from tests.app.conftest import CATALOGUE, small_graph
from tests.app.test_engine_client import FAKE
from tests.comparison.test_costs import TIMED, a_run


class Answers:
    """Chooses a file, and agrees to nothing else."""

    path = ""

    def new_design(self, *_: object) -> None:
        return None

    def open_path(self, *_: object) -> str:
        return self.path

    def save_path(self, *_: object) -> str:
        return self.path

    def ask(self, *_: object) -> str:
        return "cancel"


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers()


@pytest.fixture(scope="module")
def room(
    qapp: QApplication, tmp_path_factory: pytest.TempPathFactory, answers: Answers
) -> Iterator[MainWindow]:
    """One window for all: it takes a second to make."""
    themes.apply(qapp, DARK)
    folder = tmp_path_factory.mktemp("window")
    session = Session(CATALOGUE, small_graph())
    engine = EngineClient(session, [*FAKE], session)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    runs = RunDesk(engine, folder / "runs", session)
    made = MainWindow(DARK, settings)
    furnish(made, session, engine, runs, folder / "state", answers)  # type: ignore[arg-type]
    session.setParent(made)
    made.resize(1300, 900)
    made.show()
    yield made
    engine.stop()
    made.close()
    made.deleteLater()
    qapp.setStyleSheet("")


@pytest.fixture
def window(room: MainWindow) -> Iterator[MainWindow]:
    """The window with a fresh document."""
    room.documents.start(small_graph())
    yield room
    desk.of(room).end()
    if room.theme is not DARK:  # takes a second
        room.set_theme(DARK)
    for document in room.documents.tabs[:]:
        document.undo_stack.setClean()
        document.is_unsaved_start = False
        room.documents.close(document)


def former() -> Graph:
    """The small design before four edits: no gate, a stage of one block more, another head, other places."""
    graph = edits.set_param(small_graph(), ("head",), "classes", 100, CATALOGUE)
    graph = edits.set_repeat(graph, ("stage1",), 4)
    graph = edits.move(graph, {"stem": (200.0, 160.0)})
    old = Node(id="old", block="gate", params=frozen({"reduction": 4}), x=200, y=320)
    return edits.connect(edits.add_node(graph, old), Edge("stem", "y", "old", "x"), CATALOGUE)


def begun(window: MainWindow, graph: Graph | None = None) -> Comparing:
    comparing = desk.of(window)
    comparing.begin("former", graph or former())
    return comparing


def marked(comparing: Comparing) -> dict[tuple[str, ...] | None, Mark]:
    assert comparing.overlay is not None
    return {mark.path: mark for mark in comparing.overlay.marks}


def offered(window: MainWindow) -> Chooser:
    window.actions_set["compare"].trigger()
    (found,) = [one for one in window.findChildren(Chooser) if one.isVisible()]
    found.close()
    return found


# -- on the canvas


def test_every_difference_is_marked_where_it_is(window: MainWindow):
    comparing = begun(window)
    found = marked(comparing)
    assert {path: mark.sign for path, mark in found.items()} == {
        ("head",): "changed", ("stage1",): "changed", ("stem",): "moved", None: "removed",
    }  # fmt: skip
    for path in (("head",), ("stage1",), ("stem",)):
        assert found[path].rect == window.canvas.design.rect_of(path)
    assert found["head",].label == "~ 1"
    assert "classes: 100 → 10" in comparing.tell(found["head",])
    assert found[None].title == "Squeeze-and-Excitation"
    assert found[None].rect[:2] == (200, 320)
    assert found["stem",].came_from == Rect(200, 160, *found["stem",].rect[2:]).center
    assert found["stage1",].came_from is None


def test_a_ghost_covers_no_card(window: MainWindow):
    graph = edits.move(former(), {"old": (200.0, 0.0)})
    ghost = marked(begun(window, graph))[None].rect
    for path in (("image",), ("stem",), ("stage1",), ("head",)):
        other = window.canvas.design.rect_of(path)
        assert other is not None
        assert not ghost.meets(other)


def test_what_is_folded_away_is_marked_on_its_stage(window: MainWindow):
    graph = edits.set_param(small_graph(), ("stage1", "conv"), "kernel", 5, CATALOGUE)
    window.session.apply("Fold", lambda now: edits.set_collapsed(now, ("stage1",), True))
    graph = edits.set_collapsed(graph, ("stage1",), True)
    comparing = begun(window, graph)
    mark = marked(comparing)["stage1",]
    assert mark.label == "~ 1 inside"
    assert "kernel: 5 → 3 (default)" in comparing.tell(mark)


def test_an_edit_is_compared_at_once(window: MainWindow, qtbot: QtBot):
    comparing = begun(window, small_graph())
    assert comparing.overlay is not None
    assert comparing.overlay.marks == ()
    window.session.apply("Repeat", lambda graph: edits.set_repeat(graph, ("stage1",), 7))
    qtbot.waitUntil(lambda: set(marked(comparing)) == {("stage1",)})
    window.session.undo_stack.undo()
    qtbot.waitUntil(lambda: not marked(comparing))


def test_grouping_marks_the_new_stage_and_removes_nothing(window: MainWindow):
    window.session.apply("Group", lambda graph: regroup.group(graph, ["stem"])[0])
    signs = {mark.sign for mark in marked(begun(window, small_graph())).values()}
    assert "added" in signs
    assert "removed" not in signs


def test_the_tip_of_a_badge_tells_before_and_after(window: MainWindow):
    comparing = begun(window)
    canvas, mark = window.canvas, marked(comparing)["stage1",]
    canvas.zoom_to(1.0)
    canvas.centerOn(QPointF(*mark.rect.center))
    spot = canvas.mapFromScene(QPointF(mark.rect.center[0], mark.rect.y))
    event = QHelpEvent(QEvent.Type.ToolTip, spot, canvas.viewport().mapToGlobal(spot))
    QApplication.sendEvent(canvas.viewport(), event)
    assert QToolTip.text() == comparing.tell(mark)
    assert "repeat: 4 → 2" in QToolTip.text()
    QToolTip.hideText()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_badges_can_be_read(theme: themes.Theme):
    for sign in SIGNS:
        assert contrast(colour(theme, sign), theme.on_accent) >= 4.5


@pytest.mark.parametrize("zoom", [0.05, 0.3, 1.0, 2.0])
def test_the_overlay_is_painted_at_every_zoom(window: MainWindow, zoom: float):
    window.canvas.zoom_to(zoom)
    rect = window.canvas.design.rect_of(("stage1",))
    assert rect is not None
    window.canvas.centerOn(QPointF(*rect.center))
    comparing = begun(window)
    window.canvas.viewport().repaint()
    with_marks = window.canvas.viewport().grab().toImage()
    comparing.end()
    assert window.canvas.viewport().grab().toImage() != with_marks


# -- the panel, and going about


def test_f7_goes_round_the_differences_in_both_directions(window: MainWindow):
    comparing = begun(window)
    seen = []
    for _ in range(5):
        window.actions_set["next_difference"].trigger()
        seen.append(next(iter(window.session.selection), None))
    assert seen[0] == seen[4]
    assert set(seen) == {("stem",), ("stage1",), ("head",), None}
    window.actions_set["previous_difference"].trigger()
    assert next(iter(window.session.selection), None) == seen[3]
    assert comparing.panel is not None
    assert comparing.panel.list.currentItem() is comparing.panel.list.topLevelItem(3)


def test_a_difference_out_of_sight_is_brought_into_view(window: MainWindow):
    comparing = begun(window)
    window.canvas.zoom_to(2.0)
    window.canvas.centerOn(QPointF(-2000, -2000))
    comparing.go(0)
    assert comparing.overlay is not None
    middle = comparing.overlay.marks[0].rect.center
    assert window.canvas.seen().contains(QPointF(*middle))


def test_the_table_has_the_costs_of_both(window: MainWindow, qtbot: QtBot):
    with qtbot.waitSignal(window.session.analysis_changed):
        window.engine.start()
    comparing = begun(window)
    assert comparing.panel is not None
    table = comparing.panel.table
    qtbot.waitUntil(lambda: table.columnCount() == 8)
    rows = {table.item(row, 1).text(): row for row in range(table.rowCount())}
    assert next(iter(rows)) == "Whole network"
    assert table.item(rows["Squeeze-and-Excitation"], 0).text() == "−"
    qtbot.waitUntil(lambda: table.item(rows["Stage 1"], 3).text() == "=")


def test_a_stage_in_the_table_leads_to_its_difference(window: MainWindow):
    comparing = begun(window)
    assert comparing.panel is not None
    table = comparing.panel.table
    row = next(row for row in range(table.rowCount()) if table.item(row, 1).text() == "Stage 1")
    table.itemClicked.emit(table.item(row, 1))
    assert window.session.selection == {("stage1",)}


def test_runs_of_the_same_network_add_latency(window: MainWindow):
    a_run(window.desk.root / "one", former(), *TIMED[:1], *TIMED[3:])
    a_run(window.desk.root / "other", edits.set_repeat(former(), ("stage1",), 3), *TIMED)
    found = results_of(window.desk.root, former())
    assert found is not None
    assert found.total_us == 200
    assert results_of(window.desk.root, Graph()) is None
    comparing = begun(window)
    assert comparing.panel is not None
    assert "batch of 4" in comparing.panel.note.text()


# -- beginning and ending


def test_ending_takes_everything_away(window: MainWindow, qtbot: QtBot):
    items, tabs = len(window.canvas.design.items()), window.tabs.count()
    for way in ("action", "plate", "panel", "again"):
        comparing = begun(window)
        assert window.tabs.tabText(window.tabs.count() - 1) == TAB
        assert comparing.plate is not None
        assert comparing.panel is not None
        end: dict[str, Callable[[], object]] = {
            "action": window.actions_set["end_comparison"].trigger,
            "plate": comparing.plate.closed.emit,
            "panel": comparing.panel.closed.emit,
            "again": lambda: (begun(window), desk.of(window).end()),
        }
        end[way]()
        assert comparing.comparison is None
        assert (len(window.canvas.design.items()), window.tabs.count()) == (items, tabs)
    window.actions_set["next_difference"].trigger()  # says that nothing is compared


def test_another_document_ends_it(window: MainWindow):
    comparing = begun(window)
    window.documents.start(replace(small_graph(), name="other"))
    assert comparing.comparison is None


def test_a_saved_design_can_be_compared_with_its_file(window: MainWindow, answers: Answers, tmp_path: Path):
    answers.path = str(tmp_path / "mine.hybrid.json")
    window.actions_set["save"].trigger()
    window.session.apply("Repeat", lambda graph: edits.set_repeat(graph, ("stage1",), 7))
    (offer,) = [one for one in offered(window).offers if one.title == "Last saved version"]
    offer.run()
    assert set(marked(desk.of(window))) == {("stage1",)}


def test_files_open_designs_and_presets_are_offered(window: MainWindow, answers: Answers, tmp_path: Path):
    files.save(former(), tmp_path / "other.hybrid.json")
    answers.path = str(tmp_path / "other.hybrid.json")
    window.documents.start(edits.set_name(small_graph(), "second"))
    offers = {one.title: one for one in offered(window).offers}
    assert {"A file…", "small", "moat-0"} <= set(offers)
    assert "Last saved version" not in offers
    offers["A file…"].run()
    assert desk.of(window).baseline == "other.hybrid.json"
    offers["small"].run()
    assert desk.of(window).baseline == "small"


def test_a_file_that_cannot_be_read_is_refused(
    window: MainWindow, answers: Answers, tmp_path: Path, qtbot: QtBot
):
    answers.path = str(tmp_path / "broken.hybrid.json")
    Path(answers.path).write_text("{")
    offers = {one.title: one for one in offered(window).offers}
    with qtbot.waitSignal(window.session.notified) as said:
        offers["A file…"].run()
    assert said.args[0] == "error"
    assert desk.of(window).comparison is None


def test_the_page_of_the_comparison_is_written_and_a_full_path_is_told(window: MainWindow, tmp_path: Path):
    said: list[tuple[str, str]] = []
    window.session.notified.connect(lambda *words: said.append(words))
    comparing = begun(window)
    comparing.write_page(tmp_path / "page.html")
    comparing.write_page(tmp_path / "no" / "folder" / "page.html")
    assert (tmp_path / "page.html").read_text().count("<svg") == 1
    assert [severity for severity, _ in said] == ["info", "error"]


def test_the_plate_makes_room_for_what_floats_in_its_corner(window: MainWindow, qtbot: QtBot):
    plate = begun(window).plate
    assert plate is not None
    at_first = plate.pos()
    other = QWidget(window.canvas)
    other.setGeometry(plate.geometry().adjusted(20, -4, -20, 4))
    other.show()
    window.session.select([("stem",)])
    qtbot.waitUntil(lambda: not plate.geometry().intersects(other.geometry()))
    other.hide()
    window.session.select([])
    qtbot.waitUntil(lambda: plate.pos() == at_first)
    other.deleteLater()


def test_the_comparison_follows_the_theme(window: MainWindow):
    comparing = begun(window)
    assert comparing.plate is not None
    dark = comparing.plate.grab().toImage()
    window.set_theme(LIGHT)
    assert comparing.plate.grab().toImage().pixelColor(20, 10) != dark.pixelColor(20, 10)


def test_the_keys_are_f7_and_shift_f7(window: MainWindow, qtbot: QtBot):
    begun(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Qt.Key.Key_F7)
    first = window.session.selection
    qtbot.keyClick(window.canvas, Qt.Key.Key_F7)
    assert window.session.selection != first
    qtbot.keyClick(window.canvas, Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.selection == first
