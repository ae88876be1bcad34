"""One step: a batch, whole or in parts, its gradients, and the move of the weights.

Every random choice is a function of (seed, epoch, index) or (seed, step, part, rank).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from hybridgraph.data import Batch
from hybridgraph.distributed.parts import ask
from hybridgraph.distributed.sharding import whole
from hybridgraph.distributed.share import goes_round
from hybridgraph.errors import TrainingError
from hybridgraph.events import Event, Warned
from hybridgraph.recipes import highest_rate
from hybridgraph.train import divergence, faults
from hybridgraph.train.device import autocast
from hybridgraph.train.magnitudes import is_due, measure_layers
from hybridgraph.train.model import seed_step
from hybridgraph.train.optimizer import set_rate
from hybridgraph.train.progress import Progress
from hybridgraph.train.setup import Setup
from hybridgraph.train.statistics import set_memory
from hybridgraph.train.targets import guessing, loss_of

Emit = Callable[[Event], None]
Result = TypeVar("Result")

_SMALLEST_SCALE = 1.0  # fp16 gradients that overflow even unscaled are no accident


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a step: the loss of its batch, how many pictures were told right, the length of the gradient."""

    loss: float
    right: int
    gradient_norm: float


def take_step(setup: Setup, progress: Progress, batch: Batch, rate: float, emit: Emit) -> Taken:
    """Fit the weights to one batch. From time to time the lengths of all layers are emitted as well.

    Where memory runs out, the batch is taken in twice as many parts from then on. Raises TrainingError, with the
    weights untouched, when the loss runs away or loss or gradient are not finite.
    """
    job, model, scaler = setup.job, setup.model, setup.scaler
    images, targets = setup.inputs.augmented(batch, job.recipe, job.seed, progress.epoch, progress.step)
    labels = batch.labels.to(setup.device)
    set_memory(setup.norms, progress.step, rate / highest_rate(job.recipe, setup.batch))
    told = in_parts(setup, progress, emit, lambda: gradients(setup, progress, images, targets, labels))
    scaler.unscale_(setup.optimizer)
    length = get_total_norm([weight.grad for weight in model.parameters() if weight.grad is not None])
    # one wait for the device in a step, with everything queued that needs no answer
    *each, size = torch.cat((told.flatten(), whole(length).float().view(1))).tolist()
    loss, right = _summed(setup, progress, images, each[0::2], each[1::2])
    divergence.watch(progress, loss, guessing(job.recipe.loss, job.classes))
    overflows = (
        scaler.is_enabled() and scaler.get_scale() > _SMALLEST_SCALE
    )  # then the scaler skips and halves
    if not overflows and not math.isfinite(size):
        raise _harm(setup, progress, images, "gradient")
    if is_due(progress.step) and not setup.wrapped.is_sharded:  # else no process has whole layers
        emit(measure_layers(model, progress.step))
    if job.recipe.clip_norm:
        clip_grads_with_norm_(model.parameters(), job.recipe.clip_norm, length)
    set_rate(setup.optimizer, rate)
    scaler.step(setup.optimizer)
    scaler.update()
    if setup.average is not None:
        setup.average.follow(progress.step)
    return Taken(loss=loss, right=right, gradient_norm=size)


def gradients(setup: Setup, progress: Progress, images: Tensor, targets: Tensor, labels: Tensor) -> Tensor:
    """Fill the gradients of a batch, part by part; answers of each part its loss and how many pictures were told right.

    Shape of the answer: (parts, 2), on the device. The processes of a world take their shares of the batch.
    """
    world, told = setup.world, []
    count = len(images) if world.is_alone else setup.batch
    parts = setup.share.parts(len(images), progress.parts)
    for part, at in enumerate(parts):
        logits = _forward(setup, setup.forward, progress.step, part, images[at])
        loss = loss_of(logits, targets[at], setup.job.recipe, setup.weights)
        told.append(torch.stack((loss.detach(), (logits.argmax(1) == labels[at]).sum().float())))
        if part == 0:
            setup.optimizer.zero_grad(set_to_none=True)
        weight = len(logits) / count * world.size  # the gradients of several processes are averaged
        with setup.wrapped.adding_up(is_last=part == len(parts) - 1):
            setup.scaler.scale(loss if weight == 1 else loss * weight).backward()
    return torch.stack(told)


def _summed(
    setup: Setup, progress: Progress, images: Tensor, losses: list[float], hits: list[float]
) -> tuple[float, int]:
    """The loss of the whole batch and how many pictures were told right; all processes answer the same.

    Raises TrainingError when the loss is not finite.
    """
    world, total, right = setup.world, 0.0, 0
    count = len(images) if world.is_alone else setup.batch
    parts = setup.share.parts(len(images), progress.parts)
    for part, (at, loss, hit) in enumerate(zip(parts, losses, hits, strict=True)):
        if not math.isfinite(loss) and world.is_alone:
            raise _harm(setup, progress, images[at], "loss", part)
        total, right = total + loss * len(images[at]) / count, right + int(hit)
    if not world.is_alone:
        total, told = world.summed(total, right)
        right = int(told)
        if not math.isfinite(total):  # all know it now, and look together
            raise _harm(setup, progress, images, "loss")
    return total, right


def _forward(setup: Setup, run: Callable[[Tensor], Tensor], step: int, part: int, images: Tensor) -> Tensor:
    """Shape: (B, C, S, S) -> (B, classes) float32. What is dropped depends on (seed, step, part, rank) alone."""
    seed_step(setup.device, setup.job.seed, step, part, setup.world.place.rank)
    with autocast(setup.device, setup.precision):
        logits = run(images)
    return logits.float()


def _harm(setup: Setup, progress: Progress, images: Tensor, what: str, part: int = 0) -> TrainingError:
    def again() -> Tensor:
        return _forward(setup, setup.model, progress.step, part, images)

    return faults.non_finite(setup.model, again, progress.step, what, progress.saved_step)


def in_parts(setup: Setup, progress: Progress, emit: Emit, work: Callable[[], Result]) -> Result:
    """What `work` gives; while memory runs out, batches are taken in twice as many parts and it is tried again.

    With other processes, which are in the midst of the step, all have to start again for that. Raises PartsAskedError
    then, and TrainingError when not even single pictures have room.
    """
    while True:
        try:
            return work()
        except (RuntimeError, MemoryError) as error:
            if not faults.is_out_of_memory(error):
                raise
            before = at_once(setup, progress)
            ended = faults.out_of_memory(error, setup.model, -(-before // setup.world.size), setup.device)
            parts = -(-setup.batch // max(1, before // 2))
            if before == 1 or not goes_round(setup.world.place, setup.batch, parts):
                raise ended from error
            said = (
                f"{ended.message} Each batch is taken in {parts} parts of at most {-(-setup.batch // parts)} pictures "
                "from here on, and their gradients are added."
            )
            if not setup.world.is_alone:
                raise ask(setup.run, parts, said) from error
        # the failed work's tensors are gone with its frames
        progress.parts = parts
        setup.optimizer.zero_grad(set_to_none=True)
        if setup.device.type == "cuda":
            torch.cuda.empty_cache()
        emit(
            Warned(
                message=said,
                hint=f"The batch of {setup.batch} and the learning rate stay; batch norms see the smaller parts.",
            )
        )


def at_once(setup: Setup, progress: Progress) -> int:
    """The most pictures that are in a network at once."""
    return -(-setup.batch // progress.parts)
