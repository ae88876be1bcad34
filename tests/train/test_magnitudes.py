"""The length of the gradient with each step, and those of every layer from time to time."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from hybridgraph.events import LayersMeasured, Step
from hybridgraph.train import train
from hybridgraph.train.magnitudes import EVERY, is_due, measure_layers
from tests.train.conftest import MakeRun


def test_layers_are_as_long_as_their_tensors_together() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(12, 2), nn.Linear(2, 2))
    net[3].requires_grad_(False)
    F.cross_entropy(net(torch.randn(5, 1, 4, 4)), torch.zeros(5, dtype=torch.int64)).backward()
    told = measure_layers(net, 7)
    assert told.step == 7
    assert told.layers == ("0", "2"), "a layer without a gradient is left out"
    for index, layer in enumerate((net[0], net[2])):
        flat = torch.cat([part.flatten() for part in layer.parameters()])
        slope = torch.cat([part.grad.flatten() for part in layer.parameters()])
        assert told.weights[index] == pytest.approx(flat.norm().item(), rel=1e-6)
        assert told.gradients[index] == pytest.approx(slope.norm().item(), rel=1e-6)


def test_the_first_steps_are_measured_more_often() -> None:
    due = [step for step in range(4 * EVERY) if is_due(step)]
    assert due[:3] == [0, EVERY // 10, EVERY // 5]
    assert due[-3:] == [EVERY, 2 * EVERY, 3 * EVERY]


def test_a_run_logs_the_gradient_of_the_whole_batch_before_it_is_clipped(make_run: MakeRun) -> None:
    logs = []
    for parts in (1, 4):
        run = make_run(epochs=2, clip_norm=1e-3, accumulation=parts)
        train(run.path)
        logs.append(run.events())
    steps = [[event for event in log if isinstance(event, Step)] for log in logs]
    layers = [event for event in logs[0] if isinstance(event, LayersMeasured)]
    assert [event.step for event in layers] == [0, 10]
    for event in layers:
        whole = sum(length**2 for length in event.gradients) ** 0.5
        assert whole == pytest.approx(steps[0][event.step].gradient_norm, rel=1e-5)
        assert whole > 1e-3
    assert all(step.gradient_norm > 0 for log in steps for step in log)
