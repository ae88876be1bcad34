"""Each setting of a recipe changes what it says, and nothing where it is off."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from hybridgraph import compiler, presets
from hybridgraph.data import open_dataset
from hybridgraph.data.pictures import Batch
from hybridgraph.events import Event, Step, Warned
from hybridgraph.recipes import Recipe
from hybridgraph.recipes.settings import settings
from hybridgraph.runs import Run
from hybridgraph.train import train
from hybridgraph.train.checkpoints import load_checkpoint, load_weights
from hybridgraph.train.dropping import paths, spread_depth
from hybridgraph.train.inputs import Inputs
from hybridgraph.train.optimizer import build_optimizer, set_rate
from hybridgraph.train.targets import class_weights, loss_of

MakeRun = Callable[..., Run]
OFF = {"label_smoothing": 0.0, "clip_norm": 0.0, "weight_decay": 0.0, "flip": 0.0, "shift": 0.0}
RATE = 0.1


class Pair(nn.Module):
    """A matrix and a vector, which optimizers tell apart."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.tensor([[3.0, 4.0]]))
        self.vector = nn.Parameter(torch.tensor([3.0, 4.0]))


def moved(
    recipe: Recipe, gradients: tuple[list[float], ...] = ([1.0, -2.0],)
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where matrix and vector are after steps with these gradients."""
    model = Pair()
    optimizer = build_optimizer(model, recipe, is_fused=False)
    set_rate(optimizer, RATE)
    for gradient in gradients:
        model.matrix.grad, model.vector.grad = torch.tensor([gradient]), torch.tensor(gradient)
        optimizer.step()
    return model.matrix.detach()[0], model.vector.detach()


def test_sgd_goes_along_the_gradient_with_momentum_and_look_ahead() -> None:
    start, gradient = torch.tensor([3.0, 4.0]), torch.tensor([1.0, -2.0])
    twice = ([1.0, -2.0], [1.0, -2.0])
    plain = Recipe(optimizer="sgd", momentum=0.0, weight_decay=0.0)
    assert torch.allclose(moved(plain)[0], start - RATE * gradient)
    heavy = Recipe(optimizer="sgd", momentum=0.5, weight_decay=0.0)
    assert torch.allclose(moved(heavy, twice)[0], start - RATE * 2.5 * gradient)
    ahead = Recipe(optimizer="sgd", momentum=0.5, nesterov=True, weight_decay=0.0)
    assert torch.allclose(moved(ahead, twice)[0], start - RATE * 3.25 * gradient)
    decayed = Recipe(optimizer="sgd", momentum=0.0, weight_decay=0.5)
    matrix, vector = moved(decayed)
    assert torch.allclose(matrix, start - RATE * (gradient + 0.5 * start))
    assert torch.allclose(vector, start - RATE * gradient)


def test_adamw_takes_a_step_of_the_rate_in_each_direction_and_decays_matrices_alone() -> None:
    matrix, vector = moved(Recipe(weight_decay=0.5))
    assert torch.allclose(vector, torch.tensor([3.0 - RATE, 4.0 + RATE]), atol=1e-5)
    assert torch.allclose(
        matrix, torch.tensor([3.0, 4.0]) * (1 - RATE * 0.5) - torch.tensor([RATE, -RATE]), atol=1e-5
    )


def test_lamb_takes_a_step_as_long_as_the_tensor_asks_for() -> None:
    start = torch.tensor([3.0, 4.0])
    matrix, vector = moved(Recipe(optimizer="lamb", weight_decay=0.5))
    assert float((matrix - start).norm()) == pytest.approx(RATE * 5.0, rel=1e-5)
    direction = torch.tensor([1.0, -1.0]) + 0.5 * start
    assert torch.allclose(matrix, start - RATE * 5.0 * direction / direction.norm(), atol=1e-4)
    assert torch.allclose(vector, torch.tensor([3.0 - RATE, 4.0 + RATE]), atol=1e-4)
    slow, _ = moved(Recipe(optimizer="lamb", weight_decay=0.5, beta1=0.0), ([1.0, -2.0], [-1.0, 2.0]))
    fast, _ = moved(Recipe(optimizer="lamb", weight_decay=0.5, beta1=0.99), ([1.0, -2.0], [-1.0, 2.0]))
    assert not torch.allclose(slow, fast, atol=1e-3)


@pytest.mark.parametrize("after", [0, 7])
def test_with_lamb_a_stopped_training_goes_on_to_the_same_bits(make_run: MakeRun, after: int) -> None:
    straight, halted = make_run(optimizer="lamb"), make_run(optimizer="lamb")
    train(straight.path)

    def stop(event: Event) -> None:
        if isinstance(event, Step) and event.step == after:
            halted.request_stop()

    train(halted.path, on_event=stop)
    train(halted.path)
    one, other = (load_checkpoint(run.checkpoints / "last.safetensors").tensors for run in (straight, halted))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_clipping_bounds_how_far_a_step_goes(make_run: MakeRun) -> None:
    settings_of = {**OFF, "optimizer": "sgd", "momentum": 0.0, "learning_rate": 1.0, "schedule": "constant",
                   "warmup": 0.0, "epochs": 1}  # fmt: skip
    tight = make_run(**{**settings_of, "clip_norm": 1e-4})
    train(tight.path)
    steps = sum(isinstance(event, Step) for event in tight.events())
    fresh = make_run(**{**settings_of, "learning_rate": 1e-8})
    train(fresh.path)
    start, end = load_weights(fresh.path, "last"), load_weights(tight.path, "last")
    trained = [name for name in start if "running" not in name and "batches" not in name]
    way = sum(float((start[name] - end[name]).norm()) ** 2 for name in trained) ** 0.5
    assert 0 < way <= steps * 1e-4 + 1e-6


def test_smoothing_and_class_weights_are_in_the_loss() -> None:
    logits, labels = torch.tensor([[2.0, 0.0, -1.0]]).repeat(2, 1), torch.tensor([0, 2])
    plain = loss_of(logits, labels, Recipe(**OFF), None)
    assert plain == pytest.approx(float(F.cross_entropy(logits, labels)))
    smooth = loss_of(logits, labels, Recipe(**{**OFF, "label_smoothing": 0.3}), None)
    spread = F.one_hot(labels, 3) * 0.7 + 0.1
    assert float(smooth) == pytest.approx(float(-(spread * logits.log_softmax(1)).sum(1).mean()))
    counts = torch.tensor([0, 0, 0, 1])
    assert class_weights(Recipe(), counts, 2) is None
    weights = class_weights(Recipe(class_weights="balanced"), counts, 2)
    assert weights is not None
    assert weights.tolist() == pytest.approx([4 / 6, 2.0])
    heavy = loss_of(logits[:, :2], torch.tensor([0, 1]), Recipe(**OFF), weights)
    parts = F.cross_entropy(logits[:, :2], torch.tensor([0, 1]), reduction="none")
    assert float(heavy) == pytest.approx(float((parts * weights).mean()))


CHANGES = {
    "flip": 1.0, "shift": 0.4, "crop": 0.2, "randaugment": 3, "erasing": 1.0, "mixup": 1.0, "cutmix": 1.0,
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_of_the_pictures_does_something_and_nothing_where_it_is_off(
    idx_folder: Path, name: str
) -> None:
    data = open_dataset(f"idx:{idx_folder}", image_size=8, channels_in=1, seed=0)
    inputs = Inputs(data, torch.device("cpu"), torch.contiguous_format)
    batch: Batch = next(iter(data.train.batches(torch.arange(16), 16)))
    plain, labels = inputs.augmented(batch, Recipe(**OFF), 0, 0, 0)
    assert torch.equal(plain, inputs.ready(batch.images))
    changed, targets = inputs.augmented(batch, Recipe(**{**OFF, name: CHANGES[name]}), 0, 0, 0)
    assert changed.shape == plain.shape
    assert not torch.equal(changed, plain)
    assert targets.ndim == (2 if name in ("mixup", "cutmix") else 1)
    if targets.ndim == 2:
        assert torch.allclose(targets.sum(1), torch.ones(16))
        assert bool(((targets > 0.01) & (targets < 0.99)).any())
    else:
        assert torch.equal(targets, labels)
    again, _ = inputs.augmented(batch, Recipe(**{**OFF, name: CHANGES[name]}), 1, 0, 0)
    if name != "flip":  # at a chance of 1 there is nothing to draw
        assert not torch.equal(again, changed)


@pytest.mark.parametrize(
    ("name", "weak", "strong"), [("magnitude", 1.0, 20.0), ("magnitude_spread", 0.0, 9.0)]
)
def test_how_strong_the_random_operations_are_counts(
    idx_folder: Path, name: str, weak: float, strong: float
) -> None:
    data = open_dataset(f"idx:{idx_folder}", image_size=8, channels_in=1, seed=0)
    inputs = Inputs(data, torch.device("cpu"), torch.contiguous_format)
    batch = next(iter(data.train.batches(torch.arange(48), 48)))
    given = [{**OFF, "randaugment": 2, name: value} for value in (weak, strong)]
    first, second = (inputs.augmented(batch, Recipe(**one), 0, 0, 0)[0] for one in given)
    assert not torch.equal(first, second)


def test_stochastic_depth_of_a_recipe_takes_the_place_of_the_designs() -> None:
    model = compiler.compile(presets.build("pocket-moat", image_size=16))
    designed = [layer.rate for layer in paths(model)]
    assert max(designed) > 0
    count = spread_depth(model, 0.8)
    rates = [float(layer.rate) for layer in paths(model)]
    assert count == len(rates) == len(designed)
    assert (rates[0], rates[-1]) == (0.0, 0.8)
    assert rates == sorted(rates)
    model.train()
    images = torch.randn(8, model_channels(model), 16, 16)
    outputs = []
    for seed in range(2):
        torch.manual_seed(seed)
        outputs.append(model(images))
    assert not torch.allclose(outputs[0], outputs[1])


def model_channels(model: nn.Module) -> int:
    """The channels of the pictures that a model takes."""
    first = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    return first.in_channels


def test_where_no_block_can_be_passed_over_it_is_said(make_run: MakeRun) -> None:
    run = make_run(epochs=1, drop_path=0.3)
    train(run.path)
    assert any(isinstance(event, Warned) and "passed over" in event.message for event in run.events())


def test_every_setting_is_tried_here_or_beside() -> None:
    elsewhere = {"accumulation", "ema", "layer_decay", "schedule", "warmup", "final_learning_rate", "drops", "drop_factor",
                 "learning_rate", "rate_batch", "beta2"}  # fmt: skip
    text = Path(__file__).read_text()
    for setting in settings():
        assert setting.name in elsewhere or setting.name in text, setting.name
