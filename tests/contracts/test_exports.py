"""Every block as people take it home: one file on torch alone, and ONNX."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hybridgraph import compiler
from hybridgraph.export import onnx, parity, stranger
from hybridgraph.export.network import Network
from hybridgraph.graph.model import Graph
from tests.contracts import strangers
from tests.contracts.cases import ENGINE, SPECS, Case, design, small, together
from tests.export.designs import stir

# Blocks that ONNX cannot hold, and why. There is none so far.
NOT_IN_ONNX: dict[str, str] = {}
PARTS = 4
"""How many ONNX files the blocks are spread over."""


def network(graph: Graph) -> nn.Module:
    """A design compiled, with weights and statistics that hide nothing."""
    module = stir(compiler.compile_seeded(graph, ENGINE))
    assert not module.training
    return module


def designs(cases: Iterable[Case]) -> dict[str, Graph]:
    """The cases as networks, one for each output port, by a name that says which."""
    return {f"{case} {port}": design(case, port) for case in cases for port in case.measured.outputs}


def pictures(batch: int) -> Tensor:
    plan, _ = ENGINE.plan(design(small("se")))
    assert plan is not None
    return parity.random_images(plan.input, batch)


@torch.no_grad()
def test_one_file_on_torch_alone_gives_the_same_bits(tmp_path: Path) -> None:
    graphs, expected = designs(case for id_ in SPECS for case in together(id_)), []
    images = {str(batch): pictures(batch) for batch in parity.RANDOM_BATCHES}
    for index, graph in enumerate(graphs.values()):
        folder = tmp_path / str(index)
        folder.mkdir()
        module = network(graph)
        text = compiler.source(graph, standalone=True, engine=ENGINE).text
        (folder / "model.py").write_text(text, encoding="utf-8")
        save_file(module.state_dict(), folder / "weights")
        save_file(images, folder / "images")
        expected.append({batch: module(image) for batch, image in images.items()})
    command = [sys.executable, "-I", strangers.__file__, stranger.__file__, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stderr
    for index, name in enumerate(graphs):
        found = load_file(tmp_path / str(index) / "outputs")
        assert all(torch.equal(found[batch], y) for batch, y in expected[index].items()), name


class Side(nn.Module):
    """Networks side by side: the same pictures, and what they give as one row of values."""

    def __init__(self, networks: list[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([each(x).flatten(1) for each in self.networks], dim=1)


@pytest.mark.parametrize("part", range(PARTS))
def test_onnxruntime_gives_what_torch_gives_at_any_batch_size(part: int, tmp_path: Path) -> None:
    blocks = [id_ for id_ in SPECS if id_ not in NOT_IN_ONNX][part::PARTS]
    # The first case has the defaults, whose operators the other cases and the exports of whole designs have as well;
    # torch's exporter takes half a second for each.
    graphs = designs(case for id_ in blocks for case in together(id_)[1:] or together(id_))
    first = next(iter(graphs.values()))
    plan, _ = ENGINE.plan(first)
    assert plan is not None
    networks = {name: network(graph) for name, graph in graphs.items()}
    module = Side(list(networks.values())).eval()
    side = Network(graph=first, plan=plan, module=module, weights=None, engine=ENGINE)
    (file,) = onnx.saved(onnx.traced(side), side, tmp_path / "side.onnx")
    onnx.check(file)
    samples = parity.random_samples(plan.input)
    alone = {name: Side([each]).eval() for name, each in networks.items()}
    wanted = {name: parity.expected(each, samples) for name, each in alone.items()}
    widths = [outputs[0][0].shape[1] for outputs in wanted.values()]
    runner = onnx.Runtime(file)
    rows = [runner(sample.images)[0].split(widths, dim=1) for sample in samples]
    for place, name in enumerate(networks):
        trials = parity.judge(samples, wanted[name], [(row[place],) for row in rows], is_scored=False)
        parity.require(trials, name, parity.tolerance(alone[name], samples, wanted[name], trials))
