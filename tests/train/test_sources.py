"""Pictures named by a table, and CIFAR's releases: what is read, and one sentence for what cannot be."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hybridgraph.data import MemoryPictures, open_dataset
from hybridgraph.data.description import describe
from hybridgraph.data.packing import packed_files, unpacked
from hybridgraph.data.sources import FileSet, PixelSet, plainpickle, read
from hybridgraph.errors import DataError, RunError
from tests.train.conftest import write_class_folders


def _colours(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of 32 by 32 as rows of planes, and labels; the label is the plane that is bright."""
    labels = np.arange(count) % 3
    planes = np.random.default_rng(count).integers(0, 50, (count, 3, 1024), np.uint8)
    planes[np.arange(count), labels] += 200
    return planes.reshape(count, 3072), labels


def _write_binary(folder: Path, *, fine: bool = False) -> None:
    names = (
        [("train", 30), ("test", 6)]
        if fine
        else [*((f"data_batch_{n}", 6) for n in range(1, 6)), ("test_batch", 6)]
    )
    for name, count in names:
        rows, labels = _colours(count)
        head = np.stack([labels * 0 + 9, labels], 1) if fine else labels[:, None]
        (folder / f"{name}.bin").write_bytes(np.concatenate([head.astype(np.uint8), rows], 1).tobytes())
    (folder / ("fine_label_names.txt" if fine else "batches.meta.txt")).write_text("red\ngreen\nblue\n\n")


def _write_pickled(folder: Path, *, fine: bool = False) -> None:
    names = (
        [("train", 30), ("test", 6)]
        if fine
        else [*((f"data_batch_{n}", 6) for n in range(1, 6)), ("test_batch", 6)]
    )
    key = b"fine_labels" if fine else b"labels"
    for name, count in names:
        rows, labels = _colours(count)
        content = {b"data": rows, key: labels.tolist(), b"filenames": [b"x.png"] * count}
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))
    names_key, meta = (b"fine_label_names", "meta") if fine else (b"label_names", "batches.meta")
    (folder / meta).write_bytes(pickle.dumps({names_key: [b"red", b"green", b"blue"]}, protocol=2))


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("write", [_write_binary, _write_pickled])
def test_both_releases_of_cifar_give_the_same_pictures(
    tmp_path: Path, write: Callable[..., None], fine: bool
) -> None:
    write(tmp_path, fine=fine)
    data = open_dataset(f"cifar:{tmp_path}", image_size=32, channels_in=3, seed=0)
    assert data.classes == ("red", "green", "blue")
    assert isinstance(data.train, MemoryPictures)
    assert data.train.images.shape == (30, 3, 32, 32)
    assert torch.equal(data.train.images.float().mean((2, 3)).argmax(1), data.train.labels)
    assert len(data.val.labels) == 6
    assert describe(f"cifar:{tmp_path}").channels_in == 3


