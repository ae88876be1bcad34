"""Runs as files, made without any training."""

from __future__ import annotations

from pathlib import Path

from hybridgraph import presets
from hybridgraph.events import (
    DataOpened,
    Environment,
    EpochFinished,
    Event,
    EventLog,
    Finished,
    ProfileFinished,
    RunStarted,
    Step,
)
from hybridgraph.graph import files
from hybridgraph.jobs import ProfileJob, TrainJob
from hybridgraph.recipes import Recipe
from hybridgraph.runs import Run, create_run

GRAPHS = {name: files.dumps(presets.build(name)) for name in ("moat-0", "coatnet-0")}


def started(**given: object) -> RunStarted:
    """The start of a process."""
    facts = {
        "kind": "train",
        "device": "cpu",
        "precision": "fp32",
        "params": 1000,
        "epochs": 2,
        "steps_per_epoch": 4,
        "pid": 1,
    }
    return RunStarted(**{**facts, "started_at": 1.0, **given})  # type: ignore[arg-type]


def epoch(number: int, top1: float, loss: float = 0.5) -> EpochFinished:
    """The end of an epoch."""
    return EpochFinished(
        epoch=number, train_loss=loss / 2, train_top1=top1, val_loss=loss, val_top1=top1, seconds=2.0, images_per_second=10.0,
        eta_seconds=0.0,
    )  # fmt: skip


def step(number: int) -> Step:
    """One step."""
    return Step(epoch=number // 4, step=number, loss=1.0 / (1 + number), lr=0.1, images_per_second=10.0)


def environment(torch: str = "2.13") -> Environment:
    """What a process computes with."""
    return Environment(
        hybridgraph="1", code="c", python="3", torch=torch, numpy="2", system="s", processor="a processor"
    )


def opened(digest: str = "pictures") -> DataOpened:
    """The pictures of a training."""
    return DataOpened(digest=digest, classes=("a", "b"), train_counts=(30, 30), val_counts=(50, 50))


def log(run: Run, *events: Event) -> Run:
    """Write events into the log of a run."""
    with EventLog(run.events_path) as lines:
        for event in events:
            lines.append(event)
    return run


def training(
    root: Path,
    name: str,
    top1: float | None = None,
    *,
    seed: int = 0,
    design: str = "moat-0",
    **recipe: object,
) -> Run:
    """A training below a root; with a top-1, a finished one."""
    job = TrainJob(seed=seed, epochs=2, recipe=Recipe(card="small-data", **recipe))  # type: ignore[arg-type]
    run = create_run(root / name, graph_text=GRAPHS[design], source="", job=job)
    if top1 is not None:
        end = Finished(top1=top1, loss=0.5, epochs=2, images_per_second=10.0, best_top1=top1)
        steps = map(step, range(8))
        log(run, started(), environment(), opened(), *steps, epoch(0, top1 / 2), epoch(1, top1), end)
    return run


def profile(root: Path, name: str, design: str = "moat-0") -> Run:
    """A finished profile below a root: 4 ms for a batch of 2."""
    run = create_run(root / name, graph_text=GRAPHS[design], source="", job=ProfileJob())
    return log(
        run,
        started(kind="profile"),
        ProfileFinished(total_us_median=4000.0, batch=2, images_per_second=500.0),
    )
