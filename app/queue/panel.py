"""The queue panel: the table of its runs, and what lets the queue go on or wait."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.icons import icon
from app.labels import ElidedLabel
from app.language import tr
from app.queue.desk import QueueDesk
from app.queue.table import QueueTable, clock
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.queue import Listing
from hybridgraph.runs import Run, open_run
from hybridgraph.runs.awake import is_able


class QueuePanel(QWidget):
    """Runs that wait for one another. They are taken in order by a process of their own, with this window or without."""

    run_requested = Signal(object)  # Run
    waiting_changed = Signal(int)

    def __init__(
        self, session: Session, desk: QueueDesk, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self.desk = session, desk
        self.go_button = QPushButton()
        self.stop_button = QPushButton(tr("Stop"))
        self.stop_button.setToolTip(
            tr("Stop the run at work; it goes on from its checkpoint when the queue does")
        )
        self.remove_button = QPushButton(tr("Take out"))
        self.clear_button = QPushButton(tr("Take out what is over"))
        self.word = ElidedLabel()
        self.word.setProperty("role", "muted")
        self.table = QueueTable(theme)
        self.empty = ElidedLabel()
        self.empty.setProperty("role", "muted")
        self.empty.setText(
            tr(
                "Nothing waits. “Add to queue” beside Train puts the design here; the window may be closed then."
            )
        )
        self._lay_out()
        self.go_button.clicked.connect(self.turn)
        self.stop_button.clicked.connect(desk.stop)
        self.remove_button.clicked.connect(self._remove)
        self.clear_button.clicked.connect(desk.clear)
        self.table.currentItemChanged.connect(lambda *_: self._enable(desk.listing))
        self.table.move_requested.connect(desk.move)
        self.table.remove_requested.connect(desk.remove)
        self.table.run_requested.connect(self._open)
        desk.changed.connect(self.show_listing)
        desk.refused.connect(lambda sentence: session.notified.emit("error", sentence))
        self.set_theme(theme)
        desk.look()
        self.show_listing(desk.listing)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self._theme = theme
        self.table.set_theme(theme)
        self.stop_button.setIcon(icon("square", theme.muted, 11, filled=True))
        self._name_go(is_paused=self.desk.listing.is_paused)

    def add(self, run: Run) -> None:
        """Put a run at the end, and say so."""
        if self.desk.add(run):
            count = self.desk.listing.waiting
            self._session.notified.emit(
                "info", tr("In the queue: {name}; {count} wait.", name=run.name, count=count)
            )

    def turn(self) -> None:
        """Let the queue wait, or go on."""
        if self.desk.listing.is_paused or self.desk.listing.worker is None:
            self.desk.go_on()
        else:
            self.desk.pause()

    def show_listing(self, listing: Listing) -> None:
        """Show the queue as it stands."""
        self.table.show_listing(listing)
        self._stack.setCurrentIndex(1 if listing.items else 0)
        self._name_go(is_paused=listing.is_paused or (listing.worker is None and listing.waiting > 0))
        self._enable(listing)
        self.word.setText(self._told(listing))
        self.waiting_changed.emit(listing.waiting)

    def _told(self, listing: Listing) -> str:
        ends = [item.ends_at for item in listing.items if not item.entry.is_over]
        parts = []
        if listing.is_paused:
            parts.append(tr("Paused: no other run begins."))
        elif listing.waiting and listing.worker is None:
            parts.append(tr("No process takes the runs."))
        if ends and None not in ends and not listing.is_paused:
            parts.append(tr("All is done at {time}.", time=clock(max(filter(None, ends)), is_known=False)))
        if ends and not is_able():
            parts.append(tr("This machine cannot be kept awake from here: switch its sleep off."))
        return "  ".join(parts)

    def _name_go(self, *, is_paused: bool) -> None:
        self.go_button.setText(tr("Go on") if is_paused else tr("Pause"))
        self.go_button.setIcon(icon("play" if is_paused else "pause", self._theme.muted, 11, filled=True))
        self.go_button.setToolTip(
            tr("Let the next run begin")
            if is_paused
            else tr("Let no other run begin; the one at work goes on")
        )

    def _enable(self, listing: Listing) -> None:
        states = {item.entry.name: item.state for item in listing.items}
        self.stop_button.setEnabled("running" in states.values())
        self.clear_button.setEnabled(any(item.entry.is_over for item in listing.items))
        self.remove_button.setEnabled(states.get(self.table.chosen or "", "running") != "running")

    def _remove(self) -> None:
        if self.table.chosen is not None:
            self.desk.remove(self.table.chosen)

    def _open(self, folder: object) -> None:
        try:
            self.run_requested.emit(open_run(str(folder)))
        except HybridGraphError as error:
            self._session.notified.emit("error", str(error))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.go_button, self.stop_button, self.remove_button, self.clear_button):
            button.setMinimumHeight(28)
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.word, 1)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 8)
        layout.setSpacing(8)
        layout.addLayout(row)
        layout.addWidget(holder, 1)
