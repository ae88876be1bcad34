"""What a process that fails leaves in the run folder, so that the first one or the starter can tell it."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from hybridgraph.distributed.place import Place
from hybridgraph.errors import DocumentError, HybridGraphError, TrainingError
from hybridgraph.storage import write_atomic

PROCESSES = "processes"
"""The folder inside a run: what each process printed, and its last words."""
START = "HYBRIDGRAPH_START"
"""The variable that names a start; torchrun's own name of it does where that is not set."""
_KEPT = "Its last checkpoint is kept: resume the run."


def leave_word(run: Path, place: Place, error: HybridGraphError) -> None:
    """Write down why this process ends."""
    content = {"start": start_name(), "rank": place.rank, "message": error.message, "hint": error.hint}
    with contextlib.suppress(
        OSError, DocumentError
    ):  # the error itself is raised; the disk may be its reason
        (run / PROCESSES).mkdir(exist_ok=True)
        write_atomic(run / PROCESSES / f"word-{place.rank}.json", json.dumps(content))


def parting(run: Path, start: str, place: Place | None = None) -> TrainingError:
    """The error for a training that lost a process, with that one's own words where it left any."""
    for path in sorted((run / PROCESSES).glob("word-*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError):  # a torn word says nothing
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["start"] == start and (place is None or content["rank"] != place.rank):
                return TrainingError(f"Process {content['rank']}: {content['message']}", content["hint"])
    return TrainingError(
        "A process of the training is gone: it was killed, perhaps for want of memory, or its machine failed.",
        f"{_KEPT} What the processes printed lies in {run / PROCESSES}.",
    )


def start_name() -> str:
    """What tells the processes started together from those of an earlier start."""
    return os.environ.get(START) or os.environ.get("TORCHELASTIC_RUN_ID", "")
