"""Whether a step will fit: the forecast of its peak beside the memory that is free, and the largest safe batch."""

from __future__ import annotations

from dataclasses import replace

import psutil
import torch

from hybridgraph.engine import Engine
from hybridgraph.errors import GraphError
from hybridgraph.forecast.forecaster import Forecaster
from hybridgraph.forecast.values import Fitting, Format
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import TrainJob
from hybridgraph.preflight.values import Check, Figures
from hybridgraph.train.device import choose_device

SAFE = 0.9
"""The share of the free memory that a forecast may fill: others on the machine and the pictures need some too."""


def check_memory(graph: Graph, job: TrainJob, engine: Engine, figures: Figures) -> tuple[Check, Figures]:
    """The check, and the figures with the bytes in them. Raises RunError for a device that is not there."""
    device = choose_device(job.device)
    is_cuda = device.type == "cuda"
    free = torch.cuda.mem_get_info(device)[0] if is_cuda else psutil.virtual_memory().available
    precision: Format = job.precision if job.precision != "auto" else "bf16" if is_cuda else "fp32"
    at_once = -(-job.batch // (job.processes * job.recipe.accumulation))
    try:
        forecast = Forecaster(engine).forecast(
            graph,
            batch=at_once,
            precision=precision,
            device="cuda" if is_cuda else "cpu",
            limit_bytes=int(SAFE * free),
            fitting=Fitting.of(job.recipe),
        )
    except GraphError as error:
        return Check(name="memory", status="warned", message=error.message, hint=error.hint), figures
    peak, largest = forecast.training, forecast.largest_batch
    figures = replace(figures, memory_bytes=peak.bytes, limit_bytes=free, largest_batch=largest)
    parts = "" if at_once == job.batch else f" of the {job.batch:,}"
    step = f"A step of {at_once:,} pictures{parts} takes {size(peak.bytes)} of {size(free)}"
    if not largest:
        message = f"Not even one picture fits: the weights alone take {size(peak.weights)} and {size(free)} are free."
        hint = "Choose a smaller design or smaller pictures."
        return Check(name="memory", status="failed", message=message, hint=hint, paths=(peak.path,)), figures
    message = f"{step} that are free; the largest safe batch is {largest:,}."
    if at_once <= largest:
        return Check(name="memory", status="passed", message=message), figures
    needed = -(-job.batch // (job.processes * largest))
    hint = f"Choose a batch of at most {largest:,}, or accumulation={needed}; else the parts are halved until they fit."
    return Check(name="memory", status="warned", message=message, hint=hint, paths=(peak.path,)), figures


def size(count: int) -> str:
    """Bytes in MB or GB."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
