"""What settings of recipes are called, and the editors' view of them."""

from __future__ import annotations

from app.language import mark, told, tr
from hybridgraph.recipes.settings import Setting, shown
from hybridgraph.spec import Parameter

TITLES = {
    "optimizer": mark("Optimizer"),
    "weight_decay": mark("Weight decay"),
    "beta1": mark("β₁"),
    "beta2": mark("β₂"),
    "momentum": mark("Momentum"),
    "nesterov": mark("Look ahead"),
    "clip_norm": mark("Longest gradient"),
    "accumulation": mark("Parts of a batch"),
    "learning_rate": mark("Highest rate"),
    "rate_batch": mark("For a batch of"),
    "schedule": mark("Schedule"),
    "warmup": mark("Warm-up"),
    "final_learning_rate": mark("Last rate"),
    "drops": mark("Drops at"),
    "drop_factor": mark("Each drop to"),
    "layer_decay": mark("Rate per block"),
    "loss": mark("Loss"),
    "label_smoothing": mark("Label smoothing"),
    "drop_path": mark("Stochastic depth"),
    "ema": mark("Mean of weights"),
    "class_weights": mark("Class weights"),
    "mixup": mark("MixUp"),
    "cutmix": mark("CutMix"),
    "erasing": mark("Random erasing"),
    "flip": mark("Mirror"),
    "shift": mark("Shift"),
    "crop": mark("Smallest crop"),
    "randaugment": mark("RandAugment"),
    "magnitude": mark("Magnitude"),
    "magnitude_spread": mark("Its spread"),
}
_UNITS = {
    "warmup": mark("of all steps"),
    "final_learning_rate": mark("of the highest"),
    "drops": mark("of all steps"),
    "drop_factor": mark("of before"),
    "layer_decay": mark("of the next"),
    "rate_batch": mark("pictures"),
    "mixup": "α",
    "cutmix": "α",
    "erasing": mark("of pictures"),
    "flip": mark("of pictures"),
    "shift": mark("of the side"),
    "crop": mark("of the area"),
    "randaugment": mark("operations"),
    "label_smoothing": mark("of the target"),
    "drop_path": mark("at the last block"),
}


def title(name: str) -> str:
    """What a setting is called."""
    return tr(TITLES[name])


def parameter(setting: Setting) -> Parameter:
    """A setting as the editors of the inspector know it; a list is a text there."""
    kinds = {"int": "int", "float": "float", "bool": "bool", "choice": "choice", "list": "words"}
    is_number = setting.kind in ("int", "float")
    return Parameter(
        kind=kinds[setting.kind],  # type: ignore[arg-type]
        name=setting.name,
        default=None if setting.kind == "list" else setting.default,
        minimum=setting.low if is_number else None,
        maximum=setting.high if is_number else None,
        choices=setting.choices,
        unit=tr(_UNITS[setting.name]) if setting.name in _UNITS else setting.unit,
        doc=setting.doc,
    )


def tip(setting: Setting) -> str:
    """What a setting does, its limits and its default, in lines."""
    lines = [told(setting.doc)]
    if setting.low is not None:
        lines.append(tr("{low:g} to {high:g}", low=setting.low, high=setting.high))
    lines.append(tr("default {default}", default=shown(setting.default)))
    lines.append(f"--set {setting.name}=…")
    return "\n".join(lines)
