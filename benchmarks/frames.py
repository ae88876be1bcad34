"""Frames of the window while the engine loads torch, and while a training uses every core.

Offscreen, with the real engine and a real run in processes of their own. Sixty times a second the canvas is moved by a
few pixels and the event loop comes round: what else came in meanwhile, such as the engine's answer or the curves
of the run, is taken in and painted within that frame. The wall's clock says what a person sees, with what
other processes take from the window; the processor time beside it is what the window itself needs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.timing import Row

if TYPE_CHECKING:
    import torch

    from app.window import MainWindow

LONGEST_MS = 33
PACE_S = 1 / 60
PATIENCE_S = 60
SETTLING_S, QUIET_S = 1, 3

Frame = tuple[float, float]
"""Seconds on the wall's clock and of the window's processor time."""


def measure(_: torch.device, *, rounds: int) -> list[Row]:
    """A row for each figure of each phase; the run trains for as many seconds as there are rounds."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "default.warning=false"}
    environment.pop("OMP_NUM_THREADS", None)  # the run shall use every core
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        command = [sys.executable, "-m", "benchmarks.frames", folder, str(rounds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    rows = []
    for phase, figures in found.items():
        note = f"of {figures['frames']:.0f} frames; {figures['late']:.0f} over {LONGEST_MS} ms"
        for name in ("median", "99 %", "longest"):
            processor = f"{figures[f'{name}, processor']:.1f} ms of processor time, "
            rows.append(Row(name=f"{phase}: {name}", value=figures[name], unit="ms", note=processor + note))
    return rows


def main(folder: Path, seconds: int) -> None:
    """Go through the phases; prints milliseconds as one line of JSON."""
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.composition import compose
    from app.window import MainWindow
    from hybridgraph import presets

    application = QApplication([])
    theme.apply(application, theme.DARK)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(theme.DARK, settings)
    compose(window, folder / "runs", state=folder / "state", with_engine=False)
    window.show()
    window.documents.start(presets.build("pocket-moat"))
    window.canvas.zoom_to(1.0)
    window.show_panel("Train")
    _frames(window, lambda: False, SETTLING_S)
    found = {"nothing else": _figures(_frames(window, lambda: False, QUIET_S))}
    window.engine.start()
    starting = _frames(window, lambda: window.session.is_analysis_current, PATIENCE_S)
    found["the engine starts"] = _figures(starting)
    window.training.train()
    begun = _frames(window, lambda: window.training.follower.state == "running", PATIENCE_S)
    found["a run trains"] = _figures([*begun, *_frames(window, lambda: False, seconds)])
    window.training.stop()
    _frames(window, lambda: not window.training.is_busy, PATIENCE_S)
    window.engine.stop()
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)


def _frames(window: MainWindow, is_over: Callable[[], bool], most: float) -> list[Frame]:
    """The frames until something has come about, or for so many seconds."""
    from PySide6.QtWidgets import QApplication

    times: list[Frame] = []
    end = time.perf_counter() + most
    while time.perf_counter() < end and not is_over():
        start, processor = time.perf_counter(), time.thread_time()
        window.canvas.pan(6 if len(times) % 40 < 20 else -6, 0)
        QApplication.processEvents()
        times.append((time.perf_counter() - start, time.thread_time() - processor))
        time.sleep(max(PACE_S - times[-1][0], 0))
    return times


def _figures(frames: list[Frame]) -> dict[str, float]:
    """Milliseconds, and how many frames there were and how many of them took too long."""
    figures: dict[str, float] = {"frames": len(frames)}
    for index, suffix in enumerate(("", ", processor")):
        times = sorted(frame[index] * 1000 for frame in frames)
        figures[f"median{suffix}"] = times[len(times) // 2]
        figures[f"99 %{suffix}"] = times[int(len(times) * 0.99)]
        figures[f"longest{suffix}"] = times[-1]
    figures["late"] = sum(wall * 1000 > LONGEST_MS for wall, _ in frames)
    return figures


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
