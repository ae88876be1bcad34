"""The panel of runs: a filter above, the table, and beside it what is chosen in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSettings, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.language import counted, tr
from app.quantities import memory, spaced
from app.runstable.keeper import RunKeeper, Sides
from app.runstable.model import RunsModel
from app.runstable.sides import MOST, SidesView
from app.runstable.table import RunsTable
from app.session import Session
from app.theme import Theme
from hybridgraph.runs.summary import Summary

_PAUSE_MS = 120  # after the last change of what is chosen, before it is read
_TYPED_MS = 80
Ask = Callable[[str, str], bool]
"""Asks a question that names what is lost; the second text is the verb. True for yes."""


class RunsPanel(QWidget):
    """Every run of the store. Filled when it is first shown, and followed while it is."""

    open_wanted = Signal(object)  # Summary: its design and its curves
    diff_wanted = Signal(str, str)  # the names of two runs

    def __init__(
        self,
        session: Session,
        keeper: RunKeeper,
        theme: Theme,
        settings: QSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._keeper = keeper
        self._chosen: list[str] = []
        self._read: dict[str, Summary] = {}
        self.ask: Ask = self._ask
        self.model = RunsModel(theme, self)
        self.table = RunsTable(self.model, settings)
        self.sides = SidesView(theme, session.notified.emit)
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        self.filter.setPlaceholderText(
            tr("Filter: words, or top1>80% tag:leaf design:moat* -status:failed age<7d")
        )
        self.filter.setAccessibleName(tr("Filter of the runs"))
        self.filter.setProperty("role", "number")
        self.word = QLabel()
        self.word.setProperty("role", "muted")
        self.open_button = QPushButton(tr("Open"))
        self.open_button.setToolTip(tr("Open the design of the run and show its curves (Enter)"))
        self.tag_button = QPushButton(tr("Tag…"))
        self.tag_button.setToolTip(tr("Give the chosen runs a tag, or take one away"))
        self.delete_button = QPushButton(tr("Delete…"))
        self.delete_button.setToolTip(tr("Delete the chosen runs and free the disk (Delete)"))
        self.columns_button = QPushButton(tr("Columns"))
        self.columns_button.setToolTip(tr("Choose what the table shows"))
        self._typed = QTimer(self, singleShot=True, interval=_TYPED_MS)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._lay_out()
        self._connect()
        self._show_count()
        self._show_chosen([])

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.filter, 1)
        head.addWidget(self.word)
        for button in (self.open_button, self.tag_button, self.delete_button, self.columns_button):
            button.setMinimumHeight(28)
            head.addWidget(button)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.table)
        self.split.addWidget(self.sides)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.split.setSizes([600, 460])
        self.split.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.split, 1)

    def _connect(self) -> None:
        self._keeper.changed.connect(self._show_runs)
        self._keeper.compared.connect(self._show_sides)
        self._keeper.reading.connect(self._show_reading)
        self._keeper.told.connect(self._session.notified)
        self.filter.textChanged.connect(self._typed.start)
        self._typed.timeout.connect(self._apply)
        self._pause.timeout.connect(self._compare)
        self.table.chosen.connect(self._show_chosen)
        self.table.open_wanted.connect(self.open_wanted)
        self.table.delete_wanted.connect(self.delete)
        self.table.menu_actions = self._fill_menu
        self.model.edited.connect(self._edited)
        self.model.refilled.connect(self._show_count)
        self.open_button.clicked.connect(self._open)
        self.tag_button.clicked.connect(self.tag)
        self.delete_button.clicked.connect(self.delete)
        self.columns_button.clicked.connect(self._offer_columns)
        self.sides.diff_wanted.connect(self.diff_wanted)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.model.set_theme(theme)
        self.sides.set_theme(theme)

    def show_filter(self, text: str) -> None:
        """Filter by a text, as if it were typed."""
        self.filter.setText(text)
        self._typed.stop()
        self._apply()

    # ------------------------------------------------------------------------------------------------- doing

    def tag(self) -> None:
        """Ask for tags of the chosen runs: those typed are given, those with a minus before them taken away."""
        names = [run.name for run in self.table.runs]
        if not names:
            return
        label = tr("Tags to give, with a minus before those to take away:")
        text, is_given = QInputDialog.getText(self, tr("Tag the chosen runs"), label)
        if is_given:
            self.give_tags(names, text)

    def give_tags(self, names: Sequence[str], text: str) -> None:
        """Give runs the tags that a text names, and take away those with a minus before them."""
        words = text.replace(",", " ").split()
        gone = [word[1:] for word in words if word.startswith("-")]
        self._keeper.label(names, add=[word for word in words if not word.startswith("-")], remove=gone)

    def delete(self) -> None:
        """Ask whether the chosen runs may go for good, with what that frees, and delete them."""
        chosen = self.table.runs
        running = [run for run in chosen if run.is_running]
        going = [run for run in chosen if not run.is_running]
        if running:
            text = counted(
                "{number} of them is running and stays.",
                "{number} of them are running and stay.",
                len(running),
            )
            self._session.notified.emit("info", text)
        if not going:
            return
        what = going[0].name if len(going) == 1 else counted("{number} run", "{number} runs", len(going))
        freed = " ".join(memory(sum(run.size_bytes for run in going)))
        question = tr(
            "Delete {what} for good? Checkpoints, curves and notes go, and {freed} are freed. This cannot be undone.",
            what=what, freed=freed,
        )  # fmt: skip
        if self.ask(question, tr("Delete")):
            self._keeper.delete([run.name for run in going])

    def _ask(self, question: str, verb: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Warning, tr("Delete runs"), question, parent=self)
        yes = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is yes

    def _open(self) -> None:
        if chosen := self.table.runs:
            self.open_wanted.emit(chosen[0])

    def _edited(self, run: Summary, what: str, text: str) -> None:
        if what == "note":
            self._keeper.annotate(run.name, text)
            return
        tags = text.replace(",", " ").split()
        gone = [tag for tag in run.tags if tag not in tags]
        self._keeper.label([run.name], add=tags, remove=gone)

    def _fill_menu(self, menu: QMenu) -> None:
        has_some = bool(self.table.runs)
        for title, work in (
            (tr("Open the design and the curves"), self._open),
            (tr("Tag…"), self.tag),
            (tr("Delete…"), self.delete),
        ):
            action = QAction(title, menu)
            action.setEnabled(has_some)
            action.triggered.connect(work)
            menu.addAction(action)
        menu.addSeparator()

    def _offer_columns(self) -> None:
        self.table.column_menu().popup(
            self.columns_button.mapToGlobal(self.columns_button.rect().bottomLeft())
        )

    # ------------------------------------------------------------------------------------------------- showing

    def _show_runs(self, runs: list[Summary]) -> None:
        self.model.show_runs(runs)
        self._show_count()
        now = {run.name: run for run in runs if run.name in self._chosen}
        if any(run is not self._read.get(name) for name, run in now.items()):
            self._pause.start()

    def _apply(self) -> None:
        sentence = self.model.set_filter(self.filter.text())
        self.filter.setProperty("state", "error" if sentence else "")
        self.filter.style().unpolish(self.filter)
        self.filter.style().polish(self.filter)
        self.filter.setToolTip(sentence)
        if sentence:
            self.word.setText(sentence)
        else:
            self._show_count()

    def _show_count(self) -> None:
        shown, everything = len(self.model.rows), self.model.count
        if not everything:
            self.word.setText(tr("No runs yet") if self._keeper.has_looked else tr("Looking…"))
        elif shown == everything:
            self.word.setText(counted("{number} run", "{number} runs", everything))
        else:
            self.word.setText(tr("{shown} of {all} runs", shown=spaced(shown), all=spaced(everything)))

    def _show_reading(self, done: int, count: int) -> None:
        self.word.setText(tr("{done} of {count} runs are read", done=spaced(done), count=spaced(count)))

    def _show_chosen(self, runs: list[Summary]) -> None:
        self._chosen = [run.name for run in runs]
        for button in (self.open_button, self.tag_button, self.delete_button):
            button.setEnabled(bool(runs))
        self._pause.start()

    def _compare(self) -> None:
        runs = self.table.runs
        self._read = {run.name: run for run in runs}
        if runs:
            self._keeper.compare([run.name for run in runs[: 2 * MOST]])
        else:
            self.sides.show_sides(Sides(names=()), [])

    def _show_sides(self, sides: Sides) -> None:
        self.sides.show_sides(sides, self.table.runs)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.filter.text():
            self.filter.clear()
            return
        if self._typed.isActive():
            self._typed.stop()
            self._apply()
        if event.key() == Qt.Key.Key_Down and self.filter.hasFocus() and self.model.rows:
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            if not self.table.runs:
                self.table.choose([self.model.rows[0].name])
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._keeper.begin(self)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._keeper.rest(self)
