"""How the number format is tried on a processor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from hybridgraph.recipes import Recipe
from hybridgraph.train import device
from hybridgraph.train.device import choose_precision
from hybridgraph.train.optimizer import build_optimizer, has_fused

NET = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 4, 3))
IMAGES, LABELS = torch.randn(40, 1, 4, 4), torch.randint(3, (40,))


@pytest.fixture(autouse=True)
def _has_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_cpu_has_bf16", lambda: True)


def _clock(monkeypatch: pytest.MonkeyPatch, times: dict[str, Iterator[float]]) -> list[tuple[str, int]]:
    """Let steps take these times, the last of them for ever; answers which were taken with how many pictures."""
    taken = []

    def seconds(trial: device._Trial, images: torch.Tensor, _: torch.Tensor) -> float:
        taken.append((trial.precision, len(images)))
        return next(times[trial.precision])

    monkeypatch.setattr(device._Trial, "seconds", seconds)
    return taken


def _then(*first: float, after: float) -> Iterator[float]:
    yield from first
    while True:
        yield after


def test_steps_that_were_disturbed_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # the first three of fp32 warm up; two of the five that count met a busy machine
    plain = _then(0.02, 0.02, 0.02, 0.2, 0.2, after=0.02)
    taken = _clock(monkeypatch, {"fp32": plain, "bf16": _then(after=0.019)})
    assert choose_precision("auto", NET, IMAGES, LABELS) == "fp32"
    assert len(taken) == 4 + 2 * 5
    counted = [precision for precision, _ in taken[4:]]
    assert counted[:6] == ["bf16", "fp32", "fp32", "bf16", "bf16", "fp32"], "in turn, the order swapped"


def test_a_clear_gain_is_taken_and_a_large_network_is_tried_with_few_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for each, pictures in ((0.001, 32), (0.1, 5), (10.0, 2)):
        taken = _clock(monkeypatch, {"fp32": _then(after=2 * each), "bf16": _then(after=each)})
        assert choose_precision("auto", NET, IMAGES, LABELS) == "bf16"
        assert {count for _, count in taken[2:]} == {pictures}
        assert len(taken) == 4 + 2 * (3 if pictures == 2 else 5)


def test_a_trial_leaves_model_and_threads_as_they_were() -> None:
    torch.manual_seed(0)
    before = {name: value.clone() for name, value in NET.state_dict().items()}
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        assert choose_precision("auto", NET, IMAGES, LABELS) in ("fp32", "bf16")
        assert torch.get_num_threads() == threads + 1
    finally:
        torch.set_num_threads(threads)
    assert all(weight.grad is None for weight in NET.parameters())
    assert all(torch.equal(value, before[name]) for name, value in NET.state_dict().items())


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_one_kernel_moves_the_weights_as_many_do(kind: str) -> None:
    ends = []
    for is_fused in (False, True):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 4, 3))
        net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = build_optimizer(net, Recipe(optimizer=kind, weight_decay=0.1), is_fused=is_fused)
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(IMAGES), LABELS).backward()
            optimizer.step()
        ends.append(torch.cat([weight.flatten() for weight in net.parameters()]))
    assert has_fused(torch.device("cpu"))
    assert torch.allclose(ends[0], ends[1], rtol=1e-5, atol=1e-7)
