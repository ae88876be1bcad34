"""Ten thousand runs: looking them through, listing, filtering and sorting them, beside a plain scan of the same folders.

What reads the disk is timed by the clock and stands beside reading alone; what does not, in processor time.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.timing import Row, seconds
from hybridgraph import presets
from hybridgraph.events import (
    DataOpened,
    Environment,
    EpochFinished,
    Event,
    Finished,
    RunStarted,
    Step,
    encode,
)
from hybridgraph.graph import files
from hybridgraph.jobs import TrainJob, load_job, save_job
from hybridgraph.recipes import Recipe
from hybridgraph.runs.columns import BY_NAME, ordered
from hybridgraph.runs.filters import filtered
from hybridgraph.runs.index import RunIndex
from hybridgraph.runs.labels import LABELS_FILE
from hybridgraph.runs.store import EVENTS_FILE, GRAPH_FILE, JOB_FILE, MODEL_FILE, list_runs

if TYPE_CHECKING:
    import torch

COUNT = 10_000
_PLAIN = 500  # of them are read by the plain scan, which takes minutes for all
_EPOCHS, _STEPS = 20, 10
_FILTER = "top1>0.8 preset:coat* -status:failed"


def measure(_: torch.device, *, rounds: int) -> list[Row]:
    """Every figure of a store of `COUNT` runs; a plain scan reads every job and log, as a list without an index must."""
    with store(COUNT) as root:
        floor = min(seconds(lambda: _contents(root)) for _ in range(min(rounds, 3)))
        stats = min(seconds(lambda: _stats(root)) for _ in range(min(rounds, 5)))
        cold = seconds(lambda: _looked(root))
        window = _child(root, rounds)
        warm = min(seconds(lambda: _looked(root)) for _ in range(min(rounds, 5)))
        some = list_runs(root)[:_PLAIN]
        plain = seconds(lambda: [(run.job, run.status, run.events()) for run in some]) * COUNT / _PLAIN
        with RunIndex(root) as index:
            index.refresh()
            again = min(seconds(index.refresh) for _ in range(min(rounds, 5)))
            found = index.summaries
        listed = _processor_ms(lambda _: index.summaries, rounds)
        chosen = _processor_ms(lambda _: filtered(found, _FILTER), rounds)
        by_top1 = _processor_ms(lambda _: ordered(found, BY_NAME["top1"]), rounds)
    target = f"{COUNT:,} runs; target 100 ms"
    return [
        Row(
            name="plain scan of jobs and logs",
            value=plain * 1000,
            unit="ms",
            note=f"for {COUNT:,} runs, from {_PLAIN}",
        ),
        Row(name="floor: the bytes of every job, design and log", value=floor * 1000, unit="ms"),
        Row(
            name="first look, or the index rebuilt",
            value=cold * 1000,
            unit="ms",
            note=f"every run is read once; {cold / floor:.1f} times the bytes alone",
        ),
        Row(
            name="start with an index",
            value=warm * 1000,
            unit="ms",
            note=f"{plain / warm:.0f} times the plain scan's speed",
        ),
        Row(name="floor: the state of every file", value=stats * 1000, unit="ms"),
        Row(
            name="another look, nothing changed",
            value=again * 1000,
            unit="ms",
            note=f"as while the window is open; {again / stats:.1f} times the states alone",
        ),
        Row(name="list", value=listed, unit="ms", note=target),
        Row(name="filter", value=chosen, unit="ms", note=f"{_FILTER}; {target}"),
        Row(name="sort", value=by_top1, unit="ms", note=target),
        *(Row(name=f"window: {name}", value=value, unit="ms", note=target) for name, value in window.items()),
    ]


def _processor_ms(work: Callable[[int], object], times: int) -> float:
    """The median of some calls, in milliseconds of processor time; each is told its number."""
    found = []
    for number in range(times):
        start = time.process_time()
        work(number)
        found.append((time.process_time() - start) * 1000)
    return median(found)


def _child(root: Path, rounds: int) -> dict[str, float]:
    """The table of the window, in a process without torch."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "default.warning=false"}
    command = [sys.executable, "-m", "benchmarks.runs", str(root), str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def in_window(root: Path, rounds: int) -> dict[str, float]:
    """What one waits for in the table, each up to the painted frame, in milliseconds of processor time."""
    from PySide6.QtCore import QSettings, Qt
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.runstable.model import RunsModel
    from app.runstable.table import RunsTable

    application = QApplication([])
    theme.apply(application, theme.DARK)
    with RunIndex(root) as index:
        index.refresh()
        runs = index.summaries
    model = RunsModel(theme.DARK)
    table = RunsTable(model, QSettings("", QSettings.Format.IniFormat))
    table.resize(1100, 400)
    table.show()
    application.processEvents()
    orders = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)

    def timed(work: Callable[[int], object], times: int) -> float:
        return _processor_ms(lambda number: (work(number), application.processEvents()), times)

    found = {"open": timed(lambda _: model.show_runs(runs), 1)}
    found["filter"] = timed(lambda number: model.set_filter("" if number % 2 else _FILTER), 2 * rounds)
    model.set_filter("")
    found["sort"] = timed(lambda number: table.sortByColumn(4, orders[number % 2]), rounds)
    table.selectAll()
    found["sort, all runs chosen"] = timed(lambda number: table.sortByColumn(4, orders[number % 2]), rounds)
    return found


