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
    """The rows of this benchmark: sums of the nodes over the whole, medians over pairs of neighbouring passes."""
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
                    verdict = "within" if abs(whole.covered - 1) <= TARGET else "beyond"
                    note = (
                        f"{whole.times.median_us / 1e3:.1f} ms, {whole.repeats} pairs; {verdict} {TARGET:.0%}"
                    )
                    rows.append(
                        Row(name=f"{name}, {what}, {title}", value=whole.covered, unit="×", note=note)
                    )
                subject.network.eval()
    return rows
