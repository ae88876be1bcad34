"""The window of a run's results: the confusion at the left; mistakes, classes or calibration at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.data.looker import Looker
from app.data.thumbs import Thumbs
from app.labels import ElidedLabel
from app.language import counted, mark, told, tr
from app.quantities import digits, spaced
from app.results.classes import ClassTable
from app.results.gallery import Gallery, Shown
from app.results.matrix import ConfusionMatrix
from app.results.reliability import Reliability
from app.theme import Theme
from app.viewbuttons import view_button, view_buttons
from hybridgraph.errors import HybridGraphError
from hybridgraph.results.results import Results, results_of
from hybridgraph.runs import Run
from hybridgraph.runs.evaluation import EVALUATION_FILE
from hybridgraph.runs.predictions import Told

MOST = 240
"""Pictures shown at a time, those with the highest loss first."""
LOOK_MS = 2000
_VIEWS = (mark("Mistakes"), mark("Classes"), mark("Calibration"))
MISTAKES, CLASSES, CALIBRATION = range(3)


class ResultsWindow(QWidget):
    """Shows one run at a time, and follows it while it trains."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.resize(1240, 800)
        self._run: Run | None = None
        self._results: Results | None = None
        self._stamp = 0
        self._places: dict[int, int] = {}
        self._listed: Sequence[Told] = ()
        self._theme = theme
        self.looker = Looker(self)
        self.thumbs = Thumbs(self.looker, self)
        self.matrix = ConfusionMatrix(theme)
        self.table = ClassTable()
        self.reliability = Reliability(theme)
        self.gallery = Gallery(self.thumbs, theme)
        self.title = ElidedLabel()
        self.title.setProperty("role", "title")
        self.word = ElidedLabel()
        self.word.setProperty("role", "muted")
        self.heading = ElidedLabel()
        self.heading.setProperty("role", "card-title")
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.fault.setProperty("role", "warning")
        self.fault.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._make_buttons()
        self._lay_out()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.matrix.chosen.connect(self.show_cell)
        self.table.chosen.connect(self.show_class)
        QShortcut(QKeySequence.StandardKey.Close, self, self.close)

    def _make_buttons(self) -> None:
        self._pages = QStackedWidget()
        self.views = view_buttons(dict(enumerate(_VIEWS)), self._pages.setCurrentIndex, self, chosen=MISTAKES)
        self.grouped = view_button(tr("Ordered by confusion"))
        self.grouped.setToolTip(tr("Classes that are taken for one another stand side by side"))
        self.grouped.toggled.connect(lambda is_on: self.matrix.order(is_grouped=is_on))
        self.all_mistakes = QToolButton()
        self.all_mistakes.setText(tr("All mistakes"))
        self.all_mistakes.setToolTip(tr("The worst mistakes of all classes"))
        self.all_mistakes.clicked.connect(self.show_mistakes)

    def _lay_out(self) -> None:
        mistakes = QWidget()
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.all_mistakes)
        column = QVBoxLayout(mistakes)
        column.setContentsMargins(0, 4, 0, 0)
        column.addLayout(head)
        column.addWidget(self.fault)
        column.addWidget(self.gallery, 1)
        for page in (mistakes, self.table, self.reliability):
            self._pages.addWidget(page)
        left, right = QFrame(), QFrame()
        for frame, buttons, body in (
            (left, [self.grouped], self.matrix),
            (right, self.views.values(), self._pages),
        ):
            frame.setProperty("role", "card")
            inner = QVBoxLayout(frame)
            inner.setContentsMargins(12, 8, 12, 10)
            row = QHBoxLayout()
            if frame is left:
                label = QLabel(tr("Confusion"))
                label.setProperty("role", "card-title")
                row.addWidget(label, 1)
            for button in buttons:
                row.addWidget(button)
            if frame is right:
                row.addStretch(1)
            inner.addLayout(row)
            inner.addWidget(body, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([600, 620])
        split.setHandleWidth(10)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 14)
        whole.addWidget(self.title)
        whole.addWidget(self.word)
        whole.addWidget(split, 1)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self._theme = theme
        for part in (self.matrix, self.reliability, self.gallery):
            part.set_theme(theme)

    # ------------------------------------------------------------------------------------------------- showing

    def show_run(self, run: Run) -> None:
        """Show another run; what it lacks is said."""
        self._run, self._stamp = run, 0
        self.setWindowTitle(tr("Results of {name}", name=run.name))
        self.title.setText(run.name)
        self.matrix.select(None)
        self.views[MISTAKES].click()
        self.look()
        self._timer.start()

    def look(self) -> None:
        """Read the results anew if there are newer ones."""
        run = self._run
        if run is None:
            return
        try:
            stamp = (run.path / EVALUATION_FILE).stat().st_mtime_ns
        except OSError:
            stamp = -1
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            results = results_of(run)
        except HybridGraphError as error:
            self._show(None, told(str(error)))
            return
        self._show(results, told(results.remark))
        if results.predictions is not None:
            self.looker.request("open", self._opened, self._not_opened, run=str(run.path))

    def _show(self, results: Results | None, fault: str) -> None:
        self._results, self._places = results, {}
        self.thumbs.forget()
        evaluation = results.evaluation if results else None
        self.word.setText("" if evaluation is None else tr(
            "After epoch {epoch}: top-1 {top1:.2f} %, loss {loss} on {count} validation pictures",
            epoch=evaluation.epoch + 1, top1=100 * evaluation.top1, loss=digits(evaluation.loss),
            count=spaced(evaluation.count),
        ))  # fmt: skip
        self.matrix.show_evaluation(evaluation)
        self.table.show_evaluation(evaluation)
        self.reliability.show_calibration(results.calibration if results else None)
        self.fault.setText(fault)
        self.fault.setVisible(bool(fault))
        if self.matrix.cell is not None:
            self.show_cell(*self.matrix.cell)
        else:
            self.show_mistakes()

    def _opened(self, content: Mapping[str, Any]) -> None:
        predictions = self._results.predictions if self._results else None
        if predictions is not None and len(predictions) == len(content["places"]):
            self._places = dict(zip(predictions.pictures, content["places"], strict=True))
            self.thumbs.forget()
            self._fill()

    def _not_opened(self, sentence: str) -> None:
        self.fault.setText(told(sentence))
        self.fault.show()

    def show_mistakes(self) -> None:
        """Show the worst mistakes of all classes."""
        self.matrix.select(None)
        listed = self._predicted(lambda predictions: predictions.mistakes(MOST))
        self._list(listed, tr("The worst mistakes: those with the highest loss"))

    def show_class(self, number: int) -> None:
        """Show the worst mistakes of one class."""
        self.matrix.select(None)
        listed = self._predicted(
            lambda predictions: [
                one for one in predictions.mistakes(len(predictions)) if one.label == number
            ][:MOST]
        )
        name = self._results.evaluation.classes[number] if self._results else ""
        self._list(listed, tr("The worst mistakes of {name}", name=name))

    def show_cell(self, true: int, answer: int) -> None:
        """Show the pictures of a cell of the confusion."""
        self.matrix.select((true, answer))
        listed = self._predicted(lambda predictions: predictions.of_cell(true, answer, MOST))
        self._list(listed, self.matrix.told((true, answer)))

    def _predicted(self, ask: Any) -> Sequence[Told]:
        predictions = self._results.predictions if self._results else None
        return ask(predictions) if predictions is not None else ()

    def _list(self, listed: Sequence[Told], heading: str) -> None:
        self._listed = listed
        more = counted("{number} picture", "{number} pictures", len(listed))
        self.heading.setText(f"{heading}  ·  {more}" if listed else heading)
        self.all_mistakes.setEnabled(self._results is not None)
        self._fill()
        self.views[MISTAKES].click()

    def _fill(self) -> None:
        if self._results is None:
            self.gallery.show_pictures(())
            return
        classes = self._results.evaluation.classes
        self.gallery.show_pictures([
            Shown(place=self._places.get(one.picture, -1), told=one, true=classes[one.label], answer=classes[one.told])
            for one in self._listed
        ])  # fmt: skip

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nothing is read while nobody looks."""
        self._timer.stop()
        self.looker.stop()
        super().closeEvent(event)
