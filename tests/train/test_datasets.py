"""Sets of Hugging Face and annotations of COCO's form: what is read of them, and a sentence for what cannot be."""

import io
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image
from pyarrow import parquet

from hybridgraph.data import MemoryPictures, cache, open_dataset
from hybridgraph.data.description import describe
from hybridgraph.data.packing import packed_files, unpacked
from hybridgraph.data.sources import FileSet, read
from hybridgraph.data.sources.coco import Box, read_coco
from hybridgraph.errors import DataError
from hybridgraph.jobs import TrainJob, with_absolute_data
from tests.train.conftest import pictures_of

NAMES = ["cat", "dog", "owl"]
FEATURES = {"image": {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYBRIDGRAPH_CACHE", str(tmp_path / "cache"))


def _table(count: int, **columns: list[object]) -> pa.Table:
    """Rows as `datasets` writes them: PNG bytes beside a path that says nothing, and labels."""
    rows = []
    for pixels in pictures_of(np.arange(count) % 3):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        rows.append({"bytes": buffer.getvalue(), "path": None})
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    given = {"label": [index % 3 for index in range(count)], **columns}
    return pa.table({"image": pa.array(rows, kind), **given})


def _save(folder: Path, table: pa.Table, shards: int = 2, features: Mapping[str, object] = FEATURES) -> None:
    """As `save_to_disk` of datasets 5.2 lays a set out."""
    folder.mkdir(parents=True)
    names = [f"data-{index:05d}-of-{shards:05d}.arrow" for index in range(shards)]
    for index, name in enumerate(names):
        part = table.slice(index * len(table) // shards, len(table) // shards)
        with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(part, max_chunksize=5)
    state = {"_data_files": [{"filename": name} for name in names], "_fingerprint": "0", "_split": None}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))


def _save_dict(folder: Path) -> Path:
    _save(folder / "train", _table(30))
    _save(folder / "test", _table(12))
    (folder / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    return folder


def _save_parquet(folder: Path) -> Path:
    """As on the hub."""
    (folder / "data").mkdir(parents=True)
    told = {b"huggingface": json.dumps({"info": {"features": FEATURES}}).encode()}
    for name, count in (
        ("train-00000-of-00002", 15),
        ("train-00001-of-00002", 15),
        ("test-00000-of-00001", 12),
    ):
        table = _table(count).replace_schema_metadata(told)
        parquet.write_table(table, folder / "data" / f"{name}.parquet")
    return folder


def _brightest(data_images: torch.Tensor) -> torch.Tensor:
    """The class that a picture of `pictures_of` shows."""
    return data_images[:, 0].float().mean(1).reshape(len(data_images), 4, 2).mean(2).argmax(1)


@pytest.mark.parametrize("save", [_save_dict, _save_parquet])
def test_a_set_of_hugging_face_gives_its_pictures(tmp_path: Path, save: Callable[[Path], Path]) -> None:
    folder = save(tmp_path / "set")
    data = open_dataset(f"hf:{folder}", image_size=8, channels_in=1, seed=0)
    assert data.classes == tuple(NAMES)
    assert (len(data.train.labels), len(data.val.labels)) == (30, 12)
    assert isinstance(data.train, MemoryPictures)
    assert torch.equal(_brightest(data.train.take(torch.arange(30))), data.train.labels)
    assert "calls 'test'" in data.notes[0]
    assert describe(f"hf:{folder}").classes == tuple(NAMES)


def test_the_same_pictures_have_the_same_digest_from_any_form(tmp_path: Path) -> None:
    one, other = _save_dict(tmp_path / "dict"), _save_parquet(tmp_path / "parquet")
    large = {"image_size": 8, "channels_in": 1, "seed": 0, "memory_bytes": 0}
    kept = open_dataset(f"hf:{one}", **large).digest
    cache.clear()
    moved = one.rename(tmp_path / "elsewhere")
    assert open_dataset(f"hf:{moved}", **large).digest == kept
    assert open_dataset(f"hf:{other}", **large).digest != ""


def test_a_set_without_parts_is_split_and_one_file_is_a_set(tmp_path: Path) -> None:
    _save(tmp_path / "single", _table(30))
    found = read(f"hf:{tmp_path / 'single'}", seed=3)
    assert isinstance(found, FileSet)
    assert (len(found.train.paths), len(found.val.paths)) == (24, 6)
    assert read(f"hf:{tmp_path / 'single'}", seed=3) == found
    parquet.write_table(_table(30), tmp_path / "birds.parquet")
    alone = read(f"hf:{tmp_path / 'birds.parquet'}")
    assert alone.classes == ("0", "1", "2")


def test_columns_can_be_named_and_labels_be_words(tmp_path: Path) -> None:
    words: list[object] = [NAMES[index % 3] for index in range(30)]
    table = _table(30, kind=words).rename_columns(["shot", "a", "kind"])
    parquet.write_table(table, tmp_path / "set.parquet")
    with pytest.raises(DataError, match="no column that is known to hold a class; it has shot, a, kind"):
        read(f"hf:{tmp_path / 'set.parquet'}")
    assert read(f"hf:{tmp_path / 'set.parquet'}#shot,kind").classes == tuple(NAMES)
    with pytest.raises(DataError, match="has no column 'what'"):
        read(f"hf:{tmp_path / 'set.parquet'}#shot,what")


def test_pictures_are_unpacked_once_and_again_after_a_change(tmp_path: Path) -> None:
    folder = _save_dict(tmp_path / "set")
    found = read(f"hf:{folder}")
    assert isinstance(found, FileSet)
    first = found.train.paths[0]
    told = first.stat().st_mtime_ns
    read(f"hf:{folder}")
    assert first.stat().st_mtime_ns == told
    first.unlink()
    read(f"hf:{folder}")
    assert first.is_file()
    shutil.rmtree(folder / "test")
    _save(folder / "test", _table(18))
    assert len(read(f"hf:{folder}").val.labels) == 18
    assert len(cache.entries()) == 2
    cache.set_limit(100)
    with pytest.raises(DataError, match=r"take more than the 0.0 MB that may be unpacked"):
        read(f"hf:{folder}")


def _state(folder: Path, **changed: object) -> None:
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({**state, **changed}))


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda f: next(f.glob("*.arrow")).unlink(), "is incomplete: data-00000-of-00002.arrow is missing"),
        (lambda f: next(f.glob("*.arrow")).write_bytes(b"hello"), "cannot be read"),
        (lambda f: (f / "state.json").write_text("{"), "state.json is missing or damaged"),
        (lambda f: _state(f, _indices_data_files=[{"filename": "i.arrow"}]), "keeps the order of its rows"),
        (lambda f: _state(f, _data_files=[{"filename": "../data.arrow"}]), "is incomplete"),
        (lambda f: (f / "state.json").unlink(), "holds no set of Hugging Face"),
        (lambda f: (shutil.rmtree(f), _save(f, _table(6, label=[0, 1, -1] * 2))), "Row 3 of .* has no label"),
        (lambda f: (shutil.rmtree(f), _save(f, _table(6, label=[0, 1, 255] * 2))),
         "has the label 255, but its 3 classes are numbered from 0 to 2"),
        (lambda f: (shutil.rmtree(f), _save(f, _table(6, label=[0.5] * 6))), "holds 0.5, which is no class"),
        (lambda f: (shutil.rmtree(f), _save(f, _table(6, label=[0] * 6), features={"image": {"_type": "Image"},
         "label": {"dtype": "int64", "_type": "Value"}})), "only one class, '0'"),
    ],
)  # fmt: skip
def test_a_damaged_set_of_hugging_face_is_one_sentence(
    tmp_path: Path, fault: Callable[[Path], object], sentence: str
) -> None:
    folder = tmp_path / "set"
    _save(folder, _table(12))
    fault(folder)
    with pytest.raises(DataError, match=sentence) as caught:
        read(f"hf:{folder}")
    assert str(folder) in caught.value.message
    assert caught.value.message.endswith(".")


