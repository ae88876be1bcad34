"""The running mean of the weights over the steps, which often tells classes better than the last weights do.

Source: B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", 1992, in its exponential form.
At first the memory is short and grows with the steps, so that the mean does not keep the fresh weights.
"""

import copy

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from hybridgraph.distributed.sharding import piece


def twin(model: nn.Module) -> nn.Module:
    """A copy that is never trained, to hold the mean."""
    return copy.deepcopy(model).requires_grad_(False).eval()


class Average:
    """The mean, as a model of its own that is never trained. The batch norms' statistics are averaged as well."""

    def __init__(self, model: nn.Module, mean: nn.Module, memory: float) -> None:
        """`mean` is a `twin` of the model, divided among processes as the model is."""
        self.model = mean
        self._memory = memory
        mine, theirs = self.model.state_dict(keep_vars=True), model.state_dict(keep_vars=True)
        floats = [name for name, value in mine.items() if value.is_floating_point()]
        self._mean: list[Tensor] = [piece(mine[name]) for name in floats]
        self._current: list[Tensor] = [piece(theirs[name]) for name in floats]
        self._counts = [
            (value, theirs[name]) for name, value in mine.items() if not value.is_floating_point()
        ]

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Take in the weights after a step; a function of the step's number, so that resuming is exact."""
        memory = min(self._memory, (1 + step) / (10 + step))
        get_ema_multi_avg_fn(memory)(self._mean, self._current, None)
        for mine, theirs in self._counts:
            mine.copy_(theirs)
