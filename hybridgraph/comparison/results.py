"""What runs of a design found out: how long its forward pass takes and how often it is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from hybridgraph.errors import DocumentError
from hybridgraph.events import EpochFinished, Finished, NodeTimed, ProfileFinished, RunStarted
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, Path, digest
from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.store import GRAPH_FILE, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Measured numbers of one design; None and empty where there is no run that has them.

    Times are medians in microseconds for one picture, a batch's time divided by its pictures; `setting` says on
    what they were taken. `top1` is the best share of validation pictures that an epoch got right, 0 to 1.
    """

    top1: float | None = None
    total_us: float | None = None
    forward_us: Mapping[Path, float] = field(default_factory=dict)
    setting: str = ""
    notes: tuple[str, ...] = ()


def results(runs: Iterable[Run], graph: Graph) -> Results:
    """What runs of a design found out: its best accuracy and its latest profile.

    A run of another design counts as well and is named in the notes. Raises RunError and DocumentError when a
    run cannot be read.
    """
    top1: float | None = None
    timed = Results()
    notes: list[str] = []
    for run in runs:
        if digest(design_of(run)) != digest(graph):
            notes.append(f"The run {run.name} was made with another version of the design.")
        events = without_repeats(run.events())
        shares = [event.val_top1 for event in events if isinstance(event, EpochFinished)]
        shares += [event.best_top1 for event in events if isinstance(event, Finished)]
        top1 = max(
            (share for share in (top1, *shares) if share is not None and isfinite(share)), default=None
        )
        if whole := next((event for event in events if isinstance(event, ProfileFinished)), None):
            started = next((event for event in events if isinstance(event, RunStarted)), None)
            where = f" in {started.precision} on {started.device}" if started else ""
            timed = Results(
                total_us=whole.total_us_median / whole.batch,
                forward_us={
                    tuple(event.path.split("/")): event.forward_us_median / whole.batch
                    for event in events
                    if isinstance(event, NodeTimed)
                },
                setting=f"a batch of {whole.batch}{where}",
            )
    return Results(
        top1=top1,
        total_us=timed.total_us,
        forward_us=timed.forward_us,
        setting=timed.setting,
        notes=tuple(notes),
    )


def design_of(run: Run) -> Graph:
    """The design that a run was made with. Raises DocumentError when its folder lacks it."""
    path = run.path / GRAPH_FILE
    if not path.is_file():
        raise DocumentError(
            f"The run {run.path} holds no design: it lacks {GRAPH_FILE}.", "Name the design itself."
        )
    return files.load(path)
