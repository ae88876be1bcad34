"""What went wrong and where: the module whose numbers or memory ended a training."""

import traceback
from collections.abc import Callable
from types import TracebackType

import torch
from torch import Tensor, nn

from hybridgraph.errors import TrainingError

_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "std::bad_alloc")


def non_finite(
    model: nn.Module, forward: Callable[[], Tensor], step: int, what: str, saved_step: int
) -> TrainingError:
    """The error for a loss or gradient that is not a number, naming the first module that shows it.

    `forward` repeats the step's forward pass (with its seed) on this model.
    """
    weights = next((name for name, value in model.named_parameters() if not value.isfinite().all()), None)
    outputs = _first_non_finite_output(model, forward)
    if weights is not None:
        where = f"the weights {weights} are the first that are not finite"
    elif outputs is not None:
        where = f"the output of {outputs} is the first that is not finite"
    elif what == "gradient":
        broken = [
            name
            for name, value in model.named_parameters()
            if value.grad is not None and not value.grad.isfinite().all()
        ]
        where = f"the gradient of {broken[-1] if broken else 'the loss'} is the first that is not finite"
    else:
        where = "every layer is still finite, the loss itself is not"
    return stopped(f"the {what} is not finite; {where}", step, saved_step)


def stopped(reason: str, step: int, saved_step: int) -> TrainingError:
    """The error for a training that ends before the weights are harmed, with where the run stands now and advice."""
    stands = f"at step {saved_step}, its last good checkpoint" if saved_step >= 0 else "at its start"
    kept = "; with --weights and this run's folder it begins with the best weights so far"
    onwards = kept if saved_step >= 0 else ""
    return TrainingError(
        f"Training stopped at step {step} before it could harm the weights: {reason}. The run stands {stands}.",
        f"Lower the learning rate, lengthen the warm-up or choose fp32 in a new run{onwards}.",
    )


def _first_non_finite_output(model: nn.Module, forward: Callable[[], Tensor]) -> str | None:
    found: list[str] = []
    handles = [
        module.register_forward_hook(_watch(name or type(model).__name__, found))
        for name, module in model.named_modules()
    ]
    try:
        with torch.no_grad():
            forward()
    finally:
        for handle in handles:
            handle.remove()
    return found[0] if found else None


def _watch(name: str, found: list[str]) -> Callable[[nn.Module, object, object], None]:
    def look(_module: nn.Module, _inputs: object, output: object) -> None:
        tensors = output if isinstance(output, tuple | list) else (output,)
        if any(isinstance(value, Tensor) and not value.isfinite().all() for value in tensors):
            found.append(name)

    return look


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the error says that an allocation failed, on the device or the processor."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in _OUT_OF_MEMORY)


def out_of_memory(error: BaseException, model: nn.Module, count: int, device: torch.device) -> TrainingError:
    """The error for a failed allocation, naming the innermost module that was at work."""
    names = {id(module): name for name, module in model.named_modules() if name}
    where = _innermost(error.__traceback__, names)
    place = (
        f"in {where}" if where else "outside the layers (the backward pass, the optimizer or the pictures)"
    )
    return TrainingError(
        f"Out of memory on {device.type} {place} with {count:,} picture{'s' if count > 1 else ''} at once.",
        "Choose a smaller batch or smaller pictures, then start again. The last checkpoint is kept.",
    )


def _innermost(trace: TracebackType | None, names: dict[int, str]) -> str | None:
    """Modules call one another with themselves as `self`, so the stack says which one was at work."""
    where = None
    for frame, _ in traceback.walk_tb(trace):
        where = names.get(id(frame.f_locals.get("self")), where)
    return where
