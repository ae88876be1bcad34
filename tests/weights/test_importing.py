"""Files of others become ours, and what is wrong with one is said in a sentence with nothing written."""

from __future__ import annotations

import argparse
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

import hybridgraph
from hybridgraph import cli
from hybridgraph.errors import DocumentError, HybridGraphError
from hybridgraph.graph.files import save
from hybridgraph.weights.files import load_weights, read_weights
from hybridgraph.weights.sources import resnet, swin
from tests.strategies import is_sentence
from tests.weights.translated import small_resnet, small_swin, stirred, translated


@pytest.fixture(scope="module")
def theirs() -> dict[str, Tensor]:
    return translated(stirred(small_resnet()), resnet.TORCHVISION)


def bring(
    tensors: object, folder: Path, **options: object
) -> tuple[hybridgraph.weights.report.ImportReport, dict[str, Tensor]]:
    torch.save(tensors, folder / "theirs.pth")
    report = hybridgraph.import_weights(
        folder / "theirs.pth", small_resnet(), folder / "ours.safetensors", **options
    )
    return report, load_file(folder / "ours.safetensors")


def refused(file: Path, folder: Path, design: object = None) -> DocumentError:
    """The error of an import that leaves nothing behind."""
    before = sorted(folder.iterdir())
    with pytest.raises(DocumentError) as caught:
        hybridgraph.import_weights(file, design or small_resnet(), folder / "ours.safetensors")
    assert is_sentence(caught.value.message)
    assert sorted(folder.iterdir()) == before
    return caught.value


WRAPPED: dict[str, Callable[[dict[str, Tensor]], object]] = {
    "": lambda tensors: tensors,
    "model": lambda tensors: {"model": tensors, "epoch": 300, "optimizer": {"state": {}, "lr": 0.1}},
    "state_dict": lambda tensors: {"state_dict": {f"module.{name}": value for name, value in tensors.items()}},
    "model_ema": lambda tensors: {"model": {name: value * 0 for name, value in tensors.items()}, "model_ema": tensors},
}  # fmt: skip


@pytest.mark.parametrize("wrapper", WRAPPED)
def test_checkpoints_are_unwrapped(wrapper: str, theirs: dict[str, Tensor], tmp_path: Path) -> None:
    report, ours = bring(WRAPPED[wrapper](theirs), tmp_path)
    assert (report.wrapper, report.source, report.unused) == (wrapper, "torchvision-resnet", ())
    assert report.count("kept") == len(ours)
    assert torch.equal(ours["stage4.resnet_basic.conv2.weight"], theirs["layer4.0.conv2.weight"])
    assert torch.equal(ours["stage2.blocks.1.norm1.running_var"], theirs["layer2.1.bn1.running_var"])
    module = hybridgraph.compile(small_resnet())
    load_weights(tmp_path / "ours.safetensors", module)  # its own check of names, shapes and SHA-256


