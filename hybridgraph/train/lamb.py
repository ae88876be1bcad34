"""LAMB: Adam's direction, with a step as long for each tensor as the tensor itself asks for.

Source: Y. You and others, "Large Batch Optimization for Deep Learning", arXiv 1904.00962, algorithm 2, with the decay
inside the direction and without the bound on the weights' length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, optim


class Lamb(optim.Optimizer):
    """LAMB over groups of parameters, each with `lr` and `weight_decay`.

    A tensor that is not decayed takes Adam's own step: norms, biases and vectors have no length worth keeping. What is
    remembered of a tensor is named as AdamW names it, so that checkpoints keep it alike.
    """

    def __init__(
        self,
        params: Iterable[Any],
        *,
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0, "fused": None}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Move every tensor that has a gradient. The closure, which torch's signature has, is not called."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad, group)

    def _move(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"] = torch.zeros_like(weight)
            state["exp_avg_sq"] = torch.zeros_like(weight)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        count = state["step"].item()
        mean = state["exp_avg"].lerp_(gradient, 1 - beta1)
        square = state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        spread = (square / (1 - beta2**count)).sqrt_().add_(group["eps"])
        direction = (mean / (1 - beta1**count)).div_(spread)
        if group["weight_decay"]:
            direction.add_(weight, alpha=group["weight_decay"])
            length, reach = weight.norm(), direction.norm()
            # on the device, so that nothing waits: 1 where either has no length
            trust = torch.where((length > 0) & (reach > 0), length / reach, 1.0)
            direction.mul_(trust)
        weight.add_(direction, alpha=-group["lr"])
