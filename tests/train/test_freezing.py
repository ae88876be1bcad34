"""Frozen parts of a design stay what they were, and the rest learns."""

from pathlib import Path

import pytest
import torch
from torch import nn

from hybridgraph import compiler, presets
from hybridgraph.errors import TrainingError
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from hybridgraph.runs.store import GRAPH_FILE
from hybridgraph.train.freezing import freeze, set_training


@pytest.fixture
def design() -> Graph:
    return presets.build("pocket-moat", image_size=16)


def frozen_model(design: Graph, folder: Path) -> tuple[nn.Module, list[nn.Module]]:
    files.save(design, folder / GRAPH_FILE)
    model = compiler.compile(design)
    return model, freeze(model, folder)


def test_weights_and_statistics_of_a_frozen_stage_stay_and_the_rest_learns(
    design: Graph, tmp_path: Path
) -> None:
    model, parts = frozen_model(edits.set_freeze(design, ("stage1",), True), tmp_path)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    set_training(model, parts)
    model(torch.randn(4, 1, 16, 16)).square().sum().backward()
    optimizer.step()
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert not any(name.startswith("stage1.") for name in changed)
    for part in ("stem", "stage2", "classifier"):
        assert any(name.startswith(part) for name in changed), part


def test_one_block_of_a_repeated_stage_is_frozen_in_every_repeat(design: Graph, tmp_path: Path) -> None:
    model, parts = frozen_model(edits.set_freeze(design, ("stage2", "moat"), True), tmp_path)
    assert len(parts) == 2
    assert not any(p.requires_grad for name, p in model.named_parameters() if name.startswith("stage2"))


def test_what_is_bypassed_has_nothing_to_freeze(design: Graph, tmp_path: Path) -> None:
    design = edits.set_freeze(edits.set_bypass(design, ("stage1",), True), ("stage1",), True)
    assert frozen_model(design, tmp_path)[1] == []


def test_a_design_that_is_frozen_whole_is_refused(design: Graph, tmp_path: Path) -> None:
    for name in design.nodes:
        design = edits.set_freeze(design, (name,), True)
    with pytest.raises(TrainingError, match="nothing to train"):
        frozen_model(design, tmp_path)
