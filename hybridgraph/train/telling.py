"""What the log of a training says of its start: the device, the pictures, the weights that stay as they are."""

from __future__ import annotations

import torch
from torch import nn

from hybridgraph.data import Dataset
from hybridgraph.events import DataOpened


def frozen_weights(model: nn.Module) -> str:
    """How many weights of a network with frozen parts are trained."""
    counts = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    trained = sum(count for count, is_trained in counts if is_trained)
    return f"{trained:,} of {sum(count for count, _ in counts):,} weights are trained; the others are frozen."


def data_opened(data: Dataset) -> DataOpened:
    """The pictures that a training stands on."""
    train, val = (
        torch.bincount(part.labels.cpu(), minlength=len(data.classes)) for part in (data.train, data.val)
    )
    return DataOpened(
        digest=data.digest,
        classes=data.classes,
        train_counts=tuple(train.tolist()),
        val_counts=tuple(val.tolist()),
        mean=tuple(data.mean.tolist()),
        std=tuple(data.std.tolist()),
        split=data.split,
    )


def device_name(device: torch.device) -> str:
    """What people call the device."""
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type
