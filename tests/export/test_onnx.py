"""The ONNX file: the same numbers at any batch size, in one file that says what it is."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import onnx
import onnx_ir
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from hybridgraph import compiler
from hybridgraph.errors import ExportError
from hybridgraph.export import Weights, export_onnx, load_weights, parity, tracing
from hybridgraph.export import onnx as onnx_export
from hybridgraph.export.network import Network, prepare
from hybridgraph.export.onnx import Runtime, check, saved, traced
from hybridgraph.graph.model import digest
from tests.export.designs import CLASSES, DESIGNS, SIDE, stirred_weights, tiny_resnet, tiny_swin, tiny_vit


@pytest.mark.parametrize("family", DESIGNS)
def test_the_file_computes_what_the_design_computes(
    family: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    graph, path = DESIGNS[family](), tmp_path / "model.onnx"
    weights = stirred_weights(graph, tmp_path)
    record = export_onnx(graph, path, weights)
    assert capfd.readouterr() == ("", "")
    written = sorted(file.name for file in tmp_path.iterdir() if file.name.startswith("model"))
    assert written == ["model.onnx", "model.onnx.export.json"]
    assert (record.path, record.format, record.bytes) == (str(path), "onnx", path.stat().st_size)
    assert {trial.pictures for trial in record.trials} == {"random", "real"}
    assert len(record.batches) == 3
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
    assert 0 <= record.relative <= 1e-6
    assert record.tolerance == 1e-6
    assert record.top1 == 1.0


@pytest.fixture
def network() -> Network:
    return prepare(tiny_vit())


def told(path: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(path).metadata_props}


def test_the_metadata_say_what_the_file_is_and_what_pictures_it_takes(
    network: Network, tmp_path: Path
) -> None:
    weights = Weights(
        tensors={}, origin="a run", classes=("cat", "dog"), mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6)
    )
    known = dataclasses.replace(network, module=nn.Flatten(), weights=weights)
    (path,) = saved(traced(known), known, tmp_path / "model.onnx")
    said = told(path)
    assert said["name"] == "tiny-vit"
    assert said["design"] == digest(tiny_vit())
    assert (said["channels_in"], said["height"], said["width"]) == ("3", "32", "32")
    assert json.loads(said["classes"]) == ["cat", "dog"]
    assert json.loads(said["mean"]) == [0.1, 0.2, 0.3]
    assert json.loads(said["std"]) == [0.4, 0.5, 0.6]


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
        return (x + torch.rand_like(x)).mean(dim=(2, 3))


class _Written(nn.Module):
    """Writes to what it has read, which a program that is not traced again must not hold."""

    def forward(self, x: Tensor) -> Tensor:
        y = x.mean(dim=(2, 3))
        y.add_(1.0).mul_(2.0)
        return y


def replaced(network: Network, module: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the export meet a network with another module in it."""
    made = dataclasses.replace(network, module=module.eval())
    monkeypatch.setattr(onnx_export, "prepare", lambda _graph, _weights: made)


@pytest.mark.parametrize("module", [_FixedReshape(), _FixedNumber()])
def test_a_fixed_batch_axis_is_a_failure(module: nn.Module, network: Network) -> None:
    with pytest.raises(ExportError, match="batches of one size only"):
        traced(dataclasses.replace(network, module=module))


def test_an_axis_fixed_behind_the_exporters_back_is_a_failure(network: Network, tmp_path: Path) -> None:
    flat = dataclasses.replace(network, module=nn.Flatten())
    model = traced(flat)
    model.graph.inputs[0].shape = onnx_ir.Shape([2, 3, SIDE, SIDE])
    with pytest.raises(ExportError, match="batches of one size only"):
        saved(model, flat, tmp_path / "model.onnx")


