"""The ONNX file: the same numbers at any batch size, in one file that says what it is."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from hybridgraph import compiler
from hybridgraph.errors import ExportError
from hybridgraph.export import Weights, export_onnx, load_weights
from hybridgraph.export import onnx as onnx_export
from hybridgraph.export.network import Network, prepare
from hybridgraph.export.onnx import check, compare, run, traced
from hybridgraph.graph.model import digest
from tests.export.designs import CLASSES, DESIGNS, SIDE, stirred_weights, tiny_vit


@pytest.mark.parametrize("family", DESIGNS)
def test_the_file_computes_what_the_design_computes(
    family: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    graph, path = DESIGNS[family](), tmp_path / "model.onnx"
    weights = stirred_weights(graph, tmp_path)
    result = export_onnx(graph, path, weights)
    assert capfd.readouterr() == ("", "")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("model")] == ["model.onnx"]
    assert (result.path, result.format, result.bytes) == (path, "onnx", path.stat().st_size)
    assert len(set(result.batches)) == 2
    onnx.checker.check_model(path, full_check=True)
    module = compiler.compile(graph).eval()
    load_weights(weights, module)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch in (1, 5):  # sizes that the export itself did not try, beside 1
        images = torch.randn(batch, 3, SIDE, SIDE)
        (got,) = session.run(None, {"image": images.numpy()})
        with torch.no_grad():
            expected = module(images)
        assert got.shape == (batch, CLASSES)
        span = float(expected.max() - expected.min())
        assert np.abs(got - expected.numpy()).max() <= 1e-5 * max(span, 1e-3)
    assert 0 <= result.relative < 1e-5


@pytest.fixture
def network() -> Network:
    return prepare(tiny_vit())


def test_the_metadata_say_what_the_file_is_and_what_pictures_it_takes(network: Network) -> None:
    weights = Weights(
        tensors={}, origin="a run", classes=("cat", "dog"), mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6)
    )
    known = dataclasses.replace(network, module=nn.Flatten(), weights=weights)
    told = {
        entry.key: entry.value for entry in onnx.load_from_string(check(traced(known), known)).metadata_props
    }
    assert told["name"] == "tiny-vit"
    assert told["design"] == digest(tiny_vit())
    assert (told["channels_in"], told["height"], told["width"]) == ("3", "32", "32")
    assert json.loads(told["classes"]) == ["cat", "dog"]
    assert json.loads(told["mean"]) == [0.1, 0.2, 0.3]
    assert json.loads(told["std"]) == [0.4, 0.5, 0.6]


class _FixedReshape(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(2, -1)


class _FixedNumber(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) * float(x.shape[0])


class _Unknown(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.special.airy_ai(x).flatten(1)


class _RandomNumbers(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) + torch.rand_like(x.flatten(1))


@pytest.mark.parametrize("module", [_FixedReshape(), _FixedNumber()])
def test_a_fixed_batch_axis_is_a_failure(module: nn.Module, network: Network) -> None:
    fixed = dataclasses.replace(network, module=module)
    with pytest.raises(ExportError, match="batches of one size only"):
        compare(check(traced(fixed), fixed), fixed)


def test_an_axis_fixed_behind_the_exporters_back_is_a_failure(network: Network) -> None:
    flat = dataclasses.replace(network, module=nn.Flatten())
    model = traced(flat)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 2
    with pytest.raises(ExportError, match="batches of one size only"):
        check(model, flat)


def test_another_result_in_onnx_runtime_is_a_failure(network: Network) -> None:
    random = dataclasses.replace(network, module=_RandomNumbers())
    with pytest.raises(ExportError, match="does not compute what the design computes"):
        compare(check(traced(random), random), random)


def test_an_operation_that_onnx_lacks_is_refused_with_a_sentence(network: Network) -> None:
    with pytest.raises(ExportError, match="failed in torch's exporter"):
        traced(dataclasses.replace(network, module=_Unknown()))


@pytest.mark.parametrize("opset", [3, 99])
def test_another_opset_than_asked_for_is_refused(opset: int, network: Network) -> None:
    flat = dataclasses.replace(network, module=nn.Flatten())
    with pytest.raises(ExportError, match=f"opset {opset}"):
        traced(flat, opset)


def test_a_network_beyond_one_file_is_refused_before_it_is_traced(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_export, "MAX_BYTES", 1000)
    with pytest.raises(ExportError, match="one ONNX file holds at most"):
        traced(network)


def test_a_file_that_onnx_runtime_refuses_is_a_failure(network: Network) -> None:
    with pytest.raises(ExportError, match=r"refuses the file with pictures of 1×3×32×32"):
        run(b"no model", [torch.zeros(1, 3, SIDE, SIDE)])
