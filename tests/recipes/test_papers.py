"""The papers' cards against the settings that the papers give, as they were collected from them."""

import pytest

from hybridgraph.recipes import card, highest_rate, learning_rate

# card: (epochs, batch, optimizer, rate at that batch, decay, warm-up epochs, last rate, smoothing, mixup, cutmix, erasing,
#        RandAugment, clipping, mean of weights); None where the paper does not say
PAPERS = {
    "swin": (300, 1024, "adamw", 1e-3, 0.05, 20, 1e-5, 0.1, 0.8, 1.0, 0.25, (2, 9.0), 1.0, 0),
    "cvt": (300, 2048, "adamw", 2e-3, 0.05, 5, 1e-5, 0.1, 0.8, 1.0, 0.25, (2, 9.0), 0.0, None),
    "coatnet": (300, 4096, "adamw", 1e-3, 0.05, None, 1e-5, 0.1, 0.8, 0.0, 0.0, (2, 15.0), 1.0, 0),
    "coatnet-fine-tune": (30, 512, "adamw", 5e-5, 1e-8, 0, 5e-5, 0.1, 0.8, 0.0, 0.0, (2, 15.0), 1.0, 0.9999),
    "moat": (300, 4096, "adamw", 3e-3, 0.05, None, 1e-5, 0.1, 0.8, 0.0, None, (2, 15.0), 1.0, 0.9999),
    "deit": (300, 1024, "adamw", 1e-3, 0.05, 5, None, 0.1, 0.8, 1.0, 0.25, (2, 9.0), None, None),
    "early-conv-vit": (100, 2048, "adamw", 1e-3, 0.24, 5, 0.0, 0.1, 0.8, 1.0, 0.0, (2, 9.0), None, 0.9999),
    "resnet": (90, 256, "sgd", 0.1, 1e-4, 0, 1e-3, 0.0, 0.0, 0.0, 0.0, (0, None), None, 0),
    "se-resnet": (100, 1024, "sgd", 0.6, None, 0, 6e-4, 0.0, 0.0, 0.0, 0.0, (0, None), None, 0),
    "bam-cifar": (300, None, "sgd", 0.1, 5e-4, 0, 1e-3, 0.0, 0.0, 0.0, 0.0, (0, None), None, 0),
    "aa-cifar": (500, 256, "sgd", 0.2, 5e-4, 25, 0.0, 0.0, 0.0, 0.0, 0.0, (0, None), None, 0),
    "coatnet-21k": (90, 4096, "adamw", 1e-3, 0.01, 5, 1e-5, 1e-4, 0.0, 0.0, 0.0, (0, None), None, 0),
    "efficientnet": (
        350,
        4096,
        "rmsprop",
        0.256,
        1e-5,
        5,
        0.003016,
        None,
        0.0,
        0.0,
        0.0,
        (2, 9.0),
        None,
        None,
    ),
    "aa-resnet": (100, None, "sgd", 0.128, 1e-4, 5, 1.28e-5, 0.0, 0.0, 0.0, 0.0, (0, None), None, 0),
}


@pytest.mark.parametrize("name", PAPERS)
def test_a_card_has_the_papers_settings(name: str) -> None:
    (
        epochs,
        batch,
        optimizer,
        rate,
        decay,
        warmup,
        last,
        smoothing,
        mixup,
        cutmix,
        erasing,
        augment,
        clip,
        ema,
    ) = PAPERS[name]
    found = card(name)
    recipe, batch = found.recipe, batch or 256
    operations, magnitude = augment
    assert (found.epochs, recipe.optimizer) == (epochs, optimizer)
    assert highest_rate(recipe, batch) == pytest.approx(rate)
    steps = found.epochs * 10
    assert learning_rate(steps - 1, steps, recipe, batch) == pytest.approx(
        last if last is not None else 0, abs=1e-4
    )
    if last:
        assert learning_rate(steps - 1, steps, recipe, batch) == pytest.approx(last, rel=0.02)
    if warmup is not None:
        assert recipe.warmup * epochs == pytest.approx(warmup, abs=0.01)
    said = {
        "weight_decay": decay, "label_smoothing": smoothing, "mixup": mixup, "cutmix": cutmix, "erasing": erasing,
        "randaugment": operations, "magnitude": magnitude, "clip_norm": clip, "ema": ema,
    }  # fmt: skip
    for setting, value in said.items():
        assert value is None or getattr(recipe, setting) == value, setting


@pytest.mark.parametrize(
    ("name", "drops"),
    [
        ("resnet", (30, 60)), ("se-resnet", (30, 60, 90)), ("bam-cifar", (150, 225)), ("aa-resnet", (30, 60, 80, 90)),
    ],
)  # fmt: skip
def test_steps_fall_at_the_papers_epochs(name: str, drops: tuple[int, ...]) -> None:
    found = card(name)
    steps = found.epochs * 10
    rates = [learning_rate(step, steps, found.recipe, 256) for step in range(steps)]
    falls = tuple(step // 10 for step in range(1, steps) if rates[step] < rates[step - 1] * 0.5)
    assert falls == drops


@pytest.mark.parametrize(
    ("name", "epochs", "factor"), [("mobilenetv2", 1.0, 0.98), ("efficientnet", 2.4, 0.97)]
)
def test_exponential_rates_fall_as_the_papers_say(name: str, epochs: float, factor: float) -> None:
    found = card(name)
    steps = (found.epochs or 300) * 1000
    one, later = (
        learning_rate(step, steps, found.recipe, 256) for step in (100_000, 100_000 + int(epochs * 1000))
    )
    assert later / one == pytest.approx(factor, rel=2e-3)
    assert (found.recipe.momentum, found.recipe.beta2) == (0.9, 0.9)
