"""Processes forked from one that has loaded torch: begun in milliseconds, where their start is not what is tried."""

import importlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

_LOADED = (
    "hybridgraph.train.loop",
    "hybridgraph.profiler.session",
    "hybridgraph.graph.door",
    "torch.distributed.fsdp",
)
_FORKS = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
if sys.platform != "win32":
    _FORKS.set_forkserver_preload(list(_LOADED))


class Forked:
    """A process that does some work and ends, asked as a `subprocess.Popen` is."""

    def __init__(
        self, stderr: Path, work: Callable[..., object], *arguments: object, **environment: str
    ) -> None:
        """`stderr` is the file for all that it says; `work` is a function of a module."""
        self._stderr = stderr
        given = (str(stderr), environment, work, arguments)
        self._process = _FORKS.Process(target=_begin, args=given, daemon=True)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8") if self._stderr.exists() else ""

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a forked process", timeout)
        return self._process.exitcode

    def communicate(self, timeout: float) -> tuple[None, str]:
        self.wait(timeout)
        return None, self.stderr

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


def run_module(module: str, folder: str, before: str) -> None:
    """What `python -m module FOLDER` does, after some statements."""
    exec(before, {})
    sys.exit(importlib.import_module(f"{module}.__main__").main([folder]))


def _begin(
    stderr: str, environment: Mapping[str, str], work: Callable[..., object], arguments: tuple
) -> None:
    import torch

    with open(stderr, "w", encoding="utf-8") as file:  # noqa: PTH123  (its number is what matters)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(environment)
    torch.set_num_threads(1)
    work(*arguments)
