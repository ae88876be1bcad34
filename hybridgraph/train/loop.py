"""The training loop: plain steps over batches, an evaluation after each epoch, checkpoints in between.

Every random choice is a function of (seed, epoch, index) or (seed, step), so a training that was stopped or
killed goes on from its checkpoint to the very weights it would have reached, bit for bit on a processor.
"""

import contextlib
import math
import time
from pathlib import Path

import torch

from hybridgraph.data.randomness import epoch_order
from hybridgraph.distributed.place import Place
from hybridgraph.distributed.strategy import own_device
from hybridgraph.distributed.world import join
from hybridgraph.errors import DataError, HybridGraphError
from hybridgraph.events import CheckpointSaved, EpochFinished, Event, Finished, Step, Stopped, Warned
from hybridgraph.jobs import TrainJob
from hybridgraph.recipes import learning_rate
from hybridgraph.runs.evaluation import Evaluation, save_evaluation
from hybridgraph.train import checkpoints, divergence, faults
from hybridgraph.train.device import autocast, choose_device
from hybridgraph.train.freezing import set_training
from hybridgraph.train.gauges import with_load
from hybridgraph.train.progress import Progress
from hybridgraph.train.result import TrainResult
from hybridgraph.train.room import paused, when_there_is_room
from hybridgraph.train.setup import Setup, prepare
from hybridgraph.train.step import Emit, at_once, in_parts, take_step
from hybridgraph.train.stopping import StopRequests
from hybridgraph.train.tally import Tally
from hybridgraph.train.targets import guessing

_SMOOTHING = 0.9  # of the speed shown for each step


def fit(run: Path, job: TrainJob, emit: Emit, stop: StopRequests, place: Place) -> TrainResult:
    """Train the run from its start or its last checkpoint until it is done or asked to stop.

    With others, where `place` is not alone: all do the same with their shares of the pictures, the first one alone
    writes. Raises RunError, DataError or TrainingError.
    """
    device = own_device(choose_device(job.device), place)
    with join(place, is_cuda=device.type == "cuda") as world:
        stop.agree = lambda heard: world.agreed(heard, stop.waits)
        setup, progress = prepare(run, job, emit, stop, device, world)
        return _fit(setup, progress, emit, stop)


def _fit(setup: Setup, progress: Progress, emit: Emit, stop: StopRequests) -> TrainResult:
    job = setup.job
    emit = with_load(emit, setup.device)
    try:
        while progress.epoch < job.epochs:
            is_trained = train_epoch(setup, progress, emit, stop)
            evaluation = _measured(setup, progress, emit, stop) if is_trained else None
            if evaluation is None:
                save(setup, progress, emit, stop)
                emit(Stopped(epoch=progress.epoch, step=progress.step))
                return _result(setup, progress, "stopped")
            finish_epoch(setup, progress, evaluation, emit, stop)
    except DataError:
        if setup.world.is_alone:  # between two steps: none that was taken is lost
            with contextlib.suppress(HybridGraphError):  # what is wrong with the pictures is the thing to say
                save(setup, progress, emit, stop)
        raise
    except (RuntimeError, MemoryError) as error:
        if faults.is_out_of_memory(error):
            pictures = at_once(setup, progress)
            raise faults.out_of_memory(error, setup.model, pictures, setup.device) from error
        raise
    result = _result(setup, progress, "finished")
    emit(
        Finished(
            top1=result.top1 or 0.0,
            loss=math.inf if result.loss is None else result.loss,
            epochs=result.epochs,
            images_per_second=result.images_per_second,
            best_top1=result.best_top1 or 0.0,
        )
    )
    return result


def train_epoch(setup: Setup, progress: Progress, emit: Emit, stop: StopRequests) -> bool:
    """Take the steps of the epoch that are left. Answers False when it was asked to stop before the end."""
    job, train = setup.job, setup.inputs.train
    order = epoch_order(len(train.labels), job.seed, progress.epoch)
    left = setup.share.of(order[progress.epoch_step * setup.batch : setup.steps_per_epoch * setup.batch])
    unreadable: list[str] = []
    set_training(setup.model, setup.frozen)
    speed, saved_at, started = 0.0, time.monotonic(), time.perf_counter()
    for batch in train.batches(left, len(setup.share.places)) if len(left) else ():
        if stop.requested():
            return False
        unreadable += batch.unreadable
        if setup.world.is_alone:
            _warn(unreadable, emit)
        rate = learning_rate(progress.step, setup.steps_per_epoch * job.epochs, job.recipe, setup.batch)
        taken = take_step(setup, progress, batch, rate, emit)

        count = len(batch.labels) if setup.world.is_alone else setup.batch
        now = time.perf_counter()
        seconds, started = now - started, now
        current = count / seconds
        speed = _SMOOTHING * speed + (1 - _SMOOTHING) * current if speed else current
        emit(Step(epoch=progress.epoch, step=progress.step, loss=taken.loss, lr=rate, images_per_second=speed,
                  at=time.time(), gradient_norm=taken.gradient_norm))  # fmt: skip
        progress.count_step(taken.loss, taken.right, count, seconds)
        is_due = setup.world.any(time.monotonic() - saved_at > job.checkpoint_minutes * 60)
        if is_due and divergence.is_sound(taken.loss, guessing(job.recipe.loss, job.classes)):
            save(setup, progress, emit, stop)
            saved_at, started = time.monotonic(), time.perf_counter()
    for told in setup.world.gathered(unreadable):
        _warn(told, emit)
    return True


