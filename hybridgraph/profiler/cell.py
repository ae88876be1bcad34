"""The process of one cell of a sweep: `python -m hybridgraph.profiler.cell`.

It reads a request as one line, measures, and prints the cell as JSON. Running out of memory ends nothing but this process.
It also ends when its standard input does, so that it never outlives the sweep.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hybridgraph import compiler
from hybridgraph.errors import HybridGraphError
from hybridgraph.places import spots
from hybridgraph.profiler.cells import Cell
from hybridgraph.profiler.clocks import clock_of
from hybridgraph.profiler.device import choose_device, device_name, settle_precision
from hybridgraph.profiler.files import content
from hybridgraph.profiler.memory import film_inference, film_step
from hybridgraph.profiler.passes import take_alone, time_forward, time_step
from hybridgraph.profiler.request import Request, decode
from hybridgraph.profiler.spreads import spread
from hybridgraph.profiler.steps import training_step
from hybridgraph.profiler.subject import Specimen
from hybridgraph.train.device import autocast, memory_format
from hybridgraph.train.faults import is_out_of_memory
from hybridgraph.train.recomputing import recompute

Forward = Callable[[Tensor], object]


def main() -> int:
    """Answer one request."""
    request = decode(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    sys.stdout.write(json.dumps(answer(request)) + "\n")
    return 0


def answer(request: Request) -> dict[str, Any]:
    """The cell and the name of its device, as JSON has them. Whatever goes wrong is in there."""
    cell = Cell(
        batch=request.batch,
        image_size=request.image[1],
        precision=request.precision,
        compiled=request.compiled,
        status="measured",
        is_probe=request.is_probe,
    )
    device = "?"
    try:
        if request.limit_bytes is not None:
            _limit(request.limit_bytes)
        specimen = _specimen(request)
        device = device_name(specimen.device)
        cell = _measured(cell, request, specimen)
    except HybridGraphError as error:
        cell = replace(cell, status="failed", message=str(error))
    except (RuntimeError, MemoryError, ValueError, TypeError, OSError) as error:
        if is_out_of_memory(error):
            cell = replace(cell, status="out of memory", message="An allocation was refused.")
        else:
            first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
            cell = replace(cell, status="failed", message=f"{type(error).__name__}: {first}.")
    return {"device": device, "cell": content(replace(cell, process_bytes=_process_bytes()))}


def _specimen(request: Request) -> Specimen:
    device = choose_device(request.device)
    network = compiler.build(Path(request.source)).eval()
    layout = memory_format(network, device)
    network = network.to(device=device, memory_format=layout)  # type: ignore[call-overload]
    images = torch.randn((request.batch, *request.image), device=device).contiguous(memory_format=layout)
    frozen = spots(network, {(name,): name for name in request.frozen})
    for module in frozen.values():
        module.requires_grad_(False)
    recompute(spots(network, {(name,): name for name in request.recomputed}).values())
    return Specimen(
        network=network,
        images=images,
        precision=settle_precision(request.precision, network, images[:1]),  # type: ignore[arg-type]
        frozen=tuple(frozen.values()),
    )


def _measured(cell: Cell, request: Request, specimen: Specimen) -> Cell:
    """Inference first, then steps of training if they are asked for."""
    clock = clock_of(specimen.device)
    forward: Forward = specimen.network
    began = time.monotonic()
    if request.compiled:
        forward = torch.compile(specimen.network, dynamic=False)
    is_followed = not request.compiled or specimen.device.type == "cuda"

    def infer() -> None:
        with autocast(specimen.device, specimen.precision):
            forward(specimen.images)

    with torch.inference_mode():
        with compiling(cell, request, "inference"):
            infer()
            clock.wait()
        compile_seconds = time.monotonic() - began if request.compiled else 0.0
        peak = film_inference(specimen, infer).peak_bytes if is_followed else 0
        if not request.is_probe:
            times = take_alone(lambda: time_forward(infer, clock), request.repeats, request.seconds)
            cell = replace(cell, forward=spread(times), images_per_second=_rate(request, times))
    if request.passes == "training":
        step = training_step(specimen, forward)
        began = time.monotonic()
        with compiling(cell, request, "training"):
            step.take()  # the first one makes the optimizer's state
            clock.wait()
        compile_seconds += time.monotonic() - began if request.compiled else 0.0
        peak = film_step(step).peak_bytes if is_followed else 0
        if not request.is_probe:
            times = take_alone(lambda: time_step(step, clock).total, request.repeats, request.seconds)
            cell = replace(cell, step=spread(times), images_per_second=_rate(request, times))
    return replace(cell, peak_memory_bytes=peak, compile_seconds=compile_seconds)


@contextlib.contextmanager
def compiling(cell: Cell, request: Request, what: str) -> Iterator[None]:
    """Where the first pass, in which torch compiles, takes too long, answer so and end the process."""
    if not request.compiled:
        yield
        return

    def give_up() -> None:
        words = f"Compiling for {what} took longer than {request.compile_limit:g} s and was given up. Allow it more time."
        left = {"device": "", "cell": content(replace(cell, status="given up", message=words))}
        sys.stdout.write(json.dumps(left) + "\n")
        sys.stdout.flush()
        os._exit(0)

    limit = threading.Timer(request.compile_limit, give_up)
    limit.daemon = True
    limit.start()
    try:
        yield
    finally:
        limit.cancel()


def _rate(request: Request, times_us: list[float]) -> float:
    return 1e6 * request.batch / spread(times_us).median_us


def _limit(limit_bytes: int) -> None:
    """Refuse this process more memory than it has now and so much on top; where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows; a system that knows no such limit
        import resource

        held = next(
            1024 * int(line.split()[1])
            for line in Path("/proc/self/status").read_text().splitlines()
            if line.startswith("VmData:")
        )
        resource.setrlimit(resource.RLIMIT_DATA, (held + limit_bytes, held + limit_bytes))


def _process_bytes() -> int:
    """The most memory that the process has taken, 0 where the system does not tell."""
    with contextlib.suppress(ImportError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak
    return 0


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
