"""Whether the times of the nodes add up to that of the whole network, in inference and in a step of training."""

from __future__ import annotations

import torch

from benchmarks.timing import Row, threads
from hybridgraph import presets
from hybridgraph.jobs import ProfileJob
from hybridgraph.profiler.clocks import Clock, ThreadClock, clock_of
from hybridgraph.profiler.measurement import measure as take
from hybridgraph.profiler.subject import prepare

DESIGNS = (("pocket-moat", 28, 16), ("tiny-moat-0", 64, 8), ("swin-t", 224, 1))
"""Preset, side of the pictures, batch."""
TARGET = 0.05


def measure(device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark: sums of the nodes over the whole, medians over pairs of neighbouring passes.

    How far the passes without timers lie apart (the middle 80 %) is what the machine adds by itself: where that is several
    times the target, the row on the wall's clock says nothing, and that of processor time has to be read.
    """
    rows = []
    clocks: list[tuple[str, Clock]] = [("wall", clock_of(device))]
    if device.type == "cpu":
        clocks.append(("processor", ThreadClock()))
    with threads(1):
        for name, side, batch in DESIGNS:
            job = ProfileJob(device=device.type, batch=batch, precision="fp32", repeats=rounds)  # type: ignore[arg-type]
            subject = prepare(presets.build(name, image_size=side), job, None)
            for title, clock in clocks:
                result = take(subject, job, lambda: False, clock=clock)
                if result is None or result.training is None:
                    raise RuntimeError(f"{name} was not measured: {result and result.notes}")
                for what, whole in (("inference", result.inference), ("training step", result.training)):
                    times = whole.times
                    verdict = "within" if abs(whole.covered - 1) <= TARGET else "beyond"
                    apart = (times.p90_us - times.p10_us) / times.median_us
                    note = (
                        f"{times.median_us / 1e3:.1f} ms, {whole.repeats} pairs; {verdict} {TARGET:.0%}; "
                        f"the whole passes alone lie {apart:.0%} apart"
                    )
                    rows.append(
                        Row(name=f"{name}, {what}, {title}", value=whole.covered, unit="×", note=note)
                    )
                subject.network.eval()
    return rows
