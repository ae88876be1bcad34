"""Forecasts of designs, remembering every block that was followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal

import torch
from torch import nn

from hybridgraph import compiler
from hybridgraph.counting.modes import building
from hybridgraph.counting.tracing import has_convolution, trace
from hybridgraph.engine import MAX_ENTRIES, Engine, block_class
from hybridgraph.errors import GraphError
from hybridgraph.forecast import peaks
from hybridgraph.forecast.calls import Calls
from hybridgraph.forecast.values import Entering, Fitting, Forecast, Format, NodeForecast, Peak, Trace
from hybridgraph.graph.marks import marked
from hybridgraph.graph.model import Graph, Path
from hybridgraph.plan import Body, Stage, Step

DeviceKind = Literal["cpu", "cuda"]
MAX_BATCH = 1 << 20
_USUAL = Fitting()
_Key = tuple[Any, ...]


class Forecaster:
    """Says what a training step and a forward pass of a design will take, from its blocks alone."""

    def __init__(self, engine: Engine | None = None) -> None:
        self._engine = engine or Engine()
        self._known: dict[_Key, Trace] = {}
        self._has_convolution: dict[_Key, bool] = {}

    def forecast(
        self,
        graph: Graph,
        *,
        batch: int = 1,
        precision: Format = "fp32",
        device: DeviceKind = "cpu",
        limit_bytes: int | None = None,
        fitting: Fitting = _USUAL,
    ) -> Forecast:
        """Training MACs and peak memory of a design for a batch of that size.

        `limit_bytes` is the memory to fit into, by default that of this machine or its first GPU; 0 where there is none.
        `fitting` is what the recipe remembers. Raises GraphError when the design cannot be compiled or the batch is no
        positive number.
        """
        if not 1 <= batch <= MAX_BATCH:
            raise GraphError(
                f"A batch of {batch} cannot be forecast.", f"Choose one from 1 to {MAX_BATCH:,}."
            )
        plan = compiler.planned(graph, self._engine)
        limit = self._limit(device) if limit_bytes is None else limit_bytes
        is_channels_last = any(map(self._convolves, _steps(plan.body)))
        tracer = partial(self._trace, precision=precision, device=device, is_channels_last=is_channels_last)
        calls = Calls(
            plan,
            tracer,
            frozen=marked(graph, "freeze"),
            recomputed=marked(graph, "recompute"),
            is_channels_last=is_channels_last,
        )
        inference = list(peaks.inference(calls, batch))
        training = list(peaks.training(calls, batch, fitting))
        nodes = _nodes(calls, inference, training)
        return Forecast(
            digest=plan.digest,
            batch=batch,
            precision=precision,
            device=device,
            training_macs=sum(call.trace.macs.at(1) for call in calls.found),
            inference=max(inference, key=lambda peak: peak.bytes, default=Peak()),
            training=max(training, key=lambda peak: peak.bytes, default=Peak()),
            nodes=nodes,
            limit_bytes=limit,
            largest_batch=_largest(calls, fitting, limit),
        )

    def _limit(self, device: DeviceKind) -> int:
        if device == "cpu":
            return int(self._engine.limit_bytes)
        return int(torch.cuda.get_device_properties(0).total_memory) if torch.cuda.is_available() else 0

    def _trace(
        self,
        step: Step,
        given: Mapping[str, Entering],
        *,
        is_frozen: bool,
        precision: Format,
        device: DeviceKind,
        is_channels_last: bool,
    ) -> Trace:
        key = (*_key(step), tuple(given.items()), is_frozen, precision, device, is_channels_last)
        if key not in self._known:
            if len(self._known) >= MAX_ENTRIES:
                self._known.clear()
            with self._engine.running(step.spec):
                module = _build(step)
                if is_channels_last:
                    module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
                self._known[key] = trace(
                    module,
                    step.spec,
                    given,
                    step.outputs,
                    precision=precision,
                    device=device,
                    is_frozen=is_frozen,
                )
        return self._known[key]

    def _convolves(self, step: Step) -> bool:
        key = _key(step)
        if key not in self._has_convolution:
            with self._engine.running(step.spec):
                self._has_convolution[key] = has_convolution(_build(step))
        return self._has_convolution[key]


def _build(step: Step) -> nn.Module:
    with building():
        return block_class(step.spec)(**step.args)


def _key(step: Step) -> _Key:
    params = step.spec.params
    return step.spec.id, tuple((k, v) for k, v in step.args.items() if k not in params or not params[k].inert)


def _steps(body: Body) -> Iterable[Step]:
    for step in body.steps:
        if isinstance(step, Stage):
            yield from _steps(Body(steps=step.entry, results={}))
            for repeat in step.repeats:
                yield from _steps(repeat)
        else:
            yield step


def _nodes(calls: Calls, inference: Iterable[Peak], training: Iterable[Peak]) -> dict[Path, NodeForecast]:
    """Each node and each group around it: multiply-adds add up, of peaks the highest counts."""
    macs: dict[Path, int] = {}
    highest: tuple[dict[Path, int], dict[Path, int]] = ({}, {})
    for call in calls.found:
        for path in _upwards(call.path):
            macs[path] = macs.get(path, 0) + call.trace.macs.at(1)
    for found, moments in zip(highest, (inference, training), strict=True):
        for peak in moments:
            for path in _upwards(peak.path):
                found[path] = max(found.get(path, 0), peak.bytes)
    return {
        path: NodeForecast(
            path=path,
            training_macs=count,
            inference_bytes=highest[0].get(path, 0),
            training_bytes=highest[1].get(path, 0),
        )
        for path, count in macs.items()
    }


def _upwards(path: Path) -> list[Path]:
    return [path[:length] for length in range(1, len(path) + 1)]


def _largest(calls: Calls, fitting: Fitting, limit: int) -> int:
    """The largest batch whose training stays within the limit."""

    def fits(batch: int) -> bool:
        moments = peaks.training(calls, batch, fitting)
        return max((peak.bytes for peak in moments), default=0) <= limit

    if not fits(1):
        return 0
    low, high = 1, 2
    while high < MAX_BATCH and fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
