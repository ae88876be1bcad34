"""Trainings in processes of their own: forked from one that has loaded everything, which takes milliseconds, not seconds."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
if sys.platform != "win32":
    _FORKS.set_forkserver_preload(["hybridgraph.train.__main__", "hybridgraph.train.loop"])


class Apart:
    """A training that runs beside the test, asked as a `subprocess.Popen` is."""

    def __init__(self, run: Path, before: str, stderr: Path) -> None:
        self._stderr = stderr
        self._process = _FORKS.Process(target=_train, args=(str(run), before, str(stderr)), daemon=True)
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
            raise subprocess.TimeoutExpired("train", timeout)
        return self._process.exitcode

    def communicate(self, timeout: float) -> tuple[None, str]:
        self.wait(timeout)
        return None, self.stderr

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


def _train(run: str, before: str, stderr: str) -> None:
    import torch

    from hybridgraph.train.__main__ import main

    with open(stderr, "w", encoding="utf-8") as file:  # noqa: PTH123  (its descriptor is what matters)
        os.dup2(file.fileno(), 2)
    torch.set_num_threads(1)
    exec(before, {})
    sys.exit(main([run]))
