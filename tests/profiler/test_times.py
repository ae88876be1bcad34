"""Times of a step of training: each moment belongs to the node that made it, and what is measured can be followed."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hybridgraph.places import Spot
from hybridgraph.profiler import ProfileResult, profile
from hybridgraph.profiler.ownership import Ownership
from hybridgraph.profiler.passes import take_pairs, time_step_nodes
from hybridgraph.profiler.steps import training_step
from hybridgraph.profiler.subject import Specimen
from hybridgraph.profiler.timers import Timers
from tests.export.designs import tiny_branches, tiny_moat

FIRST, SECOND, LAST = (("stage", "a"), (0,)), (("stage", "a"), (1,)), (("head",), ())


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Hand:
    """A clock that tests move."""

    now = 0.0

    def mark(self) -> float:
        return self.now

    def wait(self) -> None:
        pass

    def elapsed_us(self, start: float, end: float) -> float:
        return end - start


class Slow(torch.autograd.Function):
    """Lets time pass, so much in the forward pass and so much in the backward pass."""

    @staticmethod
    def forward(context: Any, x: Tensor, clock: Hand, there: float, back: float) -> Tensor:
        context.clock, context.back = clock, back
        clock.now += there
        return x.clone()

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        context.clock.now += context.back
        return gradient, None, None, None


class Part(nn.Module):
    def __init__(self, clock: Hand, there: float, back: float) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.clock, self.there, self.back = clock, there, back

    def forward(self, x: Tensor) -> Tensor:
        y = Slow.apply(self.linear(x), self.clock, self.there, self.back)
        return y.relu()  # type: ignore[no-any-return]


def network(clock: Hand) -> tuple[nn.Module, dict[Spot, nn.Module]]:
    parts = [Part(clock, 5, 50), Part(clock, 7, 70), Part(clock, 11, 110)]
    return nn.Sequential(*parts), dict(zip((FIRST, SECOND, LAST), parts, strict=True))


def test_the_parts_of_a_step_belong_to_who_made_them() -> None:
    clock = Hand()
    net, spots = network(clock)
    step = training_step(Specimen(network=net, images=torch.ones(2, 4), precision="fp32", spots=spots))
    for _ in range(2):
        parts = time_step_nodes(step, Timers(spots, clock), clock)
        assert {spot: (one.forward, one.backward) for spot, one in parts.items()} == {
            FIRST: (5, 50), SECOND: (7, 70), LAST: (11, 110),
        }  # fmt: skip
        assert all(one.total == one.forward + one.backward + one.optimizer for one in parts.values())


def test_owners_take_turns_from_the_last_to_the_first_and_the_loss_is_nobodys() -> None:
    net, spots = network(Hand())
    ownership = Ownership(spots)
    with ownership.watching():
        loss = net(torch.ones(2, 4)).square().mean()
    turns: list[Spot | None] = []
    assert ownership.announce(loss, turns.append) > 9
    loss.backward()
    assert [turn for turn in turns if turn is not None] == [LAST, SECOND, FIRST]


def test_frozen_parts_cost_no_optimizer_and_stay() -> None:
    net, spots = network(Hand())
    spots[FIRST].requires_grad_(False)
    before = [weight.clone() for weight in net.parameters()]
    step = training_step(
        Specimen(network=net, images=torch.ones(2, 4), precision="fp32", spots=spots, frozen=(spots[FIRST],))
    )
    assert set(step.parts) == {SECOND, LAST}
    step.take()
    changed = [not torch.equal(old, new) for old, new in zip(before, net.parameters(), strict=True)]
    assert changed[:2] == [False, False]
    assert any(changed[2:])


def test_measuring_ends_when_its_time_is_over_but_not_before_three_pairs() -> None:
    pairs = take_pairs(lambda: 1, lambda: 2, repeats=10, seconds=0.0, is_stopped=lambda: False)
    assert pairs is not None
    assert (pairs.whole, pairs.timed) == ([1, 1, 1], [2, 2, 2])
    assert pairs.warm_up.passes >= 2
    assert take_pairs(lambda: 1, lambda: 2, repeats=10, seconds=9.0, is_stopped=lambda: True) is None


@pytest.fixture(scope="module")
def moat() -> ProfileResult:
    return profile(tiny_moat(), device="cpu", batch=2, precision="fp32", repeats=3)


def test_a_step_is_measured_for_each_node_and_repeat(moat: ProfileResult) -> None:
    nodes = {"/".join(node.path): node for node in moat.nodes}
    stage, block = nodes["stage2"], nodes["stage2/moat"]
    assert [one.index for one in block.repeats] == [(0,), (1,)]
    assert [one.index for one in stage.repeats] == [(0,), (1,)]
    assert stage.repeats == block.repeats  # all the stage holds
    assert nodes["stem"].repeats == ()
    for node in moat.nodes:
        assert node.training is not None
        assert node.training.forward.median_us > 0 < node.training.backward.median_us
        assert node.training.optimizer.median_us > 0
    leaves = [node for node in moat.nodes if not node.is_group]
    assert sum(node.training_share for node in leaves) == pytest.approx(1)
    assert moat.training is not None
    assert 0.7 < moat.training.covered < 1.4  # nothing is left out or counted twice, whatever else runs


def test_operations_lie_in_their_nodes(moat: ProfileResult) -> None:
    nodes = {"/".join(node.path): node for node in moat.nodes}
    for name in ("stem", "stage2/moat", "classifier"):
        phases = {operation.phase for operation in nodes[name].operations}
        assert phases == {"inference", "forward", "backward", "optimizer"}
    assert any("convolution" in operation.name for operation in nodes["stem"].operations)
    assert not any("convolution" in operation.name for operation in nodes["classifier"].operations)


def test_traffic_is_inputs_outputs_and_parameters(moat: ProfileResult) -> None:
    classifier = next(node for node in moat.nodes if node.path == ("classifier",))
    into, out = 2 * 32 * 4 * 4, 2 * 5
    assert classifier.moved_bytes == 4 * (into + out + classifier.params)
    assert {dot.path for dot in moat.roofline} == {node.path for node in moat.nodes}
    assert all(dot.flops == 4 * node.macs for dot, node in zip(moat.roofline, moat.nodes, strict=True))


def test_repeats_of_repeats_have_two_numbers() -> None:
    result = profile(tiny_branches(), device="cpu", batch=2, repeats=3, passes="inference")
    nodes = {"/".join(node.path): node for node in result.nodes}
    four = [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [one.index for one in nodes["outer/inner/attention"].repeats] == four
    assert [one.index for one in nodes["outer/inner"].repeats] == four
    assert [one.index for one in nodes["outer"].repeats] == [(0,), (1,)]
    assert result.training is None
    assert nodes["outer"].training is None
    total = sum(one.forward.median_us for one in nodes["outer"].repeats)
    assert total == pytest.approx(nodes["outer"].forward.median_us, rel=0.5)


def test_training_that_does_not_run_leaves_inference_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no kernel for it")

    monkeypatch.setattr("hybridgraph.profiler.measurement.training_step", fail)
    result = profile(tiny_moat(), device="cpu", batch=1, repeats=1)
    assert result.training is None
    (note,) = result.notes
    assert note.startswith(
        "Training was not measured: A step of training of the design does not run on cpu: no kernel"
    )
    assert result.total.median_us > 0
