"""The process that looks for the width of equal latency: `python -m hybridgraph.profiler.matching`.

It reads a request as JSON until its input ends and prints what it found, or {"error": sentence}.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from hybridgraph import codegen, compiler
from hybridgraph.engine import Engine
from hybridgraph.errors import HybridGraphError, RunError
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph, Path
from hybridgraph.places import spots
from hybridgraph.profiler.clocks import Clock, clock_of
from hybridgraph.profiler.device import choose_device, device_name
from hybridgraph.profiler.latency import MOST_TRIES, Matched, Request, Tried, encode, search
from hybridgraph.profiler.spreads import spread
from hybridgraph.spec import REGISTRY
from hybridgraph.threads import share_cores
from hybridgraph.train.device import memory_format
from hybridgraph.train.faults import is_out_of_memory

_PAIRS = (5, 200)
_WARM_UP = 3


def match(request: Request) -> Matched:
    """Measure a few widths and say what each took. Raises HybridGraphError for a design that does not run."""
    engine, device = Engine(), choose_device("auto")
    clock, known = clock_of(device), REGISTRY
    new = files.loads(request.after, "the new design")
    old = _alone(files.loads(request.before, "the design"), request.home, engine, device, request.batch)
    began = time.monotonic()

    def measure(width: int) -> Tried:
        candidate = edits.set_param(new, request.home, request.name, width, known)
        alone = _alone(candidate, request.home, engine, device, request.batch)
        return _compare(width, old, alone, clock, request.seconds / MOST_TRIES)

    def is_over() -> bool:
        return time.monotonic() - began > request.seconds

    with torch.inference_mode():
        tried = search(request.width, request.grain, measure, is_over)
    return Matched(device=device_name(device), batch=request.batch, tried=tuple(tried))


def _compare(
    width: int, old: Callable[[], object], new: Callable[[], object], clock: Clock, seconds: float
) -> Tried:
    """Both in turn, so that a slow moment of the machine meets both."""
    least, most = _PAIRS
    for _ in range(_WARM_UP):
        old()
        new()
    pairs: list[tuple[float, float]] = []
    began = time.monotonic()
    while len(pairs) < least or (len(pairs) < most and time.monotonic() - began < seconds):
        first, second = (old, new) if len(pairs) % 2 else (new, old)
        early, late = _time(first, clock), _time(second, clock)
        pairs.append((early, late) if first is old else (late, early))
    return Tried(
        width=width,
        before=spread([before for before, _ in pairs]),
        after=spread([after for _, after in pairs]),
        ratio=statistics.median(after / max(before, 1e-3) for before, after in pairs),
        passes=len(pairs),
    )


def _time(work: Callable[[], object], clock: Clock) -> float:
    clock.wait()
    start = clock.mark()
    work()
    end = clock.mark()
    clock.wait()
    return clock.elapsed_us(start, end)


def _alone(graph: Graph, home: Path, engine: Engine, device: torch.device, batch: int) -> Callable[[], None]:
    """A call that runs one item of a design, all its repeats, on the inputs they have in the network."""
    plan = compiler.planned(graph, engine)
    pattern = codegen.render(plan).modules.get(home)
    if pattern is None:
        raise RunError(f"{'/'.join(home)} is not part of the network.", "Wire it up first.")
    network = compiler.compile_seeded(graph, engine)
    network = network.to(device=device, memory_format=memory_format(network, device))  # type: ignore[call-overload]
    calls: list[tuple[nn.Module, tuple[Any, ...], Mapping[str, Any]]] = []

    def keep(module: nn.Module, inputs: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        calls.append((module, inputs, named))

    handles = [
        module.register_forward_pre_hook(keep, with_kwargs=True)
        for module in spots(network, {home: pattern}).values()
    ]
    images: Tensor = torch.randn((batch, *plan.input.dims), device=device)
    with torch.inference_mode():
        network(images)
    for handle in handles:
        handle.remove()

    def run() -> None:
        for module, inputs, named in calls:
            module(*inputs, **named)

    return run


def main() -> int:
    """Answer the request on standard input."""
    share_cores()
    values: dict[str, Any] = json.loads(sys.stdin.read())
    try:
        request = Request(**{**values, "home": tuple(values["home"])})
        answer = encode(match(request))
    except HybridGraphError as error:
        answer = {"error": str(error)}
    except (RuntimeError, MemoryError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        why = "memory runs out" if is_out_of_memory(error) else first
        answer = {"error": f"The block cannot be measured: {why}. Swap it without keeping the latency."}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
