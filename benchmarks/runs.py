"""Ten thousand runs: looking them through, listing, filtering and sorting them, beside a plain scan of the same folders."""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
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
        cold = seconds(lambda: _looked(root))
        warm = min(seconds(lambda: _looked(root)) for _ in range(min(rounds, 5)))
        some = list_runs(root)[:_PLAIN]
        plain = seconds(lambda: [(run.job, run.status, run.events()) for run in some]) * COUNT / _PLAIN
        with RunIndex(root) as index:
            index.refresh()
            again = min(seconds(index.refresh) for _ in range(min(rounds, 5)))
            found = index.summaries
        listed = min(seconds(lambda: index.summaries) for _ in range(rounds))
        chosen = min(seconds(lambda: filtered(found, _FILTER)) for _ in range(rounds))
        by_top1 = min(seconds(lambda: ordered(found, BY_NAME["top1"])) for _ in range(rounds))
    target = f"{COUNT:,} runs; target 100 ms"
    return [
        Row(
            name="plain scan of jobs and logs",
            value=plain * 1000,
            unit="ms",
            note=f"for {COUNT:,} runs, from {_PLAIN}",
        ),
        Row(name="first look, no index yet", value=cold * 1000, unit="ms", note="every run is read once"),
        Row(
            name="start with an index",
            value=warm * 1000,
            unit="ms",
            note=f"{plain / warm:.0f} times the plain scan's speed",
        ),
        Row(
            name="another look, nothing changed",
            value=again * 1000,
            unit="ms",
            note="as while the window is open",
        ),
        Row(name="list", value=listed * 1000, unit="ms", note=target),
        Row(name="filter", value=chosen * 1000, unit="ms", note=f"{_FILTER}; {target}"),
        Row(name="sort", value=by_top1 * 1000, unit="ms", note=target),
    ]


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
