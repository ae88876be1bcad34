"""Designs with each kind of block as real networks: compiled, and written as one file on torch alone."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from hybridgraph import compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Graph
from hybridgraph.presets import convnext, cvt

ENGINE = Engine()
SMALL = {"image_size": 32, "channels_in": 3, "classes": 5}
NAMES = [
    "se-resnet-20-cifar", "bam-resnet-18", "aa-resnet-34", "vit-p-1gf", "vit-c-1gf", "cvt-13", "mobilenetv2-1.0",
    "efficientnet-b0", "convnext-t", "layout-vit-rel", "swinv2-t-w8", "se-resnet-110-cifar", "se-wrn-16-8-cifar",
    "maxvit-t", "efficientnetv2-s",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_network_gives_what_the_analysis_says_and_so_does_its_one_file(name: str, tmp_path: Path) -> None:
    graph = presets.build(name, image_size=32, classes=5)
    network = compiler.compile(graph, engine=ENGINE).eval()
    file = tmp_path / "model.py"
    file.write_text(compiler.source(graph, standalone=True, engine=ENGINE).text, encoding="utf-8")
    assert "hybridgraph." not in file.read_text(encoding="utf-8")
    spec = importlib.util.spec_from_file_location("model", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    alone = module.build_model().eval()
    alone.load_state_dict(network.state_dict())
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        y = network(x)
        assert torch.equal(alone(x), y)
    analysis = ENGINE.analyze(graph)
    assert analysis.output is not None
    assert tuple(y.shape[1:]) == analysis.output.dims == (5,)
    assert sum(parameter.numel() for parameter in network.parameters()) == analysis.total.params


@pytest.mark.parametrize(
    ("graph", "eps"),
    [
        pytest.param(
            lambda: convnext.build("c", convnext.ConvNeXt(channels=8, third=3, drop_path=0.0), **SMALL),
            1e-6,
            id="convnext",
        ),
        pytest.param(
            lambda: cvt.build(
                "c", cvt.Cvt(depths=(1, 2, 2), channels=(8, 16, 24), drop_path=0.0, head_dim=8), **SMALL
            ),
            1e-5,
            id="cvt",
        ),
    ],
)
def test_all_layer_norms_add_what_the_release_adds(graph: Callable[[], Graph], eps: float) -> None:
    network = compiler.compile(graph(), engine=ENGINE)
    assert {part.eps for part in network.modules() if isinstance(part, nn.LayerNorm)} == {eps}