def test_a_damaged_picture_within_a_table_is_left_out(tmp_path: Path) -> None:
    table = _table(30)
    images = table["image"].to_pylist()
    images[4]["bytes"], images[7]["bytes"] = b"\x89PNG broken", None
    parquet.write_table(
        table.set_column(0, "image", pa.array(images, table["image"].type)), tmp_path / "a.parquet"
    )
    data = open_dataset(f"hf:{tmp_path / 'a.parquet'}", image_size=8, channels_in=1, seed=0)
    assert len(data.train.labels) + len(data.val.labels) == 28
    assert data.warnings[0].startswith("2 of 30 pictures are left out.")


def test_a_set_is_fetched_by_its_name_where_the_package_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match="needs the package datasets") as caught:
        read("hf:someone/animals")
    assert "hybridgraph[hf]" in caught.value.hint
    with pytest.raises(DataError, match="does not exist"):
        read(f"hf:{tmp_path / 'nowhere'}")

    def load(name: str) -> dict[str, object]:
        if name != "someone/animals":
            raise ConnectionError("no such set\nand more")
        features = SimpleNamespace(to_dict=lambda: FEATURES)
        part = SimpleNamespace(data=SimpleNamespace(table=_table(30)), features=features)
        part.flatten_indices = lambda: part
        return {"train": part}

    module = ModuleType("datasets")
    module.load_dataset = load  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datasets", module)
    assert len(read("hf:someone/animals").train.labels) == 24
    with pytest.raises(DataError, match=r"'someone/else' cannot be fetched: no such set\."):
        read("hf:someone/else")
    assert with_absolute_data(TrainJob(data="hf:someone/animals")).data == "hf:someone/animals"
    (tmp_path / "here").mkdir()
    assert with_absolute_data(TrainJob(data="hf:here")).data == f"hf:{tmp_path / 'here'}"


