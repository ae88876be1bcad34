"""How fast the pictures come and the model goes, which of the two waits, and how long the whole training takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import fmean, quantiles

import torch

from hybridgraph.data import Batch
from hybridgraph.data.randomness import epoch_order
from hybridgraph.preflight.values import Check, Figures, duration
from hybridgraph.recipes import learning_rate
from hybridgraph.train.device import autocast
from hybridgraph.train.freezing import set_training
from hybridgraph.train.progress import Progress
from hybridgraph.train.setup import Setup
from hybridgraph.train.step import Emit, gradients, take_step

STEP_S = 1.5
"""A step that would take longer is timed with fewer pictures."""
_LEAST, _ENOUGH = 3, 30
_LEAST_S = 0.5
_ALONE = 0.95
"""The share of a step from which on the model is said to set the pace by itself."""
_MARGIN, _WIDER = 0.05, 0.15
"""What is added to both ends of the interval: for what no short measurement sees, and where a part of a batch was timed."""

IsStopped = Callable[[], bool]


def check_pace(
    setup: Setup,
    progress: Progress,
    figures: Figures,
    seconds: float,
    each_s: float,
    emit: Emit,
    is_stopped: IsStopped,
) -> tuple[tuple[Check, Check], Figures] | None:
    """The checks of the input and of the time, and their figures; None when asked to stop.

    `each_s` is about what one picture takes, for choosing how many are timed at once. Raises TrainingError as a
    training would.
    """
    batch = max(1, min(setup.batch, max(2, int(STEP_S / max(each_s, 1e-9)))))
    setup = replace(setup, batch=batch)
    set_training(setup.model, setup.frozen)
    _timed(setup, _steps(setup, progress, emit), 0.0, is_stopped, least=2)  # warms up
    inputs = _timed(setup, _inputs(setup, progress), 0.15 * seconds, is_stopped)
    model = _timed(setup, _model(setup, progress), 0.3 * seconds, is_stopped)
    steps = _timed(setup, _steps(setup, progress, emit), 0.4 * seconds, is_stopped)
    tests = _timed(setup, _tests(setup), 0.15 * seconds, is_stopped)
    if is_stopped():
        return None
    figures = replace(
        figures,
        measured_batch=batch,
        input_rate=batch / fmean(inputs),
        model_rate=batch / fmean(model),
        step_rate=batch / fmean(steps),
    )
    figures = _expected(setup, figures, steps, tests)
    return (_input(figures), _time(setup, figures)), figures


def _input(figures: Figures) -> Check:
    rates = f"The input gives {figures.input_rate:,.0f} pictures/s, the model takes {figures.model_rate:,.0f}"
    share = figures.model_rate / (figures.model_rate + figures.input_rate)
    if figures.input_rate < figures.model_rate:
        hint = "Take fewer or weaker changes of the pictures, or give the input more processor cores."
        return Check(
            name="input", status="warned", message=f"{rates}: the input is the bottleneck.", hint=hint
        )
    worth = f"input is {100 * share:.0f} % of a step" if share >= 0.005 else "input hardly counts"
    return Check(name="input", status="passed", message=f"{rates}: the model sets the pace, {worth}.")


def _time(setup: Setup, figures: Figures) -> Check:
    job = setup.job
    told = (
        f"{job.epochs:,} {'epochs' if job.epochs > 1 else 'epoch'} of {setup.steps_per_epoch:,} "
        f"{'steps' if setup.steps_per_epoch > 1 else 'step'} {'take' if job.epochs > 1 else 'takes'} {duration(figures.expected_s)}, likely "
        f"{duration(figures.low_s)} to {duration(figures.high_s)}"
    )
    limits = ", on one process and without compiling" if job.processes > 1 or job.compile == "on" else ""
    return Check(
        name="time", status="passed", message=f"{told}{limits}; {figures.step_rate:,.0f} pictures/s."
    )


def _expected(setup: Setup, figures: Figures, steps: list[float], tests: list[float]) -> Figures:
    """The time of all steps and of an evaluation after each epoch, between the quick and the slow of those timed."""
    whole = -(-len(setup.inputs.train.labels) // setup.steps_per_epoch)  # pictures in a step, rounded up
    count = setup.steps_per_epoch * setup.job.epochs
    scale = whole / setup.batch
    evaluation = setup.job.epochs * len(setup.inputs.val.labels) / setup.batch
    margin = _MARGIN if scale <= 1.01 else _WIDER
    low, high = _ends(steps)
    test_low, test_high = _ends(tests)
    return replace(
        figures,
        steps=count,
        expected_s=count * scale * fmean(steps) + evaluation * fmean(tests),
        low_s=(count * scale * low + evaluation * test_low) * (1 - margin),
        high_s=(count * scale * high + evaluation * test_high) * (1 + margin),
    )


def _ends(times: list[float]) -> tuple[float, float]:
    """The quick and the slow end of some times: their middle 80 %, or all of few."""
    if len(times) < 10:
        return min(times), max(times)
    tenths = quantiles(times, n=10)
    return min(tenths[0], fmean(times)), max(tenths[-1], fmean(times))


def _timed(
    setup: Setup, work: Iterator[object], seconds: float, is_stopped: IsStopped, *, least: int = _LEAST
) -> list[float]:
    """How long each piece of some work takes, for at least so many of them."""
    times: list[float] = []
    started = begun = time.perf_counter()
    for _ in work:
        _settle(setup.device)
        now = time.perf_counter()
        times.append(now - begun)
        begun = now
        took = now - started
        is_enough = len(times) >= _ENOUGH and took >= _LEAST_S
        if is_stopped() or is_enough or (len(times) >= least and took >= seconds):
            break
    return times


def _batches(setup: Setup) -> Iterator[Batch]:
    train, epoch = setup.inputs.train, 0
    while True:
        order = epoch_order(len(train.labels), setup.job.seed, epoch)
        whole = len(order) // setup.batch * setup.batch
        yield from train.batches(order[:whole], setup.batch)
        epoch += 1


def _inputs(setup: Setup, progress: Progress) -> Iterator[object]:
    for batch in _batches(setup):
        setup.inputs.augmented(batch, setup.job.recipe, setup.job.seed, progress.epoch, progress.step)
        yield None


def _model(setup: Setup, progress: Progress) -> Iterator[object]:
    batch = next(_batches(setup))
    images, targets = setup.inputs.augmented(batch, setup.job.recipe, setup.job.seed, 0, 0)
    labels = batch.labels.to(setup.device)
    while True:
        gradients(setup, progress, images, targets, labels)
        setup.scaler.step(setup.optimizer)
        setup.scaler.update()
        yield None


def _steps(setup: Setup, progress: Progress, emit: Emit) -> Iterator[object]:
    total = setup.steps_per_epoch * setup.job.epochs
    for batch in _batches(setup):
        step = min(progress.step, total - 1)
        rate = learning_rate(step, total, setup.job.recipe, setup.batch)
        taken = take_step(setup, progress, batch, rate, emit)
        progress.count_step(taken.loss, taken.right, len(batch.labels), 0.0)
        yield None


def _tests(setup: Setup) -> Iterator[object]:
    """Evaluations of a batch, without gradients; the model is left in evaluation."""
    setup.model.eval()
    val = setup.inputs.val
    order = torch.arange(min(setup.batch, len(val.labels))).repeat(_LEAST)
    while True:
        for batch in val.batches(order, setup.batch):
            with torch.no_grad(), autocast(setup.device, setup.precision):
                setup.model(setup.inputs.ready(batch.images)).argmax(1).sum().item()
            yield None


def _settle(device: torch.device) -> None:
    """Wait until the device has done what it was asked for."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
