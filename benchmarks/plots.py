"""Curves of a million points: frames that pan, zoom and grow, beside pyqtgraph in the same run where it can be had.

Offscreen, painted by the processor into a plot of 1000×300 with four noisy curves, in a process without torch. A frame is
what Qt repaints when the event loop comes round after a step to a view not seen before. All is processor time. pyqtgraph is
no dependency: its frames are measured where it is installed, or where HYBRIDGRAPH_PYQTGRAPH names a folder that it was put
into (`pip install --target FOLDER pyqtgraph`); with the settings that are the fastest for it, and with its defaults.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.timing import Row

if TYPE_CHECKING:
    import torch

    from app.plots.plot import Plot
    from app.plots.series import Series

POINTS, CURVES = 1_000_000, 4
WIDTH, HEIGHT = 1000, 300
FOLDER = "HYBRIDGRAPH_PYQTGRAPH"
TARGET_MS = 7
_OURS, _PEER = "a pan frame", "pyqtgraph at its best"


def measure(_: torch.device, *, rounds: int) -> list[Row]:
    """Frames of ours and of pyqtgraph's, and what an appended point costs."""
    found = _child("ours", rounds)
    peer = _child("peer", rounds)
    rows = []
    for name, value in (found | peer).items():
        unit = "µs" if name.startswith("appending") else "px" if name.startswith("extremes") else "ms"
        note = f"target {TARGET_MS}" if name == _OURS else ""
        rows.append(Row(name=f"4 curves of 1,000,000 points: {name}", value=value, unit=unit, note=note))
    if _PEER in peer:
        ratio = found[_OURS] / peer[_PEER]
        rows.append(
            Row(name=f"{_OURS} over {_PEER}", value=ratio, unit="×", note=f"target {TARGET_MS / 18:.2f}")
        )
    return rows


def _child(which: str, rounds: int) -> dict[str, float]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "default.warning=false"}
    command = [sys.executable, "-m", "benchmarks.plots", which, str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def curve(number: int) -> list[float]:
    """A falling loss with noise and, here and there, a spike of one point."""
    draw = random.Random(number)
    values = [2 * math.exp(-x / 2e5) + 0.1 * draw.gauss(0, 1) + 0.2 * number for x in range(POINTS)]
    for _ in range(20):
        values[draw.randrange(POINTS)] += 2
    return values


def _ms(work: Callable[[int], object], rounds: int) -> float:
    times = []
    for number in range(3 * rounds):
        start = time.process_time()
        work(number)
        times.append((time.process_time() - start) * 1000)
    return median(times)


def ours(rounds: int) -> dict[str, float]:
    """The designer's own plot."""
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.plots.lens import Lens
    from app.plots.painting import Curve
    from app.plots.plot import Plot
    from app.plots.series import Series

    application = QApplication([])
    theme.apply(application, theme.DARK)
    all_series = [Series() for _ in range(CURVES)]
    start = time.process_time()
    for number, series in enumerate(all_series):
        for step, value in enumerate(curve(number)):
            series.add(step + 1, value, step / 100)
    appending = (time.process_time() - start) / POINTS / CURVES * 1e6
    paints = ("convolution", "attention", "head", "text")
    lens = Lens()
    lens.set_whole(1, POINTS)
    plot = Plot(
        [Curve(name=paint, series=series, paint=paint, is_fine=True) for paint, series in zip(paints, all_series, strict=True)],
        lens, theme.DARK,
    )  # fmt: skip
    plot.resize(WIDTH, HEIGHT)
    plot.show()
    application.processEvents()

    def pan(number: int) -> None:
        lens.look_at(1 + 50 * number, POINTS - 40 * number)
        application.processEvents()

    def zoom(number: int) -> None:
        width = POINTS * 0.5 ** (1 + number % 12)
        lens.look_at(POINTS / 3, POINTS / 3 + width + number)
        application.processEvents()

    found = {_OURS: _ms(pan, rounds), "a zoom frame": _ms(zoom, rounds)}
    lens.show_all()
    application.processEvents()
    x = iter(range(10 * rounds))

    def point(_: int) -> None:
        lens.point(1000.0 * next(x))
        application.processEvents()

    found["moving the crosshair"] = _ms(point, rounds)
    step = POINTS

    def grow(_: int) -> None:
        nonlocal step
        for series in all_series:
            series.add(step + 1, 0.5, step / 100)
        step += 1
        lens.set_whole(1, step)
        plot.refresh()
        application.processEvents()

    found["a frame after a new point of each"] = _ms(grow, rounds)
    lens.set_reach(500)
    found["a pan frame, smoothed over 1001 points"] = _ms(pan, rounds)
    found["appending a point"] = appending
    found["extremes that are missing from the picture"] = missing(plot, all_series[0])
    return found


def missing(plot: Plot, series: Series) -> float:
    """How many spikes of a curve lie in no column that is painted; looked for in what is given to the painter."""
    columns = series.columns(series.steps, 0, len(series), WIDTH)
    spikes = [at for at, value in enumerate(series.values) if value > 2.9 + 0.2 and at > POINTS // 2]
    seen = set(columns.highs)
    assert plot.frame is not None
    return float(sum(_highest(series, at, columns.xs) not in seen for at in spikes))


def _highest(series: Series, at: int, xs: Any) -> float:
    """The highest value of the column that a value lies in."""
    from bisect import bisect_left

    width = (xs[-1] - xs[0]) / (len(xs) - 1)
    column = min(bisect_left(xs, series.steps[at] - width / 2), len(xs) - 1)
    low, high = (bisect_left(series.steps, xs[column] + side * width / 2) for side in (-1, 1))
    return max(series.values[max(low - 1, 0) : high + 1])


def peer(rounds: int) -> dict[str, float]:
    """The same with pyqtgraph; nothing where it cannot be had."""
    if folder := os.environ.get(FOLDER):
        sys.path.insert(0, folder)
    try:
        import numpy as np
        import pyqtgraph
        import PySide6  # noqa: F401  pyqtgraph takes the Qt that is loaded
    except ImportError:
        return {}
    from PySide6.QtWidgets import QApplication

    application = QApplication([])
    values = [np.asarray(curve(number)) for number in range(CURVES)]
    steps = np.arange(1.0, POINTS + 1)
    found = {}
    for name, is_best in ((_PEER, True), ("pyqtgraph as it comes", False)):
        widget: Any = pyqtgraph.PlotWidget()
        widget.resize(WIDTH, HEIGHT)
        for ys, colour in zip(values, ("#4DA3FF", "#FF9E5E", "#67D39B", "#E7ECF3"), strict=True):
            item = widget.plot(steps, ys, pen=pyqtgraph.mkPen(colour, width=1), skipFiniteCheck=is_best)
            if is_best:
                item.setDownsampling(auto=True, method="peak")
                item.setClipToView(True)
        widget.show()
        application.processEvents()

        def pan(number: int, widget: Any = widget) -> None:
            widget.setXRange(1 + 50 * number, POINTS - 40 * number, padding=0)
            application.processEvents()

        found[name] = _ms(pan, rounds if is_best else 1)
        widget.close()
    return found


if __name__ == "__main__":
    print(json.dumps({"ours": ours, "peer": peer}[sys.argv[1]](int(sys.argv[2]))))
    sys.stdout.flush()
    os._exit(0)
