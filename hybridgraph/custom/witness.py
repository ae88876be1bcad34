"""A second process that stays beside a command in which a person's own code may run, and tells how that ended.

Code that leaves the process (`os._exit`, a fault in a library) leaves nobody to say so and an exit code of its own. The
command therefore runs in a child, forked before anything else is loaded; what it is at stands in a page of memory that
both share. Systems without fork and sigwaitinfo (Windows, macOS) have no witness. The module needs no torch.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
import threading
from collections.abc import Callable

from hybridgraph.custom import agreements

CAN_WATCH = hasattr(os, "fork") and hasattr(signal, "sigwaitinfo")
_PAGE_BYTES = 1 << 16
_FROM_OUTSIDE = (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP) if CAN_WATCH else ()


class _Page:
    """What the command is at: the file on trial, every file that was on trial, and whether the command came to its end."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _PAGE_BYTES)
        self.trial = ""
        self.tried: list[str] = []
        self.is_done = False

    def write(self) -> None:
        """Make it known to the other process."""
        data = json.dumps([self.trial, self.tried, self.is_done]).encode()
        if len(data) < _PAGE_BYTES:
            self._memory[: len(data) + 1] = data + b"\0"

    def read(self) -> None:
        """Take over what the other process wrote."""
        data = bytes(self._memory).partition(b"\0")[0]
        if data:
            self.trial, self.tried, self.is_done = json.loads(data)


_pages: list[_Page] = []  # that of this process, where it is a command with a witness


def trying(name: str) -> None:
    """Tell the witness, if there is one, that code of a file runs from here on; "" when it has ended."""
    for page in _pages:
        page.trial = name
        if name and name not in page.tried:
            page.tried.append(name)
        page.write()


def is_needed() -> bool:
    """Whether a person has agreed to any file, and this system can watch."""
    return CAN_WATCH and bool(agreements.read())


def watched(command: Callable[[], int]) -> int:
    """Run a command under a witness and answer its exit code, in the child as in the witness.

    A command that was ended from within is told in one sentence and has the exit code 1; a signal from outside ends
    both. A witness that is killed takes the command with it.
    """
    page = _Page()
    outliving, living = os.pipe()
    heard = {signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    child = os.fork()
    if child:
        os.close(outliving)
        code = _wait(child, heard)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        page.read()
        return _judged(page, code)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(living)
    threading.Thread(target=_end_with_witness, args=(outliving,), daemon=True).start()
    _pages.append(page)
    code = command()
    page.is_done = True
    page.write()
    return code


def _wait(child: int, heard: set[signal.Signals]) -> int:
    """The child's exit code, a signal's negative; signals that only this process got are handed on."""
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        came = signal.sigwaitinfo(heard)
        if (
            came.si_signo != signal.SIGCHLD and came.si_code <= 0
        ):  # a terminal's signals reach both by themselves
            os.kill(child, came.si_signo)


def _judged(page: _Page, code: int) -> int:
    """The exit code of a command that ended so; says what has to be said."""
    if -code in _FROM_OUTSIDE:
        os.kill(os.getpid(), -code)
    if page.is_done and code >= 0:
        return code
    how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
    if page.trial:
        said = f"{page.trial} ended the program ({how}) while it ran, which a block must not."
        remedy = f"Mend it, or take back what you agreed to: hybridgraph blocks forget {page.trial}"
    else:
        among = f"; code of yours was in use: {', '.join(page.tried)}" if page.tried else ""
        said, remedy = (
            f"The program was ended from within ({how}){among}.",
            "A block must not leave the program.",
        )
    sys.stderr.write(f"{said} {remedy}\n")
    return 1


def _end_with_witness(outliving: int) -> None:
    os.read(outliving, 1)
    os._exit(1)
