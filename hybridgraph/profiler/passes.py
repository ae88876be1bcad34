"""Passes over a network that are timed: whole, or with timers at its nodes; in pairs, after a warm-up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from hybridgraph.places import Spot
from hybridgraph.profiler.clocks import Clock, Mark
from hybridgraph.profiler.ownership import Ownership
from hybridgraph.profiler.result import WarmUp
from hybridgraph.profiler.steps import TrainingStep
from hybridgraph.profiler.subject import Specimen
from hybridgraph.profiler.timers import Timers

WARM_UP_S = 0.5
_WARM_UP_PASSES = (2, 20)
LEAST_PAIRS = 3
"""So many pairs are measured, however long they take."""

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepParts:
    """Microseconds of the parts of a step of training, of the whole network or of one spot."""

    forward: float = 0.0
    backward: float = 0.0
    optimizer: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs(Generic[T, U]):
    """Whole passes and timed ones that alternated, so that a slow moment of the machine touches both."""

    whole: Sequence[T]
    timed: Sequence[U]
    warm_up: WarmUp


def take_pairs(
    whole: Callable[[], T],
    timed: Callable[[], U],
    repeats: int,
    seconds: float,
    is_stopped: Callable[[], bool],
) -> Pairs[T, U] | None:
    """Warm up, then measure in turn; None when asked to stop."""
    began = time.monotonic()
    warm_up = _warm_up(whole, seconds, is_stopped)
    if warm_up is None:
        return None
    wholes: list[T] = []
    timeds: list[U] = []
    for count in range(repeats):
        if is_stopped():
            return None
        if count >= LEAST_PAIRS and time.monotonic() - began > seconds:
            break
        wholes.append(whole())
        timeds.append(timed())
    return Pairs(whole=wholes, timed=timeds, warm_up=warm_up)


def _warm_up(work: Callable[[], object], seconds: float, is_stopped: Callable[[], bool]) -> WarmUp | None:
    """Passes until caches are filled and clocks have risen: some time, but neither one pass nor hundreds."""
    least, most = _WARM_UP_PASSES
    began = time.monotonic()
    for count in range(most):
        passed = time.monotonic() - began
        if count >= least and passed > min(WARM_UP_S, seconds):
            return WarmUp(passes=count, seconds=passed)
        if is_stopped():
            return None
        work()
    return WarmUp(passes=most, seconds=time.monotonic() - began)


def take_alone(work: Callable[[], float], repeats: int, seconds: float) -> list[float]:
    """Warm up, then time one kind of pass."""
    began = time.monotonic()
    _warm_up(work, seconds, lambda: False)
    times: list[float] = []
    while len(times) < repeats and (len(times) < LEAST_PAIRS or time.monotonic() - began < seconds):
        times.append(work())
    return times


def time_forward(forward: Callable[[], object], clock: Clock) -> float:
    """Microseconds of one forward pass without timers."""
    clock.wait()
    start = clock.mark()
    forward()
    end = clock.mark()
    clock.wait()
    return clock.elapsed_us(start, end)


def time_nodes(subject: Specimen, timers: Timers) -> dict[Spot, float]:
    """Microseconds of each spot in one forward pass."""
    with timers.hung():
        subject.forward()
    return timers.read()


def time_step(step: TrainingStep, clock: Clock) -> StepParts:
    """A step without timers at the nodes, cut into its parts."""
    clock.wait()
    start = clock.mark()
    loss = step.loss()
    step.forget()
    middle = clock.mark()
    step.backward(loss)
    late = clock.mark()
    step.update()
    end = clock.mark()
    clock.wait()
    return StepParts(
        forward=clock.elapsed_us(start, middle),
        backward=clock.elapsed_us(middle, late),
        optimizer=clock.elapsed_us(late, end),
        total=clock.elapsed_us(start, end),
    )


def time_step_nodes(step: TrainingStep, timers: Timers, clock: Clock) -> dict[Spot, StepParts]:
    """The same for each spot: its forward pass, its share of the backward pass, its weights in the optimizer."""
    spots = step.subject.spots
    ownership = Ownership(spots)
    turns: list[tuple[Spot | None, Mark]] = []
    with timers.hung(), ownership.watching():
        loss = step.loss()
    forward = timers.read()
    step.forget()
    ownership.announce(loss, lambda owner: turns.append((owner, clock.mark())))
    clock.wait()
    step.backward(loss)
    turns.append((None, clock.mark()))
    clock.wait()
    backward = dict.fromkeys(spots, 0.0)
    for (owner, start), (_, end) in pairwise(turns):
        if owner is not None:
            backward[owner] += clock.elapsed_us(start, end)
    optimizer = _time_optimizer(step, clock)
    return {
        spot: StepParts(
            forward=forward[spot],
            backward=backward[spot],
            optimizer=optimizer[spot],
            total=forward[spot] + backward[spot] + optimizer[spot],
        )
        for spot in spots
    }


def _time_optimizer(step: TrainingStep, clock: Clock) -> dict[Spot, float]:
    """Each spot's weights stepped by themselves, or the whole step shared out by the number of weights."""
    spots = step.subject.spots
    times = dict.fromkeys(spots, 0.0)
    clock.wait()
    if step.parts:
        marks = [clock.mark()]
        for part in step.parts.values():
            part.step()
            marks.append(clock.mark())
        clock.wait()
        for spot, start, end in zip(step.parts, marks, marks[1:], strict=False):
            times[spot] = clock.elapsed_us(start, end)
        return times
    start = clock.mark()
    step.update()
    end = clock.mark()
    clock.wait()
    counts = {
        spot: sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
        for spot, module in spots.items()
    }
    total = sum(counts.values()) or 1
    whole = clock.elapsed_us(start, end)
    return {spot: whole * count / total for spot, count in counts.items()}