@contextlib.contextmanager
def store(count: int) -> Iterator[Path]:
    """A folder of so many finished trainings, gone afterwards."""
    root = Path(tempfile.mkdtemp(prefix="hybridgraph-runs-"))
    try:
        write_runs(root, count)
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def write_runs(root: Path, count: int) -> None:
    """Write finished trainings of a few designs, each with its log of epochs and steps."""
    designs = {name: files.dumps(presets.build(name)) for name in ("coatnet-0", "moat-0", "swin-t", "cvt-13")}
    chance = random.Random(0)
    template = root / "template"
    template.mkdir()
    save_job(template / JOB_FILE, TrainJob(data="sample", recipe=Recipe(card="small-data")))
    job = load_job(template / JOB_FILE)
    assert isinstance(job, TrainJob)
    shutil.rmtree(template)
    for number in range(count):
        name = chance.choice(list(designs))
        run = root / f"{name}-{number:05d}"
        run.mkdir()
        save_job(run / JOB_FILE, replace(job, seed=number % 5, epochs=_EPOCHS))
        (run / GRAPH_FILE).write_text(designs[name])
        (run / MODEL_FILE).write_text("")
        log = "".join(f"{encode(event)}\n" for event in _log(chance))
        (run / EVENTS_FILE).write_text(log)


def _contents(root: Path) -> int:
    """Read what a look at every run has to read, and do nothing with it."""
    names = (JOB_FILE, GRAPH_FILE, EVENTS_FILE)
    return sum(len((run.path / name).read_bytes()) for run in list_runs(root) for name in names)


def _stats(root: Path) -> None:
    """Ask for the state of three files of every run, as a look that finds nothing new must."""
    with os.scandir(root) as entries:
        for entry in entries:
            for name in (JOB_FILE, EVENTS_FILE, LABELS_FILE):
                with contextlib.suppress(FileNotFoundError):
                    os.stat(f"{entry.path}/{name}")  # noqa: PTH116  (the floor is without a Path)


def _looked(root: Path) -> None:
    with RunIndex(root) as index:
        index.refresh()


def _log(chance: random.Random) -> Iterator[Event]:
    yield RunStarted(kind="train", device="cpu", precision="fp32", params=chance.randrange(10**6, 10**8), epochs=_EPOCHS,
                     steps_per_epoch=_STEPS, pid=1, started_at=1.0)  # fmt: skip
    yield Environment(hybridgraph="1", code="0", python="3", torch="2", numpy="2", system="s", processor="p")
    yield DataOpened(digest="d", classes=("a", "b"), train_counts=(900, 900), val_counts=(100, 100))
    top1 = 0.0
    for epoch in range(_EPOCHS):
        for step in range(_STEPS):
            yield Step(
                epoch=epoch, step=epoch * _STEPS + step, loss=1 / (1 + step), lr=1e-3, images_per_second=1e3
            )
        top1 = 1 - chance.random() / (1 + epoch)
        yield EpochFinished(epoch=epoch, train_loss=0.5, train_top1=top1, val_loss=chance.random(), val_top1=top1, seconds=1,
                            images_per_second=1e3, eta_seconds=0)  # fmt: skip
    yield Finished(top1=top1, loss=0.5, epochs=_EPOCHS, images_per_second=1e3, best_top1=top1)


if __name__ == "__main__":
    print(json.dumps(in_window(Path(sys.argv[1]), int(sys.argv[2]))))
    sys.stdout.flush()
    os._exit(0)
