"""A run as one zip that another machine can run again.

BUNDLE.zip
├── manifest.json        the format, and every other file with its bytes and SHA-256
├── graph.hybrid.json    the design
├── job.json             what was asked for; of the path of the pictures only its last part
├── model.py             the source that ran, to be read and compared, never to be run
├── events.jsonl         the curves, the environment and the fingerprint of the pictures, without messages
├── evaluation.json      the confusion of the validation pictures
├── checkpoints/start.safetensors    weights that the training began with, if there were any
├── checkpoints/best.safetensors     the trained weights, if asked for
├── data/                the pictures, if asked for
└── README.txt           what this is
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hybridgraph import __version__
from hybridgraph.archive import fault_of_name, write_archive
from hybridgraph.data.packing import packed_files
from hybridgraph.digests import digest_of, size_of
from hybridgraph.errors import RunError
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
from hybridgraph.jobs import JOB_FILE, TrainJob, job_content, split_data
from hybridgraph.runs.evaluation import EVALUATION_FILE
from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.store import CHECKPOINTS, EVENTS_FILE, GRAPH_FILE, MODEL_FILE, START, Run
from hybridgraph.train.checkpoints import BEST, fingerprint, load_checkpoint

FORMAT, VERSION = "hybridgraph-bundle", 1
MANIFEST, README, DATA = "manifest.json", "README.txt", "data/"
MOST_DATA = 512 * 2**20
"""The pictures of a set larger than this, in bytes, are better named than sent."""
BEST_NAME, START_NAME = f"{CHECKPOINTS}/{BEST}", f"{CHECKPOINTS}/{START}"
_KEPT = (RunStarted, Environment, DataOpened, Step, EpochFinished, Finished)
_TEXT = """This is a training of HybridGraph that can be run again:

    hybridgraph reproduce {name}.zip{data}

It trains the design in graph.hybrid.json as job.json says, in a new folder, and compares the curves with those in
events.jsonl. On the same machine with the same versions they are equal to the last bit.
manifest.json holds the SHA-256 of every file.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """A bundle that was written, and how many bytes and files are in it."""

    path: Path
    bytes: int
    files: int
    has_data: bool
    has_weights: bool

    def __str__(self) -> str:
        parts = ["with the pictures"] * self.has_data + ["with the trained weights"] * self.has_weights
        size = f"{self.bytes / 1e6:,.1f} MB" if self.bytes >= 1e6 else f"{self.bytes / 1e3:,.1f} kB"
        return f"{self.path}: {self.files} files, {size}{', ' if parts else ''}{' and '.join(parts)}"


def write_bundle(run: Run, target: Path, *, with_data: bool = False, with_weights: bool = False) -> Bundled:
    """Pack a training run. The same run gives the same bytes.

    Raises RunError where the run is no training, is at work or has no finished epoch, where a file is missing, or where the
    pictures are too many; DocumentError where the zip cannot be written.
    """
    job = run.job
    if not isinstance(job, TrainJob):
        raise RunError(f"The run {run.path} is a {job.kind} run; a bundle holds a training.")
    if run.pid is not None:
        raise RunError(f"The run {run.path} is at work.", "Bundle it when it is done or stopped.")
    story = [event for event in without_repeats(run.events()) if isinstance(event, _KEPT)]
    if not any(isinstance(event, EpochFinished) for event in story):
        raise RunError(
            f"The run {run.path} has not finished an epoch, so there is nothing to reproduce.",
            "Train it first.",
        )
    members = _members(run, job, story)
    if with_weights:
        members[BEST_NAME] = run.checkpoints / BEST
    if with_data:
        members |= _data(job, story)
    has_data = any(name.startswith(DATA) for name in members)
    needs = "" if has_data or job.data == "sample" else f" --data {_without_path(job.data)}"
    members[README] = _TEXT.format(name=target.stem, data=needs).encode()
    best = run.checkpoints / BEST
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "hybridgraph": __version__,
        "name": run.name,
        "weights": fingerprint(load_checkpoint(best).tensors, "") if best.is_file() else "",
        "files": {
            name: {"bytes": size_of(one), "sha256": digest_of(one)} for name, one in sorted(members.items())
        },
    }
    members[MANIFEST] = (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()
    write_archive(target, members)
    return Bundled(
        path=target,
        bytes=target.stat().st_size,
        files=len(members),
        has_data=has_data,
        has_weights=with_weights,
    )


def _members(run: Run, job: TrainJob, story: Sequence[Event]) -> dict[str, bytes | Path]:
    """The parts that every bundle has, and the weights that the training began with."""
    shared = replace(job, data=_without_path(job.data))
    members: dict[str, bytes | Path] = {
        JOB_FILE: (json.dumps(job_content(shared), indent=2) + "\n").encode(),
        EVENTS_FILE: "".join(f"{encode(event)}\n" for event in story).encode(),
    }
    for name in (GRAPH_FILE, MODEL_FILE):
        if not (run.path / name).is_file():
            raise RunError(f"The run {run.path} lacks {name}, so it cannot be bundled.")
        members[name] = run.path / name
    members |= {
        name: run.path / name for name in (EVALUATION_FILE, START_NAME) if (run.path / name).is_file()
    }
    return members


def _data(job: TrainJob, story: Sequence[Event]) -> Mapping[str, bytes | Path]:
    """The pictures, where they are not those that every installation has."""
    if job.data == "sample":
        return {}
    starts = [event for event in story if isinstance(event, RunStarted)]
    files = packed_files(job.data, job.seed, starts[-1].classes if starts else ())
    total = sum(size_of(one) for one in files.values())
    if total > MOST_DATA:
        raise RunError(
            f"The pictures have {total:,} bytes, and a bundle takes up to {MOST_DATA:,}.",
            "Bundle without them: their fingerprint is kept, and reproduce --data names where they lie.",
        )
    for name in files:
        if fault := fault_of_name(DATA + name):
            raise RunError(
                f"The picture {name!r} cannot be bundled: its name {fault}.", "Give it another name."
            )
    return {DATA + name: one for name, one in files.items()}


def _without_path(data: str) -> str:
    """What a job says of its pictures without the folders of this machine."""
    kind, path = split_data(data)
    return data if path is None else f"{kind}:{path.name}"
