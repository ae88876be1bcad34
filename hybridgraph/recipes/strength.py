"""One number for how much a recipe changes the pictures: 1 is the recipe itself, 0 leaves them as they are."""

from __future__ import annotations

from dataclasses import replace

from hybridgraph.recipes.recipe import Recipe

STRONGEST = 2.0
"""Twice as far as the recipe goes; further, the limits of its settings are reached one by one."""

_LIMITS = {"shift": 0.5, "erasing": 1.0, "mixup": 10.0, "cutmix": 10.0}
_OF_OPERATIONS = {"magnitude": 30.0, "magnitude_spread": 10.0}
_SMALLEST_CROP = 0.05


def scaled(recipe: Recipe, strength: float) -> Recipe:
    """The recipe with its changes to the pictures `strength` times as strong, and nothing else changed.

    Shift, chance of erasing, the magnitude of random operations and its spread, and the α of MixUp and CutMix are
    multiplied, and so is the share of the area that a crop may cut away; each stops at its limit. A mirror image is
    none stronger: its chance is the recipe's from 1 on and falls in proportion below. At 0 all is off.
    """
    limits = {**_LIMITS, **_OF_OPERATIONS} if recipe.randaugment else _LIMITS
    values: dict[str, float] = {
        name: round(min(getattr(recipe, name) * strength, limit), 4) for name, limit in limits.items()
    }
    values["flip"] = round(recipe.flip * min(strength, 1.0), 4)
    values["crop"] = round(max(1 - (1 - recipe.crop) * strength, min(_SMALLEST_CROP, recipe.crop)), 4)
    operations = recipe.randaugment if strength > 0 else 0
    return replace(recipe, randaugment=operations, **values)  # type: ignore[arg-type]
