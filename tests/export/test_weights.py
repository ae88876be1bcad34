"""Weights as data: what is written comes back, and what does not belong is refused with nothing changed."""

import json
import pickle
import tarfile
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from hybridgraph import compiler
from hybridgraph.errors import DocumentError, ExportError, RunError
from hybridgraph.events import EventLog, RunStarted
from hybridgraph.export import Weights, export_safetensors, load_weights, read_weights, run_weights
from hybridgraph.graph.files import dumps
from hybridgraph.graph.model import digest
from hybridgraph.jobs import TrainJob
from hybridgraph.runs import Run, create_run
from hybridgraph.train import checkpoints
from hybridgraph.weights.files import fit_weights
from tests.export.designs import stir, stirred_weights, tiny_moat


def snapshot(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def assert_untouched(module: nn.Module, before: dict[str, torch.Tensor]) -> None:
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


@pytest.fixture
def module() -> nn.Module:
    return compiler.compile(tiny_moat())


def test_exported_weights_come_back_with_what_is_known_of_them(tmp_path: Path, module: nn.Module) -> None:
    graph = tiny_moat()
    result = export_safetensors(graph, tmp_path / "out.safetensors", stirred_weights(graph, tmp_path))
    assert (result.format, result.largest) == ("safetensors", 0.0)
    load_weights(tmp_path / "out.safetensors", module)
    original = load_file(tmp_path / "weights.safetensors")
    assert all(torch.equal(value, original[name]) for name, value in module.state_dict().items())
    with safe_open(tmp_path / "out.safetensors", "pt") as file:
        told = json.loads(file.metadata()["hybridgraph"])
    assert told["design"] == digest(graph)
    assert (told["channels_in"], told["height"], told["width"]) == (3, 32, 32)


def test_two_exports_of_fresh_weights_agree(tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_safetensors(tiny_moat(), tmp_path / name)
    one, two = (load_file(tmp_path / name) for name in ("one", "two"))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)


class _Touch:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["torch", "pickle", "old pickle", "tar"])
def test_a_file_that_holds_code_is_refused_and_not_run(kind: str, tmp_path: Path, module: nn.Module) -> None:
    path, witness, before = tmp_path / "evil.safetensors", tmp_path / "witness", snapshot(module)
    if kind == "torch":
        torch.save({"stem.conv1.weight": _Touch(witness)}, path)
    elif kind == "tar":
        (tmp_path / "inside").write_bytes(pickle.dumps(_Touch(witness)))
        with tarfile.open(path, "w") as archive:
            archive.add(tmp_path / "inside")
    else:
        path.write_bytes(pickle.dumps(_Touch(witness), protocol=4 if kind == "pickle" else 2))
    with pytest.raises(DocumentError, match="is not a safetensors file; it holds code"):
        load_weights(path, module)
    assert not witness.exists()
    assert_untouched(module, before)


def test_every_flipped_byte_is_noticed(tmp_path: Path, module: nn.Module) -> None:
    path, before = tmp_path / "weights.safetensors", snapshot(module)
    export_safetensors(tiny_moat(), path)
    whole = path.read_bytes()
    end = 8 + int.from_bytes(whole[:8], "little")
    for place in (0, 9, end // 2, end + 1, (end + len(whole)) // 2, len(whole) - 1):
        broken = bytearray(whole)
        broken[place] ^= 1
        path.write_bytes(broken)
        with pytest.raises((DocumentError, ExportError), match=r"damaged|differ"):
            load_weights(path, module)
    assert_untouched(module, before)


@pytest.mark.parametrize("content", [b"", b"no weights", b"\x00" * 64, b"\xff" * 64, b'{"format": 1}'])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match="damaged or no safetensors file"):
        read_weights(path)


def test_a_truncated_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    export_safetensors(tiny_moat(), tmp_path / "file")
    whole = (tmp_path / "file").read_bytes()
    (tmp_path / "file").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DocumentError, match="damaged"):
        read_weights(tmp_path / "file")
    with pytest.raises(DocumentError, match="no such file"):
        read_weights(tmp_path / "nothing")


def test_what_does_not_fit_is_listed_and_nothing_is_loaded(tmp_path: Path, module: nn.Module) -> None:
    before = snapshot(module)
    tensors = dict(snapshot(stir(compiler.compile(tiny_moat()))))
    tensors["stem.conv1.weight"] = torch.zeros(8, 3, 5, 5)
    tensors["classifier.linear.bias"] = torch.zeros(5, dtype=torch.int64)
    tensors["surplus"] = torch.zeros(())
    del tensors["stem.conv2.bias"]
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(ExportError) as caught:
        load_weights(tmp_path / "other.safetensors", module)
    assert "4 of " in caught.value.message
    rows = {tuple(line.split("  ")[1:2]): line for line in caught.value.hint.splitlines()}
    assert "8×3×3×3 float32" in rows["stem.conv1.weight",]
    assert "8×3×5×5 float32" in rows["stem.conv1.weight",]
    assert rows["classifier.linear.bias",].endswith("5 int64")
    assert "missing" in rows["stem.conv2.bias",]
    assert "missing" in rows["surplus",]
    assert "one number" in rows["surplus",]
    assert_untouched(module, before)


def test_a_long_table_is_cut(module: nn.Module) -> None:
    with pytest.raises(ExportError, match=r"and \d+ more"):
        fit_weights(Weights(tensors={}, origin="nothing"), module)


def trained_run(folder: Path, **told: object) -> Run:
    """A run of the tiny MOAT with a checkpoint, and its log."""
    graph = tiny_moat()
    run = create_run(folder, graph_text=dumps(graph), source=compiler.source(graph).text, job=TrainJob())
    with EventLog(run.events_path) as log:
        log.append(
            RunStarted(kind="train", device="cpu", precision="fp32", params=1, pid=1, classes=("cat", "dog"))
        )
    model = stir(compiler.compile(graph))
    checkpoints.save_last(run.path, model, torch.optim.AdamW(model.parameters()), {"progress": {}, **told})
    return run


def test_a_runs_last_weights_serve_until_there_are_better_ones(tmp_path: Path, module: nn.Module) -> None:
    run = trained_run(tmp_path / "run", mean=[0.5], std=[0.25])
    last = run_weights(run.path)
    assert (last.classes, last.mean, last.std) == (("cat", "dog"), (0.5,), (0.25,))
    assert last.tensors.keys() == module.state_dict().keys()
    best = compiler.compile(tiny_moat())
    checkpoints.save_best(run.path, best, {"classes": ["owl"]})
    found = run_weights(run.path)
    assert found.classes == ("owl",)
    fit_weights(found, module)
    assert_untouched(module, best.state_dict())


def test_a_run_without_weights_and_no_run_are_refused(tmp_path: Path) -> None:
    run = create_run(tmp_path / "run", graph_text="{}", source="", job=TrainJob())
    with pytest.raises(RunError, match="no weights yet"):
        run_weights(run.path)
    with pytest.raises(RunError, match="no run"):
        export_safetensors(tiny_moat(), tmp_path / "out", weights=tmp_path)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path, module: nn.Module) -> None:
    tensors = snapshot(module)
    tensors["stem.conv1.weight"][0, 0, 0, 0] = torch.nan
    save_file(tensors, tmp_path / "nan.safetensors")
    with pytest.raises(ExportError, match="not finite"):
        export_safetensors(tiny_moat(), tmp_path / "out", tmp_path / "nan.safetensors")
    assert not (tmp_path / "out").exists()


def test_an_unwritable_place_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="folder does not exist"):
        export_safetensors(tiny_moat(), tmp_path / "nowhere" / "out.safetensors")
