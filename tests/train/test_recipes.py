"""Recipes at work: everything on at once goes on exactly, parts equal the whole, the mean of the weights is kept."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hybridgraph import compiler, presets
from hybridgraph.distributed.world import ALONE
from hybridgraph.events import EpochFinished, Event, Step
from hybridgraph.graph import files
from hybridgraph.recipes import Recipe, card
from hybridgraph.runs import Run
from hybridgraph.train import checkpoints, train
from hybridgraph.train.checkpoints import load_checkpoint, load_weights
from hybridgraph.train.depths import find_depths
from hybridgraph.train.optimizer import build_optimizer, set_rate

MakeRun = Callable[..., Run]
SMALL_NET = Path(__file__).with_name("small_net.py").read_text()
EVERYTHING = {
    "schedule": "one-cycle", "warmup": 0.3, "accumulation": 3, "ema": 0.99, "label_smoothing": 0.1,
    "class_weights": "balanced", "crop": 0.3, "randaugment": 2, "magnitude_spread": 0.5, "erasing": 0.5,
    "mixup": 0.8, "cutmix": 1.0,
}  # fmt: skip
KILL = """
import os, signal
from hybridgraph import events
write = events.EventLog.append
def append(self, event):
    write(self, event)
    if isinstance(event, events.Step) and event.step == {step}:
        os.kill(os.getpid(), signal.SIGKILL)
events.EventLog.append = append
"""


def _tensors(run: Run) -> dict[str, torch.Tensor]:
    return load_checkpoint(run.checkpoints / "last.safetensors").tensors


def _same_end(first: Run, second: Run) -> bool:
    one, other = _tensors(first), _tensors(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def _of(run: Run, kind: type) -> list:
    return [event for event in run.events() if isinstance(event, kind)]


def test_with_everything_on_a_killed_training_goes_on_to_the_same_bits(
    make_run: MakeRun, train_apart
) -> None:
    settings = {**EVERYTHING, "checkpoint_minutes": 0.0}
    straight, killed = make_run(epochs=3, **settings), make_run(epochs=3, **settings)
    train(straight.path)
    assert train_apart(killed, KILL.format(step=9)).wait(240) == -signal.SIGKILL
    train(killed.path)
    assert _same_end(straight, killed)
    kinds = {name.partition(".")[0] for name in _tensors(killed)}
    assert kinds == {"model", "average", "optimizer"}


@pytest.mark.parametrize("after", [0, 7, 11])
def test_with_sgd_and_everything_on_a_stopped_training_goes_on_to_the_same_bits(
    make_run: MakeRun, after: int
) -> None:
    settings = {**EVERYTHING, "optimizer": "sgd", "nesterov": True}
    straight, halted = make_run(**settings), make_run(**settings)
    train(straight.path)

    def stop(event: Event) -> None:
        if isinstance(event, Step) and event.step == after:
            halted.request_stop()

    train(halted.path, on_event=stop)
    train(halted.path)
    assert _same_end(straight, halted)


@pytest.mark.parametrize("name", ["small-data", "plain", "swin", "bam-cifar", "efficientnet", "coatnet-21k"])
def test_cards_train_and_stop_and_go_on(make_run: MakeRun, name: str) -> None:
    recipe = card(name).recipe
    straight, halted = make_run(recipe=recipe, epochs=1), make_run(recipe=recipe, epochs=1)
    train(straight.path)
    train(halted.path, on_event=lambda event: halted.request_stop() if isinstance(event, Step) else None)
    train(halted.path)
    assert _same_end(straight, halted)


def test_a_checkpoint_of_an_older_version_goes_on(make_run: MakeRun) -> None:
    run = make_run()
    train(run.path, on_event=lambda event: run.request_stop() if isinstance(event, Step) else None)
    path = run.checkpoints / "last.safetensors"
    kept = load_checkpoint(path)
    old = {"learning_rate", "final_learning_rate", "warmup", "weight_decay", "beta1", "beta2", "label_smoothing",
           "clip_norm", "flip", "shift"}  # fmt: skip
    content = dict(kept.content)
    content["job"] = {
        **content["job"],
        "recipe": {k: v for k, v in content["job"]["recipe"].items() if k in old},
    }
    content["progress"] = {
        k: v for k, v in content["progress"].items() if k not in ("parts", "trend", "saved_step")
    }
    checkpoints._write(run.path, "last.safetensors", kept.tensors, content, ALONE)
    assert train(run.path).status == "finished"


def test_parts_of_a_batch_move_the_weights_as_the_whole(make_run: MakeRun) -> None:
    source = SMALL_NET.replace("self.norm(self.conv(x)).relu()", "self.conv(x).relu()").replace(
        "Dropout(0.2)", "Dropout(0)"
    )
    for settings in ({}, {"class_weights": "balanced", "mixup": 0.8}):
        whole = make_run(source, epochs=1, **settings)
        parts = make_run(source, epochs=1, accumulation=5, **settings)  # 16 = 4 + 4 + 4 + 4
        for run in (whole, parts):
            train(run.path)
        losses = [[event.loss for event in _of(run, Step)] for run in (whole, parts)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)
        for name, value in load_weights(whole.path, "last").items():
            assert torch.allclose(value, load_weights(parts.path, "last")[name], atol=1e-4), name


def test_the_mean_of_the_weights_is_evaluated_and_kept(make_run: MakeRun) -> None:
    run = make_run(epochs=1, ema=0.9, learning_rate=0.01)
    train(run.path)
    best, last = load_weights(run.path), _tensors(run)
    assert all(torch.equal(best[name], last[f"average.{name}"]) for name in best)
    assert not torch.equal(best["head.weight"], last["model.head.weight"])
    assert _of(run, EpochFinished)[0].val_top1 > 0.5


def test_only_what_is_asked_for_costs_anything(make_run: MakeRun) -> None:
    run = make_run(epochs=1)
    train(run.path)
    assert not any(name.startswith("average.") for name in _tensors(run))


def test_rates_decay_towards_the_first_block(tmp_path: Path) -> None:
    design = presets.build("pocket-moat", image_size=16)
    files.save(design, tmp_path / "graph.hybrid.json")
    model = compiler.compile(design)
    depths = find_depths(model, tmp_path)
    assert depths.keys() == {name for name, _ in model.named_parameters()}
    order = [min(at for name, at in depths.items() if name.startswith(part)) for part in
             ("stem", "stage1", "stage2.blocks.0", "stage2.blocks.1", "classifier")]  # fmt: skip
    assert order == sorted(set(order))
    optimizer = build_optimizer(model, Recipe(layer_decay=0.5), is_fused=False, depths=depths)
    set_rate(optimizer, 1.0)
    rates = {id(weight): group["lr"] for group in optimizer.param_groups for weight in group["params"]}
    last = max(depths.values())
    for name, weight in model.named_parameters():
        assert rates[id(weight)] == 0.5 ** (last - depths[name])
