"""What an export leaves on the disk: all of it or nothing, a record beside it and one with the run."""

import dataclasses
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from hybridgraph import cli
from hybridgraph.errors import DocumentError, ExportError
from hybridgraph.export import (
    ExportRecord,
    export_onnx,
    export_package,
    export_program,
    export_safetensors,
    load_record,
    run_records,
)
from hybridgraph.export.network import prepare
from hybridgraph.export.outcome import put
from hybridgraph.export.pictures import BUNDLED, real_samples
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import TrainJob
from hybridgraph.runs.store import create_run
from hybridgraph.train import checkpoints
from hybridgraph.weights.files import Weights, packed
from tests.export.designs import CLASSES, SIDE, stir, tiny_vit

Export = Callable[[Graph, Path], ExportRecord]


def trained_run(folder: Path) -> Path:
    """A run with weights that were never trained, which is all the same to an export."""
    graph = tiny_vit()
    network = prepare(graph)
    job = TrainJob(image_size=SIDE, channels_in=3, classes=CLASSES)
    run = create_run(folder / "run", graph_text=files.dumps(graph), source="", job=job)
    run.checkpoints.mkdir(exist_ok=True)
    told = network.facts | {"classes": list("abcde"), "mean": [0.5] * 3, "std": [0.25] * 3}
    (run.checkpoints / checkpoints.BEST).write_bytes(packed(stir(network.module), told))
    return run.path


def test_a_package_installs_its_weights_and_passes_its_own_test(tmp_path: Path) -> None:
    run, folder = trained_run(tmp_path), tmp_path / "my-net"
    record = export_package(tiny_vit(), folder, run)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "README.md", "my_net/__init__.py", "my_net/model.py", "my_net/weights.safetensors", "pyproject.toml",
        "reference.safetensors", "test_model.py",
    ]  # fmt: skip
    assert record.largest == 0.0
    assert load_record(tmp_path / "my-net.export.json") == record == run_records(run)[0]
    said = (folder / "README.md").read_text(encoding="utf-8")
    assert "a, b, c, d, e" in said
    assert "mean 0.5, 0.5, 0.5" in said
    assert f"torch=={torch.__version__.partition('+')[0]}" in (folder / "pyproject.toml").read_text()
    kept = load_file(folder / "reference.safetensors")
    assert kept["outputs0"].shape == (1, CLASSES)
    assert kept["images1"].shape == (3, 3, SIDE, SIDE)
    weights = folder / "my_net" / "weights.safetensors"
    weights.write_bytes(packed(stir(prepare(tiny_vit()).module.apply(_double)), {}))
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-B", folder / "test_model.py"], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"FAILED" in done.stderr
    with pytest.raises(ExportError, match="something of this name already"):
        export_package(tiny_vit(), folder)


def _double(module: torch.nn.Module) -> None:
    for parameter in module.parameters(recurse=False):
        parameter.data *= 2


def test_a_program_of_torch_export_runs_at_other_batches_and_says_what_it_is(tmp_path: Path) -> None:
    record = export_program(tiny_vit(), tmp_path / "net.pt2")
    assert (record.format, record.batches) == ("pt2", (1, 3, 8))
    told = {"hybridgraph.json": ""}
    loaded = torch.export.load(tmp_path / "net.pt2", extra_files=told).module()
    images = torch.randn(5, 3, SIDE, SIDE)
    with torch.no_grad():
        assert torch.allclose(loaded(images), prepare(tiny_vit()).module(images), atol=1e-6)
    assert "tiny-vit" in told["hybridgraph.json"]


def test_an_export_of_a_run_is_recorded_with_the_run_and_tried_as_it_was_trained(tmp_path: Path) -> None:
    run = trained_run(tmp_path)
    record = export_onnx(tiny_vit(), tmp_path / "net.onnx", run)
    assert run_records(run) == [record] == [load_record(tmp_path / "net.onnx.export.json")]
    assert record.preprocessing.classes == tuple("abcde")
    assert record.preprocessing.mean == (0.5, 0.5, 0.5)
    real, _whose = real_samples(prepare(tiny_vit(), run), run)
    assert [len(sample.images) for sample in real] == [1, 8]
    assert float(torch.cat([sample.images for sample in real]).min()) == pytest.approx((0 - 0.5) / 0.25)


@pytest.mark.parametrize("export", [export_safetensors, export_package])
def test_what_cannot_be_written_leaves_nothing(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").write_text("older")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DocumentError, match=rf"Cannot write {tmp_path / 'new'}.*: the disk is full"):
        export(tiny_vit(), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_files_take_their_places_together(tmp_path: Path) -> None:
    (tmp_path / "first").write_text("older")
    with pytest.raises(DocumentError, match="its folder does not exist"):
        put({tmp_path / "first": b"newer", tmp_path / "gone" / "second": b"newer"})
    assert (tmp_path / "first").read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["first"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--format", "code", "--fp16"], "choices for an ONNX file"),
        (["--format", "onnx", "-o", "/nowhere/at/all.onnx"], "folder /nowhere/at does not exist"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files.save(tiny_vit(), tmp_path / "vit.hybrid.json")
    given = ["export", str(tmp_path / "vit.hybrid.json"), "-o", str(tmp_path / "out"), *arguments]
    assert cli.run(given) == 1
    assert sentence in capsys.readouterr().err


def test_real_pictures_are_those_of_the_runs_own_validation_data(tmp_path: Path) -> None:
    for part, shade in (("train", 0), ("val", 255)):
        for kind in ("cat", "dog"):
            folder = tmp_path / "pictures" / part / kind
            folder.mkdir(parents=True)
            Image.new("RGB", (40, 30), (shade, 0, 0)).save(folder / "one.png")
    graph = tiny_vit()
    job = TrainJob(image_size=SIDE, channels_in=3, classes=CLASSES, data=f"folder:{tmp_path / 'pictures'}")
    run = create_run(tmp_path / "run", graph_text=files.dumps(graph), source="", job=job)
    weights = Weights(tensors={}, origin="here", mean=(0.0,) * 3, std=(1.0,) * 3)
    network = dataclasses.replace(prepare(graph), weights=weights)
    real, whose = real_samples(network, run.path)
    assert whose == "the validation data of run"
    pictures = torch.cat([sample.images for sample in real])
    assert pictures.shape == (9, 3, SIDE, SIDE)
    assert [float(pictures[:, channel].mean()) for channel in range(3)] == [1.0, 0.0, 0.0]
    shutil.rmtree(tmp_path / "pictures")
    assert real_samples(network, run.path)[1] == BUNDLED


def test_a_design_of_other_channels_says_that_no_picture_has_them() -> None:
    network = prepare(tiny_vit())
    four = dataclasses.replace(
        network,
        plan=dataclasses.replace(network.plan, input=dataclasses.replace(network.plan.input, channels=4)),
    )
    assert real_samples(four) == ([], "none: pictures have 1 or 3 channels, the design takes 4")
