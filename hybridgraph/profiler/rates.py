"""What the device can do at best: bytes a second when copying, FLOPs a second when multiplying matrices."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import torch

from hybridgraph.profiler.clocks import clock_of
from hybridgraph.profiler.roofline import Rate, Rates
from hybridgraph.profiler.spreads import tenths
from hybridgraph.train.device import Format

_SHAPES = {"cuda": (2**30, 8192), "cpu": (2**27, 1024), "mps": (2**28, 2048)}
"""Bytes that are copied (well above any cache) and the side of the matrices, by device."""
_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_TIMES = (5, 15)
_LONGEST_S = 1.0


def measure_rates(device: torch.device, precision: Format) -> Rates:
    """Copy and multiply until the figures can be believed; a second or two."""
    size, side = _SHAPES[device.type]
    if device.type == "cpu":
        size = min(size, psutil.virtual_memory().available // 8)
    return Rates(
        bandwidth=_copying(device, size),
        matmul=_multiplying(device, precision, side),
        copied_bytes=size,
        matmul_side=side,
    )


def _copying(device: torch.device, size: int) -> Rate:
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.ones_like(source)  # written once, so that its pages are there
    return _rate(lambda: target.copy_(source), 2 * size, device)


def _multiplying(device: torch.device, precision: Format, side: int) -> Rate:
    left = torch.randn((side, side), device=device).to(_TYPES[precision])
    right = torch.randn((side, side), device=device).to(_TYPES[precision])
    with torch.inference_mode():
        return _rate(lambda: torch.matmul(left, right), 2 * side**3, device)


def _rate(work: Callable[[], object], amount: int, device: torch.device) -> Rate:
    """The amount over the times of the work, after one call that is not counted."""
    clock = clock_of(device)
    least, most = _TIMES
    rates: list[float] = []
    work()
    began = time.monotonic()
    while len(rates) < least or (len(rates) < most and time.monotonic() - began < _LONGEST_S):
        clock.wait()
        start = clock.mark()
        work()
        end = clock.mark()
        clock.wait()
        rates.append(1e6 * amount / max(clock.elapsed_us(start, end), 1e-3))
    low, median, high = tenths(rates)
    return Rate(median=median, p10=low, p90=high)
