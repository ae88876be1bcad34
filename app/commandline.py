"""The command that does in a terminal what the window just did: only what differs from the defaults."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from app.recipes.draft import Draft
from hybridgraph.jobs import HELD_BACK, Job, PreflightJob, ProfileJob, SweepJob, TrainJob
from hybridgraph.recipes import DEFAULT, Recipe
from hybridgraph.recipes.settings import written


def command_line(job: Job, design: Path | str, run: Path | None = None, weights: Path | None = None) -> str:
    """The command for a job of this design."""
    if isinstance(job, SweepJob):
        return _sweep_line(job, design)
    if isinstance(job, PreflightJob):
        return command_line(job.training, design, weights=weights).replace(" train ", " preflight ", 1)
    plain: Job = TrainJob() if isinstance(job, TrainJob) else ProfileJob()
    words = ["hybridgraph", job.kind, quote(str(design))]
    names = ("data", "epochs", "batch", "device", "precision", "seed", "processes", "strategy", "repeats", "passes",
             "seconds")  # fmt: skip
    for name in names:
        value = getattr(job, name, None)
        if value is not None and (name == "data" or value != getattr(plain, name)):
            words += [f"--{name}", quote(str(value))]
    if isinstance(job, TrainJob):
        words += _recipe(job.recipe)
        words += [] if job.sinks == TrainJob().sinks else ["--sink", ",".join(job.sinks) or "none"]
        words += [] if job.held_back == HELD_BACK else ["--set", f"held_back={job.held_back!r}"]
        words += [] if run is None else ["--run", quote(str(run))]
    if weights is not None:
        words += ["--weights", quote(str(weights))]
    return " ".join(words)


def _sweep_line(job: SweepJob, design: Path | str) -> str:
    plain = SweepJob()
    words = ["hybridgraph", "profile", quote(str(design)), "--sweep"]
    lists = {"batch": job.batches, "image-size": job.image_sizes, "precision": job.precisions}
    for name, values in lists.items():
        if values:
            words += [f"--{name}", ",".join(map(str, values))]
    if job.compiles != plain.compiles:
        words += ["--compile", "both" if len(job.compiles) > 1 else job.compiles[0]]
    for name in ("device", "passes", "repeats", "seconds", "memory_limit", "compile_limit"):
        if getattr(job, name) != getattr(plain, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(job, name))]
    return " ".join(words)


def _recipe(recipe: Recipe) -> list[str]:
    """The card, where it is not the default's, and what was changed of it."""
    draft = Draft.of(recipe)
    words = [] if draft.card.name == DEFAULT else ["--recipe", quote(draft.card.name)]
    for name, (_, value) in draft.changes.items():
        words += ["--set", quote(f"{name}={written(value)}")]
    return words
