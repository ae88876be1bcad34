"""How busy the machine is while it trains: processor, memory, and the accelerator where there is one."""

from __future__ import annotations

import time

import psutil
import torch

from hybridgraph.events import Event, LoadSampled, Step
from hybridgraph.train.step import Emit

EVERY_S = 1.0
"""Time between two samples; one takes about a millisecond."""


def with_load(emit: Emit, device: torch.device, *, every_s: float = EVERY_S) -> Emit:
    """An `emit` that tells of the machine's load as well, after the first step of every `every_s` seconds."""
    process = psutil.Process()
    psutil.cpu_percent()  # the first look only begins the span that the next one speaks of
    looked_at = time.monotonic()

    def watched(event: Event) -> None:
        nonlocal looked_at
        emit(event)
        if isinstance(event, Step) and time.monotonic() - looked_at >= every_s:
            looked_at = time.monotonic()
            emit(sample(event.step + 1, process, device))

    return watched


def sample(step: int, process: psutil.Process, device: torch.device) -> LoadSampled:
    """The load of this moment, after so many steps."""
    share, held, total = _accelerator(device)
    return LoadSampled(
        step=step,
        at=time.time(),
        processor=psutil.cpu_percent() / 100,
        memory_bytes=_memory(process),
        memory_total_bytes=psutil.virtual_memory().total,
        accelerator=share,
        accelerator_memory_bytes=held,
        accelerator_memory_total_bytes=total,
    )


def _memory(process: psutil.Process) -> int:
    """Bytes that the process and its workers hold; workers that end meanwhile count no more."""
    held = int(process.memory_info().rss)
    for worker in process.children(recursive=True):
        try:
            held += worker.memory_info().rss
        except psutil.Error:
            continue
    return held


def _accelerator(device: torch.device) -> tuple[float, int, int]:
    """The share of the time it worked, the bytes this process reserved on it, and those it has."""
    if device.type != "cuda":
        return -1.0, 0, 0
    held, total = torch.cuda.memory_reserved(device), torch.cuda.mem_get_info(device)[1]
    try:
        share = torch.cuda.utilization(device) / 100
    except Exception:  # noqa: BLE001  (whatever the driver's own library refuses, a training needs none of it)
        share = -1.0
    return share, held, total