class _Evil:
    """A pickle that would make a folder when it is loaded."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.mkdir, (Path(self.place),)  # type: ignore[return-value]


@pytest.mark.parametrize(
    "content",
    [
        lambda folder: pickle.dumps({b"data": _Evil(folder / "owned"), b"labels": []}),
        lambda _: pickle.dumps({b"data": np.zeros((2, 3072)), b"labels": [0, 1]}),
        lambda _: pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 1]})[:-500],
        lambda _: pickle.dumps({b"data": np.zeros((2, 3000), np.uint8), b"labels": [0, 1]}),
        lambda _: pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}),
        lambda _: pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, "x"]}),
        lambda _: pickle.dumps([1, 2]),
        lambda _: b"",
        lambda _: bytes(range(256)) * 20,
    ],
    ids=["code", "floats", "torn", "small", "few labels", "word", "list", "empty", "noise"],
)
def test_a_pickle_that_is_no_cifar_is_refused_and_runs_nothing(
    tmp_path: Path, content: Callable[[Path], bytes]
) -> None:
    _write_pickled(tmp_path)
    (tmp_path / "data_batch_2").write_bytes(content(tmp_path))
    with pytest.raises(DataError, match="data_batch_2") as caught:
        read(f"cifar:{tmp_path}")
    assert caught.value.message.endswith(".")
    assert not (tmp_path / "owned").exists()


def _named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def _state_of(module: str, name: str) -> dict[str, object]:
    answer = plainpickle._ANSWERS[module, name]
    return {**vars(answer), "mro": answer.__mro__}


@pytest.mark.parametrize("name", sorted(plainpickle._ANSWERS))
@pytest.mark.parametrize(
    "state",
    [
        b"}S'values'\nI7\ns",  # a dictionary, meant for __dict__
        b"N}S'__doc__'\nS'changed'\ns\x86",  # the state of slots, which is set one by one
        b"N}S'__setstate__'\nI7\ns\x86",
        b"N}S'__new__'\nI7\ns\x86",
        b"N",
    ],
    ids=["dict", "doc", "setstate", "new", "none"],
)
def test_a_pickle_cannot_change_what_it_is_answered_with(
    tmp_path: Path, name: tuple[str, str], state: bytes
) -> None:
    before = {key: _state_of(*key) for key in plainpickle._ANSWERS}
    for build in (_named(*name) + state + b"b.", _named(*name) + b"0" + _named(*name) + state + b"b."):
        with pytest.raises(DataError, match="is refused") as caught:
            plainpickle.load_plain(tmp_path / "evil", b"\x80\x02" + build)
        assert "would change what it was answered with" in caught.value.message
    assert {key: _state_of(*key) for key in plainpickle._ANSWERS} == before
    for answer in set(plainpickle._ANSWERS.values()):
        with pytest.raises(pickle.UnpicklingError):
            answer.values = 7
        with pytest.raises(pickle.UnpicklingError):
            del answer.__doc__
    _write_pickled(tmp_path)
    assert len(read(f"cifar:{tmp_path}").train.labels) == 30  # and honest files are read as before


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02Nr\xff\xff\xff\xff.",  # a place of the memo that would take 64 GB
        b"\x80\x04\x8e" + (2**40).to_bytes(8, "little") + b"x.",
        b"\x80\x04\x95" + (2**60).to_bytes(8, "little") + b"N.",
    ],
    ids=["memo", "bytes", "frame"],
)
def test_a_pickle_that_asks_for_too_much_memory_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="is refused"):
        plainpickle.load_plain(tmp_path / "bomb", content)


def test_a_torn_or_incomplete_binary_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no files of CIFAR"):
        read(f"cifar:{tmp_path}")
    _write_binary(tmp_path)
    whole = (tmp_path / "data_batch_4.bin").read_bytes()
    (tmp_path / "data_batch_4.bin").write_bytes(whole[:-7])
    with pytest.raises(DataError, match=r"data_batch_4.bin is truncated or foreign"):
        read(f"cifar:{tmp_path}")
    (tmp_path / "data_batch_4.bin").unlink()
    with pytest.raises(DataError, match=r"no file data_batch_4.bin"):
        read(f"cifar:{tmp_path}")


def _write_table(
    folder: Path, name: str = "labels.csv", *, split: bool = False, head: str = "file,species"
) -> Path:
    """A table of 60 pictures in the folder `photos` beside it."""
    write_class_folders(folder / "photos", 20)
    lines = []
    for place, path in enumerate(sorted((folder / "photos").rglob("*.png"))):
        cells = [f"{path.parent.name}/{path.name}", path.parent.name]
        lines.append([*cells, ("val" if place % 4 == 0 else "train")] if split else cells)
    names = [*head.split(","), "split"] if split else head.split(",")
    table = folder / name
    if table.suffix == ".parquet":
        from pyarrow import Table, parquet

        columns = dict(zip(names, zip(*lines, strict=True), strict=True))
        parquet.write_table(Table.from_pydict({key: list(cells) for key, cells in columns.items()}), table)
    else:
        mark = "\t" if table.suffix == ".tsv" else ","
        table.write_text("\n".join(mark.join(line) for line in [names, *lines]) + "\n", encoding="utf-8-sig")
    return table


@pytest.mark.parametrize("name", ["labels.csv", "labels.tsv", "labels.parquet"])
def test_a_table_names_pictures_and_labels(tmp_path: Path, name: str) -> None:
    data = open_dataset(f"table:{_write_table(tmp_path, name)}", image_size=8, channels_in=1, seed=0)
    assert data.classes == ("cat", "dog", "owl")
    assert torch.bincount(data.train.labels).tolist() == [17, 17, 17]
    assert not data.warnings
    folder = open_dataset(f"folder:{tmp_path / 'photos'}", image_size=8, channels_in=1, seed=0)
    assert data.digest == folder.digest


def test_a_column_of_the_split_is_followed(tmp_path: Path) -> None:
    found = read(f"table:{_write_table(tmp_path, split=True)}")
    assert isinstance(found, FileSet)
    assert (len(found.train.paths), len(found.val.paths)) == (45, 15)
    assert "calls 'val'" in found.notes[0]


def test_columns_can_be_named_and_endings_left_out(tmp_path: Path) -> None:
    table = _write_table(tmp_path, head="photo no,a,b")
    lines = [line.split(",") for line in table.read_text("utf-8-sig").splitlines()[1:]]
    table.write_text("n,shot,what\n" + "".join(f"7,{path[:-4]},{what}\n" for path, what in lines))
    with pytest.raises(DataError, match=r"No column .* paths of pictures; it has n, shot, what"):
        read(f"table:{table}")
    found = read(f"table:{table}#shot,what")
    assert isinstance(found, FileSet)
    assert all(path.is_file() for path in found.train.paths)
    with pytest.raises(DataError, match="no column 'which'"):
        read(f"table:{table}#shot,which")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "has no rows"),
        (b"file,label\n", "has no rows"),
        (b"file,label\na.png,cat\nb.png\n", "Row 3 .* has 1 cells where the head has 2"),
        (b"file,label\na.png,cat\nb.png, \n", "Row 3 .* has no label"),
        (b"file,label\na.png,cat\nb.png,cat\n", "only one class, 'cat'"),
        (b"file,label\na.png,cat\nb.png,dog\n", "has one picture"),
        (b"file,label\na.png,\xff\n", "not UTF-8 text: byte"),
        (b'file,label\n"a.png,cat\n', "is damaged"),
        (b"file,label\n\x00,cat\nb,dog\n", "."),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    table = tmp_path / "labels.csv"
    table.write_bytes(content)
    with pytest.raises(DataError, match=sentence) as caught:
        read(f"table:{table}")
    assert str(tmp_path) in caught.value.message


def test_a_torn_parquet_file_and_a_missing_table_are_named(tmp_path: Path) -> None:
    table = _write_table(tmp_path, "labels.parquet")
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read(f"table:{table}")
    with pytest.raises(DataError, match="does not exist"):
        read(f"table:{tmp_path / 'none.csv'}")


def test_the_sample_set_is_pixels() -> None:
    assert isinstance(read("sample"), PixelSet)


@pytest.mark.parametrize("kind", ["table", "cifar"])
def test_packed_files_are_the_same_data_elsewhere(tmp_path: Path, kind: str) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    if kind == "table":
        spec = f"table:{_write_table(here)}"
    else:
        _write_pickled(here)
        spec = f"cifar:{here}"
    for name, content in packed_files(spec, 0, ()).items():
        assert isinstance(content, Path)
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        (there / name).write_bytes(content.read_bytes())
    shutil.rmtree(here)
    moved = open_dataset(unpacked(spec, there), image_size=32, channels_in=3, seed=0)
    assert len(moved.classes) == 3
    assert not moved.warnings


def test_a_table_of_pictures_elsewhere_is_not_packed(tmp_path: Path) -> None:
    table = _write_table(tmp_path)
    (tmp_path / "deep").mkdir()
    moved = tmp_path / "deep" / "labels.csv"
    lines = table.read_text("utf-8-sig").splitlines()
    moved.write_text("\n".join([lines[0], *(f"../photos/{line}" for line in lines[1:])]))
    assert isinstance(read(f"table:{moved}"), FileSet)
    with pytest.raises(RunError, match="lies outside"):
        packed_files(f"table:{moved}", 0, ())


def test_the_share_that_is_held_back_can_be_chosen(tmp_path: Path) -> None:
    spec = f"table:{_write_table(tmp_path)}"
    found = read(spec, 0, 0.5)
    assert isinstance(found, FileSet)
    assert (len(found.train.paths), len(found.val.paths), found.held_back) == (30, 30, 0.5)
    data = open_dataset(spec, image_size=8, channels_in=1, seed=0, held_back=0.01)
    assert torch.bincount(data.val.labels).tolist() == [1, 1, 1]
