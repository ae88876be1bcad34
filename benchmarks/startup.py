"""How long until a window stands: the designer with a design in it against a bare window of Qt."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

import torch

from benchmarks.timing import Row

BARE = """
import os
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.resize(1680, 1020)
window.show()
application.processEvents()
print("shown", flush=True)
os._exit(0)
"""
DESIGNER = """
import os, sys
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from app.__main__ import read_arguments, stand
from app.theme import DARK
from app.window import MainWindow
read_arguments([])
application = QApplication([])
settings = QSettings(sys.argv[1] + "/settings.ini", QSettings.Format.IniFormat)
window = MainWindow(DARK, settings)
stand(window, application)
print("stands", flush=True)
from pathlib import Path
from app import theme
from app.composition import compose
from hybridgraph import presets
theme.apply(application, DARK)
folder = Path(sys.argv[1])
compose(window, folder, state=folder / "state", with_engine=False)
application.processEvents()
print("furnished", flush=True)
window.documents.start(presets.build("moat-0"))
application.processEvents()
print("drawn", flush=True)
os._exit(0)
"""


def measure(_: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark: from the start of Python to the first painted picture."""
    tries = max(3, rounds // 3)
    bare, designer = [], []
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as compiled:
        for _round in range(
            tries + 1
        ):  # the first compiles the modules, as the first start does, and is dropped
            bare.append(_until_lines(BARE, ["shown"], compiled))
            designer.append(_until_lines(DESIGNER, ["stands", "furnished", "drawn"], compiled))
    (empty,) = _medians(bare[1:])
    stands, furnished, drawn = _medians(designer[1:])
    return [
        Row(name="a bare window", value=empty * 1e3, unit="ms", note="Python, QtWidgets, one empty QMainWindow, painted"),
        Row(name="the designer's window", value=stands * 1e3, unit="ms",
            note=f"{stands / empty:.2f} times a bare window, target 1.3; its bands are painted"),
        Row(name="with its panels", value=furnished * 1e3, unit="ms",
            note=f"{furnished / empty:.2f} times a bare window; at most 1000 ms: {'yes' if furnished <= 1 else 'no'}"),
        Row(name="with moat-0 laid out", value=drawn * 1e3, unit="ms", note=f"{drawn / empty:.2f} times a bare window"),
    ]  # fmt: skip


def _medians(tries: list[list[float]]) -> list[float]:
    return [median(times) for times in zip(*tries, strict=True)]


def _until_lines(code: str, lines: list[str], compiled: str) -> list[float]:
    """Seconds from the start of a new Python until it has printed each of these lines."""
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "QT_LOGGING_RULES": "default.warning=false",
            "PYTHONPYCACHEPREFIX": compiled,
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        start = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-c", code, folder], stdout=subprocess.PIPE, text=True, env=environment
        )
        times = []
        with child:
            for wanted in lines:
                line = child.stdout.readline() if child.stdout else ""
                times.append(time.perf_counter() - start)
                if line != f"{wanted}\n":
                    raise RuntimeError("The window was not shown; what it said stands above.")
    return times
