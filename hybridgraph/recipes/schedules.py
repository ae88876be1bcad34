"""The learning rate as a function of the step and of nothing else, so that a resumed training goes on exactly.

Sources: I. Loshchilov, F. Hutter, "SGDR", arXiv 1608.03983 (cosine); L. Smith, N. Topin, "Super-convergence", arXiv
1708.07120 (one cycle; here with the flanks of half a cosine, and the momentum stays); P. Goyal and others, "Accurate,
large minibatch SGD", arXiv 1706.02677 (linear warm-up, the rate in proportion to the batch).
"""

import math

from hybridgraph.recipes.recipe import Recipe

_CYCLE_START = 1 / 25
"""The first rate of one cycle, as a share of the highest."""


def highest_rate(recipe: Recipe, batch: int) -> float:
    """The rate after the warm-up for steps of `batch` pictures."""
    return recipe.learning_rate * (batch / recipe.rate_batch if recipe.rate_batch else 1.0)


def learning_rate(step: int, steps: int, recipe: Recipe, batch: int) -> float:
    """The rate of a step of `steps` with `batch` pictures: it rises over the warm-up's share, then goes its way."""
    return highest_rate(recipe, batch) * _share(step, steps, recipe)


def _share(step: int, steps: int, recipe: Recipe) -> float:
    warmup = min(round(steps * recipe.warmup), steps - 1)
    if step < warmup:
        if recipe.schedule == "one-cycle":
            return _CYCLE_START + (1 - _CYCLE_START) * (1 - math.cos(math.pi * step / warmup)) / 2
        return (step + 1) / (warmup + 1)
    if recipe.schedule == "constant":
        return 1.0
    if recipe.schedule == "step":
        return recipe.drop_factor ** sum(step >= round(drop * steps) for drop in recipe.drops)
    done = (step - warmup) / max(1, steps - 1 - warmup)  # 0 after the warm-up, 1 at the last step
    if recipe.schedule == "exponential":
        return math.pow(recipe.final_learning_rate, done)
    left = 1 - done if recipe.schedule == "linear" else (1 + math.cos(math.pi * done)) / 2
    return recipe.final_learning_rate + (1 - recipe.final_learning_rate) * left