def test_half_precision_is_converted_and_said(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    halves = {name: value.half() if value.is_floating_point() else value for name, value in theirs.items()}
    report, ours = bring(halves, tmp_path)
    assert report.converted == ("float16",)
    assert "Converted from float16." in str(report)
    assert torch.equal(ours["classifier.linear.weight"], halves["fc.weight"].float())


def test_other_classes_leave_the_head_fresh(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    save_file(theirs, tmp_path / "theirs.safetensors")
    report = hybridgraph.import_weights(
        tmp_path / "theirs.safetensors", small_resnet(classes=3), tmp_path / "ours.safetensors"
    )
    fresh = {entry.name: entry.note for entry in report.entries if entry.state == "fresh"}
    note = "5 outputs in the file and 3 in the design"
    assert fresh == {"classifier.linear.weight": note, "classifier.linear.bias": note}
    assert report.unused == ("fc.bias", "fc.weight")


def test_a_design_of_ones_own_gets_what_it_shares(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    without = {name: value for name, value in theirs.items() if not name.startswith("layer3.1.")}
    report, _ = bring({**without, "extra.weight": torch.zeros(3)}, tmp_path)
    blocks = report.blocks()
    assert blocks["stage3.blocks.0"]["fresh"] == 0 < blocks["stage3.blocks.0"]["kept"]
    assert blocks["stage3.blocks.1"]["kept"] == 0 < blocks["stage3.blocks.1"]["fresh"]
    assert report.unused == ("extra.weight",)


def test_shapes_that_differ_are_a_table_or_stay_fresh(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(theirs, tmp_path / "theirs.pth")
    error = refused(tmp_path / "theirs.pth", tmp_path, small_resnet(width=6))
    assert "tensors have another shape" in error.message
    assert "6×3×7×7 float32" in error.hint
    assert "4×3×7×7 float32" in error.hint
    report = hybridgraph.import_weights(
        tmp_path / "theirs.pth", small_resnet(width=6), tmp_path / "ours.safetensors", is_partial=True
    )
    assert report.blocks()["stem"]["fresh"] == 5
    assert report.blocks()["stage3.blocks.0"]["fresh"] == 0


def test_values_that_are_no_numbers_are_refused(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    broken = {**theirs, "layer2.0.conv1.weight": theirs["layer2.0.conv1.weight"] * torch.nan}
    torch.save(broken, tmp_path / "theirs.pth")
    assert "not finite, first in layer2.0.conv1.weight" in refused(tmp_path / "theirs.pth", tmp_path).message


def test_whole_numbers_do_not_pass_for_weights(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({**theirs, "fc.bias": torch.zeros(5, dtype=torch.int8)}, tmp_path / "theirs.pth")
    assert "int8" in refused(tmp_path / "theirs.pth", tmp_path).hint


@pytest.mark.parametrize("odd", [torch.zeros(()), torch.zeros(0), torch.zeros(2, 2).to_sparse()])
def test_odd_tensors_are_said(odd: Tensor, theirs: dict[str, Tensor], tmp_path: Path) -> None:
    for key in ("fc.bias", "conv1.weight", "layer2.0.downsample.0.weight"):
        torch.save({**theirs, key: odd}, tmp_path / "theirs.pth")
        if key == "fc.bias" and odd.dim() == 1:
            continue  # a head of no classes
        refused(tmp_path / "theirs.pth", tmp_path)


@pytest.mark.parametrize("shape", [(), (7,), (1, 2, 3), (0, 8)])
def test_parts_that_do_not_go_together_are_said(shape: tuple[int, ...], tmp_path: Path) -> None:
    begin = "swin.encoder.layers.0.blocks.0.attention.self."
    tensors = {f"{begin}{part}.weight": torch.zeros(8, 8) for part in ("query", "key")}
    tensors |= {
        f"{begin}value.weight": torch.zeros(shape),
        f"{begin}relative_position_bias_table": torch.zeros(shape),
    }
    save_file(tensors, tmp_path / "theirs")
    assert "2 tensors have another shape" in refused(tmp_path / "theirs", tmp_path, small_swin()).message


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.place),)


@pytest.mark.parametrize("form", ["zip", "legacy", "bare"])
def test_a_checkpoint_that_would_run_something_is_refused(
    form: str, theirs: dict[str, Tensor], tmp_path: Path
) -> None:
    content = {"model": theirs, "more": Trap(tmp_path / "sprung")}
    if form == "bare":
        (tmp_path / "theirs.pth").write_bytes(pickle.dumps(content))
    else:
        torch.save(content, tmp_path / "theirs.pth", _use_new_zipfile_serialization=form == "zip")
    assert "is more than tensors" in refused(tmp_path / "theirs.pth", tmp_path).message
    assert not (tmp_path / "sprung").exists()


def test_a_checkpoint_with_settings_of_its_program_is_refused(
    theirs: dict[str, Tensor], tmp_path: Path
) -> None:
    torch.save({"state_dict": theirs, "args": argparse.Namespace(lr=0.1)}, tmp_path / "theirs.pth")
    error = refused(tmp_path / "theirs.pth", tmp_path)
    assert "state_dict" in error.hint


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("form", ["pth", "legacy", "safetensors"])
def test_truncated_files_are_said(form: str, share: float, theirs: dict[str, Tensor], tmp_path: Path) -> None:
    file = tmp_path / "theirs"
    if form == "safetensors":
        save_file(theirs, file)
    else:
        torch.save(theirs, file, _use_new_zipfile_serialization=form == "pth")
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    refused(file, tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", b"\x80\x02.", b"hello", b"\x00" * 4096])
def test_files_of_other_kinds_are_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(content)
    refused(tmp_path / "theirs", tmp_path)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, torch.zeros(3), {"model": {"a": 1}}])
def test_files_without_weights_are_said(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "theirs.pth")
    assert "holds no weights" in refused(tmp_path / "theirs.pth", tmp_path).message


def test_an_unknown_layout_names_the_known_ones(tmp_path: Path) -> None:
    save_file({"trunk.0.w": torch.zeros(3), "trunk.1.w": torch.zeros(3)}, tmp_path / "theirs")
    error = refused(tmp_path / "theirs", tmp_path)
    assert "trunk.0.w, trunk.1.w" in error.message
    assert "timm-swin" in error.hint


def test_a_design_of_another_kind_is_said(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({**theirs, "fc.weight": torch.zeros(5, 64)}, tmp_path / "theirs.pth")
    error = refused(tmp_path / "theirs.pth", tmp_path, small_swin())
    assert "belongs to a block" in error.message
    assert "resnet-50" in error.hint


@torch.no_grad()
def test_grey_pictures_count_as_of_equal_colours(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    """And back: what is shared out to three colours adds up again."""
    colour, grey = small_resnet(), small_resnet(channels_in=1)
    torch.save(theirs, tmp_path / "theirs.pth")
    networks = []
    for name, file, graph in (
        ("colour", "theirs.pth", colour),
        ("grey", "theirs.pth", grey),
        ("back", "grey", colour),
    ):
        report = hybridgraph.import_weights(tmp_path / file, graph, tmp_path / name)
        networks.append(hybridgraph.compile(graph).eval())
        load_weights(tmp_path / name, networks[-1])
        assert (report.count("resized"), report.count("fresh")) == (int(name != "colour"), 0)
    x = torch.rand(1, 1, 64, 64)
    expected, got, again = (
        network(x.expand(-1, 3, -1, -1)) if network is not networks[1] else network(x) for network in networks
    )
    torch.testing.assert_close(got, expected)
    torch.testing.assert_close(again, expected)


def test_a_layout_can_be_named(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    report, _ = bring(theirs, tmp_path, source="torchvision-resnet")
    assert report.count("fresh") == 0
    with pytest.raises(DocumentError, match="no layout called 'keras'"):
        bring(theirs, tmp_path, source="keras")


def test_a_place_that_cannot_be_written_is_said(theirs: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(theirs, tmp_path / "theirs.pth")
    with pytest.raises(HybridGraphError, match="its folder does not exist"):
        hybridgraph.import_weights(
            tmp_path / "theirs.pth", small_resnet(), tmp_path / "no" / "ours.safetensors"
        )


def test_merging_is_counted_as_the_file_does(tmp_path: Path) -> None:
    """The release has a merging at the end of a stage, timm at the beginning of the next."""
    module = stirred(small_swin())
    for source in (swin.RELEASED, swin.TIMM):
        save_file(translated(module, source), tmp_path / "theirs")
        report = hybridgraph.import_weights(tmp_path / "theirs", small_swin(), tmp_path / "ours")
        assert report.source == source.name
        ours = load_file(tmp_path / "ours")
        assert all(torch.equal(value, ours[name]) for name, value in module.state_dict().items())


def test_our_own_file_goes_into_another_number_of_classes(tmp_path: Path) -> None:
    graph = small_resnet()
    hybridgraph.import_weights(_written(tmp_path, graph), small_resnet(classes=2), tmp_path / "other")
    assert read_weights(tmp_path / "other").tensors["classifier.linear.bias"].shape == (2,)


def _written(folder: Path, graph: hybridgraph.graph.model.Graph) -> Path:
    """Our own file of a stirred network."""
    save_file(stirred(graph).state_dict(), folder / "own.safetensors")
    return folder / "own.safetensors"


def test_the_command_reports_as_text_and_as_json(
    theirs: dict[str, Tensor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(theirs, tmp_path / "theirs.pth")
    save(small_resnet(), tmp_path / "small.hybrid.json")
    arguments = ["weights", "import", str(tmp_path / "theirs.pth"), "--into", str(tmp_path / "small.hybrid.json"),
                 "-o", str(tmp_path / "ours.safetensors")]  # fmt: skip
    assert cli.run(arguments) == 0
    text = capsys.readouterr().out
    assert "stage2.blocks.1" in text
    assert cli.run([*arguments, "--json", "--classes", "2"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["source"], report["fresh"]) == ("torchvision-resnet", 2)
    assert report["kept"] == sum(block["kept"] for block in report["blocks"])
    assert [detail["tensor"] for detail in report["details"]] == [
        "classifier.linear.weight",
        "classifier.linear.bias",
    ]
    assert cli.run([*arguments, "--source", "none"]) == 1
    assert "There is no layout called 'none'." in capsys.readouterr().err
