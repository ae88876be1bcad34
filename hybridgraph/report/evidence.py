"""All that is known of a design and of its run, read once: what a report is made of."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.analysis import Analysis
from hybridgraph.comparison.results import Results, design_of, results
from hybridgraph.digests import digest_of
from hybridgraph.errors import RunError
from hybridgraph.events import (
    DataOpened,
    Environment,
    EpochFinished,
    Failed,
    Finished,
    RunStarted,
    Step,
    Stopped,
    Warned,
)
from hybridgraph.export.record import ExportRecord, run_records
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import JOB_FILE, TrainJob
from hybridgraph.report.card import Card
from hybridgraph.reproduction.verdict import Verdict, load_verdict
from hybridgraph.results import results_of
from hybridgraph.runs.evaluation import EVALUATION_FILE, Evaluation, load_evaluation
from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.predictions import Calibration
from hybridgraph.runs.store import CHECKPOINTS, GRAPH_FILE, MODEL_FILE, Run, Status
from hybridgraph.spec import Catalogue

BEST = f"{CHECKPOINTS}/best.safetensors"
_SEALED = (GRAPH_FILE, JOB_FILE, MODEL_FILE, EVALUATION_FILE, BEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What the folder of a training run says.

    `files` are those that decide it or came of it, with their SHA-256; `repeats` tells how it compares with the run it was to reproduce.
    """

    name: str
    status: Status
    job: TrainJob
    starts: tuple[RunStarted, ...] = ()
    machines: tuple[Environment, ...] = ()
    data: DataOpened | None = None
    steps: tuple[Step, ...] = ()
    epochs: tuple[EpochFinished, ...] = ()
    end: Finished | Stopped | Failed | None = None
    warnings: int = 0
    evaluation: Evaluation | None = None
    calibration: Calibration | None = None
    files: tuple[tuple[str, str], ...] = ()
    exports: tuple[ExportRecord, ...] = ()
    repeats: Verdict | None = None

    @property
    def seconds(self) -> float:
        """How long the finished epochs took."""
        return sum(event.seconds for event in self.epochs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A design with all that is known of it; `training` and `latency` are missing where no run was named."""

    name: str
    graph: Graph
    analysis: Analysis
    catalogue: Catalogue
    card: Card
    training: Training | None = None
    latency: Results | None = None


def read_training(run: Run) -> Training:
    """What the folder of a training run says. Raises RunError where it is another kind of run, or damaged."""
    job = run.job
    if not isinstance(job, TrainJob):
        raise RunError(
            f"The run {run.path} is a {job.kind} run, and a report is about a design or its training.",
            "Name the design or a training run, and this one as --profile.",
        )
    status = run.status  # before the log: what a process wrote last is read after it is known to be gone
    story = without_repeats(run.events())
    ends = [event for event in story if isinstance(event, Finished | Stopped | Failed)]
    opened = [event for event in story if isinstance(event, DataOpened)]
    evaluation = load_evaluation(run.path)
    return Training(
        name=run.name,
        status=status,
        job=job,
        starts=tuple(event for event in story if isinstance(event, RunStarted)),
        machines=tuple(dict.fromkeys(event for event in story if isinstance(event, Environment))),
        data=opened[-1] if opened else None,
        steps=tuple(event for event in story if isinstance(event, Step)),
        epochs=tuple(event for event in story if isinstance(event, EpochFinished)),
        end=ends[-1] if ends and status != "running" else None,
        warnings=sum(isinstance(event, Warned) for event in story),
        evaluation=evaluation,
        calibration=results_of(run).calibration if evaluation is not None else None,
        files=tuple((name, digest_of(run.path / name)) for name in _SEALED if (run.path / name).is_file()),
        exports=tuple(run_records(run.path)),
        repeats=load_verdict(run.path),
    )


def read_latency(profile: Run, graph: Graph) -> Results:
    """What a profile run measured. Raises RunError where it measured nothing, or another design."""
    found = results([profile], graph)
    if found.total_us is None:
        raise RunError(
            f"The run {profile.path} holds no finished profile.", "Make one with hybridgraph profile."
        )
    return found


__all__ = ["BEST", "Evidence", "Training", "design_of", "read_latency", "read_training"]
