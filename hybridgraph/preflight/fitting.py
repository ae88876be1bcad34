"""One batch learnt by heart: a network that cannot do that will learn nothing from many.

A copy is fitted to a few pictures as they are, without any change to them, without dropping anything and without
smoothing, by AdamW at a rate that suits nearly every network: so what fails is the network or its labels, not the
recipe.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F

from hybridgraph.data.randomness import epoch_order
from hybridgraph.graph.model import Path
from hybridgraph.places import spots
from hybridgraph.preflight.gradients import Watch
from hybridgraph.preflight.values import Check
from hybridgraph.train.device import autocast
from hybridgraph.train.dropping import paths
from hybridgraph.train.setup import Setup

PICTURES = 32
MOST_STEPS = 120
RATE = 1e-3
LEARNT = 0.1
"""The share of the first loss at which a batch is learnt by heart."""
FALLEN = 0.5
MOVED = 0.9
_FEWEST = 4  # pictures
_FEW_STEPS = 12
_WISHED_STEPS = 40
_LOOKS = (0, 1, 2, 4, 8, 16)

Told = Callable[[int, float, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How it went: the loss of each step, how many pictures there were and were told right, and what was watched."""

    curve: tuple[float, ...]
    pictures: int
    right: int
    seconds_each: float
    watch: Watch

    def check(self) -> Check:
        """What that says of the training."""
        first, last, count = self.curve[0], min(self.curve[-3:]), len(self.curve)
        way = f"loss {first:.3g} to {self.curve[-1]:.3g} in {count} steps"
        if not math.isfinite(self.curve[-1]):
            message = f"On {self.pictures} pictures the loss is no number in step {count}."
            return Check(name="overfit", status="failed", message=message, hint="See which block breaks it.")
        if last <= FALLEN * first:
            told = "learnt by heart" if last <= LEARNT * first else "learnt"
            message = f"{self.right} of {self.pictures} pictures are {told}: {way}."
            return Check(name="overfit", status="passed", message=message)
        if count < _FEW_STEPS:
            message = f"There was time for {count} steps only, too few to tell: {way}."
            return Check(
                name="overfit", status="warned", message=message, hint="Give the pre-flight more seconds."
            )
        if last <= MOVED * first:
            message = f"{self.pictures} pictures are learnt slowly: {way}."
            hint = "A design with norms or residuals learns faster."
            return Check(name="overfit", status="warned", message=message, hint=hint)
        message = f"Not even {self.pictures} pictures are learnt: {way}."
        hint = "Look at the blocks without gradient, at the activations, and whether the labels belong to the pictures."
        return Check(name="overfit", status="failed", message=message, hint=hint)


def learn_batch(
    setup: Setup, modules: Mapping[Path, str], seconds: float, told: Told, is_stopped: Callable[[], bool]
) -> Fit | None:
    """Fit a copy of the network to a few pictures for at most so long; None when asked to stop.

    `modules` are the dotted names of the blocks' modules; `told` hears the step, its loss and the rate.
    """
    data, labels = _pictures(setup)
    started = time.perf_counter()
    each = _picture_seconds(setup, data, labels)
    count = max(min(_FEWEST, len(labels)), min(len(labels), int(seconds / _WISHED_STEPS / each)))
    data, labels = data[:count], labels[:count]
    model = _copy(setup)
    watch = Watch(spots(model, modules))
    optimizer = _optimizer(model)
    curve: list[float] = []
    right = 0
    while len(curve) < MOST_STEPS and (len(curve) < 2 or time.perf_counter() - started < seconds):
        if is_stopped():
            return None
        look = watch.look if len(curve) in _LOOKS else None
        begun = time.perf_counter()
        loss, right = _step(setup, model, optimizer, data, labels, look)
        each = min(each, (time.perf_counter() - begun) / count)
        told(len(curve), loss, RATE)
        curve.append(loss)
        if len(curve) > max(_LOOKS):
            watch.end()  # listening costs time
        if not math.isfinite(loss) or (
            loss <= LEARNT * curve[0] and right == count and len(curve) > max(_LOOKS)
        ):
            break
    watch.end()
    return Fit(curve=tuple(curve), pictures=count, right=right, seconds_each=each, watch=watch)


def _copy(setup: Setup) -> nn.Module:
    """A copy that drops nothing; what is frozen stays as in evaluation."""
    model = copy.deepcopy(setup.model).train()
    for layer in paths(model):
        layer.rate = 0.0  # type: ignore[assignment]
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    names = {id(module): name for name, module in setup.model.named_modules()}
    for part in setup.frozen:
        model.get_submodule(names[id(part)]).eval()
    return model


def _optimizer(model: nn.Module) -> optim.Optimizer:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return optim.AdamW(trained, lr=RATE, weight_decay=0.0)


def _picture_seconds(setup: Setup, data: Tensor, labels: Tensor) -> float:
    """About what a picture takes in a step, from the second of two on a copy that nobody needs."""
    model, count = _copy(setup), min(2, len(labels))
    optimizer = _optimizer(model)
    _step(setup, model, optimizer, data[:count], labels[:count])  # warms up
    begun = time.perf_counter()
    _step(setup, model, optimizer, data[:count], labels[:count])
    return (time.perf_counter() - begun) / count


def _pictures(setup: Setup) -> tuple[Tensor, Tensor]:
    """The first pictures of the first epoch, unchanged, on the device."""
    train = setup.inputs.train
    wanted = min(PICTURES, setup.batch)
    order = epoch_order(len(train.labels), setup.job.seed, 0)[:wanted]
    batch = next(iter(train.batches(order, wanted)))
    return setup.inputs.ready(batch.images), batch.labels.to(setup.device)


def _step(
    setup: Setup,
    model: nn.Module,
    optimizer: optim.Optimizer,
    data: Tensor,
    labels: Tensor,
    look: Callable[[], None] | None = None,
) -> tuple[float, int]:
    # fp16 would need its gradients scaled; whether the network learns does not depend on it
    precision = "fp32" if setup.precision == "fp16" else setup.precision
    with autocast(setup.device, precision):
        logits = model(data)
    loss = F.cross_entropy(logits.float(), labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if look is not None:
        look()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    value, right = torch.stack((loss.detach(), (logits.argmax(1) == labels).sum().float())).tolist()
    return value, int(right)
