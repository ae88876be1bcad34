"""Batch norms that measure the whole batch, of which every process holds a share.

Source: S. Ioffe, C. Szegedy, "Batch normalization", arXiv 1502.03167; sums over processes as in C. Peng and others, "MegDet",
arXiv 1711.07240. With them a network of norms over batches is the same function with one process and with many. On
CUDA torch's own kernels do it, elsewhere what stands here.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm


def share_statistics(model: nn.Module, *, is_cuda: bool) -> int:
    """Make the batch norms of a model measure the batches of all processes; answers how many there are.

    The modules stay the same objects with the same names and weights, each with a class of its own beneath.
    """
    kind: type[_BatchNorm] = nn.SyncBatchNorm if is_cuda else SharedNorm
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    for norm in norms:
        before = type(norm)
        # a subclass that reshapes before it calls its base finds the shared one there: it comes before _BatchNorm
        norm.__class__ = type(before.__name__, (before, kind), {})
        norm.process_group = None  # type: ignore[assignment]  # torch's own asks for it
    return len(norms)


class SharedNorm(_BatchNorm):
    """A batch norm whose mean and deviation are those of all processes' pictures."""

    def forward(self, x: Tensor) -> Tensor:
        """Shape: (N, C, …) -> (N, C, …); N may differ from process to process."""
        if not self.training:
            return super().forward(x)
        others = [axis for axis in range(x.ndim) if axis != 1]
        shape = [1, -1, *[1] * (x.ndim - 2)]
        values = x.float()
        count = torch.tensor([float(x.numel() // x.shape[1])])
        sums, count = _summed(values.sum(others)), _summed(count)
        mean = sums / count.to(x.device)
        centred = values - mean.view(shape)
        variance = _summed((centred * centred).sum(others)) / count.to(x.device)
        if self.track_running_stats:
            self._remember(mean.detach(), variance.detach(), count.item())
        result = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            result = result * self.weight.view(shape) + self.bias.view(shape)
        return result.to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: float) -> None:
        tracked, running_mean, running_var = self.num_batches_tracked, self.running_mean, self.running_var
        if tracked is None or running_mean is None or running_var is None:
            return
        tracked.add_(1)
        memory = 1 / tracked.item() if self.momentum is None else self.momentum
        running_mean.lerp_(mean, memory)
        running_var.lerp_(variance * (count / max(count - 1, 1)), memory)

    def _check_input_dim(self, x: Tensor) -> None:
        """The class above it checks."""


class _Sum(torch.autograd.Function):
    """A sum over processes. Every process's result feeds every loss, so gradients are summed as well."""

    @staticmethod
    def forward(_: object, value: Tensor) -> Tensor:
        total = value.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_: object, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        distributed.all_reduce(total)
        return total


def _summed(value: Tensor) -> Tensor:
    result: Tensor = _Sum.apply(value)  # type: ignore[no-untyped-call]
    return result
