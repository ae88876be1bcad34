"""One process for one run folder, by a lock of the operating system that ends with the process.

The file `lock` holds the process id of its holder; the id alone proves nothing, the lock does.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hybridgraph.errors import RunError

LOCK_FILE = "lock"
_PATIENCE_S = 1.0  # somebody who only looks holds the lock for microseconds
_held: set[int] = set()


@contextlib.contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the run folder. Raises RunError when another process does, or the folder cannot be written."""
    path = folder / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError as error:
        raise RunError(
            f"The run folder {folder} cannot be used: {error.strerror or error}.", "Choose another folder."
        ) from error
    try:
        deadline = time.monotonic() + _PATIENCE_S
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                raise RunError(
                    f"The run {folder} is in use by process {_read_pid(path)}.",
                    "Stop that one first, or choose another folder.",
                )
            time.sleep(0.02)
        _held.add(descriptor)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        _held.discard(descriptor)
        os.close(descriptor)


def holder(folder: Path) -> int | None:
    """The id of the process that holds the run folder now, or None."""
    path = folder / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:  # no lock file, or a folder of somebody else that no process of ours can hold
        return None
    try:
        return None if _try_lock(descriptor) else _read_pid(path)
    finally:
        os.close(descriptor)


def _read_pid(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # between taking the lock and writing the id
        return 0


if sys.platform == "win32":
    import msvcrt

    _FAR_BYTE = 1 << 20  # Windows forbids reading what is locked; the id at the start stays readable

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go_in_child() -> None:
        """A worker made by fork must not keep the lock when its parent is killed."""
        for descriptor in _held:
            os.close(descriptor)
        _held.clear()

    os.register_at_fork(after_in_child=_let_go_in_child)
