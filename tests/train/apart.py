"""Trainings in processes of their own: forked from one that has loaded everything, which takes milliseconds, not seconds."""

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
if sys.platform != "win32":
    _FORKS.set_forkserver_preload(
        [
            "hybridgraph.train.__main__",
            "hybridgraph.train.loop",
            "hybridgraph.graph.door",
            "torch.distributed.fsdp",
        ]
    )

STOP = """
from pathlib import Path
from hybridgraph import events
write = events.EventLog.append
def append(self, event):
    write(self, event)
    if isinstance(event, events.Step) and event.step == {step}:
        (Path({run!r}) / "stop").touch()
events.EventLog.append = append
"""


class Apart:
    """A training that runs beside the test, asked as a `subprocess.Popen` is."""

    def __init__(
        self, run: Path, before: str, stderr: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._stderr = stderr
        arguments = (str(run), before, str(stderr), dict(environment or {}))
        self._process = _FORKS.Process(target=_train, args=arguments, daemon=True)
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


def train_together(run: Path, size: int, stop: int | None = None, kill_s: float | None = None) -> list[int]:
    """Train a run with so many processes; answers their exit codes.

    With `stop` they are asked to stop after that step, with `kill_s` killed after so many seconds.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before = STOP.format(step=stop, run=str(run)) if stop is not None else ""
    shared = {"WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}  # fmt: skip
    ranks = [
        Apart(
            run,
            before,
            run.with_name(f"{run.name}-stderr{rank}"),
            {**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(size)
    ]
    try:
        if kill_s is None:
            return [rank.wait(240) for rank in ranks]
        time.sleep(kill_s)
    finally:
        for rank in ranks:
            rank.kill()
    return [rank.wait(0) for rank in ranks]


def _train(run: str, before: str, stderr: str, environment: dict[str, str]) -> None:
    import torch

    from hybridgraph.train.__main__ import main

    with open(stderr, "w", encoding="utf-8") as file:  # noqa: PTH123  (its descriptor is what matters)
        os.dup2(file.fileno(), 2)
    os.environ |= environment
    torch.set_num_threads(1)
    exec(before, {})
    sys.exit(main([run]))
