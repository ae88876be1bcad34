"""Everything a training stands on, made ready and checked before its first step."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn, optim

from hybridgraph.data import Dataset, preprocessing
from hybridgraph.data.randomness import epoch_order
from hybridgraph.distributed.parts import asked
from hybridgraph.distributed.share import Share, share_of
from hybridgraph.distributed.strategy import Wrapped, divide, told, wrap
from hybridgraph.distributed.world import World
from hybridgraph.events import Event, Note, RunStarted, Warned
from hybridgraph.jobs import TrainJob, job_content
from hybridgraph.runs.store import CHECKPOINTS, MODEL_FILE, START
from hybridgraph.train import checkpoints, faults
from hybridgraph.train.averaging import Average, twin
from hybridgraph.train.checkpoints import Checkpoint
from hybridgraph.train.compiling import compiled_forward
from hybridgraph.train.depths import find_depths
from hybridgraph.train.device import Format, choose_precision, memory_format, tune
from hybridgraph.train.dropping import spread_depth
from hybridgraph.train.environment import environment
from hybridgraph.train.freezing import freeze, marked_blocks, run_design
from hybridgraph.train.inputs import Inputs
from hybridgraph.train.model import check_output, load_model
from hybridgraph.train.opening import open_pictures
from hybridgraph.train.optimizer import build_optimizer, has_fused
from hybridgraph.train.progress import Progress
from hybridgraph.train.recomputing import recompute
from hybridgraph.train.resuming import refuse_changes
from hybridgraph.train.statistics import Norms, find_norms
from hybridgraph.train.stopping import StopRequests
from hybridgraph.train.targets import class_weights
from hybridgraph.train.telling import data_opened, device_name, frozen_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The parts of a training. `forward` is the model as it is trained: with other processes, compiled where that pays."""

    run: Path
    job: TrainJob
    data: Dataset
    inputs: Inputs
    model: nn.Module
    forward: Callable[[Tensor], Tensor]
    wrapped: Wrapped
    world: World
    share: Share
    """What this process takes of each batch."""
    frozen: list[nn.Module]
    norms: Norms
    """Batch norms whose memory grows with the training; none in a compiled model, which it would recompile."""
    optimizer: optim.Optimizer
    average: Average | None
    weights: Tensor | None
    """What the pictures of each class count in the loss, (classes,); None where all count alike."""
    scaler: torch.amp.GradScaler
    device: torch.device
    precision: Format
    batch: int
    steps_per_epoch: int
    content: dict[str, Any]
    """What every checkpoint of this training says about where it comes from."""


def prepare(
    run: Path,
    job: TrainJob,
    emit: Callable[[Event], None],
    stop: StopRequests,
    device: torch.device,
    world: World,
) -> tuple[Setup, Progress]:
    """Open the pictures, build the model, choose the number format, and take up the last checkpoint.

    Emits the notes of the way and `RunStarted`. Raises RunError, DataError or TrainingError.
    """
    model, frozen = _built(run, job, emit)
    saved = _last_checkpoint(run)
    start = _begin(run, model, emit, saved)
    data = open_pictures(job, start, emit, stop, world)
    content = _origin(run, job, data)
    if saved is not None:
        refuse_changes(saved, content)
        _take_threads(saved, device, world)

    tune(device)
    layout = memory_format(model, device)
    model = model.to(device=device, memory_format=layout)  # type: ignore[call-overload]
    count = len(data.train.labels)
    batch = min(job.batch, count)
    if batch < job.batch:
        emit(Note(message=f"There are {count:,} training pictures, so a batch holds {batch:,}."))
    progress = _progress(run, job, saved, batch)
    share = share_of(world.place, batch, progress.parts)
    inputs = Inputs(data, device, layout, None if world.is_alone else (batch, share.places))
    images, labels = _sample(job, inputs)
    precision = world.told(_try(model, job, images, labels, saved, emit))

    depths = find_depths(model, run) if job.recipe.layer_decay < 1 else None
    mean = twin(model) if job.recipe.ema else None
    if saved is not None:
        checkpoints.restore_weights(saved, model, mean)
    params = sum(parameter.numel() for parameter in model.parameters())
    wrapped = wrap(model, run, world, job, precision, images, labels)
    if mean is not None and wrapped.is_sharded:
        divide(mean, run, device)
    is_fused = has_fused(device) and not wrapped.is_sharded  # pieces of weights have no such kernel for SGD
    optimizer = build_optimizer(model, job.recipe, is_fused=is_fused, depths=depths)
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "fp16")
    if saved is not None:
        _go_on(saved, model, optimizer, scaler, device, emit)
    if not world.is_alone:
        emit(Note(message=told(wrapped, world, job, batch, share)))
    steps_per_epoch = count // batch  # what is left over comes in other epochs: the order changes
    forward = compiled_forward(wrapped.forward, frozen, images, precision, job, steps_per_epoch, emit)
    is_compiled = forward is not wrapped.forward
    weights = class_weights(job.recipe, data.train.labels.cpu(), len(data.classes))
    setup = Setup(
        run=run,
        job=job,
        data=data,
        inputs=inputs,
        model=model,
        forward=forward,
        wrapped=wrapped,
        world=world,
        share=share,
        frozen=frozen,
        norms=[] if is_compiled else find_norms(model),
        optimizer=optimizer,
        average=Average(model, mean, job.recipe.ema) if mean is not None else None,
        weights=None if weights is None else weights.to(device),
        scaler=scaler,
        device=device,
        precision=precision,
        batch=batch,
        steps_per_epoch=steps_per_epoch,
        content=content
        | {
            "device": device.type,
            "precision": precision,
            "threads": torch.get_num_threads(),
            "processes": world.size,
        },
    )
    emit(_started(setup, progress, params, is_compiled=is_compiled))
    emit(environment(device))
    emit(data_opened(data))
    return setup, progress


