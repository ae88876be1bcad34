"""How the gradients of several processes become those of the whole batch: DDP, or FSDP for the largest networks.

Sources: S. Li and others, "PyTorch Distributed", arXiv 2006.15704 (DDP); Y. Zhao and others, "PyTorch FSDP", arXiv
2304.11277, in its second form `fully_shard`, where a process keeps a piece of every weight, gradient and moment.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from hybridgraph.distributed.norms import share_statistics
from hybridgraph.distributed.place import Place
from hybridgraph.distributed.share import Share
from hybridgraph.distributed.units import find_units
from hybridgraph.distributed.world import World
from hybridgraph.errors import TrainingError
from hybridgraph.jobs import Strategy, TrainJob
from hybridgraph.recipes import highest_rate

Chosen = Literal["ddp", "fsdp"]

_BYTES = 20
"""Of each weight in training: itself, its gradient, two moments and the running mean, in four bytes each."""
_ROOM = 0.4
"""What these may take of a device's memory before they are divided; activations need the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A model as several processes train it. `forward` is what is called, `model` what holds the weights."""

    model: nn.Module
    forward: nn.Module
    strategy: Chosen | None = None

    @property
    def is_sharded(self) -> bool:
        """Whether every process holds a piece of each weight."""
        return self.strategy == "fsdp"

    @contextlib.contextmanager
    def adding_up(self, *, is_last: bool) -> Iterator[None]:
        """Backward passes inside wait with the exchange of gradients until the last part of a batch."""
        if isinstance(self.forward, DistributedDataParallel):
            before, self.forward.require_backward_grad_sync = self.forward.require_backward_grad_sync, is_last
            yield
            self.forward.require_backward_grad_sync = before
            return
        if self.is_sharded:
            self.model.set_requires_gradient_sync(is_last)  # type: ignore[operator]
        yield


def choose_strategy(asked: Strategy, model: nn.Module, device: torch.device) -> Chosen:
    """The strategy asked for; automatic: FSDP where a device's memory is too small for all of the training's weights."""
    if asked != "auto":
        return asked
    if device.type != "cuda":
        return "ddp"
    needed = _BYTES * sum(parameter.numel() for parameter in model.parameters())
    return "fsdp" if needed > _ROOM * torch.cuda.mem_get_info(device)[1] else "ddp"


def wrap(
    model: nn.Module, run: Path, world: World, job: TrainJob, precision: str, images: Tensor, labels: Tensor
) -> Wrapped:
    """The model as these processes train it together; with FSDP its weights are in pieces afterwards.

    A few pictures try which weights get gradients. Raises TrainingError for FSDP in fp16.
    """
    if world.is_alone:
        return Wrapped(model=model, forward=model)
    device = images.device
    share_statistics(model, is_cuda=device.type == "cuda")
    strategy = world.told(choose_strategy(job.strategy, model, device))
    if strategy == "fsdp":
        if precision == "fp16":
            raise TrainingError("FSDP does not train in fp16 here.", "Choose bf16 or fp32, or ddp.")
        divide(model, run, device)
        return Wrapped(model=model, forward=model, strategy="fsdp")
    forward = DistributedDataParallel(
        model,
        device_ids=[device.index] if device.type == "cuda" else None,
        forward_sync_buffers=False,  # batch norms measure the whole batch everywhere
        find_unused_parameters=_leaves_some(model, images[:2], labels[:2]),
    )
    return Wrapped(model=model, forward=forward, strategy="ddp")


def own_device(device: torch.device, place: Place) -> torch.device:
    """This process's device of that kind. Raises TrainingError when there are fewer than processes."""
    if device.type != "cuda" or place.is_alone:
        return device
    count = torch.cuda.device_count()
    if place.local_size > count:
        raise TrainingError(
            f"{place.local_size} processes are started on a machine with {count} GPU{'s' if count > 1 else ''}.",
            "Start one for each GPU.",
        )
    mine = torch.device("cuda", place.local_rank)
    torch.cuda.set_device(mine)
    return mine


def told(wrapped: Wrapped, world: World, job: TrainJob, batch: int, share: Share) -> str:
    """What the log says of how the processes share the work."""
    rate, parts = highest_rate(job.recipe, batch), job.recipe.accumulation
    in_parts = f", in {parts} parts" if parts > 1 else ""
    norms = any(isinstance(module, _BatchNorm) for module in wrapped.model.modules())
    pieces = (
        "each holds a piece of every weight (FSDP)" if wrapped.is_sharded else "each holds all weights (DDP)"
    )
    return (
        f"{world.size} processes share each batch of {batch:,} pictures, {len(share.places):,} in this one{in_parts}; "
        f"{pieces}. The batch and the learning rate, at most {rate:.3g}, stay those of the job"
        f"{', and batch norms measure the whole batch' if norms else ''}."
    )


def divide(model: nn.Module, run: Path, device: torch.device) -> None:
    """Leave every process a piece of each weight; a block of the run's design is whole while it works."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    for weight in model.parameters():  # pieces are cut from rows: no other layout is taken
        weight.data = weight.data.contiguous()
    mesh = init_device_mesh(device.type, (torch.distributed.get_world_size(),))
    for unit in find_units(model, run):
        fully_shard(unit, mesh=mesh)
    fully_shard(model, mesh=mesh)


def _leaves_some(model: nn.Module, images: Tensor, labels: Tensor) -> bool:
    """Whether some weights get no gradient from a loss."""
    kept = {name: buffer.clone() for name, buffer in model.named_buffers()}
    try:
        F.cross_entropy(model.train()(images).float(), labels).backward()
        return any(weight.requires_grad and weight.grad is None for weight in model.parameters())
    finally:  # the trial leaves no trace
        for name, buffer in model.named_buffers():
            buffer.copy_(kept[name])
        model.zero_grad(set_to_none=True)