def _coco(folder: Path, *, several: bool = False, part: str = "train", count: int = 24) -> Path:
    """Annotations as COCO lays them out, and pictures with one object each."""
    place = folder / part
    place.mkdir(parents=True)
    content: dict[str, list[dict[str, object]]] = {
        "images": [], "annotations": [], "categories": [{"id": 5 * n + 1, "name": name} for n, name in enumerate(NAMES)],
    }  # fmt: skip
    for index, pixels in enumerate(pictures_of(np.arange(count) % 3)):
        Image.fromarray(pixels).save(place / f"{index}.png")
        content["images"].append({"id": 100 + index, "file_name": f"{index}.png", "width": 8, "height": 8})
        box = {
            "image_id": 100 + index,
            "category_id": 5 * (index % 3) + 1,
            "bbox": [2 * (index % 3), 0, 2.5, 8],
        }
        content["annotations"] += [{**box, "id": index}] * 2
        if several and index == 4:
            content["annotations"].append({**box, "category_id": 1})
    (folder / "annotations").mkdir(exist_ok=True)
    file = folder / "annotations" / f"instances_{part}.json"
    file.write_text(json.dumps(content))
    return file


def test_cocos_boxes_are_read(tmp_path: Path) -> None:
    _coco(tmp_path), _coco(tmp_path, part="val", count=6)
    found = read_coco(tmp_path)
    assert found.categories == tuple(NAMES)
    assert (len(found.train), len(found.val)) == (24, 6)
    assert found.train[4].path == tmp_path / "train" / "4.png"
    assert found.train[4].boxes[0] == Box(category=1, x=2, y=0, width=2.5, height=8)
    alone = read_coco(tmp_path / "annotations" / "instances_val.json")
    assert (len(alone.train), len(alone.val)) == (6, 0)