def _built(run: Path, job: TrainJob, emit: Callable[[Event], None]) -> tuple[nn.Module, list[nn.Module]]:
    """The model of the run with what the design and the recipe ask of its blocks, and those that stay frozen."""
    model = load_model(run / MODEL_FILE, job.seed)
    frozen = freeze(model, run)
    recompute(marked_blocks(model, run_design(run), "recompute"))
    if frozen:
        emit(Note(message=frozen_weights(model)))
    if job.recipe.drop_path and not spread_depth(model, job.recipe.drop_path):
        emit(Warned(message="No block of the design can be passed over, so drop_path changes nothing."))
    return model, frozen


def _origin(run: Path, job: TrainJob, data: Dataset) -> dict[str, Any]:
    """What the weights come from: the job, the pictures and how they are prepared, the source of the model."""
    return {
        **preprocessing.told(data),
        "job": job_content(job),
        "data": data.digest,
        "model": hashlib.sha256((run / MODEL_FILE).read_bytes()).hexdigest(),
    }


def _take_threads(saved: Checkpoint, device: torch.device, world: World) -> None:
    """Compute on as many threads as before, where that leads to the same bits: another number adds in another order."""
    if device.type == "cpu" and saved.content.get("processes", 1) == world.size:
        torch.set_num_threads(min(saved.content["threads"], os.cpu_count() or 1))


def _progress(run: Path, job: TrainJob, saved: Checkpoint | None, batch: int) -> Progress:
    """Where the training stands, in as many parts of a batch as were asked for when memory ran out."""
    progress = (
        Progress(parts=job.recipe.accumulation)
        if saved is None
        else Progress.from_content(saved.content["progress"])
    )
    progress.parts = max(progress.parts, min(asked(run).parts, batch))
    return progress


def _sample(job: TrainJob, inputs: Inputs) -> tuple[Tensor, Tensor]:
    """The first pictures and labels of the training, on the device: what one part of a batch holds."""
    order = epoch_order(len(inputs.train.labels), job.seed, 0)[: job.batch]
    sample = next(iter(inputs.train.batches(order, job.batch)))
    part = -(-len(sample.images) // job.recipe.accumulation)
    return inputs.ready(sample.images[:part]), sample.labels.to(inputs.device)


def _try(
    model: nn.Module,
    job: TrainJob,
    images: Tensor,
    labels: Tensor,
    saved: Checkpoint | None,
    emit: Callable[[Event], None],
) -> Format:
    """Check the model on pictures and choose the number format, with fewer of them where memory runs out."""
    count = len(images)

    def tell(message: str) -> None:
        emit(Note(message=message))

    while True:
        try:
            check_output(model, images[:2], job.classes)
            if (
                saved is not None
                and saved.content["device"] == images.device.type
                and job.precision == "auto"
            ):
                kept: Format = saved.content["precision"]  # a trial might fall out otherwise this time
                return kept
            return choose_precision(job.precision, model, images[:count], labels[:count], tell)
        except (RuntimeError, MemoryError) as error:
            if not faults.is_out_of_memory(error):
                raise
            if count <= 2:
                raise faults.out_of_memory(error, model, count, images.device) from error
        count //= 2


def _last_checkpoint(run: Path) -> Checkpoint | None:
    path = run / CHECKPOINTS / checkpoints.LAST
    return checkpoints.load_checkpoint(path) if path.exists() else None


def _begin(
    run: Path, model: nn.Module, emit: Callable[[Event], None], saved: Checkpoint | None
) -> Mapping[str, Any]:
    """Give a training that has no checkpoint yet the weights it is to begin with, if there are any.

    Answers what they say of the pictures they take, or what the checkpoint of a training says that began with some.
    """
    if saved is not None:
        return saved.content if (run / CHECKPOINTS / START).exists() else {}
    start = checkpoints.begin(run, model)
    if start is None:
        return {}
    emit(Note(message="The training begins with weights from elsewhere."))
    return start


def _go_on(
    saved: Checkpoint,
    model: nn.Module,
    optimizer: optim.Optimizer,
    scaler: torch.amp.GradScaler,
    device: torch.device,
    emit: Callable[[Event], None],
) -> None:
    """Give optimizer and scaler what they had when the checkpoint was written."""
    checkpoints.restore_optimizer(saved, model, optimizer)
    if scaler.is_enabled() and saved.content["scaler"]:  # empty when the run was not in fp16 before
        scaler.load_state_dict(saved.content["scaler"])
    if saved.content["device"] != device.type:
        emit(Note(message=f"The run began on {saved.content['device']} and goes on on {device.type}."))


def _started(setup: Setup, progress: Progress, params: int, *, is_compiled: bool) -> RunStarted:
    """What the log of the run says when the training begins or goes on."""
    return RunStarted(
        kind="train",
        device=device_name(setup.device),
        precision=setup.precision,
        params=params,
        epochs=setup.job.epochs,
        steps_per_epoch=setup.steps_per_epoch,
        classes=setup.data.classes,
        pid=os.getpid(),
        epoch=progress.epoch,
        step=progress.step,
        started_at=time.time(),
        compiled=is_compiled,
        processes=setup.world.size,
    )