def _warn(messages: list[str], emit: Emit) -> None:
    for message in messages:
        emit(Warned(message=message))
    messages.clear()


def _measured(setup: Setup, progress: Progress, emit: Emit, stop: StopRequests) -> Evaluation | None:
    return in_parts(setup, progress, emit, lambda: evaluate(setup, progress, stop))


@torch.no_grad()
def evaluate(setup: Setup, progress: Progress, stop: StopRequests) -> Evaluation | None:
    """Measure loss, accuracy and confusion on the validation pictures. Answers None when it was asked to stop."""
    val, world = setup.inputs.val, setup.world
    model = setup.average.model if setup.average is not None else setup.model
    model.eval()
    started, loss_sum, right, seen = time.perf_counter(), 0.0, 0, 0
    tally = Tally(setup.job.recipe.loss)
    size = -(-at_once(setup, progress) // world.size)
    order = torch.arange(len(val.labels))
    batches = iter(val.batches(order[world.place.rank :: world.size], size))
    batch = None
    for _ in range(-(-len(order) // (size * world.size))):
        if stop.requested():
            return None
        batch, before = next(batches, None), batch
        if batch is None:
            if (
                setup.wrapped.is_sharded and before is not None
            ):  # the others' forward passes need this process's weights
                model(setup.inputs.ready(before.images))
            continue
        labels = batch.labels.to(setup.device)
        with autocast(setup.device, setup.precision):
            logits = model(setup.inputs.ready(batch.images))
        loss, hits = tally.add(batch.indices, labels, logits.float())
        loss_sum, right, seen = loss_sum + loss, right + hits, seen + len(labels)
    if not world.is_alone:
        tally, loss_sum, right, seen = tally.together(world)
    progress.val_loss, progress.val_top1 = loss_sum / seen, right / seen
    progress.epoch_seconds += time.perf_counter() - started
    return tally.evaluation(progress.epoch, progress.val_loss, setup.data)


def finish_epoch(
    setup: Setup, progress: Progress, evaluation: Evaluation, emit: Emit, stop: StopRequests
) -> None:
    """Report the epoch, keep its weights if they are the best so far, and save where to go on."""
    world, top1, loss = setup.world, progress.val_top1 or 0.0, progress.val_loss
    is_best = progress.best_top1 is None or top1 > progress.best_top1
    epoch = progress.epoch
    epoch_event = EpochFinished(
        epoch=epoch,
        train_loss=progress.loss_sum / progress.seen,
        train_top1=progress.right / progress.seen,
        val_loss=math.inf if loss is None else loss,
        val_top1=top1,
        seconds=progress.epoch_seconds,
        images_per_second=progress.images_per_second,
        eta_seconds=progress.epoch_seconds * (setup.job.epochs - epoch - 1),
    )
    if is_best:
        progress.best_top1 = top1
        model = setup.average.model if setup.average is not None else setup.model
        content = {**setup.content, "epoch": epoch, "top1": top1}
        when_there_is_room(
            lambda: checkpoints.save_best(setup.run, model, content, world=world),
            lambda full: emit(paused(full)),
            stop.requested,
        )
        when_there_is_room(
            lambda: world.first(lambda: save_evaluation(setup.run, evaluation), None),
            lambda full: emit(paused(full)),
            stop.requested,
        )
    progress.begin_next_epoch()
    save(setup, progress, emit, stop, is_best=is_best, report=epoch_event)


def save(
    setup: Setup,
    progress: Progress,
    emit: Emit,
    stop: StopRequests,
    *,
    is_best: bool = False,
    report: Event | None = None,
) -> None:
    """Write the checkpoint to go on from; an epoch is reported once it is safe on the disk, which may take waiting."""
    progress.saved_step = progress.step
    content = {**setup.content, "progress": progress.content(), "scaler": setup.scaler.state_dict()}
    average = setup.average.model if setup.average is not None else None

    def write() -> str:
        return checkpoints.save_last(
            setup.run, setup.model, setup.optimizer, content, average, world=setup.world
        )

    path = when_there_is_room(write, lambda full: emit(paused(full)), stop.requested)
    if report is not None:
        emit(report)
    emit(CheckpointSaved(path=path, epoch=progress.epoch, step=progress.step, is_best=is_best))


def _result(setup: Setup, progress: Progress, status: str) -> TrainResult:
    return TrainResult(
        run=setup.run,
        status="finished" if status == "finished" else "stopped",
        top1=progress.val_top1,
        loss=progress.val_loss,
        best_top1=progress.best_top1,
        epochs=progress.epoch,
        images_per_second=progress.images_per_second,
    )
