"""How long the engine needs for a design, the first time and for one changed parameter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from statistics import median

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import Row, clocks, threads
from hybridgraph import compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.graph import edits
from hybridgraph.spec import REGISTRY

Times = tuple[float, float]
DESIGN = "moat-0"
FLOOR_MS = 50
"""What one changed parameter may take."""
COLD = f"""
import time
start = time.perf_counter()
from hybridgraph import presets
from hybridgraph.engine import Engine
loaded = time.perf_counter()
Engine().analyze(presets.build("{DESIGN}"))
print(loaded - start, time.perf_counter() - loaded)
"""


def measure(_: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark."""
    with threads(
        1
    ):  # as the engine's process does, so that processor time is what an idle machine would take
        graph = presets.build(DESIGN)
        Engine().analyze(graph)  # torch loads its decompositions at the first use
        first = _median(lambda _: Engine().analyze(graph), rounds)
        whole = _median(lambda _: _meta_forward(), max(3, rounds // 4))
        engine = Engine()
        engine.analyze(graph)
        later = {
            "the same design again": _median(lambda _: engine.analyze(graph), rounds),
            "drop path of stage 4 changed": _changes(engine, "stage4", "drop_path", 0.0, 0.001, rounds),
            "channels of stage 4 changed": _changes(engine, "stage4", "channels", 768, 32, rounds),
            "channels of stage 1 changed": _changes(engine, "stage1", "channels", 96, 32, rounds),
        }
    load, cold = _cold()
    return [
        Row(name="load torch and the blocks", value=load * 1e3, unit="ms", note="once, in the engine's process"),
        Row(name=f"{DESIGN}, very first analysis", value=cold * 1e3, unit="ms", note="in a fresh process"),
        _row(f"{DESIGN}, first analysis", first, f"an empty engine in a warm process, {first[1] / whole[1]:.2f} of the next"),
        _row("the whole network on meta, with FlopCounterMode", whole, "compile and one forward"),
        *(_row(name, times, f"{times[1] / first[1]:.3f} of the first analysis; at most {FLOOR_MS} ms: {_verdict(times)}")
          for name, times in later.items()),
    ]  # fmt: skip


def _row(name: str, times: Times, note: str) -> Row:
    return Row(
        name=name, value=times[0] * 1e3, unit="ms", note=f"processor time {times[1] * 1e3:.1f} ms; {note}"
    )


def _verdict(times: Times) -> str:
    if times[0] * 1e3 <= FLOOR_MS:
        return "yes"
    return "by processor time" if times[1] * 1e3 <= FLOOR_MS else "no"


def _median(work: Callable[[int], object], rounds: int) -> Times:
    """Medians of seconds on the wall's clock and of processor time; `work` is given the number of the round."""
    times = [clocks(partial(work, number)) for number in range(rounds)]
    return median(wall for wall, _ in times), median(cpu for _, cpu in times)


def _changes(engine: Engine, stage: str, name: str, start: float, step: float, rounds: int) -> Times:
    """The time of an analysis after one parameter got a value that the engine has not met."""
    graph = presets.build(DESIGN)
    changed = [
        edits.set_param(graph, (stage,), name, start + step * (number + 1), REGISTRY)
        for number in range(rounds)
    ]
    return _median(lambda number: engine.analyze(changed[number]), rounds)


def _meta_forward() -> None:
    with torch.device("meta"):
        network = compiler.compile(presets.build(DESIGN), engine=_WARM)
        with FlopCounterMode(display=False):
            network(torch.empty(2, 3, 224, 224))


_WARM = Engine()


def _cold() -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True)
    load, first = map(float, done.stdout.split())
    return load, first