def test_pictures_with_objects_of_one_category_can_be_told_apart(tmp_path: Path) -> None:
    file = _coco(tmp_path)
    data = open_dataset(f"coco:{file}", image_size=8, channels_in=1, seed=0)
    assert data.classes == tuple(NAMES)
    assert (len(data.train.labels), len(data.val.labels)) == (21, 3)
    assert isinstance(data.train, MemoryPictures)
    assert torch.equal(_brightest(data.train.take(torch.arange(21))), data.train.labels)
    _coco(tmp_path, part="val", count=6)
    assert len(read(f"coco:{tmp_path}").val.labels) == 6


def test_pictures_with_objects_of_several_categories_are_a_sentence(tmp_path: Path) -> None:
    _coco(tmp_path, several=True)
    with pytest.raises(
        DataError, match=r"1 of 24 pictures .*4\.png with 'cat' and 'dog'; training takes one class"
    ):
        read(f"coco:{tmp_path}")
    assert len(read_coco(tmp_path).train[4].boxes) == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda c: c["annotations"][3].update(image_id=9),
            "Annotation 4 .* names the picture 9, which is not listed",
        ),
        (lambda c: c["annotations"][3].update(category_id=9), "names the category 9, which is not listed"),
        (lambda c: c["annotations"][3].update(bbox=[0, 0, 0, 4]), "a box of 0 by 4 pixels"),
        (lambda c: c["annotations"][3].update(bbox=[5, 0, 8, 4]), "outside its picture of 8 by 8"),
        (lambda c: c["annotations"][3].update(bbox=[0, 0, float("nan"), 4]), "not four numbers"),
        (lambda c: c["annotations"][3].update(bbox=[0, 0, 4]), "not four numbers"),
        (lambda c: c["annotations"][3].pop("bbox"), "Entry 4 of the annotations .* has no proper bbox"),
        (lambda c: c["images"].append(7), "Entry 25 of the images .* has no proper id"),
        (lambda c: c.update(categories={}), "has no list of categories"),
        (lambda c: c["categories"].append({"id": 1, "name": "emu"}), "'emu' stands twice"),
        (lambda c: c.pop("images"), "holds no annotations of COCO's form"),
        (lambda c: c.update(annotations=c["annotations"][:2]), "only one class, 'cat'"),
        (lambda c: c.update(annotations=[]), "no picture with an object"),
    ],
)
def test_damaged_annotations_are_one_sentence(
    tmp_path: Path, change: Callable[[dict[str, list[dict[str, object]]]], object], sentence: str
) -> None:
    file = _coco(tmp_path)
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(DataError, match=sentence) as caught:
        read(f"coco:{tmp_path}")
    assert str(file) in caught.value.message


@pytest.mark.parametrize("content", ["", "[1]", "[" * 100_000, '{"images": 3}'])
def test_what_is_no_annotation_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json"):
        read(f"coco:{tmp_path / 'a.json'}")
    with pytest.raises(DataError, match=r"no annotations for training|a\.json"):
        read(f"coco:{tmp_path}")


@pytest.mark.parametrize("kind", ["hf", "hf file", "coco"])
def test_packed_files_are_the_same_data_elsewhere(tmp_path: Path, kind: str) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    if kind == "hf":
        spec = f"hf:{_save_dict(here)}"
    elif kind == "coco":
        _coco(here)
        spec = f"coco:{here}"
    else:
        here.mkdir()
        parquet.write_table(_table(30), here / "a.parquet")
        spec = f"hf:{here / 'a.parquet'}"
    before = open_dataset(spec, image_size=8, channels_in=1, seed=0)
    for name, content in packed_files(spec, 0, ()).items():
        assert isinstance(content, Path)
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        (there / name).write_bytes(content.read_bytes())
    shutil.rmtree(here)
    cache.clear()
    assert open_dataset(unpacked(spec, there), image_size=8, channels_in=1, seed=0).digest == before.digest
