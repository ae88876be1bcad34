"""The machine is kept awake while a run is at work, by what the system has for it; here by programs that stand in for it."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from hybridgraph.runs import awake

_posix = pytest.mark.skipif(sys.platform == "win32", reason="there it is a call, not a program")
_ROOT = Path(__file__).parents[2]
_RUN = """
import sys
from pathlib import Path
from hybridgraph.runs import awake
awake._SYSTEM_BUS = awake._LOGIND = Path("/")
with awake.kept_awake():
    sys.stdin.read()
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a program the only one there is. It says in a pipe how it was called, and holds that pipe while it works."""
    folder, pipe = tmp_path / "bin", tmp_path / "pipe"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in ("_SYSTEM_BUS", "_LOGIND"):
        monkeypatch.setattr(awake, name, folder)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")

    def make(name: str) -> Path:
        os.mkfifo(pipe)
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec 3> {pipe}\necho "$@" >&3\nexec /bin/cat\n')
        program.chmod(0o755)
        return pipe

    return make


@_posix
@pytest.mark.parametrize(
    ("platform", "name", "asked"),
    [
        ("linux", "systemd-inhibit", "--what=sleep:idle --who=HybridGraph"),
        ("linux", "gnome-session-inhibit", "--inhibit suspend:idle"),
        ("linux", "kde-inhibit", "--power"),
        ("darwin", "caffeinate", "-i -w {pid}"),
    ],
)
def test_what_keeps_the_machine_awake_is_asked_and_let_go(
    platform: str, name: str, asked: str, stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert not awake.is_able()
    pipe = stand_in(name)
    assert awake.is_able()
    with awake.kept_awake():
        said = pipe.open()
        assert asked.format(pid=os.getpid()) in said.readline()
        assert select.select([said], [], [], 0)[0] == []  # neither a word nor the pipe's end: it holds on
    with said:
        assert said.read() == ""  # the end: it is gone


@_posix
def test_a_run_that_is_killed_keeps_nothing_awake(stand_in: Callable[[str], Path]) -> None:
    pipe = stand_in("systemd-inhibit")
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-c", _RUN]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as run,
        pipe.open() as said,
    ):
        assert "--mode=block" in said.readline()
        os.kill(run.pid, signal.SIGKILL)
        assert said.read() == ""  # answered only when whoever held the pipe has ended


@_posix
def test_without_anything_to_ask_the_run_goes_its_way(
    stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with awake.kept_awake():
        pass
    stand_in("systemd-inhibit")
    monkeypatch.setattr(awake, "_LOGIND", Path("/nowhere"))  # as in a container: it would only complain
    assert not awake.is_able()
    with awake.kept_awake():
        pass


def test_windows_is_asked_by_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    kernel = SimpleNamespace(SetThreadExecutionState=calls.append)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert awake.is_able()
    with awake.kept_awake():
        assert calls == [0x80000001]  # continuous, system required
    assert calls == [0x80000001, 0x80000000]
