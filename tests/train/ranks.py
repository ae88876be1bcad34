"""Processes of one training without torchrun: a process that has loaded everything forks them, run by run.

Each line on its input names a run, the number of processes, the step at which it shall stop, if any, and after how many
seconds they are killed, if so; each line of its output holds their exit codes.
"""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import torch
from torch.distributed import fsdp  # noqa: F401  loaded once, not in every process

from hybridgraph import events
from hybridgraph.train import loop  # noqa: F401
from hybridgraph.train.__main__ import main


def take_part(run: Path, rank: int, size: int, port: int, stop: int | None) -> int:
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(size),
                   "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}  # fmt: skip
    write = events.EventLog.append

    def append(self: events.EventLog, event: events.Event) -> None:
        write(self, event)
        if isinstance(event, events.Step) and event.step == stop:
            (run / "stop").touch()

    events.EventLog.append = append
    return main([str(run)])


def serve() -> None:
    torch.set_num_threads(1)
    for line in sys.stdin:
        run, size, stop, kill_s = json.loads(line)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        children = []
        for rank in range(size):
            child = os.fork()
            if not child:
                os._exit(take_part(Path(run), rank, size, port, stop))
            children.append(child)
        if kill_s is not None:
            time.sleep(kill_s)
            for child in children:
                os.kill(child, signal.SIGKILL)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
