"""DETR's presets: the reference's counts at its picture sizes, part by part, and what can be done with one."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch

from hybridgraph import cli, compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.export import export_onnx, export_source
from hybridgraph.graph import files
from hybridgraph.graph.edits import set_param
from hybridgraph.graph.model import Graph
from hybridgraph.presets.detr import Detr, build
from hybridgraph.presets.resnet import ResNet
from hybridgraph.shapes import Detections, ImageMap
from hybridgraph.spec import REGISTRY

ENGINE = Engine()
# Multiply-adds in 10⁹ by height and width of the picture, counted from the authors' code.
SIZES = {
    "detr-r50": {(800, 800): 60.247, (800, 1066): 81.245, (800, 1199): 91.148, (800, 1333): 101.666, (480, 640): 29.134},
    "detr-dc5-r50": {(800, 800): 123.06, (800, 1066): 173.251, (800, 1199): 198.496, (800, 1333): 227.754, (480, 640): 54.791},
}  # fmt: skip


def sized(name: str, height: int, width: int) -> Graph:
    graph = set_param(presets.build(name), ("image",), "height", height, REGISTRY)
    return set_param(graph, ("image",), "width", width, REGISTRY)


@pytest.mark.parametrize(("name", "size"), [(name, size) for name, sizes in SIZES.items() for size in sizes])
def test_the_counts_are_the_references(name: str, size: tuple[int, int]) -> None:
    analysis = ENGINE.analyze(sized(name, *size))
    assert analysis.total.params == 41_524_768
    assert analysis.total.macs / 1e9 == pytest.approx(SIZES[name][size], abs=6e-4)  # three decimals
    assert analysis.output == Detections(queries=100, classes=91, layers=6)
    assert {found.severity for found in analysis.findings} <= {"advice"}  # of sizes that 32 does not divide


@pytest.mark.parametrize(("name", "backbone"), [("detr-r50", 23_454_912), ("detr-dc5-r101", 42_394_816)])
def test_every_part_has_the_references_parameters(name: str, backbone: int) -> None:
    nodes = ENGINE.analyze(presets.build(name)).nodes
    params = {path[0]: report.cost.params for path, report in nodes.items() if len(path) == 1}
    assert params["stem"] + sum(params[f"stage{i}"] for i in range(1, 5)) == backbone
    norm = 2 * 256  # the decoder's norm, which the reference counts with the layers and we with the heads
    rest = {part: params[part] for part in ("projection", "encoder", "decoder", "object_queries", "heads")}
    assert rest == {
        "projection": 524_544, "encoder": 7_890_432, "decoder": 9_473_024 - norm, "object_queries": 25_600,
        "heads": 23_644 + 132_612 + norm,
    }  # fmt: skip


def test_dc5_keeps_a_grid_twice_as_fine_at_the_cost_of_no_parameter() -> None:
    plain, fine = (ENGINE.analyze(presets.build(f"detr-{kind}")) for kind in ("r50", "dc5-r50"))
    assert plain.nodes["stage4",].outputs["y"] == ImageMap(2048, 25, 25)
    assert fine.nodes["stage4",].outputs["y"] == ImageMap(2048, 50, 50)
    assert plain.total.params == fine.total.params


# -- a small one, as a real network


def small() -> Graph:
    variant = Detr(
        backbone=ResNet(depths=(1, 1, 1, 1), widths=(4, 4, 4, 4), frozen=True, dilated=True),
        channels=16, head_dim=8, expansion=2, encoder=1, decoder=2, queries=7,
    )  # fmt: skip
    return build("small-detr", variant, image_size=64, channels_in=3, classes=5)


def test_the_network_detects_and_its_earlier_layers_are_trained_as_well() -> None:
    graph = small()
    network, analysis = compiler.compile(graph, engine=ENGINE), ENGINE.analyze(graph)
    y = network(torch.randn(2, 3, 64, 64))
    assert analysis.output == Detections(queries=7, classes=5, layers=2)
    assert tuple(y.shape[1:]) == analysis.output.dims
    assert bool(((y[..., -4:] > 0) & (y[..., -4:] < 1)).all())
    y[:, 0].sum().backward()
    reached = {
        int(name.split(".")[1]) for name, p in network.decoder.named_parameters() if p.grad is not None and p.grad.any()
    }  # fmt: skip
    assert reached == {0}


def test_onnx_gives_the_last_layers_logits_and_boxes(tmp_path: Path) -> None:
    graph, file = small(), tmp_path / "detr.onnx"
    result = export_onnx(graph, file)
    assert result.relative < 1e-4
    assert [output.name for output in onnx.load(file).graph.output] == ["logits", "boxes"]
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    logits, boxes = session.run(None, {"image": torch.randn(2, 3, 64, 64).numpy()})
    assert (logits.shape, boxes.shape) == ((2, 7, 6), (2, 7, 4))
    assert boxes.min() > 0
    assert boxes.max() < 1


def test_its_one_file_gives_the_same_bits(tmp_path: Path) -> None:
    assert export_source(small(), tmp_path / "model.py").largest == 0


def test_training_says_that_it_takes_no_detector(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design, run = tmp_path / "small.hybrid.json", tmp_path / "run"
    files.save(small(), design)
    assert cli.run(["train", str(design), "--run", str(run)]) == 1
    told = capsys.readouterr().err
    assert "finds objects and their boxes; training takes networks that classify whole pictures." in told
    assert not run.exists()


def test_it_can_be_profiled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = tmp_path / "small.hybrid.json"
    files.save(small(), design)
    assert cli.run(["profile", str(design), "--batch", "1", "--device", "cpu", "--json"]) == 0
    assert "decoder" in json.dumps(json.loads(capsys.readouterr().out))
