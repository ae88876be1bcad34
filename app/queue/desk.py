"""The queue of the store of runs as the window follows it: read again and again, because its truth are files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from hybridgraph.errors import HybridGraphError
from hybridgraph.queue import Listing, Queue, begin, look
from hybridgraph.runs import Run

POLL_MS = 1000


class QueueDesk(QObject):
    """Looks at the queue every second and does what is asked; a refusal is told in a sentence."""

    changed = Signal(object)  # Listing
    refused = Signal(str)

    def __init__(self, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.queue = Queue(root)
        self.listing = Listing(items=(), is_paused=False, worker=None)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def wake(self) -> None:
        """Let a process take what waits, as after a restart of the machine."""
        self.do(lambda: begin(self.queue))

    def look(self) -> None:
        """Read the queue, and tell when anything is different."""
        try:
            listing = look(self.queue)
        except HybridGraphError as error:
            self.refused.emit(str(error))
            self._timer.stop()  # or it would be told every second; the next thing done looks again
            return
        if listing != self.listing:
            self.listing = listing
            self.changed.emit(listing)

    def do(self, work: Callable[[], object]) -> bool:
        """Do something to the queue and show what came of it; False after a refusal."""
        try:
            work()
        except HybridGraphError as error:
            self.refused.emit(str(error))
            return False
        finally:
            self.look()
            self._timer.start()
        return True

    def add(self, run: Run) -> bool:
        """Put a run at the end, and let the queue begin unless it is paused."""
        return self.do(lambda: self.queue.add(run)) and self.do(lambda: begin(self.queue))

    def move(self, name: str, place: int) -> None:
        """Give what waits another place among its like, from 0."""
        self.do(lambda: self.queue.move(self.queue.find(name), place))

    def remove(self, name: str) -> None:
        """Take an entry out; its run stays."""
        self.do(lambda: self.queue.remove(self.queue.find(name)))

    def pause(self) -> None:
        """Let no other run begin."""
        self.do(self.queue.pause)

    def go_on(self) -> None:
        """Let runs begin again."""
        self.do(self.queue.go_on)
        self.wake()

    def stop(self) -> None:
        """Stop the run at work, with a checkpoint, and let no other begin."""
        self.do(self.queue.stop)

    def clear(self) -> None:
        """Take out what is over."""
        self.do(self.queue.clear)
