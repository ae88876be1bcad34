"""Bundles: a run packed, run again to the last bit, and everything that can be wrong on the way."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hybridgraph import cli
from hybridgraph.errors import DocumentError, RunError
from hybridgraph.reproduction.again import reproduce
from hybridgraph.reproduction.bundle import write_bundle
from hybridgraph.reproduction.opening import open_bundle
from hybridgraph.reproduction.verdict import load_verdict
from hybridgraph.runs import Run
from hybridgraph.train.checkpoints import load_weights
from tests.report.conftest import MakeRun
from tests.strategies import is_sentence
from tests.train.conftest import write_class_folders, write_idx_set


@pytest.fixture(scope="session")
def bundle(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with its pictures."""
    path = tmp_path_factory.mktemp("bundles") / "first.zip"
    write_bundle(trained, path, with_data=True)
    return path


def test_a_bundle_run_again_is_equal_to_the_last_bit(
    trained: Run, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "again"
    assert cli.run(["reproduce", str(bundle), "--run", str(folder), "--exact", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["is_equal"], found["weights_equal"], found["differences"]) == (True, True, [])
    assert (found["steps"], found["epochs"], found["largest_loss"]) == (12, 2, 0.0)
    before, now = load_weights(trained.path), load_weights(folder)
    assert all(torch.equal(before[name], now[name]) for name in before)
    verdict = load_verdict(folder)
    assert verdict is not None
    assert "equal to the last bit, and so are the weights" in str(verdict)
    assert cli.run(["report", str(folder), "-o", str(tmp_path / "x.html")]) == 0
    assert "equal to the last bit" in (tmp_path / "x.html").read_text()


def test_a_bundle_tells_nothing_of_this_machines_folders(bundle: Path, pictures: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        for name in archive.namelist():
            assert str(pictures.parent).encode() not in archive.read(name), name
        assert json.loads(archive.read("job.json"))["data"] == "idx:idx"


def test_the_same_run_gives_the_same_bytes(trained: Run, bundle: Path, tmp_path: Path) -> None:
    write_bundle(trained, tmp_path / "first.zip", with_data=True)
    assert (tmp_path / "first.zip").read_bytes() == bundle.read_bytes()


def test_other_pictures_and_threads_are_named(trained: Run, tmp_path: Path) -> None:
    write_bundle(trained, tmp_path / "x.zip", with_weights=True)
    with pytest.raises(RunError, match="holds no pictures") as caught:
        reproduce(tmp_path / "x.zip", tmp_path / "none")
    assert "--data idx:PATH" in str(caught.value)
    assert not (tmp_path / "none").exists()
    write_idx_set(tmp_path / "others", train=96, test=30)
    verdict = reproduce(tmp_path / "x.zip", tmp_path / "again", data=f"idx:{tmp_path / 'others'}")
    assert not verdict.is_equal
    assert {"the fingerprint of the pictures", "classes"} <= {one.name for one in verdict.differences}
    said = str(verdict)
    assert said.startswith("Not equal: of 12 steps and 2 epochs")
    assert "What differs: the fingerprint of the pictures" in said
    write_class_folders(tmp_path / "strange")
    with pytest.raises(RunError, match="has the classes cat, dog, owl"):
        reproduce(tmp_path / "x.zip", tmp_path / "third", data=f"folder:{tmp_path / 'strange'}")
    assert not (tmp_path / "third").exists()


def test_another_environment_is_named_where_curves_are_the_same(bundle: Path, tmp_path: Path) -> None:
    path = _changed(
        bundle, tmp_path / "x.zip", lambda files: _edit(files, "events.jsonl", b'"python":"3', b'"python":"2')
    )
    verdict = reproduce(path, tmp_path / "again")
    assert verdict.is_equal
    assert [one.name for one in verdict.differences] == ["Python"]


def test_another_source_is_never_run_but_named(bundle: Path, tmp_path: Path) -> None:
    evil = f"open({str(tmp_path / 'touched')!r}, 'w')\n".encode()

    def change(files: dict[str, bytes]) -> None:
        files["model.py"] = evil + files["model.py"]

    verdict = reproduce(_changed(bundle, tmp_path / "x.zip", change), tmp_path / "again")
    assert not (tmp_path / "touched").exists()
    assert verdict.is_equal
    assert [one.name for one in verdict.differences] == ["the source of the network"]


def test_another_seed_gives_other_curves(bundle: Path, tmp_path: Path) -> None:
    path = _changed(
        bundle, tmp_path / "x.zip", lambda files: _edit(files, "job.json", b'"seed": 0', b'"seed": 1')
    )
    verdict = reproduce(path, tmp_path / "again")
    assert (verdict.is_equal, verdict.weights_equal, verdict.first_step) == (False, False, 0)
    assert verdict.largest_loss > 0
    with pytest.raises(RunError, match="holds another run"):
        reproduce(bundle, tmp_path / "again")
    assert cli.run(["reproduce", str(path), "--run", str(tmp_path / "third"), "--exact"]) == 1


def test_class_folders_travel(make_run: MakeRun, tmp_path: Path) -> None:
    write_class_folders(tmp_path / "pets", count=8)
    run = make_run(data=f"folder:{tmp_path / 'pets'}", epochs=1)
    from hybridgraph.train import train

    train(run.path)
    write_bundle(run, tmp_path / "x.zip", with_data=True)
    shutil.rmtree(tmp_path / "pets")
    assert reproduce(tmp_path / "x.zip", tmp_path / "again").is_equal


def test_what_cannot_be_bundled_is_told(make_run: MakeRun, copied: Run, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not finished an epoch"):
        write_bundle(make_run(), tmp_path / "x.zip")
    (copied.path / "model.py").unlink()
    with pytest.raises(RunError, match=r"lacks model\.py"):
        write_bundle(copied, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


# -- what others may send


def _edit(files: dict[str, bytes], name: str, old: bytes, new: bytes) -> None:
    assert old in files[name]
    files[name] = files[name].replace(old, new)


def _changed(
    bundle: Path, target: Path, change: Callable[[dict[str, bytes]], None], *, is_listed: bool = True
) -> Path:
    """A bundle with another content, which its manifest knows of unless it is not to."""
    import hashlib

    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    if is_listed and "manifest.json" in files:
        manifest = json.loads(files.pop("manifest.json"))
        manifest["files"] = {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        }
        files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target


def _set(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.__setitem__(name, data)


WRONG: dict[str, tuple[Callable[[dict[str, bytes]], None], bool, str]] = {
    "digest": (lambda files: _edit(files, "job.json", b'"seed": 0', b'"seed": 1'), False, "SHA-256"),
    "missing": (lambda files: files.__delitem__("graph.hybrid.json"), False, "lacks graph.hybrid.json"),
    "missing everywhere": (lambda files: files.__delitem__("job.json"), True, "lacks job.json"),
    "no manifest": (lambda files: files.__delitem__("manifest.json"), False, "no bundle of a run"),
    "stranger": (_set("evil.py", b"x"), True, "no part of a bundle"),
    "unlisted": (_set("data/more.bin", b"x"), False, "no part of a bundle"),
    "newer": (lambda files: _edit(files, "manifest.json", b'"version": 1', b'"version": 9'), False, "has version 9"),
    "other manifest": (_set("manifest.json", b"[]"), False, "another format"),
    "broken manifest": (_set("manifest.json", b"{"), False, "damaged"),
    "no list": (_set("manifest.json", b'{"format": "hybridgraph-bundle", "version": 1}'), False, "lists no files"),
    "broken job": (_set("job.json", b"{"), True, "not valid JSON"),
    "profile": (_set("job.json", b'{"format": "hybridgraph-job", "version": 1, "kind": "profile"}'), True, "profile run"),
    "no events": (_set("events.jsonl", b""), True, "no finished epoch"),
    "broken design": (_set("graph.hybrid.json", b"{}"), True, "no HybridGraph design"),
    "deep design": (_set("graph.hybrid.json", b"[" * 100_000), True, "nested too deeply"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_bundle_is_refused_in_a_sentence(
    bundle: Path, tmp_path: Path, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, is_listed, part = WRONG[wrong]
    path = _changed(bundle, tmp_path / "x.zip", change, is_listed=is_listed)
    with pytest.raises(DocumentError), open_bundle(path):
        pass
    assert cli.run(["reproduce", str(path), "--run", str(tmp_path / "again")]) == 1
    said = capsys.readouterr().err.strip()
    assert is_sentence(said), said
    assert part in said
    assert "x.zip" in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.zip"]
