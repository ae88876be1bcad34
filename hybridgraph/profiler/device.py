"""Where a profile is taken and in which number format: what was asked for, if this machine has it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph.errors import RunError, TrainingError
from hybridgraph.jobs import Device, Precision
from hybridgraph.train.device import Format, choose_precision


def choose_device(asked: Device) -> torch.device:
    """The device asked for, or the fastest that is there. Raises RunError when it is not."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return torch.device(next(name for name, is_there in present.items() if is_there))
    if present[asked]:
        return torch.device(asked)
    if asked == "cuda":
        built = torch.version.cuda is not None
        why = "torch finds no NVIDIA GPU" if built else f"torch {torch.__version__} is built without CUDA"
        hint = "Look whether nvidia-smi shows the GPU" if built else "Install a CUDA build of torch"
    else:
        built = torch.backends.mps.is_built()
        why = "the system is too old for it" if built else "it needs a Mac with Apple silicon"
        hint = "Update macOS" if built else "Use such a Mac"
    raise RunError(f"There is no {asked} device to profile on: {why}.", f"{hint}, or choose cpu or auto.")


def settle_precision(asked: Precision, network: nn.Module, images: Tensor) -> Format:
    """The number format asked for; auto is the trainer's choice on CUDA and fp32 elsewhere.

    Raises RunError for a format that the device computes badly or not at all.
    """
    if asked == "auto" and images.device.type != "cuda":
        return "fp32"
    try:
        return choose_precision(asked, network, images, labels=images)  # labels serve training on a CPU alone
    except TrainingError as error:
        raise RunError(error.message, error.hint) from error


def device_name(device: torch.device) -> str:
    """The device as a person knows it."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        count = torch.get_num_threads()
        return f"cpu ({count} thread{'s' if count > 1 else ''})"
    return device.type
