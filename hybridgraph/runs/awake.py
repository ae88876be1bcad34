"""The machine does not fall asleep while a run is at work."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_WHY = "A network is being trained"
_LINUX: tuple[tuple[str, ...], ...] = (
    ("systemd-inhibit", "--what=sleep:idle", "--who=HybridGraph", f"--why={_WHY}", "--mode=block", "cat"),
    ("gnome-session-inhibit", "--inhibit", "suspend:idle", "--reason", _WHY, "cat"),
    ("kde-inhibit", "--power", "cat"),
)
"""What asks logind or the desktop, and holds on for as long as its command reads: until this process ends, in any way."""
_SYSTEM_BUS, _LOGIND = Path("/run/dbus/system_bus_socket"), Path("/run/systemd/seats")
_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001


def is_able() -> bool:
    """Whether this machine has something that keeps it awake."""
    return sys.platform == "win32" or bool(_command())


@contextlib.contextmanager
def kept_awake() -> Iterator[None]:
    """Keep the machine awake inside; where nothing here can, it goes its way."""
    if sys.platform == "win32":
        with _windows():
            yield
        return
    holder = _start()
    try:
        yield
    finally:
        if holder is not None and holder.stdin is not None:
            with contextlib.suppress(OSError):  # it refused, and has ended
                holder.stdin.close()
            holder.terminate()
            holder.wait()


def _command() -> tuple[str, ...]:
    if sys.platform == "darwin":
        return ("caffeinate", "-i", "-w", str(os.getpid())) if shutil.which("caffeinate") else ()
    return next((words for words in _LINUX if shutil.which(words[0]) and _is_answered(words[0])), ())


def _is_answered(tool: str) -> bool:
    """Whether there is somebody the tool can ask: logind on the system's bus, else the desktop on the person's own."""
    if tool == "systemd-inhibit":
        return _SYSTEM_BUS.exists() and _LOGIND.exists()
    return "DBUS_SESSION_BUS_ADDRESS" in os.environ


def _start() -> subprocess.Popen[bytes] | None:
    words = _command()
    if not words:
        return None
    try:
        return subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=True
        )
    except OSError:
        return None


@contextlib.contextmanager
def _windows() -> Iterator[None]:
    import ctypes

    set_state = ctypes.windll.kernel32.SetThreadExecutionState  # type: ignore[attr-defined,unused-ignore]
    set_state(_CONTINUOUS | _SYSTEM_REQUIRED)
    try:
        yield
    finally:
        set_state(_CONTINUOUS)