def test_a_length_baked_into_the_file_is_found_by_running_it(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = tracing.onnx_of

    def baked(*arguments: object) -> object:
        made = honest(*arguments)  # type: ignore[arg-type]
        for node in made.model.graph:
            if node.op_type == "Reshape":
                shape = node.inputs[1].const_value.numpy()
                if shape[0] in (0, -1):
                    fixed = np.array([2, *shape[1:]], dtype=np.int64)
                    node.inputs[1].const_value = onnx_ir.tensor(fixed, name=node.inputs[1].name)
        return made

    monkeypatch.setattr(tracing, "onnx_of", baked)
    with pytest.raises(ExportError, match=r"ONNX Runtime refuses the file with pictures of 1×3×32×32"):
        export_onnx(tiny_vit(), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_another_result_in_onnx_runtime_is_a_failure(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(network, _RandomNumbers(), monkeypatch)
    with pytest.raises(ExportError, match="does not compute what the design computes"):
        export_onnx(tiny_vit(), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_a_module_writes_in_place_is_in_the_file(network: Network, tmp_path: Path) -> None:
    written = dataclasses.replace(network, module=_Written())
    (path,) = saved(traced(written), written, tmp_path / "model.onnx")
    images = torch.randn(3, 3, SIDE, SIDE)
    assert torch.allclose(Runtime(path)(images)[0], 2 * (images.mean(dim=(2, 3)) + 1), atol=1e-5)


def test_an_operation_that_onnx_lacks_is_refused_with_a_sentence(network: Network) -> None:
    with pytest.raises(ExportError, match="failed in torch's exporter"):
        traced(dataclasses.replace(network, module=_Unknown()))


@pytest.mark.parametrize("opset", [3, 99])
def test_another_opset_than_asked_for_is_refused(opset: int, network: Network) -> None:
    flat = dataclasses.replace(network, module=nn.Flatten())
    with pytest.raises(ExportError, match=f"opset {opset}"):
        traced(flat, opset)


def test_the_opset_that_is_asked_for_is_in_the_file(tmp_path: Path) -> None:
    opset = 21
    record = export_onnx(tiny_vit(), tmp_path / "model.onnx", opset=opset)
    (given,) = (entry for entry in onnx.load(tmp_path / "model.onnx").opset_import if not entry.domain)
    assert (given.version, record.opset) == (opset, opset)


def test_weights_beyond_one_file_lie_beside_it_and_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_export, "MAX_BYTES", 1000)
    (tmp_path / "made").mkdir()
    record = export_onnx(tiny_vit(), tmp_path / "made" / "model.onnx")
    assert {file.name for file in record.files} == {"model.onnx", "model.onnx.data"}
    assert "model.onnx.data" in str(record)
    (tmp_path / "made").rename(tmp_path / "moved")
    images = torch.randn(3, 3, SIDE, SIDE)
    (got,) = Runtime(tmp_path / "moved" / "model.onnx")(images)
    assert got.shape == (3, CLASSES)
    with pytest.raises(ExportError, match="converter to fp16"):
        export_onnx(tiny_vit(), tmp_path / "half.onnx", fp16=True)


def test_a_free_size_is_tried_with_other_sizes(tmp_path: Path) -> None:
    record = export_onnx(tiny_resnet(), tmp_path / "model.onnx", dynamic_size=True)
    assert record.dynamic == ("batch", "height", "width")
    assert record.inputs[0].dims == ("batch", 3, "height", "width")
    assert len({(trial.height, trial.width) for trial in record.trials}) == 3
    (image,) = onnx.load(tmp_path / "model.onnx").graph.input
    assert [dim.dim_param or dim.dim_value for dim in image.type.tensor_type.shape.dim] == [
        "batch", 3, "height", "width",
    ]  # fmt: skip
    with torch.no_grad():
        images = torch.randn(2, 3, 57, 91)
        expected = prepare(tiny_resnet()).module(images)
    (got,) = Runtime(tmp_path / "model.onnx")(images)
    assert torch.allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("design", [tiny_swin, tiny_vit])
def test_a_free_size_is_refused_where_a_block_belongs_to_one(design: object, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="size of the pictures cannot be left free: with 96×64"):
        export_onnx(design(), tmp_path / "model.onnx", dynamic_size=True)  # type: ignore[operator]
    assert list(tmp_path.iterdir()) == []


def test_half_the_bits_are_within_a_stated_tolerance(tmp_path: Path) -> None:
    full = export_onnx(tiny_vit(), tmp_path / "full.onnx")
    half = export_onnx(tiny_vit(), tmp_path / "half.onnx", fp16=True)
    assert (half.precision, half.tolerance) == ("fp16", parity.HALF_TOLERANCE)
    assert full.relative < half.relative <= half.tolerance
    kinds = {tensor.data_type for tensor in onnx.load(tmp_path / "half.onnx").graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds
    assert onnx.TensorProto.FLOAT not in kinds
    assert half.bytes < full.bytes


def test_a_file_that_onnx_runtime_refuses_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ExportError, match="ONNX Runtime refuses the file"):
        Runtime(tmp_path / "model.onnx")
    with pytest.raises(ExportError, match="ONNX's checker refuses the file"):
        check(tmp_path / "model.onnx")
