"""Where and in which number format a training computes: what was asked for, if this machine can."""

import contextlib
import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybridgraph.errors import TrainingError
from hybridgraph.jobs import Device, Precision
from hybridgraph.train.faults import is_out_of_memory

Format = Literal["fp32", "bf16", "fp16"]

_TYPES: dict[Format, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_CLEAR_GAIN = 1.25
"""How much faster bf16 must be in the trial on a processor: below that the noise would decide."""
_SAME_LOSS = 1e-4
"""How far the loss in bf16 may be from that in fp32, as a share of it: what nobody asked for must not change a curve."""
_TRIAL_PICTURES, _FEWEST = 32, 2
_TRIAL_PAIRS, _FEW_PAIRS, _TRIAL_S = 5, 3, 0.5
"""Steps in each format, and about what one may take: a large network is tried with fewer pictures, and less often."""


def choose_device(asked: Device) -> torch.device:
    """The device asked for, or the fastest present. Raises TrainingError when it is not there."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return torch.device(next(name for name, is_there in present.items() if is_there))
    if not present[asked]:
        raise TrainingError(f"This machine has no {asked} device that torch can use.", "Choose auto or cpu.")
    return torch.device(asked)


def tune(device: torch.device) -> None:
    """Let cuDNN look for the fastest kernels of this GPU: the shapes in a training stay the same."""
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True


def choose_precision(
    asked: Precision,
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    tell: Callable[[str], None] = lambda _: None,
) -> Format:
    """The number format asked for, or the fastest that this device computes well.

    CUDA: bf16 where it is built in, else fp16 from compute capability 7. A processor with bf16 units is tried
    with a few training steps, and bf16 taken where it is faster and gives the same loss to a ten-thousandth; `tell` hears
    where it is faster alone. Without the units autocast is ten times slower than fp32, so it is refused. The
    pictures (B, C, S, S) are already on the device. Raises TrainingError for a format the device lacks.
    """
    device = images.device
    if asked == "fp32":
        return "fp32"
    if device.type == "cuda":
        has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        if asked == "auto":
            has_fp16 = torch.cuda.get_device_capability(device)[0] >= 7
            best: Format = "bf16" if has_bf16 else "fp16" if has_fp16 else "fp32"
            return best if best == "fp32" or _computes(model, images, labels, best) else "fp32"
        if asked == "bf16" and not has_bf16:
            raise TrainingError("This CUDA device has no bf16 units.", "Choose fp16 or auto.")
        return asked
    if asked == "auto":
        if device.type != "cpu" or not _cpu_has_bf16():
            return "fp32"
        found = _compared(model, images, labels)
        if found.gain <= _CLEAR_GAIN:
            return "fp32"
        if found.apart <= _SAME_LOSS:
            return "bf16"
        tell(
            f"A step in bf16 is {found.gain:.1f} times as fast here, but its loss differs by {found.apart:.1e} of it, so "
            "fp32 is taken; the precision bf16 can be asked for."
        )
        return "fp32"
    if device.type == "cpu" and asked == "bf16" and _cpu_has_bf16():
        return "bf16"
    if device.type == "mps" and asked == "fp16":
        return "fp16"
    raise TrainingError(
        f"This {device.type} device does not compute well in {asked}.", "Choose fp32 or auto."
    )


def autocast(device: torch.device, precision: Format) -> contextlib.AbstractContextManager[object]:
    """The context in which heavy operations use the number format."""
    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=_TYPES[precision])


def memory_format(model: nn.Module, device: torch.device) -> torch.memory_format:
    """Channels last for convolutional nets on CPU and CUDA, where it saves about a sixth of a step."""
    has_convolution = any(isinstance(module, nn.Conv2d) for module in model.modules())
    is_faster = has_convolution and device.type in ("cpu", "cuda")
    return torch.channels_last if is_faster else torch.contiguous_format


def _cpu_has_bf16() -> bool:
    """Whether the processor has bf16 units (AVX512-BF16, AMX or Arm's); torch says so only privately."""
    supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(supported is not None and torch.backends.mkldnn.is_available() and supported())


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many times faster a training step is in bf16, and how far its loss is from that in fp32, as a share of it."""

    gain: float
    apart: float = 0.0


def _compared(model: nn.Module, images: Tensor, labels: Tensor) -> Compared:
    """A training step in bf16 beside one in fp32; no gain where the model cannot be computed in it.

    Both formats in turn, the order swapped each time, on one thread and by the time the processor gave to it: several
    threads wait for one another where other programs take cores, and that would be counted. The median leaves out a
    pair that was disturbed all the same.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        plain, short = (_Trial(model, precision) for precision in ("fp32", "bf16"))
        few = images[:_FEWEST], labels[:_FEWEST]
        plain.seconds(*few)  # warms up
        each = plain.seconds(*few) / _FEWEST
        count = max(_FEWEST, min(_TRIAL_PICTURES, int(_TRIAL_S / max(each, 1e-9))))
        images, labels = images[:count], labels[:count]
        for trial in (plain, short):
            trial.seconds(images, labels)
        ratios = []
        for index in range(_TRIAL_PAIRS if count > _FEWEST else _FEW_PAIRS):
            ordered = (plain, short) if index % 2 else (short, plain)
            times = {trial.precision: trial.seconds(images, labels) for trial in ordered}
            ratios.append(times["fp32"] / max(times["bf16"], 1e-9))
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        return Compared(gain=0.0)  # an operation without a kernel for the format
    finally:
        torch.set_num_threads(threads)
    apart = abs(short.loss - plain.loss) / max(abs(plain.loss), 1e-9)
    return Compared(gain=median(ratios), apart=apart)


def _computes(model: nn.Module, images: Tensor, labels: Tensor, precision: Format) -> bool:
    """Whether a training step can be computed in this format."""
    try:
        _Trial(model, precision).seconds(images[:_FEWEST], labels[:_FEWEST])
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        return False
    return True


class _Trial:
    """Training steps of a copy, so that the model stays as it is."""

    def __init__(self, model: nn.Module, precision: Format) -> None:
        self.precision = precision
        self.loss = 0.0
        """That of the last step."""
        self._model = copy.deepcopy(model).train()

    def seconds(self, images: Tensor, labels: Tensor) -> float:
        """Processor time of forward and backward pass."""
        start = time.process_time()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # the same is dropped in every trial
            with autocast(images.device, self.precision):
                logits = self._model(images)
        self._model.zero_grad(set_to_none=True)
        loss = F.cross_entropy(logits.float(), labels)
        loss.backward()
        self.loss = loss.item()
        return time.process_time() - start
