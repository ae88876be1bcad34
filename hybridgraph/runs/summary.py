"""A run in one line: what a table of runs shows of it, read from the files in its folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import digest
from hybridgraph.jobs import JOB_FILE, Job, TrainJob, job_content, load_job
from hybridgraph.runs.deletion import size_of_run
from hybridgraph.runs.labels import load_labels
from hybridgraph.runs.lock import holder
from hybridgraph.runs.store import EVENTS_FILE, GRAPH_FILE
from hybridgraph.runs.story import Story

_BESIDES = frozenset(
    (
        "seed",
        "device",
        "precision",
        "compile",
        "checkpoint_minutes",
        "data",
        "sinks",
        "card",
        "processes",
        "strategy",
    )
)
"""Parts of a job and recipe that two seeds of one experiment may differ in."""
_LARGEST_DESIGN = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is known of one run. None is what it has not told (yet); shares lie between 0 and 1.

    A run that this version cannot read is listed with the `problem`, one sentence, and what else can be told of it.
    `design` is the design's name, `digest` that of its network; `group` is equal for runs that differ in the seed alone.
    `top1`, `loss` and `gap` (validation less training loss) are of the last epoch; `latency_us` is a profile's time for
    one picture; `made_at` and `started_at` are seconds since 1970.
    """

    name: str
    kind: str = ""
    status: str = "new"
    problem: str = ""
    design: str = ""
    digest: str = ""
    params: int | None = None
    data: str = ""
    data_digest: str = ""
    pictures: int | None = None
    held_back: int | None = None
    classes: int | None = None
    image_size: int | None = None
    recipe: str = ""
    learning_rate: float | None = None
    batch: int | None = None
    seed: int | None = None
    group: str = ""
    epochs: int | None = None
    epochs_asked: int | None = None
    top1: float | None = None
    best_top1: float | None = None
    loss: float | None = None
    train_loss: float | None = None
    gap: float | None = None
    latency_us: float | None = None
    speed: float | None = None
    seconds: float | None = None
    device: str = ""
    precision: str = ""
    program: str = ""
    torch: str = ""
    machine: str = ""
    made_at: float = 0.0
    started_at: float | None = None
    size_bytes: int = 0
    tags: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_running(self) -> bool:
        """Whether a process is at work on the run."""
        return self.status == "running"


def read_summary(folder: Path, story: Story) -> Summary:
    """Read a run; `story` is what its log said before, and is read on. Nothing in the folder makes it raise."""
    facts: dict[str, Any] = {"name": folder.name, "size_bytes": size_of_run(folder)}
    problems: list[str] = []

    def heed(error: Exception) -> None:
        problems.append(str(error))

    try:
        labels = load_labels(folder)
        facts |= {"tags": labels.tags, "note": labels.note}
    except HybridGraphError as error:
        heed(error)
    try:
        facts["made_at"] = (folder / JOB_FILE).stat().st_mtime
    except OSError as error:
        heed(error)
    job: Job | None = None
    try:
        job = load_job(folder / JOB_FILE)
        facts |= _of_job(job)
    except HybridGraphError as error:
        heed(error)
    try:
        facts |= _of_design(folder / GRAPH_FILE)
    except HybridGraphError as error:
        heed(error)
    try:
        story.read_on(folder / EVENTS_FILE)
    except HybridGraphError as error:
        heed(error)
    facts |= _of_story(story)
    if isinstance(job, TrainJob):
        facts["group"] = _group(job, facts)
    status = "unreadable"
    if job is not None:
        status = "running" if holder(folder) is not None else story.outcome
    if story.end == "failed":
        problems.append(story.message)
    return Summary(**facts, status=status, problem=" ".join(problems))


def _of_job(job: Job) -> dict[str, Any]:
    if not isinstance(job, TrainJob):
        return {"kind": job.kind}
    return {
        "kind": job.kind,
        "data": job.data,
        "classes": job.classes,
        "image_size": job.image_size,
        "recipe": job.recipe.card or "own values",
        "learning_rate": job.recipe.learning_rate,
        "batch": job.batch,
        "seed": job.seed,
        "epochs_asked": job.epochs,
    }


def _of_design(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_DESIGN)
    except FileNotFoundError:
        return {}  # listed all the same; whoever asks for the design is told
    except OSError as error:
        return {"problem": f"Cannot read the design {path}: {error.strerror or error}."}
    name, network = _design(text, path.name)
    return {"design": name, "digest": network}


@lru_cache(maxsize=256)
def _design(text: bytes, name: str) -> tuple[str, str]:
    """The name of a design and the digest of its network; many runs are of one design."""
    graph = files.parse(text, name)
    return graph.name, digest(graph)


def _of_story(story: Story) -> dict[str, Any]:
    started, data, environment = story.started, story.data, story.environment
    facts: dict[str, Any] = {
        "params": started.get("params"),
        "device": started.get("device", ""),
        "precision": started.get("precision", ""),
        "started_at": story.began_at or None,
        "data_digest": data.get("digest", ""),
        "pictures": data.get("train"),
        "held_back": data.get("val"),
        "program": environment.get("hybridgraph", ""),
        "torch": environment.get("torch", ""),
        "machine": environment.get("accelerator") or environment.get("processor", ""),
        "speed": story.speed or None,
    }
    if story.profile:
        batch = max(story.profile["batch"], 1)
        facts |= {
            "latency_us": _finite(story.profile["total_us_median"] / batch),
            "batch": batch,
            "speed": story.profile["images_per_second"] or None,
        }
    if story.epochs:
        epoch, train_loss, _, val_loss, top1, _ = story.epochs[-1]
        shares = [each[4] for each in story.epochs if isfinite(each[4])]
        facts |= {
            "epochs": epoch + 1,
            "top1": _finite(top1),
            "best_top1": max(shares, default=None),
            "loss": _finite(val_loss),
            "train_loss": _finite(train_loss),
            "gap": _finite(val_loss - train_loss),
            "seconds": sum(each[5] for each in story.epochs),
        }
    elif story.step_loss is not None:
        facts |= {"epochs": 0, "train_loss": _finite(story.step_loss)}
    return facts


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None


def _group(job: TrainJob, facts: Mapping[str, Any]) -> str:
    """What stays the same when only the seed changes; pictures count by their fingerprint once that is known."""
    content = job_content(job)
    whole = {name: value for name, value in content.items() if name not in _BESIDES}
    whole["recipe"] = {name: value for name, value in content["recipe"].items() if name not in _BESIDES}
    whole["design"] = facts.get("digest")
    whole["pictures"] = facts.get("data_digest") or job.data
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()[:16]
