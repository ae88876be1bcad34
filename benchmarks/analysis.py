"""How long the engine needs for a design, the first time and for one changed parameter."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.timing import Row, seconds, threads
from hybridgraph import compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.graph import edits
from hybridgraph.spec import REGISTRY

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
    with threads(1):  # as the engine's process does
        graph = presets.build(DESIGN)
        Engine().analyze(graph)  # torch loads its decompositions at the first use
        first = median(seconds(lambda: Engine().analyze(graph)) for _ in range(rounds))
        engine = Engine()
        engine.analyze(graph)
        same = median(seconds(lambda: engine.analyze(graph)) for _ in range(rounds))
        inert = _changes(engine, "drop_path", [0.001 * (i + 1) for i in range(rounds)])
        late = _changes(engine, "channels", [768 + 32 * (i + 1) for i in range(rounds)])
        early = _changes(engine, "channels", [96 + 32 * (i + 1) for i in range(rounds)], stage="stage1")
        whole = median(seconds(_meta_forward) for _ in range(max(3, rounds // 4)))
    load, cold = _cold()
    return [
        Row(name="load torch and the blocks", value=load * 1e3, unit="ms", note="once, in the engine's process"),
        Row(name=f"{DESIGN}, very first analysis", value=cold * 1e3, unit="ms", note="in a fresh process"),
        Row(name=f"{DESIGN}, first analysis", value=first * 1e3, unit="ms", note="an empty engine in a warm process"),
        Row(name="the same design again", value=same * 1e3, unit="ms"),
        Row(name="drop path of stage 4 changed", value=inert * 1e3, unit="ms", note=f"{inert / first:.3f} of the first"),
        Row(name="channels of stage 4 changed", value=late * 1e3, unit="ms",
            note=f"{late / first:.3f} of the first; at most {FLOOR_MS} ms: {_verdict(late)}"),
        Row(name="channels of stage 1 changed", value=early * 1e3, unit="ms",
            note=f"{early / first:.3f} of the first; at most {FLOOR_MS} ms: {_verdict(early)}"),
        Row(name="the whole network on meta, with FlopCounterMode", value=whole * 1e3, unit="ms",
            note=f"the first analysis is {first / whole:.3f} of it"),
    ]  # fmt: skip


def _verdict(value: float) -> str:
    return "yes" if value * 1e3 <= FLOOR_MS else "no"


def _changes(engine: Engine, name: str, values: list[float], stage: str = "stage4") -> float:
    """The median time of an analysis after one parameter got a value that the engine has not met."""
    graph = presets.build(DESIGN)
    times = []
    for value in values:
        changed = edits.set_param(graph, (stage,), name, value, REGISTRY)
        times.append(seconds(lambda changed=changed: engine.analyze(changed)))  # type: ignore[misc]
    return median(times)


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
