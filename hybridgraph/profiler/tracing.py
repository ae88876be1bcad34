"""One pass under torch's profiler: which operations and kernels each node runs, and a trace for a trace viewer."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.hooks import RemovableHandle

from hybridgraph.places import Spot
from hybridgraph.profiler.ownership import Ownership
from hybridgraph.profiler.result import Operation, Phase
from hybridgraph.profiler.steps import TrainingStep
from hybridgraph.profiler.subject import Specimen

_MOST = 12
"""Operations named for each node; the others are too short to matter."""
_BACKWARD = "autograd::engine::evaluate_function: "
_STEP_PHASES: tuple[Phase, ...] = ("forward", "backward", "optimizer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A pass that was traced: the operations of each node path, and the profiler's record for a file."""

    operations: Mapping[tuple[str, ...], tuple[Operation, ...]]
    record: profile
    ownership: Ownership | None


def trace_inference(subject: Specimen) -> Traced:
    """One forward pass in evaluation mode."""
    with _recording(subject.device) as record, record_function("inference"), _ranges(subject.spots):
        subject.forward()
    return Traced(operations=_operations(record, subject.spots, None), record=record, ownership=None)


def trace_step(step: TrainingStep) -> Traced:
    """One step of training."""
    spots = step.subject.spots
    ownership = Ownership(spots)
    with _recording(step.subject.device) as record:
        with record_function("forward"), _ranges(spots), ownership.watching():
            loss = step.loss()
        step.forget()
        with record_function("backward"):
            step.backward(loss)
        with record_function("optimizer"):
            if step.parts:
                for spot, part in step.parts.items():
                    with record_function(label(spot)):
                        part.step()
            else:
                step.update()
    return Traced(operations=_operations(record, spots, ownership), record=record, ownership=ownership)


def label(spot: Spot) -> str:
    """How a range in a trace is called: the path of the node, and which of its repeats."""
    path, index = spot
    return "/".join(path) + "".join(f" #{number + 1}" for number in index)


def write_trace(traced: Traced, path: Path) -> None:
    """Write a trace in the trace-event format: what the profiler saw, and ranges of nodes for the backward pass too."""
    traced.record.export_chrome_trace(str(path))
    content = json.loads(path.read_text(encoding="utf-8"))
    for private in ("traceName", "host_name"):  # a path and a name of this machine, which no viewer shows
        content.pop(private, None)
    if traced.ownership is not None:
        content["traceEvents"] += list(_backward_ranges(content["traceEvents"], traced.ownership))
    path.write_text(json.dumps(content), encoding="utf-8")


def _backward_ranges(events: Sequence[Mapping[str, Any]], ownership: Ownership) -> Iterator[dict[str, Any]]:
    """A range around each run of operations of one owner in the backward pass."""
    ran = [one for one in events if one.get("ph") == "X" and str(one.get("name", "")).startswith(_BACKWARD)]
    ran.sort(key=lambda one: float(one["ts"]))
    current: dict[str, Any] | None = None
    for event in ran:
        number = event.get("args", {}).get("Sequence number")
        owner = ownership.owner(number) if isinstance(number, int) and number >= 0 else None
        end = float(event["ts"]) + float(event["dur"])
        if owner is None or (current is not None and current["name"] == label(owner)):
            if current is not None and owner is not None:
                current["dur"] = end - float(current["ts"])
            continue
        if current is not None:
            yield current
        current = {
            "ph": "X", "cat": "user_annotation", "name": label(owner), "pid": event["pid"], "tid": event["tid"],
            "ts": event["ts"], "dur": event["dur"], "args": {},
        }  # fmt: skip
    if current is not None:
        yield current


@contextmanager
def _recording(device: torch.device) -> Iterator[profile]:
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # it would tell each of its stages on standard error
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    with profile(activities=activities) as record:
        yield record
        if device.type == "cuda":
            torch.cuda.synchronize(device)


@contextmanager
def _ranges(spots: Mapping[Spot, nn.Module]) -> Iterator[None]:
    """Each node's forward pass inside this context is a range with its name."""
    handles: list[RemovableHandle] = []
    open_: list[record_function] = []

    def entering(name: str) -> Callable[..., None]:
        def enter(*_: object) -> None:
            open_.append(record_function(name))
            open_[-1].__enter__()

        return enter

    def leave(*_: object) -> None:
        open_.pop().__exit__(None, None, None)

    for spot, module in spots.items():
        handles.append(module.register_forward_pre_hook(entering(label(spot))))
        handles.append(module.register_forward_hook(leave))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _operations(
    record: profile, spots: Mapping[Spot, nn.Module], ownership: Ownership | None
) -> dict[tuple[str, ...], tuple[Operation, ...]]:
    """The operations of each node, the longest first: on CUDA its kernels, else what ran on the processor."""
    named = {label(spot): spot[0] for spot in spots}
    sums: dict[tuple[str, ...], dict[tuple[str, Phase], list[float]]] = defaultdict(dict)
    events: Sequence[Any] = record.events() or []
    has_kernels = any(event.kernels for event in events)
    for event in events:
        if event.name in named or event.name in ("inference", *_STEP_PHASES):
            continue
        path, phase = _owner_of(event, named, ownership)
        if path is None:
            continue
        ran = [(kernel.name, kernel.duration) for kernel in event.kernels]
        if not ran and event.self_cpu_time_total > 0 and not has_kernels:
            ran = [(event.name.removeprefix(_BACKWARD), event.self_cpu_time_total)]
        for name, time_us in ran:
            entry = sums[path].setdefault((name, phase), [0, 0.0])
            entry[0] += 1
            entry[1] += time_us
    return {path: _longest(found) for path, found in sums.items()}


def _longest(found: Mapping[tuple[str, Phase], Sequence[float]]) -> tuple[Operation, ...]:
    every = [
        Operation(name=name, phase=phase, calls=int(calls), time_us=time_us)
        for (name, phase), (calls, time_us) in found.items()
    ]
    return tuple(sorted(every, key=lambda one: -one.time_us)[:_MOST])


def _owner_of(
    event: Any, named: Mapping[str, tuple[str, ...]], ownership: Ownership | None
) -> tuple[tuple[str, ...] | None, Phase]:
    """The node whose range an operation lies in, or whose forward pass made it, and the part of the step."""
    path: tuple[str, ...] | None = None
    phase: Phase = "inference"
    around = event
    while around is not None:
        if around.name in named and path is None:
            path = named[around.name]
        if ownership is not None and around.name.startswith(_BACKWARD) and path is None:
            spot = ownership.owner(around.sequence_nr) if around.sequence_nr >= 0 else None
            path, phase = (spot[0] if spot else None), "backward"
            return path, phase
        if around.name in _STEP_PHASES:
            phase = around.name
        around = around.cpu_parent
    return path, phase
