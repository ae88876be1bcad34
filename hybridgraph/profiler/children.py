"""Processes that measure one cell each: started, waited for, stopped at once, and their end understood. No torch in here."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hybridgraph.profiler.cells import Cell, Status
from hybridgraph.profiler.files import read_cell
from hybridgraph.profiler.request import Request, encode

_LOOK_S = 0.05
_ROOT = Path(__file__).parents[2]
_MEMORY_WORDS = (
    "bad_alloc",
    "out of memory",
    "Cannot allocate memory",
    "can't allocate memory",
    "Thread creation failed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A cell, and the name of the device it was measured on, "" where its process could not tell."""

    cell: Cell
    device: str = ""


def measure_cell(request: Request, is_stopped: Callable[[], bool]) -> Answer | None:
    """Measure one cell in a process of its own. None when asked to stop, which ends that process at once.

    A process that the system ended for want of memory is an answer too. Raises OSError when none can be started.
    """
    environment = {**os.environ, "PYTHONPATH": _path(), "TORCHINDUCTOR_COMPILE_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "hybridgraph.profiler.cell"]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=errors, env=environment)
        try:
            if child.stdin is not None:  # stays open: the child ends with it
                with contextlib.suppress(BrokenPipeError):  # it died already; its exit code says how
                    child.stdin.write(f"{encode(request)}\n".encode())
                    child.stdin.flush()
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = child.wait(_LOOK_S)
                    break
                if is_stopped():
                    return None
        finally:
            child.kill()
            child.wait()
            if child.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    child.stdin.close()
        out.seek(0)
        errors.seek(0)
        answer = _understood(out.read().decode(errors="replace"))
        if answer is not None:
            return answer
        if is_stopped():  # a signal from the terminal reaches the child too
            return None
        status, message = _reason(code, errors.read().decode(errors="replace"))
        return Answer(cell=unmeasured(request, status, message))


def unmeasured(request: Request, status: Status, message: str) -> Cell:
    """The cell of a request that was not measured, with the reason."""
    return Cell(
        batch=request.batch,
        image_size=request.image[1],
        precision=request.precision,
        compiled=request.compiled,
        status=status,
        message=message,
        is_probe=request.is_probe,
    )


def _understood(text: str) -> Answer | None:
    """The last line as an answer; None when the process did not come to it."""
    try:
        content = json.loads((text.strip().splitlines() or [""])[-1])
        return Answer(cell=read_cell(content["cell"]), device=str(content["device"]))
    except (ValueError, KeyError, TypeError):
        return None


def _reason(code: int, errors: str) -> tuple[Status, str]:
    """Why a process ended without an answer."""
    if code == -getattr(signal, "SIGKILL", 9):
        return "out of memory", "The system ended the process, as it does when memory runs out."
    if any(word in errors for word in _MEMORY_WORDS):
        return "out of memory", "The process broke off when an allocation was refused."
    last = (errors.strip().splitlines() or ["it said nothing"])[-1].rstrip(".")
    return "failed", f"The process ended with code {code}: {last}."


def _path() -> str:
    return os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
