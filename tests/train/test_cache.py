"""Decoded pictures are kept and found again, never wrongly, whatever happened to the files or the cache meanwhile."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import torch
from PIL import Image

from hybridgraph.cli import run
from hybridgraph.data import MemoryPictures, cache, open_dataset
from hybridgraph.data.cache import shelf
from hybridgraph.data.dataset import Dataset
from hybridgraph.errors import DataError
from tests.train.conftest import write_class_folders


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of eighteen pictures of three classes, and an empty cache."""
    monkeypatch.setenv("HYBRIDGRAPH_CACHE", str(tmp_path / "cache"))
    write_class_folders(tmp_path / "set", 6)
    return tmp_path / "set"


def _open(folder: Path, **given: object) -> Dataset:
    return open_dataset(f"folder:{folder}", **{"image_size": 8, "channels_in": 1, "seed": 0, **given})  # type: ignore[arg-type]


def _shown(data: Dataset) -> torch.Tensor:
    assert isinstance(data.train, MemoryPictures)
    return data.train.take(torch.arange(len(data.train.labels)))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are decoded, in any order."""
    from hybridgraph.data import pictures as module

    read, seen = module.read_picture, []

    def watched(path: Path, image_size: int, channels_in: int) -> np.ndarray:
        seen.append(path)
        return read(path, image_size, channels_in)

    monkeypatch.setattr(module, "read_picture", watched)
    return seen


def test_a_set_is_decoded_once_for_every_seed(pictures: Path, reads: list[Path]) -> None:
    first = _open(pictures)
    assert len(reads) == 18
    assert len(cache.entries()) == 1
    again, other = _open(pictures), _open(pictures, seed=1)
    assert len(reads) == 18
    assert torch.equal(_shown(first), _shown(again))
    assert (first.digest, first.mean) == (again.digest, again.mean)
    assert first.digest != other.digest
    _open(pictures, image_size=9)
    assert len(reads) == 36
    assert len(cache.entries()) == 2


def test_the_digest_is_that_of_the_pictures_wherever_they_lie(pictures: Path) -> None:
    kept = _open(pictures)
    cache.set_limit(0)
    held = _open(pictures)
    assert held.digest == kept.digest
    assert torch.equal(_shown(held), _shown(kept))
    assert "are not kept for the next time: they take 0.0 MB and 0.0 MB are allowed" in held.notes[-1]
    assert not cache.entries()


def _change(path: Path) -> None:
    Image.fromarray(np.full((12, 12), 200, np.uint8)).save(path)


def _change_in_secret(path: Path) -> None:
    """The same size, the same time of the last change, other bytes."""
    told, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(bytes(data))
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))


@pytest.mark.parametrize(
    "change", [_change, _change_in_secret, Path.unlink, lambda path: path.rename(path.with_name("a.png"))]
)
def test_changed_files_are_decoded_again(
    pictures: Path, reads: list[Path], change: Callable[[Path], object]
) -> None:
    _open(pictures)
    reads.clear()
    change(pictures / "dog" / "3.png")
    _open(pictures)
    assert len(reads) in (17, 18)
    reads.clear()
    _open(pictures)
    assert not reads


def test_bytes_are_compared_where_a_disk_keeps_no_times(
    pictures: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hybridgraph.data.cache import keeping as module

    monkeypatch.setattr(module, "_key", lambda *_: "same")
    _open(pictures)
    _change_in_secret(pictures / "dog" / "3.png")
    reads.clear()
    _open(pictures)
    assert len(reads) == 18


def _flip(entry: Path) -> None:
    data = bytearray((entry / "pixels").read_bytes())
    data[100] ^= 1
    (entry / "pixels").write_bytes(bytes(data))


def _about(entry: Path, **changed: object) -> None:
    content = json.loads((entry / "about.json").read_text())
    (entry / "about.json").write_text(json.dumps({**content, **changed}))


@pytest.mark.parametrize(
    "damage",
    [
        _flip,
        lambda entry: (entry / "pixels").write_bytes((entry / "pixels").read_bytes()[:-1]),
        lambda entry: (entry / "pixels").write_bytes(b""),
        lambda entry: (entry / "pixels").unlink(),
        lambda entry: (entry / "about.json").unlink(),
        lambda entry: (entry / "about.json").write_bytes(b"\xff{"),
        lambda entry: (entry / "about.json").write_text("[" * 100_000),
        lambda entry: _about(entry, version=99),
        lambda entry: _about(entry, shape=[18, 1, 8, 9]),
        lambda entry: _about(entry, faults={"99": "x"}),
        lambda entry: _about(entry, faults=[1]),
        lambda entry: _about(entry, digest=None),
    ],
)
def test_a_damaged_entry_is_made_anew(
    pictures: Path, reads: list[Path], damage: Callable[[Path], object]
) -> None:
    expected = _shown(_open(pictures)).clone()
    reads.clear()
    damage(cache.entries()[0].path)
    assert torch.equal(_shown(_open(pictures)), expected)
    assert len(reads) == 18
    reads.clear()
    assert torch.equal(_shown(_open(pictures)), expected)
    assert not reads
    assert len(cache.entries()) == 1


def test_damaged_pictures_are_told_from_the_cache_as_well(pictures: Path) -> None:
    (pictures / "owl" / "2.png").write_text("no picture")
    first, again = _open(pictures), _open(pictures)
    assert first.warnings == again.warnings
    assert "1 of 18 pictures are left out" in again.warnings[0]
    assert len(again.train.labels) + len(again.val.labels) == 17
    with pytest.raises(DataError, match=r"2.png cannot be read"):
        _open(pictures, is_strict=True)


def test_what_is_written_to_mapped_pictures_does_not_reach_the_file(
    pictures: Path, reads: list[Path]
) -> None:
    data = _open(pictures)
    assert isinstance(data.train, MemoryPictures)
    before = _shown(data).clone()
    data.train.images.zero_()
    reads.clear()
    assert torch.equal(_shown(_open(pictures)), before)
    assert not reads


def test_a_set_in_use_can_be_cleared(pictures: Path) -> None:
    data = _open(pictures)
    before = _shown(data).clone()
    assert cache.clear() > 18 * 64
    assert not cache.entries()
    assert torch.equal(_shown(data), before)


def test_no_place_for_the_cache_is_a_note(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    data = _open(pictures)
    assert "not kept for the next time" in data.notes[-1]
    assert len(data.train.labels) == 15


def test_a_disk_that_fills_meanwhile_is_a_note(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hybridgraph.data.cache.keeping.os.fsync", full)
    data = _open(pictures)
    assert "No space left on device" in data.notes[-1]
    assert not list(cache.folder().iterdir())


def test_a_reading_that_is_ended_leaves_nothing(pictures: Path) -> None:
    def refuse(done: int, everything: int) -> None:
        raise InterruptedError(f"{done} of {everything}")

    with pytest.raises(InterruptedError):
        _open(pictures, on_progress=refuse)
    assert not list(cache.folder().iterdir())


def test_what_was_used_longest_ago_goes_when_the_limit_is_met(pictures: Path) -> None:
    for size in (8, 9, 10):
        _open(pictures, image_size=size)
    by_size = {entry.about["shape"][3]: entry for entry in cache.entries()}
    for age, size in enumerate((8, 10, 9)):
        os.utime(by_size[size].path / "about.json", (2e9 - age, 2e9 - age))
    cache.set_limit(sum(by_size[size].bytes for size in (8, 10)))
    assert {entry.about["shape"][3] for entry in cache.entries()} == {8, 10}
    _open(pictures, image_size=9)
    assert {entry.about["shape"][3] for entry in cache.entries()} <= {8, 9}


def test_what_a_killed_process_left_is_swept(pictures: Path) -> None:
    _open(pictures)
    strays = [shelf.unfinished("a"), shelf.unfinished("b")]
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    strays[1] = strays[1].with_name(strays[1].name.replace(f".{os.getpid()}.", f".{dead.pid}."))
    for stray in strays:
        stray.mkdir()
        (stray / "pixels").write_bytes(b"half")
    _open(pictures, image_size=5)
    assert strays[0].exists()  # of a process that lives
    assert not strays[1].exists()


def test_two_at_once_make_one_entry(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hybridgraph.data.cache import keeping

    decode, both = keeping.decode_blocks, Barrier(2, timeout=60)

    def together(*args: object, **given: object) -> object:
        blocks = list(decode(*args, **given))  # type: ignore[arg-type]
        both.wait()  # neither found an entry, and both are about to write one
        return iter(blocks)

    monkeypatch.setattr(keeping, "decode_blocks", together)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(_open, [pictures, pictures])
    assert torch.equal(_shown(first), _shown(second))
    assert [place.name for place in cache.folder().iterdir()] == [cache.entries()[0].path.name]
    assert not any("not kept" in note for data in (first, second) for note in data.notes)


def test_the_command_shows_limits_and_clears(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _open(pictures)
    assert run(["cache"]) == 0
    shown = capsys.readouterr().out
    assert str(pictures) in shown
    assert "18 pictures of 8×8" in shown
    assert run(["cache", "--limit", "1.5GB", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["limit"] == cache.limit() == 1_500_000_000
    assert content["entries"][0]["pictures"] == 18
    assert run(["cache", "--limit", "much"]) == 1
    assert "is no size" in capsys.readouterr().err
    assert run(["cache", "--clear"]) == 0
    assert "kB are free again" in capsys.readouterr().out
    assert not cache.entries()
