"""AdamW, LAMB, RMSProp and SGD with momentum, by the recipe; the learning rate comes from `hybridgraph.recipes`.

Sources: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", arXiv 1711.05101; I. Sutskever and others,
"On the importance of initialization and momentum in deep learning", ICML 2013 (Nesterov's momentum); H. Bao and
others, "BEiT", arXiv 2106.08254 (rates that decay towards the first layers). Norms, biases and other vectors are not
decayed: they have no scale to keep small. Nor are tables of biases by distance, scales of heads and class tokens, as in
the papers that brought them (Swin, arXiv 2103.14030; CvT, arXiv 2103.15808). RMSProp's decay is added to the gradient,
where the papers that use it have it in the loss.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn, optim

from hybridgraph.recipes import Recipe
from hybridgraph.train.lamb import Lamb

_SPARED = frozenset(("bias_table", "log_scale", "token"))
"""Tensors of more than one axis that are not decayed, by the names that blocks give them."""
_RMSPROP_FLOOR = 1e-3
"""What is added to the root of RMSProp's running square; torch's 1e-8 makes steps of small gradients as long as others."""


def build_optimizer(
    model: nn.Module, recipe: Recipe, *, is_fused: bool, depths: Mapping[str, int] | None = None
) -> optim.Optimizer:
    """The recipe's optimizer over the parameters that require a gradient; matrices and kernels are decayed.

    `depths` says how many blocks lie before a parameter's own (see `hybridgraph.train.depths`); with them each
    group has as `share` what the layer decay leaves of the rate.
    """
    last = max(depths.values(), default=0) if depths else 0
    groups: dict[tuple[bool, int], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            above = last - depths.get(name, last) if depths else 0
            groups.setdefault((_is_spared(name, parameter), above), []).append(parameter)
    made = [
        {
            "params": groups[is_spared, above],
            "weight_decay": 0.0 if is_spared else recipe.weight_decay,
            "share": recipe.layer_decay**above,
        }
        for is_spared, above in sorted(groups)
    ]
    fused = is_fused or None
    if recipe.optimizer == "sgd":
        nesterov = recipe.nesterov and recipe.momentum > 0  # torch takes no look-ahead without momentum
        return optim.SGD(
            made, lr=recipe.learning_rate, momentum=recipe.momentum, nesterov=nesterov, fused=fused
        )
    betas = (recipe.beta1, recipe.beta2)
    if recipe.optimizer == "lamb":
        return Lamb(made, lr=recipe.learning_rate, betas=betas)
    if recipe.optimizer == "rmsprop":
        return optim.RMSprop(
            made, lr=recipe.learning_rate, alpha=recipe.beta2, eps=_RMSPROP_FLOOR, momentum=recipe.momentum
        )
    return optim.AdamW(made, lr=recipe.learning_rate, betas=betas, fused=fused)


def _is_spared(name: str, parameter: nn.Parameter) -> bool:
    return parameter.ndim <= 1 or name.rpartition(".")[2] in _SPARED


def has_fused(device: torch.device) -> bool:
    """Whether torch moves the weights there in one kernel, which saves a launch or a call for each tensor and operation."""
    return device.type in ("cpu", "cuda")


def set_rate(optimizer: optim.Optimizer, rate: float) -> None:
    """Give every group its share of the rate for the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]
