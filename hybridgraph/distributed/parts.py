"""Memory that ends in one of several processes: the wish for smaller parts is left in the run, and all start again with it.

The others are in the midst of the step then, waiting for gradients that never come, and on GPUs nothing calls them back. So
the process that has no room writes down how many parts a batch needs and ends; the others end with it. Whoever starts
them again, the starter by itself or a person, starts all with as many parts.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from hybridgraph.distributed.words import START, start_name
from hybridgraph.errors import TrainingError
from hybridgraph.storage import write_atomic

PARTS_FILE = "parts.json"


class PartsAskedError(TrainingError):
    """Memory has ended, and the wish for more parts is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How many parts a batch is to be taken in, in which start that was found out, and what to say of it."""

    parts: int
    start: str = ""
    message: str = ""


def ask(run: Path, parts: int, message: str) -> PartsAskedError:
    """Leave the wish in the run; answers the error to end with. Raises DocumentError when the disk refuses."""
    content = {"parts": parts, "start": start_name(), "message": message}
    write_atomic(run / PARTS_FILE, json.dumps(content))
    return PartsAskedError(message, "Start the run again: it goes on from its last checkpoint.")


def asked(run: Path) -> Asked:
    """What was asked last; a single part where nothing was."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # a torn file asks for nothing
        content = json.loads((run / PARTS_FILE).read_text(encoding="utf-8"))
        return Asked(
            parts=int(content["parts"]), start=str(content["start"]), message=str(content["message"])
        )
    return Asked(parts=1)


def is_started_again(run: Path) -> bool:
    """Whether a starter waits for the end of these processes to start them with more parts."""
    return bool(os.environ.get(START)) and asked(run).start == start_name()
