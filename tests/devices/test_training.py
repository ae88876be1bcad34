"""A training, its checkpoints and its evaluation keep to one device, whatever the recipe adds."""

import pytest
import torch

from hybridgraph.events import Step
from hybridgraph.train import train
from tests.train.conftest import MakeRun

RECIPES = {
    "plain": {},
    "averaged, in parts": {"ema": 0.9, "clip_norm": 1.0, "accumulation": 2},
    "mixed": {"mixup": 0.8, "cutmix": 1.0, "erasing": 0.25, "randaugment": 2, "crop": 0.5, "shift": 0.2},
    "weighed": {"optimizer": "sgd", "nesterov": True, "class_weights": "balanced"},
    "scaled": {"optimizer": "lamb", "precision": "fp16"},
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_run_comes_to_what_it_comes_to_here(recipe: str, make_run: MakeRun, gpu: torch.device) -> None:
    here = train(make_run(device="cpu", learning_rate=0.01, **RECIPES[recipe] | {"precision": "fp32"}).path)
    run = make_run(device="cuda", learning_rate=0.01, **RECIPES[recipe])
    train(run.path, on_event=lambda event: run.request_stop() if isinstance(event, Step) else None)
    assert run.outcome == "stopped"
    there = train(run.path)
    assert run.outcome == "finished"
    assert there.top1 == here.top1
    assert there.loss == pytest.approx(here.loss, rel=1e-3)
