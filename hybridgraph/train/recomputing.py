"""Parts of a design whose activations are computed again in the backward pass, which takes time and saves memory.

Activation checkpointing (Chen et al. 2016, arXiv:1604.06174): of a block's forward pass only what enters and leaves it is
kept. The second pass draws the random numbers of the first and leaves running statistics alone, so a training takes the
same course to the last bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from types import MethodType
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils.checkpoint import checkpoint


def recompute(blocks: Iterable[nn.Module]) -> None:
    """Let each block compute its activations again in the backward passes of training. Evaluation is as before."""
    for block in blocks:
        # A method of the instance, which a deep copy binds to the copied block.
        block.forward = MethodType(_forward, block)


@torch.compiler.disable  # type: ignore[untyped-decorator]
def _forward(block: nn.Module, *args: Any, **kwargs: Any) -> Any:
    forward = type(block).forward
    if not (block.training and torch.is_grad_enabled()):
        return forward(block, *args, **kwargs)

    def contexts() -> tuple[contextlib.AbstractContextManager[None], contextlib.AbstractContextManager[None]]:
        return contextlib.nullcontext(), _still_statistics(block)

    return checkpoint(forward, block, *args, use_reentrant=False, context_fn=contexts, **kwargs)


@contextlib.contextmanager
def _still_statistics(block: nn.Module) -> Iterator[None]:
    """Let batch norms take the statistics of the batch without moving their running ones a second time."""
    norms = [part for part in block.modules() if isinstance(part, _NormBase) and part.track_running_stats]
    buffers = [buffer for norm in norms for buffer in norm.buffers(recurse=False)]
    before = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.copy_(value)
