"""torch.compile for a training, where it pays and works."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from hybridgraph.events import Event, Warned
from hybridgraph.jobs import TrainJob
from hybridgraph.train.device import Format, autocast
from hybridgraph.train.freezing import set_training

_COMPILE_PAYS_AFTER = 2000  # steps; compiling takes a minute or two


def compiled_forward(
    model: nn.Module,
    frozen: list[nn.Module],
    images: Tensor,
    precision: Format,
    job: TrainJob,
    steps_per_epoch: int,
    emit: Callable[[Event], None],
) -> Callable[[Tensor], Tensor]:
    """The model through torch.compile if asked, or on CUDA for long runs; itself where that fails."""
    pays = images.is_cuda and steps_per_epoch * job.epochs >= _COMPILE_PAYS_AFTER
    if job.compile == "off" or (job.compile == "auto" and not pays):
        return model
    set_training(model, frozen)
    compiled: Callable[[Tensor], Tensor] = torch.compile(model, dynamic=False)
    kept = {name: buffer.clone() for name, buffer in model.named_buffers()}
    try:
        with autocast(images.device, precision):
            outputs = compiled(images)
        outputs.float().sum().backward()  # the backward pass is compiled as well
    except Exception as error:  # noqa: BLE001  compilers fail in every way there is; training works without
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        emit(Warned(message=f"torch.compile failed, so the model runs as it is: {reason.rstrip('.')}."))
        return model
    finally:  # the trial leaves no trace in running statistics and gradients
        for name, buffer in model.named_buffers():
            buffer.copy_(kept[name])
        model.zero_grad(set_to_none=True)
    return compiled
