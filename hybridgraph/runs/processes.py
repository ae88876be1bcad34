"""Processes that outlive the one that starts them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from hybridgraph.errors import HybridGraphError

_SOURCE_ROOT = Path(__file__).parents[2]


def start_detached(module: str, folder: Path, log: Path, *, niceness: int = 0) -> int:
    """Start `python -m module folder` as a process of its own; answers its id.

    What it prints goes to the end of `log`. With a niceness it runs at a lower priority than this process. Raises OSError.
    """
    # -P keeps a stray torch.py in the current folder out of the way; PYTHONPATH serves a plain checkout
    command = [sys.executable, "-P", "-m", module, str(folder)]
    paths = (str(_SOURCE_ROOT), os.environ.get("PYTHONPATH", ""))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        flags |= subprocess.BELOW_NORMAL_PRIORITY_CLASS if niceness else 0
    else:
        flags = 0
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            creationflags=flags,
            start_new_session=sys.platform != "win32",
        )
    if sys.platform != "win32" and niceness:  # what is being timed keeps its priority
        with contextlib.suppress(OSError):  # it ended at once; the log says why
            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + niceness)
    threading.Thread(target=process.wait, daemon=True).start()  # collects the exit code: no zombie stays
    return process.pid


def carry_out(module: str, work: Callable[[Path], object], arguments: Sequence[str]) -> int:
    """What `python -m module FOLDER` does: `work` on the folder.

    Answers 0 when it is done or was stopped, 1 after a sentence on stderr, 2 for wrong use.
    """
    if len(arguments) != 1:
        sys.stderr.write(f"usage: python -m {module} FOLDER\n")
        return 2
    try:
        work(Path(arguments[0]))
    except HybridGraphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def is_alive(pid: int) -> bool:
    """Whether there is a process of this id."""
    if os.name == "nt":
        import psutil  # there, a signal that should only ask would end the process

        return bool(psutil.pid_exists(pid))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
