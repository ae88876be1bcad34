"""The runs of a store for the window: looked at in a thread of their own, so that ten thousand of them stop no frame.

The thread does all that touches the disk, one wish after the other, and answers by signals.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from PySide6.QtCore import QObject, QTimer, Signal

from app.language import counted, tr
from app.quantities import memory
from hybridgraph.comparison import compare, wording
from hybridgraph.comparison.listing import listed
from hybridgraph.comparison.results import design_of
from hybridgraph.errors import HybridGraphError
from hybridgraph.events import EpochFinished, Event
from hybridgraph.runs import Run, without_repeats
from hybridgraph.runs.differences import Difference, differences, settings_of
from hybridgraph.runs.index import RunIndex
from hybridgraph.runs.labels import annotate, retag
from hybridgraph.runs.story import read_milestones
from hybridgraph.runs.summary import Summary
from hybridgraph.spec import Catalogue

LOOK_MS = 1000
_REST = 20  # times as long as a look at all folders took, none follows
_MOST_LINES = 40
_GLIMPSE = 100  # runs that a first look at many shows at once; then twice as many, and so on


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Some runs side by side: their epochs, what differs between their settings, and what became of the first's design.

    Of a single run `differences` has every setting.
    """

    names: tuple[str, ...]
    epochs: tuple[tuple[EpochFinished, ...], ...] = ()
    differences: tuple[Difference, ...] = ()
    designs: tuple[tuple[str, ...], ...] = ()
    problem: str = ""


Work = Callable[[], None]


