"""How weights are fitted: every setting with its limits, its documentation and a default.

The defaults of what a training may do beside the plain step (mixing, averaging, parts …) are off, so that a job of
an older version, which does not name them, still means what it meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Literal, get_args

from hybridgraph.errors import RunError
from hybridgraph.limits import check, number, several

Optimizer = Literal["adamw", "sgd", "lamb", "rmsprop"]
Schedule = Literal["cosine", "linear", "step", "exponential", "one-cycle", "constant"]
Loss = Literal["softmax", "sigmoid"]
ClassWeights = Literal["none", "balanced"]

_OPTIMIZER = {
    "doc": "AdamW, SGD with momentum, LAMB for very large batches, or RMSProp.",
    "choices": get_args(Optimizer),
}
_SCHEDULE = {"doc": "How the rate goes on after the warm-up.", "choices": get_args(Schedule)}
_LOSS = {
    "doc": "Softmax: the classes compete. Sigmoid: a yes or no for each (binary cross-entropy, summed over classes).",
    "choices": get_args(Loss),
}
_CLASS_WEIGHTS = {
    "doc": "Balanced: pictures of rare classes count for more.",
    "choices": get_args(ClassWeights),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How the weights are fitted: optimizer, learning rate over the steps, regularisation, changes to the pictures."""

    card: str = field(default="", metadata={"doc": "The card that the values were taken from."})
    optimizer: Optimizer = field(default="adamw", metadata=_OPTIMIZER)
    learning_rate: float = number(1e-3, "Highest learning rate, reached after the warm-up.", 1e-8, 1e6)
    rate_batch: int = number(
        0, "Batch the rate is meant for; at another it is scaled in proportion. 0: it stays.", 0, 1_000_000
    )
    schedule: Schedule = field(default="cosine", metadata=_SCHEDULE)
    final_learning_rate: float = number(0.01, "Last rate as a share of the highest.", 0, 1)
    warmup: float = number(0.05, "Share of all steps in which the rate rises.", 0, 1)
    drops: tuple[float, ...] = several(
        (), "Shares of all steps after which the step schedule drops the rate.", kind=float, low=0, high=1
    )
    drop_factor: float = number(0.1, "What each drop of the step schedule multiplies the rate with.", 0, 1)
    weight_decay: float = number(
        0.05, "Pull towards zero; norms, biases, their tables and class tokens are spared.", 0, 10
    )
    beta1: float = number(0.9, "Memory of AdamW's and LAMB's running mean.", 0, 0.9999)
    beta2: float = number(0.999, "Memory of AdamW's, LAMB's and RMSProp's running square.", 0, 0.999999)
    momentum: float = number(0.9, "Memory of SGD's running gradient and of RMSProp's steps.", 0, 0.9999)
    nesterov: bool = field(default=False, metadata={"doc": "Whether SGD looks ahead along its momentum."})
    layer_decay: float = number(
        1.0, "Rate of each block as a share of the block's after it; 1: all alike.", 0.01, 1
    )
    clip_norm: float = number(1.0, "Longest gradient; 0 switches clipping off.", 0, 1e6)
    accumulation: int = number(
        1, "Parts a batch is taken in, one after the other; their gradients are added.", 1, 100_000
    )
    ema: float = number(
        0.0, "Memory of the running mean of the weights, which is evaluated and kept; 0: none.", 0, 0.999999
    )
    loss: Loss = field(default="softmax", metadata=_LOSS)
    label_smoothing: float = number(0.1, "Share of the target spread over all classes.", 0, 0.9)
    class_weights: ClassWeights = field(default="none", metadata=_CLASS_WEIGHTS)
    drop_path: float = number(
        0.0,
        "Stochastic depth of the last block, rising evenly from 0 at the first; 0: as the design has it.",
        0,
        0.9,
    )
    flip: float = number(0.5, "Chance of a left-right mirror image.", 0, 1)
    shift: float = number(0.1, "Largest random shift as a share of the side.", 0, 0.5)
    crop: float = number(
        1.0, "Smallest share of the area that a random crop keeps, shown at full size; 1: no crop.", 0.01, 1
    )
    randaugment: int = number(
        0, "Random operations on each picture, one after the other (RandAugment).", 0, 8
    )
    magnitude: float = number(9.0, "Strength of these operations; 10 is the full one.", 0, 30)
    magnitude_spread: float = number(0.0, "Deviation of the strength from picture to picture.", 0, 10)
    erasing: float = number(0.0, "Chance that a random rectangle is erased.", 0, 1)
    mixup: float = number(
        0.0, "MixUp: pictures and targets are mixed, by Beta(α, α); this is α. 0: off.", 0, 10
    )
    cutmix: float = number(
        0.0, "CutMix: a rectangle of another picture, its share by Beta(α, α); this is α. 0: off.", 0, 10
    )

    def __post_init__(self) -> None:
        check(self, "recipe")
        if any(drop in (0, 1) for drop in self.drops):
            raise RunError("The recipe's drops lie strictly between 0 and 1.", "Name them as 0.5,0.75.")
        if self.schedule == "exponential" and not self.final_learning_rate:
            raise RunError(
                "An exponential schedule never reaches a rate of 0.", "Choose a last rate such as 0.01."
            )


def names() -> tuple[str, ...]:
    """The names of all settings."""
    return tuple(item.name for item in fields(Recipe))


def content(recipe: Recipe) -> dict[str, Any]:
    """All settings as values that JSON can hold."""
    values = {name: getattr(recipe, name) for name in names()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def from_content(values: Mapping[str, Any]) -> Recipe:
    """The recipe of stored values: unknown names are ignored, missing ones take their default. Raises RunError."""
    known: dict[str, Any] = {name: values[name] for name in names() if name in values}
    for name, value in known.items():
        known[name] = tuple(value) if isinstance(value, list) else value
    return Recipe(**known)


def refuse_unknown(given: Mapping[str, Any], where: str) -> None:
    """Raise RunError for the first name that is no setting, with the closest one."""
    for name in given:
        if name not in names() or name == "card":
            close = get_close_matches(name, names(), 1)
            hint = f"Did you mean {close[0]}?" if close else f"Known settings: {', '.join(names()[1:])}."
            raise RunError(f"{where} names the setting {name!r}, which a recipe does not have.", hint)
