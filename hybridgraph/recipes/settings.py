"""The settings of a recipe for people: their sections, limits and kinds, which of them count, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, Literal

from hybridgraph.recipes.recipe import Recipe

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Optimizer": ("optimizer", "weight_decay", "beta1", "beta2", "momentum", "nesterov", "clip_norm", "accumulation"),
    "Learning rate": (
        "learning_rate", "rate_batch", "schedule", "warmup", "final_learning_rate", "drops", "drop_factor", "layer_decay",
    ),
    "Regularisation": ("loss", "label_smoothing", "drop_path", "ema", "class_weights", "mixup", "cutmix", "erasing"),
    "Pictures": ("flip", "shift", "crop", "randaugment", "magnitude", "magnitude_spread"),
}  # fmt: skip
"""Every setting but the card, in the order in which people read them."""

Kind = Literal["int", "float", "bool", "choice", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: what it may hold and what it does. `low` and `high` of a list are those of each number in it."""

    name: str
    kind: Kind
    doc: str
    default: Any
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()


def settings() -> tuple[Setting, ...]:
    """All settings in the order of the sections."""
    known = {item.name: item for item in fields(Recipe)}
    return tuple(_setting(known[name]) for names in SECTIONS.values() for name in names)


def _setting(item: Field[Any]) -> Setting:
    assert item.default is not MISSING
    limits = item.metadata.get("each", item.metadata)
    kinds: Mapping[type, Kind] = {bool: "bool", int: "int", float: "float", tuple: "list"}
    return Setting(
        name=item.name,
        kind="choice" if "choices" in limits else kinds[type(item.default)],
        doc=item.metadata["doc"],
        default=item.default,
        low=limits.get("low"),
        high=limits.get("high"),
        unit=limits.get("unit", ""),
        choices=tuple(limits.get("choices", ())),
    )


def counts(recipe: Recipe, name: str) -> bool:
    """Whether a setting does anything beside the others of this recipe: SGD has no beta1, no step no drops."""
    if name == "momentum":
        return recipe.optimizer in ("sgd", "rmsprop")
    if name == "nesterov":
        return recipe.optimizer == "sgd" and recipe.momentum > 0
    if name == "beta1":
        return recipe.optimizer in ("adamw", "lamb")
    if name == "beta2":
        return recipe.optimizer != "sgd"
    if name in ("drops", "drop_factor"):
        return recipe.schedule == "step" and (name == "drops" or bool(recipe.drops))
    if name == "final_learning_rate":
        return recipe.schedule not in ("step", "constant")
    if name in ("magnitude", "magnitude_spread"):
        return recipe.randaugment > 0
    return True


def differences(one: Recipe, other: Recipe) -> dict[str, tuple[Any, Any]]:
    """The settings in which two recipes differ, with the value of each; the card they came from is none."""
    return {
        item.name: (getattr(one, item.name), getattr(other, item.name))
        for item in settings()
        if getattr(one, item.name) != getattr(other, item.name)
    }


def shown(value: object) -> str:
    """A value as people write it: 0.001, true, 0.5, 0.75."""
    if isinstance(value, tuple | list):
        return ", ".join(f"{one:g}" for one in value) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def chips(recipe: Recipe) -> tuple[str, ...]:
    """What is in a recipe, in a few words each, such as AdamW, cosine, MixUp 0.8."""
    names = {"adamw": "AdamW", "sgd": "SGD", "lamb": "LAMB", "rmsprop": "RMSProp"}
    found = [names[recipe.optimizer], recipe.schedule, f"rate {recipe.learning_rate:g}"]
    amounts = {
        "MixUp": recipe.mixup, "CutMix": recipe.cutmix, "RandAugment": recipe.randaugment, "erasing": recipe.erasing,
        "smoothing": recipe.label_smoothing, "stochastic depth": recipe.drop_path, "EMA": recipe.ema, "clip": recipe.clip_norm,
    }  # fmt: skip
    found += [f"{name} {amount:g}" for name, amount in amounts.items() if amount]
    if recipe.accumulation > 1:
        found.append(f"{recipe.accumulation} parts")
    if recipe.layer_decay < 1:
        found.append(f"layer decay {recipe.layer_decay:g}")
    if recipe.loss == "sigmoid":
        found.append("sigmoid loss")
    if recipe.class_weights != "none":
        found.append("balanced")
    return tuple(found)


def written(value: object) -> str:
    """A value as `--set` takes it, exactly: lists without spaces."""
    if isinstance(value, tuple | list):
        return ",".join(map(repr, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
