"""How long the engine needs for a design, the first time and for one changed parameter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from statistics import median

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import Row, clocks, interleaved, threads
from hybridgraph import compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph
from hybridgraph.spec import REGISTRY

Times = tuple[float, float]
DESIGN = "moat-0"
COLD_DESIGN = "swin-t"
COLD_TARGET = 0.6
"""What a first analysis may take of one forward pass of the whole network on the meta device under a flop counter."""
SAME_SHAPE_MS, OTHER_WIDTH_MS = 16, 60
"""What one changed parameter may take that keeps every shape, and a changed width."""
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
            "expansion of stage 4 changed": _changes(engine, "stage4", "expansion", 4, 1, min(rounds, 12)),
            "channels of stage 4 changed": _changes(engine, "stage4", "channels", 768, 32, rounds),
            "channels of stage 1 changed": _changes(engine, "stage1", "channels", 96, 32, rounds),
        }
        swin = presets.build(COLD_DESIGN)
        Engine().analyze(swin)
        pair = interleaved(_forward(swin), lambda: Engine().analyze(swin), pairs=max(5, rounds))
    load, cold = _cold()
    return [
        Row(name="load torch and the blocks", value=load * 1e3, unit="ms", note="once, in the engine's process"),
        Row(name=f"{DESIGN}, very first analysis", value=cold * 1e3, unit="ms", note="in a fresh process"),
        _row(f"{DESIGN}, first analysis", first, f"an empty engine in a warm process, {first[1] / whole[1]:.2f} of the next"),
        _row("the whole network on meta, with FlopCounterMode", whole, "compile and one forward"),
        *(_row(name, times, f"{times[1] / first[1]:.3f} of the first analysis; {_verdict(name, times)}")
          for name, times in later.items()),
        Row(name=f"{COLD_DESIGN}, first analysis over one forward pass on meta with FlopCounterMode", value=pair.ratio, unit="×",
            note=f"{pair.second * 1e3:.0f} ms against {pair.first * 1e3:.0f} ms, the network already built; processor time "
            f"{pair.cpu_ratio:.3f} ×; at most {COLD_TARGET}: {'yes' if pair.cpu_ratio <= COLD_TARGET else 'no'}"),
    ]  # fmt: skip


def _row(name: str, times: Times, note: str) -> Row:
    return Row(
        name=name, value=times[0] * 1e3, unit="ms", note=f"processor time {times[1] * 1e3:.1f} ms; {note}"
    )


def _verdict(name: str, times: Times) -> str:
    most = OTHER_WIDTH_MS if "channels" in name else SAME_SHAPE_MS
    wall, processor = times[0] * 1e3 <= most, times[1] * 1e3 <= most
    return f"at most {most} ms: {'yes' if wall else 'by processor time' if processor else 'no'}"


def _forward(graph: Graph) -> Callable[[], object]:
    """One forward pass of a whole network that lives on the meta device, with torch's own counter."""
    with torch.device("meta"):
        network = compiler.compile(graph, engine=_WARM)
        images = torch.empty(1, 3, 224, 224)

    def work() -> None:
        with FlopCounterMode(display=False):
            network(images)

    return work


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
