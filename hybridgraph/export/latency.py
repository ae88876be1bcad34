"""How long an export takes in its runtime beside torch: both in turn, so that what else the machine does meets both."""

from __future__ import annotations

import time
from statistics import median

import torch
from torch import Tensor, nn

from hybridgraph.export.parity import Runner
from hybridgraph.export.record import Latency

PAIRS = (3, 15)
SECONDS = 0.8
"""Pairs are measured until that much time has gone, within those limits."""


@torch.no_grad()
def latency(runner: Runner, module: nn.Module, images: Tensor) -> Latency:
    """Medians for one batch (B, C, H, W), after one untimed call of each."""
    runner(images)
    module(images)
    times: list[tuple[float, float]] = []
    started = time.perf_counter()
    while len(times) < PAIRS[0] or (len(times) < PAIRS[1] and time.perf_counter() - started < SECONDS):
        if len(times) % 2:
            theirs = _milliseconds(runner, images)
            times.append((theirs, _milliseconds(module, images)))
        else:
            ours = _milliseconds(module, images)
            times.append((_milliseconds(runner, images), ours))
    return Latency(
        batch=len(images),
        runtime_ms=median(theirs for theirs, _ in times),
        torch_ms=median(ours for _, ours in times),
        ratio=median(theirs / ours for theirs, ours in times),
        pairs=len(times),
    )


def _milliseconds(work: Runner | nn.Module, images: Tensor) -> float:
    start = time.perf_counter()
    work(images)
    return (time.perf_counter() - start) * 1000
