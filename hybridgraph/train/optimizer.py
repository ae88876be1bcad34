"""AdamW and its learning rate: linear warm-up, then half a cosine.

Sources: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", arXiv 1711.05101, and "SGDR",
arXiv 1608.03983. Norms, biases and other vectors are not decayed: they have no scale to keep small.
"""

import math

from torch import nn, optim

from hybridgraph.jobs import Recipe


def build_optimizer(model: nn.Module, recipe: Recipe, *, is_fused: bool) -> optim.AdamW:
    """AdamW over the parameters that require a gradient; only matrices and kernels are decayed."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    decayed = [parameter for parameter in trained if parameter.ndim > 1]
    spared = [parameter for parameter in trained if parameter.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]
    return optim.AdamW(
        [group for group in groups if group["params"]],
        lr=recipe.learning_rate,
        betas=(recipe.beta1, recipe.beta2),
        fused=is_fused or None,
    )


def learning_rate(step: int, steps: int, recipe: Recipe) -> float:
    """The rate of a step of `steps`: rises over the warm-up's share, then falls to the final share."""
    warmup = min(round(steps * recipe.warmup), steps - 1)
    if step < warmup:
        return recipe.learning_rate * (step + 1) / (warmup + 1)
    done = (step - warmup) / max(1, steps - 1 - warmup)  # 0 after the warm-up, 1 at the last step
    fall = (1 + math.cos(math.pi * done)) / 2
    return recipe.learning_rate * (recipe.final_learning_rate + (1 - recipe.final_learning_rate) * fall)
