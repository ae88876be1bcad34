"""Several processes of one training, without torchrun."""

import socket
import time
from pathlib import Path

from tests.forks import Forked, run_module

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


def train_apart(run: Path, stderr: Path, before: str = "", **environment: str) -> Forked:
    """Train a run in a process of its own, with statements run before it."""
    return Forked(stderr, run_module, "hybridgraph.train", str(run), before, **environment)


def train_together(run: Path, size: int, stop: int | None = None, kill_s: float | None = None) -> list[int]:
    """Train a run with so many processes; answers their exit codes.

    With `stop` they are asked to stop after that step, with `kill_s` killed after so many seconds.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    before = STOP.format(step=stop, run=str(run)) if stop is not None else ""
    world = {
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
    }
    ranks = [
        train_apart(
            run,
            run.with_name(f"{run.name}-stderr{rank}"),
            before,
            **world,
            RANK=str(rank),
            LOCAL_RANK=str(rank),
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
