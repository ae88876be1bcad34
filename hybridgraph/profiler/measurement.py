"""Measuring a network: inference, then steps of training, then the device itself."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from hybridgraph.errors import RunError
from hybridgraph.jobs import ProfileJob
from hybridgraph.profiler.clocks import Clock, clock_of
from hybridgraph.profiler.device import device_name
from hybridgraph.profiler.film import Film
from hybridgraph.profiler.memory import film_inference, film_step
from hybridgraph.profiler.passes import (
    take_pairs,
    time_forward,
    time_nodes,
    time_step,
    time_step_nodes,
)
from hybridgraph.profiler.rates import measure_rates
from hybridgraph.profiler.result import NodeProfile, ProfileResult, StepTimes, WarmUp, Whole
from hybridgraph.profiler.roofline import Dot, Rates, dot
from hybridgraph.profiler.rows import PARTS, Measured, Steps, rows
from hybridgraph.profiler.spreads import spread
from hybridgraph.profiler.steps import TrainingStep, training_step
from hybridgraph.profiler.subject import Subject
from hybridgraph.profiler.timers import Timers
from hybridgraph.profiler.tracing import Traced, trace_inference, trace_step, write_trace
from hybridgraph.profiler.traffic import moved_bytes
from hybridgraph.train.faults import is_out_of_memory

IsStopped = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inference:
    whole: Whole
    measured: Measured
    film: Film
    traced: Traced


@dataclass(frozen=True, slots=True, kw_only=True)
class _Training:
    whole: Whole
    step: StepTimes
    steps: Steps
    film: Film
    traced: Traced


def measure(
    subject: Subject,
    job: ProfileJob,
    is_stopped: IsStopped,
    trace: Path | None = None,
    clock: Clock | None = None,
) -> ProfileResult | None:
    """Measure all that the job asks for; None when asked to stop. A trace is written where a file is named.

    Without a clock it is the one of the device.

    Raises RunError when memory runs out or an operation is missing on the device. Where only training cannot be
    measured, the result says why in its notes.
    """
    clock = clock or clock_of(subject.device)
    both = job.passes == "training"
    seconds = job.seconds / 2 if both else job.seconds
    timers = Timers(subject.spots, clock)
    with _explained(subject, timers, "forward pass"):
        inference = _inference(subject, timers, clock, job.repeats, seconds, is_stopped)
    if inference is None:
        return None
    training, notes = None, []
    if both:
        timers = Timers(subject.spots, clock)
        try:
            with _explained(subject, timers, "step of training"):
                training = _training(subject, timers, clock, job.repeats, seconds, is_stopped)
        except RunError as error:
            notes.append(f"Training was not measured: {error}")
        else:
            if training is None:
                return None
            if subject.device.type == "cuda":
                notes.append(
                    "One kernel moves all weights, so the optimizer's time is shared out by parameters."
                )
    rates = measure_rates(subject.device, subject.precision)
    if is_stopped():
        return None
    if trace is not None:
        write_trace((training or inference).traced, trace)
    nodes = rows(subject, _together(inference, training))
    return ProfileResult(
        device=device_name(subject.device),
        precision=subject.precision,
        batch=len(subject.images),
        image=(subject.images.shape[1], subject.images.shape[2], subject.images.shape[3]),
        nodes=nodes,
        inference=inference.whole,
        inference_film=inference.film,
        rates=rates,
        roofline=_roofline(nodes, rates, len(subject.images)),
        training=training.whole if training else None,
        step=training.step if training else None,
        training_film=training.film if training else None,
        notes=tuple(notes),
    )


def _inference(
    subject: Subject, timers: Timers, clock: Clock, repeats: int, seconds: float, is_stopped: IsStopped
) -> _Inference | None:
    with torch.inference_mode():
        time_nodes(subject, timers)  # the first pass, where memory may run out, knows which node it is in
        film = film_inference(subject, subject.forward)
        moved = moved_bytes(subject)
        traced = trace_inference(subject)
        pairs = take_pairs(
            lambda: time_forward(subject.forward, clock),
            lambda: time_nodes(subject, timers),
            repeats,
            seconds,
            is_stopped,
        )
    if pairs is None:
        return None
    covered = [sum(timed.values()) / whole for whole, timed in zip(pairs.whole, pairs.timed, strict=True)]
    measured = Measured(forward=pairs.timed, moved=moved, operations=traced.operations)
    whole = _whole(pairs.whole, covered, pairs.warm_up)
    return _Inference(whole=whole, measured=measured, film=film, traced=traced)


def _training(
    subject: Subject, timers: Timers, clock: Clock, repeats: int, seconds: float, is_stopped: IsStopped
) -> _Training | None:
    step: TrainingStep = training_step(subject)
    with timers.hung():
        step.take()
    timers.read()
    film = film_step(step)
    traced = trace_step(step)
    pairs = take_pairs(
        lambda: time_step(step, clock),
        lambda: time_step_nodes(step, timers, clock),
        repeats,
        seconds,
        is_stopped,
    )
    if pairs is None:
        return None
    covered = [
        sum(parts.total for parts in timed.values()) / whole.total
        for whole, timed in zip(pairs.whole, pairs.timed, strict=True)
    ]
    parts = {name: spread([part(one) for one in pairs.whole]) for name, part in PARTS.items()}
    return _Training(
        whole=_whole([one.total for one in pairs.whole], covered, pairs.warm_up),
        step=StepTimes(**parts),
        steps=pairs.timed,
        film=film,
        traced=traced,
    )


def _whole(times: Sequence[float], covered: Sequence[float], warm_up: WarmUp) -> Whole:
    return Whole(times=spread(times), covered=statistics.median(covered), repeats=len(times), warm_up=warm_up)


def _together(inference: _Inference, training: _Training | None) -> Measured:
    measured = inference.measured
    if training is None:
        return measured
    operations = dict(measured.operations)
    for path, found in training.traced.operations.items():
        operations[path] = (*operations.get(path, ()), *found)
    return Measured(
        forward=measured.forward, steps=training.steps, moved=measured.moved, operations=operations
    )


def _roofline(nodes: tuple[NodeProfile, ...], rates: Rates, batch: int) -> tuple[Dot, ...]:
    titles = {node.path: node.title for node in nodes}
    return tuple(
        dot(
            node.path,
            " › ".join(titles[node.path[:depth]] for depth in range(1, len(node.path) + 1)),
            rates,
            is_group=node.is_group,
            flops=2 * node.macs * batch,
            moved_bytes=node.moved_bytes,
            time_us=node.forward.median_us,
        )
        for node in nodes
        if node.moved_bytes
    )


@contextmanager
def _explained(subject: Subject, timers: Timers, what: str) -> Iterator[None]:
    """Whatever fails in here is a sentence that names the node at work."""
    try:
        yield
    except (RuntimeError, MemoryError, ValueError, TypeError) as error:
        device = subject.device.type
        where = f" in {'/'.join(timers.at_work[0])}" if timers.at_work else ""
        if is_out_of_memory(error):
            raise RunError(
                f"Out of memory on {device}{where} in a {what} with a batch of {len(subject.images)}.",
                "Choose a smaller batch or smaller pictures.",
            ) from error
        first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise RunError(
            f"A {what} of the design does not run on {device}{where}: {first}.",
            "Choose another device or precision.",
        ) from error