class RunKeeper(QObject):
    """Follows the runs below a root while somebody looks, and does what is wished with them."""

    changed = Signal(object)  # list[Summary], the youngest first
    reading = Signal(int, int)  # so many of so many new runs are read
    compared = Signal(object)  # Sides; of several runs first without the designs
    told = Signal(str, str)  # severity and sentence

    def __init__(self, root: Path, catalogue: Catalogue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.root = root
        self._catalogue = catalogue
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._index: RunIndex | None = None
        self._is_ending = False
        self._is_looking = False
        self._due = 0.0  # when all folders are looked at again
        self._newest: object = None
        self._lookers: set[int] = set()
        self.runs: list[Summary] = []
        """As they were last seen."""
        self.has_looked = False
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.changed.connect(self._take)

    def begin(self, who: object) -> None:
        """Somebody looks: look at the disk now, and again from time to time."""
        self._lookers.add(id(who))
        self._timer.start()
        self.look()

    def rest(self, who: object) -> None:
        """They look no more; when nobody does, the disk is left alone."""
        self._lookers.discard(id(who))
        if not self._lookers:
            self._timer.stop()

    def look(self) -> None:
        """Look at the folders, unless that is being done; `changed` tells when something is otherwise."""
        if not self._is_looking:
            self._is_looking = True
            self._do(self._look)

    def compare(self, names: Sequence[str]) -> None:
        """Read some runs; `compared` tells of the newest such wish alone."""
        wish = self._newest = object()
        self._do(lambda: self._compare(tuple(names), wish))

    def label(self, names: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Give runs tags and take others away."""
        self._do(lambda: self._each(names, lambda run: retag(run.path, add=add, remove=remove)))

    def annotate(self, name: str, note: str) -> None:
        """Put a note on a run."""
        self._do(lambda: self._each([name], lambda run: annotate(run.path, note)))

    def delete(self, names: Sequence[str]) -> None:
        """Delete runs; what was freed and what was refused is told."""
        self._do(lambda: self._delete(names))

    def close(self) -> None:
        """End the thread after what it is doing."""
        self._is_ending = True
        self._timer.stop()
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(5.0)
            self._thread = None

    # ------------------------------------------------------------------------------------------------- in the thread

    def _do(self, work: Work) -> None:
        if self._is_ending:
            return
        if self._thread is None:
            self._thread = Thread(target=self._work, name="runs", daemon=True)
            self._thread.start()
        self._queue.put(work)

    def _work(self) -> None:
        with RunIndex(self.root) as index:
            self._index = index
            while (work := self._queue.get()) is not None and not self._is_ending:
                with contextlib.suppress(RuntimeError):  # the window is gone, and the signals with it
                    work()

    def _look(self) -> None:
        """Look at every folder, or, soon after such a look, at the runs at work alone: ten thousand must not keep a core busy."""
        assert self._index is not None
        began = time.monotonic()
        is_first = not self._index.summaries
        try:
            if began >= self._due:
                is_otherwise = self._index.refresh(self._tell_progress)
                self._due = time.monotonic() + (time.monotonic() - began) * _REST
            else:
                is_otherwise = self._index.look(self._index.running)
            if is_otherwise or is_first:
                self.changed.emit(self._index.summaries)
        except HybridGraphError as error:
            self.told.emit("error", str(error))
        self._is_looking = False

    def _take(self, runs: list[Summary]) -> None:
        self.runs, self.has_looked = runs, True

    def _tell_progress(self, done: int, count: int) -> bool:
        if count > _GLIMPSE and done in (_GLIMPSE << power for power in range(12)):
            assert self._index is not None
            self.changed.emit(self._index.summaries)  # the youngest, while the others are read
        if count > 50 and done % 50 == 0:
            self.reading.emit(done, count)
        return not self._is_ending

    def _show(self, names: Sequence[str]) -> None:
        assert self._index is not None
        self._index.look(names)
        self._index.refresh()
        self.changed.emit(self._index.summaries)

    def _each(self, names: Sequence[str], work: Callable[[Run], object]) -> None:
        for name in names:
            try:
                work(Run(self.root / name))
            except HybridGraphError as error:
                self.told.emit("error", str(error))
        self._show(names)

    def _delete(self, names: Sequence[str]) -> None:
        freed = count = 0
        for name in names:
            try:
                freed += Run(self.root / name).delete()
                count += 1
            except HybridGraphError as error:
                self.told.emit("error", str(error))
        self._show(())
        if count:
            sentence = counted("{number} run is deleted; {size} are free again.",
                               "{number} runs are deleted; {size} are free again.", count, size=" ".join(memory(freed)))  # fmt: skip
            self.told.emit("info", sentence)

    def _compare(self, names: tuple[str, ...], wish: object) -> None:
        if wish is not self._newest:
            return
        runs = [Run(self.root / name) for name in names]
        try:
            epochs = tuple(_epochs(run) for run in runs)
            found = differences(runs) if len(runs) > 1 else settings_of(runs[0])
            sides = Sides(names=names, epochs=epochs, differences=tuple(found))
        except HybridGraphError as error:
            sides = Sides(names=names, problem=str(error))
        if wish is self._newest:
            self.compared.emit(sides)  # curves first; designs take longer to compare
        if wish is self._newest and len(runs) > 1 and not sides.problem:
            designs = tuple(self._lines(runs[0], run) for run in runs[1:])
            self.compared.emit(replace(sides, designs=designs))

    def _lines(self, first: Run, second: Run) -> tuple[str, ...]:
        """What became of the first run's design in the second's: a summary and the differences, in words."""
        try:
            found = compare(design_of(first), design_of(second))
        except HybridGraphError as error:
            return (str(error),)
        if found.is_empty:
            return (tr("The same design."),)
        lines = [wording.headline(found, each, self._catalogue) for each in listed(found)]
        more = [f"… {len(lines) - _MOST_LINES}"] if len(lines) > _MOST_LINES else []
        return (wording.summary(found), *lines[:_MOST_LINES], *more)


def _epochs(run: Run) -> tuple[EpochFinished, ...]:
    events: list[Event] = without_repeats(read_milestones(run.events_path))
    return tuple(event for event in events if isinstance(event, EpochFinished))
