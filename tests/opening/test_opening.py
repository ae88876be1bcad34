"""Programs made elsewhere become designs that compute the same."""

from __future__ import annotations

import json

import pytest
import torch
from typer.testing import CliRunner

from hybridgraph import compiler, presets
from hybridgraph.blocks.maxvit import MaxViT
from hybridgraph.blocks.relative_attention import RelativeAttention
from hybridgraph.cli import commands
from hybridgraph.export import onnx, tracing
from hybridgraph.export.network import prepare
from hybridgraph.graph import files
from hybridgraph.opening.opening import open_program, save_opened
from hybridgraph.weights.files import load_weights


@pytest.mark.parametrize("name", ["free.pt2", "one.pt2", "free.onnx"])
def test_a_foreign_network_opens_with_its_blocks_and_computes_the_same(name, saved, network, tmp_path):
    opened = open_program(saved(name))
    assert opened.report.blocks["conv_norm_act"].count == 1
    assert opened.report.blocks["classifier"].count == 1
    assert sum(one.count for one in opened.report.blocks.values()) == 3  # the residual block as well
    assert len(opened.report.opaque) == 1
    assert opened.report.opaque[0].params >= 8 * 12 * 16 + 12 + 24  # ONNX adds constants of its own
    assert 0 < opened.report.params.share < 1
    assert opened.report.relative <= opened.report.tolerance

    report = save_opened(opened, tmp_path / "mine.hybrid.json")
    module = compiler.compile(files.load(report.path)).eval()
    load_weights(report.weights, module)
    pictures = torch.randn(4, 3, 16, 16)
    with torch.no_grad():
        assert torch.allclose(module(pictures), network(pictures), atol=1e-5)


def test_opaque_operations_train_and_are_printed_as_torch(saved):
    opened = open_program(saved("free.pt2"))
    text = compiler.source(opened.graph, standalone=True).text
    assert "F.group_norm(" in text
    assert "hybridgraph" not in text.partition("\n")[2]
    module = opened.module.train()
    module(torch.randn(2, 3, 16, 16)).sum().backward()
    assert all(one.grad is not None for one in module.parameters())


def test_the_command_says_what_it_recognised(saved, tmp_path):
    target = tmp_path / "out.hybrid.json"
    result = CliRunner().invoke(
        commands, ["open-program", str(saved("free.pt2")), "-o", str(target), "--json"]
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["batches"] == [1, 3]
    assert told["operations"]["whole"] > 10
    assert target.exists()
    assert (tmp_path / "out.safetensors").exists()


def test_the_blocks_of_a_network_come_back_as_they_were(tmp_path):
    network = prepare(presets.build("pocket-moat"))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():  # a bias of zero everywhere is left out of an ONNX file
        for one in network.module.parameters():
            one.add_(0.1 * torch.randn(one.shape, generator=generator))
    example = torch.randn(2, 1, 28, 28)
    program = tracing.program_of(tracing.Prediction(network).eval(), example)
    torch.export.save(program, str(tmp_path / "moat.pt2"))
    report = open_program(tmp_path / "moat.pt2").report
    assert counts(report) == {"conv_stem": 1, "mbconv": 1, "moat": 2, "classifier": 1}
    assert report.opaque == ()
    assert report.params.whole == sum(one.numel() for one in network.module.parameters())

    model = tracing.onnx_of(program, example, ("output",), onnx.OPSET).model
    onnx.saved(model, network, tmp_path / "moat.onnx")
    report = open_program(tmp_path / "moat.onnx").report  # its norms are folded, its biases read in advance
    assert counts(report) == {"conv_stem": 1, "mbconv": 1, "moat": 2, "classifier": 1}
    assert report.opaque == ()


def counts(report):
    return {name: known.count for name, known in report.blocks.items()}


@pytest.mark.parametrize(
    ("name", "block", "side"),
    [
        ("maxvit", MaxViT(8, (16, 16), channels=16, stride=2, window=4, head_dim=8), 16),
        ("relative_attention", RelativeAttention(8, (4, 4), head_dim=4), 4),
    ],
)
def test_a_block_by_itself_is_recognised(name, block, side, tmp_path):
    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(
        block.eval(), (torch.randn(2, 8, side, side),), dynamic_shapes=({0: batch},)
    )
    torch.export.save(program, str(tmp_path / "block.pt2"))
    report = open_program(tmp_path / "block.pt2").report
    assert (counts(report), report.opaque) == ({name: 1}, ())
