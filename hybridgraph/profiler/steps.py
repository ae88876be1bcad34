"""A step of training as the trainer takes it, cut into its parts, for timing and filming."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, optim
from torch.nn import functional as F

from hybridgraph.places import Spot
from hybridgraph.profiler.subject import Specimen
from hybridgraph.recipes import Recipe
from hybridgraph.train.device import autocast
from hybridgraph.train.freezing import set_training
from hybridgraph.train.optimizer import build_optimizer, has_fused

_RECIPE = Recipe(learning_rate=1e-6)
"""The trainer's own, but slow: pictures and labels are noise, and the numbers must stay finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStep:
    """The network with AdamW and labels; `forward` is the network, or what it was compiled to."""

    subject: Specimen
    forward: Callable[[Tensor], object]
    labels: Tensor | None
    optimizer: optim.Optimizer
    scaler: torch.amp.GradScaler
    parts: Mapping[Spot, optim.Optimizer] = field(default_factory=dict)
    """An optimizer for each spot's weights alone, with the state of the whole one; none where one kernel takes all."""

    def loss(self) -> Tensor:
        """The forward pass in training mode, and its loss: cross-entropy of classes, else the mean square."""
        with autocast(self.subject.device, self.subject.precision):
            output = self.forward(self.subject.images)
        if self.labels is not None and isinstance(output, Tensor):
            return F.cross_entropy(output.float(), self.labels, label_smoothing=_RECIPE.label_smoothing)
        return torch.stack([tensor.float().square().mean() for tensor in _tensors(output)]).sum()

    def forget(self) -> None:
        """Drop the gradients of the step before; the trainer does so after the forward pass."""
        self.optimizer.zero_grad(set_to_none=True)

    def backward(self, loss: Tensor) -> None:
        """Fill the gradients."""
        self.scaler.scale(loss).backward()

    def update(self) -> None:
        """Move the weights."""
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def take(self) -> None:
        """The whole step."""
        loss = self.loss()
        self.forget()
        self.backward(loss)
        self.update()


def training_step(subject: Specimen, forward: Callable[[Tensor], object] | None = None) -> TrainingStep:
    """Put the network into training mode and give it an optimizer. Frozen parts stay as they are."""
    network, device = subject.network, subject.device
    set_training(network, subject.frozen)
    optimizer = build_optimizer(network, _RECIPE, is_fused=has_fused(device))
    with torch.no_grad():
        subject.network.eval()
        with autocast(device, subject.precision):
            output = network(subject.images[:1])
        set_training(network, subject.frozen)
    is_classes = isinstance(output, Tensor) and output.ndim == 2
    labels = torch.randint(output.shape[1], (len(subject.images),), device=device) if is_classes else None
    return TrainingStep(
        subject=subject,
        forward=network if forward is None else forward,  # a compiled module has no truth
        labels=labels,
        optimizer=optimizer,
        scaler=torch.amp.GradScaler(device.type, enabled=subject.precision == "fp16"),
        parts={} if device.type == "cuda" or subject.precision == "fp16" else _parts(subject, optimizer),
    )


def _parts(subject: Specimen, whole: optim.Optimizer) -> dict[Spot, optim.Optimizer]:
    parts = {}
    for spot, module in subject.spots.items():
        if any(weight.requires_grad for weight in module.parameters()):
            parts[spot] = build_optimizer(module, _RECIPE, is_fused=has_fused(subject.device))
            parts[spot].state = whole.state
    return parts


def _tensors(output: object) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, Mapping):
        for value in output.values():
            yield from _tensors(value)
    elif isinstance(output, tuple | list):
        for value in output:
            yield from _tensors(value)
