"""Activations computed again in the backward pass: less is kept, and the training is the same to the last bit."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from hybridgraph import compiler, presets
from hybridgraph.graph import edits
from hybridgraph.graph.marks import marked
from hybridgraph.graph.model import Graph
from hybridgraph.train.freezing import marked_blocks
from hybridgraph.train.recomputing import recompute


def design() -> Graph:
    """A small net of convolution, batch norm, attention and random depth, two of its stages marked."""
    graph = presets.build("pocket-moat", image_size=16)
    for stage in ("stage1", "stage2"):
        graph = edits.set_recompute(graph, (stage,), True)
    return graph


def pair() -> tuple[nn.Module, nn.Module]:
    """The same network plainly, and with its marked blocks computed twice."""
    graph = design()
    torch.manual_seed(1)
    plain = compiler.compile(graph)
    twice = copy.deepcopy(plain)
    recompute(marked_blocks(twice, graph, "recompute"))
    return plain, twice


def take_steps(model: nn.Module, count: int) -> list[torch.Tensor]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.train()
    losses = []
    for step in range(count):
        torch.manual_seed(step)
        loss = model(torch.randn(6, 1, 16, 16)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses


def test_weights_and_statistics_are_the_same_to_the_last_bit() -> None:
    plain, twice = pair()
    assert torch.equal(torch.stack(take_steps(plain, 3)), torch.stack(take_steps(twice, 3)))
    assert plain.state_dict().keys() == twice.state_dict().keys()
    for name, value in plain.state_dict().items():
        assert torch.equal(value, twice.state_dict()[name]), name


def test_less_is_kept_for_the_backward_pass() -> None:
    def kept(model: nn.Module) -> int:
        sizes: dict[int, int] = {}

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss = model.train()(torch.randn(6, 1, 16, 16)).sum()
        assert loss.requires_grad
        return sum(sizes.values())

    plain, twice = pair()
    assert kept(twice) < 0.6 * kept(plain)


def test_a_copy_works_with_its_own_weights() -> None:
    _, twice = pair()
    other = copy.deepcopy(twice)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    x = torch.randn(2, 1, 16, 16)
    assert not torch.equal(other.eval()(x), twice.eval()(x))


def test_a_mark_on_a_stage_reaches_what_is_in_it() -> None:
    graph = design()
    reached = marked(graph, "recompute")
    assert {path for path, _ in graph.walk() if path[0] in ("stage1", "stage2")} == reached
    assert marked(graph, "freeze") == frozenset()


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_second_pass_has_the_number_format_of_the_first(precision: torch.dtype) -> None:
    plain, twice = pair()
    gradients = []
    for model in (plain, twice):
        torch.manual_seed(5)
        with torch.autocast("cpu", dtype=precision, enabled=precision is not torch.float32):
            loss = model.train()(torch.randn(4, 1, 16, 16)).float().square().mean()
        loss.backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))
