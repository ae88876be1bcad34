"""The window of results: the matrix in the hand, figures in order, mistakes as pictures, and runs that lack something."""

from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.results.classes import ClassTable
from app.results.matrix import ConfusionMatrix
from app.results.reliability import Reliability, summary, told
from app.results.window import CALIBRATION, MISTAKES, ResultsWindow
from app.theme import DARK, LIGHT
from hybridgraph import presets
from hybridgraph.graph import files
from hybridgraph.jobs import TrainJob
from hybridgraph.results.ordering import by_confusion
from hybridgraph.runs import Run, create_run
from hybridgraph.runs.evaluation import Evaluation, save_evaluation
from hybridgraph.runs.predictions import Predictions

CLASSES = ("boat", "cat", "dog")
EVALUATION = Evaluation(
    epoch=2, loss=0.5, classes=CLASSES,
    pairs=((0, 0, 3), (1, 0, 0 + 1), (1, 1, 1), (1, 2, 2), (2, 1, 3), (2, 2, 1)),
)  # fmt: skip


@pytest.fixture(autouse=True)
def styled(qapp: QApplication) -> Iterator[None]:
    themes.apply(qapp, DARK)
    yield
    qapp.setStyleSheet("")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run on nine validation pictures of three classes, each picture of a shade of its own."""
    for part, count in (("train", 1), ("val", 3)):
        for label, name in enumerate(CLASSES):
            folder = tmp_path / "pictures" / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                shade = 20 + 20 * (3 * label + number)
                Image.fromarray(np.full((6, 6), shade, np.uint8)).save(folder / f"{number}.png")
    job = TrainJob(data=f"folder:{tmp_path / 'pictures'}", classes=3, image_size=6, channels_in=1)
    made = create_run(
        tmp_path / "run", graph_text=files.dumps(presets.build("pocket-moat")), source="", job=job
    )
    predictions = Predictions(
        epoch=2, data="", pictures=array("i", range(9)), labels=array("i", [0, 0, 0, 1, 1, 1, 2, 2, 2]),
        told=array("i", [0, 0, 0, 1, 2, 2, 1, 1, 2]), confidence=array("f", [0.9] * 9),
        losses=array("f", [0.1, 0.1, 0.1, 0.2, 3.0, 1.0, 2.0, 4.0, 0.3]),
    )  # fmt: skip
    pairs = ((0, 0, 3), (1, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 1))
    save_evaluation(
        made.path, Evaluation(epoch=2, loss=0.5, classes=CLASSES, pairs=pairs, predictions=predictions)
    )
    return made


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[ResultsWindow]:
    made = ResultsWindow(DARK)
    qtbot.addWidget(made)
    made.show()
    QApplication.processEvents()
    yield made
    made.close()


def click(matrix: ConfusionMatrix, cell: tuple[int, int]) -> None:
    place = matrix._rect(cell, matrix._area()).center()
    assert matrix.cell_at(place) == cell
    event = QMouseEvent(
        QEvent.Type.MouseButtonPress, QPointF(place), matrix.mapToGlobal(QPointF(place)), Qt.MouseButton.LeftButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(matrix, event)


def test_classes_that_are_confused_stand_side_by_side() -> None:
    far = Evaluation(
        epoch=0, loss=1, classes=("a", "b", "c", "d"),
        pairs=((0, 0, 9), (0, 3, 5), (1, 2, 7), (2, 2, 9), (3, 0, 1), (3, 3, 9)),
    )  # fmt: skip
    order = by_confusion(far)
    assert sorted(order) == [0, 1, 2, 3]
    assert abs(order.index(0) - order.index(3)) == 1
    assert abs(order.index(1) - order.index(2)) == 1


def test_the_matrix_goes_with_mouse_and_keyboard(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    matrix.resize(400, 380)
    matrix.show_evaluation(EVALUATION)
    chosen: list[tuple[int, int]] = []
    matrix.chosen.connect(lambda *cell: chosen.append(cell))
    click(matrix, (2, 1))
    assert chosen == [(2, 1)]
    assert matrix.accessibleDescription() == "3 of 4 pictures of dog told to be cat (75 %)"
    matrix.order(is_grouped=True)
    row, column = (matrix.classes.index(one) for one in (2, 1))
    QTest.keyClick(matrix, Qt.Key.Key_Up if row else Qt.Key.Key_Down)
    assert matrix.cell is not None
    assert matrix.classes.index(matrix.cell[0]) == (row - 1 if row else 1)
    assert matrix.classes.index(matrix.cell[1]) == column
    QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert chosen[1] == matrix.cell
    matrix.set_theme(LIGHT)
    assert not matrix.grab().isNull()
    matrix.show_evaluation(None)
    assert matrix.cell_at(QPointF(200, 200)) is None


def test_a_thousand_classes_are_a_picture_that_can_be_pointed_at(qtbot: QtBot) -> None:
    names = tuple(f"class {number}" for number in range(1000))
    pairs = tuple((number, (number * 7) % 1000, 5) for number in range(1000))
    matrix = ConfusionMatrix(DARK)
    qtbot.addWidget(matrix)
    matrix.resize(600, 600)
    matrix.show_evaluation(Evaluation(epoch=0, loss=1, classes=names, pairs=pairs))
    matrix.order(is_grouped=True)
    assert not matrix.grab().isNull()
    area = matrix._area()
    cell = matrix.cell_at(area.center())
    assert cell is not None
    assert matrix._rect(cell, area).adjusted(-1, -1, 1, 1).contains(area.center())


def test_figures_are_sorted_as_numbers_and_missing_ones_come_last(qtbot: QtBot) -> None:
    table = ClassTable()
    qtbot.addWidget(table)
    table.show_evaluation(
        Evaluation(
            epoch=0,
            loss=1,
            classes=("a", "b", "c"),
            pairs=((0, 0, 100), (1, 1, 9), (1, 0, 1)),
        )
    )

    def rows() -> list[str]:
        return [
            " ".join(str(table.model().index(row, column).data()) for column in range(6)) for row in range(3)
        ]

    assert rows()[0] == "b 10 100.0 % 90.0 % 94.7 % a  1"
    assert rows()[2] == "c 0 – – – "
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in rows()] == ["a", "b", "c"]
    table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in rows()] == ["a", "b", "c"]


def test_calibration_is_told_bin_by_bin(qtbot: QtBot, run: Run) -> None:
    from hybridgraph.results import results_of

    calibration = results_of(run).calibration
    assert calibration is not None
    diagram = Reliability(DARK)
    qtbot.addWidget(diagram)
    diagram.resize(420, 460)
    diagram.show_calibration(calibration)
    assert not diagram.grab().isNull()
    upper, _ = diagram._areas()
    found = diagram.bin_at(QPointF(upper.left() + 0.9 * upper.width(), upper.center().y()))
    assert found == calibration.bins[0]
    assert told(found).startswith(
        "9 pictures told with 87 to 93 % confidence: 55.6 % of them right, 90.0 % said"
    )
    assert diagram.bin_at(QPointF(upper.left() + 2, upper.center().y())) is None
    assert "34.44 %" in summary(calibration)


def test_a_click_on_a_cell_shows_its_pictures(qtbot: QtBot, window: ResultsWindow, run: Run) -> None:
    window.show_run(run)
    shown = window.gallery.pictures
    assert [one.told.picture for one in shown.shown] == [7, 4, 6, 5]
    assert shown.shown[0].words == ("dog", "→ cat  90 %", "true class 1.8 %")
    window.views[CALIBRATION].click()
    click(window.matrix, (1, 2))
    assert window._pages.currentIndex() == MISTAKES
    assert [one.told.picture for one in shown.shown] == [4, 5]
    assert window.heading.text().startswith("2 of 3 pictures of cat told to be dog")
    qtbot.waitUntil(lambda: shown.shown[0].place == 3 + 4, timeout=60_000)
    window.thumbs.get(7)
    qtbot.waitUntil(lambda: window.thumbs.get(7) is not None, timeout=60_000)
    thumb = window.thumbs.get(7)
    assert thumb is not None
    assert thumb.name == str(Path("val", "cat", "1.png"))
    assert thumb.pixmap.toImage().pixelColor(1, 1).red() == 20 + 20 * 4
    assert window.fault.isHidden()
    window.show_class(2)
    assert [one.told.picture for one in shown.shown] == [7, 6]
    window.all_mistakes.click()
    assert len(shown.shown) == 4
    window.set_theme(LIGHT)
    assert not window.grab().isNull()


def test_vanished_pictures_are_a_sentence_and_the_figures_stay(
    qtbot: QtBot, window: ResultsWindow, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "pictures").rename(tmp_path / "elsewhere")
    window.show_run(run)
    qtbot.waitUntil(lambda: not window.fault.isHidden(), timeout=60_000)
    assert "pictures" in window.fault.text()
    assert len(window.gallery.pictures.shown) == 4
    assert "top-1 55.56 %" in window.word.text()


def test_a_run_is_followed_and_one_without_results_says_so(window: ResultsWindow, run: Run) -> None:
    kept = (run.path / "evaluation.json").read_bytes()
    (run.path / "evaluation.json").unlink()
    window.show_run(run)
    assert "has no results yet" in window.fault.text()
    assert window.matrix.classes == []
    (run.path / "evaluation.json").write_bytes(kept)
    window.look()
    assert "After epoch 3" in window.word.text()
    assert window.fault.isHidden()


def test_everything_in_the_window_has_a_name(window: ResultsWindow, run: Run) -> None:
    window.show_run(run)
    for part in (window.matrix, window.table, window.reliability, window.gallery):
        assert part.accessibleName()
    assert all(button.text() for button in (*window.views.values(), window.grouped, window.all_mistakes))
    assert any(label.text() == "Confusion" for label in window.findChildren(QLabel))
