"""The process that looks at pictures for a window: what it recognises, lists, shows small, changes, and finds wrong."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hybridgraph.data.health import checkup
from hybridgraph.data.sources import read
from hybridgraph.errors import DataError
from hybridgraph.recipes import Recipe, cards
from hybridgraph.recipes import recipe as recipes
from hybridgraph.recipes.strength import STRONGEST, scaled
from hybridgraph.viewing.__main__ import Viewer
from hybridgraph.viewing.recognition import read_as, recognise
from hybridgraph.viewing.shelf import Shelf


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes of eight colour pictures of 24×16; one is torn, one stands in both classes, one file is none."""
    draw = np.random.default_rng(0)
    folder = tmp_path / "photos"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for number in range(8):
            pixels = draw.integers(0, 256, (4, 6, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    (folder / "dog" / "9.png").write_bytes((folder / "cat" / "0.png").read_bytes())
    (folder / "cat" / "torn.png").write_bytes((folder / "cat" / "1.png").read_bytes()[:60])
    (folder / "cat" / "notes.txt").write_text("seen in May")
    (folder / "cat" / ".hidden").write_text("")
    return folder


def ask(viewer: Viewer, method: str, **content: Any) -> dict[str, Any]:
    import json

    return viewer.answer(json.dumps({"id": 7, "method": method, **content}))


def opened(folder: Path) -> Viewer:
    viewer = Viewer(lambda _notice: None)
    assert "error" not in ask(viewer, "open", spec=f"folder:{folder}", seed=0, held_back=0.25)
    return viewer


def test_folders_and_files_are_recognised_by_names(photos: Path, tmp_path: Path) -> None:
    assert recognise(photos) == (f"folder:{photos}",)
    assert recognise(tmp_path) == (f"folder:{photos}",)  # an archive was unpacked into a folder of its own
    table = photos / "labels.csv"
    table.write_text("file,label\n")
    assert recognise(table) == (f"table:{table}",)
    assert recognise(photos) == (f"folder:{photos}", f"table:{table}")
    assert recognise(_touched(photos.parent / "a.parquet")) == tuple(
        f"{kind}:{photos.parent / 'a.parquet'}" for kind in ("table", "hf")
    )
    assert recognise(_touched(tmp_path / "saved" / "dataset_info.json").parent) == (
        f"hf:{tmp_path / 'saved'}",
    )
    boxes = _touched(tmp_path / "boxes" / "annotations" / "instances_train.json")
    assert recognise(boxes) == (f"coco:{boxes}",)
    assert recognise(tmp_path / "boxes")[0] == f"coco:{tmp_path / 'boxes'}"
    flat = tmp_path / "flat"
    (flat / "images").mkdir(parents=True)
    (flat / "images" / "1.jpg").touch()
    (flat / "train.csv").touch()
    assert (
        recognise(flat)[0] == f"table:{flat / 'train.csv'}"
    )  # one folder of pictures, the table knows their classes
    for name, kind in (
        ("train-images-idx3-ubyte.gz", "idx"),
        ("data_batch_1.bin", "cifar"),
        ("test_batch", "cifar"),
    ):
        folder = tmp_path / name.partition(".")[0] / "x"
        folder.mkdir(parents=True)
        (folder / name).touch()
        assert recognise(folder) == (f"{kind}:{folder}",)
        assert recognise(folder / name) == (f"{kind}:{folder}",)


def _touched(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.jpg", "one picture"),
        ("a.tar.gz", "is an archive"),
        ("a.docx", "no set of pictures"),
        ("", "neither"),
    ],
)
def test_what_is_no_set_of_pictures_says_what_to_do(tmp_path: Path, name: str, words: str) -> None:
    if name:
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=words):
        recognise(tmp_path / (name or "gone"))


def test_a_person_may_ask_for_another_reader(photos: Path) -> None:
    assert read_as("idx", photos) == f"idx:{photos}"
    assert read_as("folder", photos / "cat" / "0.png") == f"folder:{photos / 'cat'}"
    assert read_as("sample", photos) == "sample"
    with pytest.raises(DataError, match="no table"):
        read_as("table", photos)


def test_a_set_is_listed_and_its_pictures_shown_small(photos: Path) -> None:
    viewer = Viewer(lambda _notice: None)
    told = ask(viewer, "open", spec=f"folder:{photos}", seed=0, held_back=0.25)
    assert (told["classes"], told["train"], told["val"]) == (("cat", "dog"), [7, 7], [2, 2])
    labels = np.frombuffer(base64.b64decode(told["labels"]), "<u4")
    assert labels[:14].tolist() == [0] * 7 + [1] * 7
    shelf = Shelf(read(f"folder:{photos}", 0, 0.25))
    assert told["held_back"] == 0.25
    pictures = ask(viewer, "small", places=list(range(18)), side=12)["pictures"]
    faults = [row for row in pictures if row[2] == 0]
    assert [row[1] for row in faults] == [str(Path("cat", "torn.png"))]
    place, name, width, height, pixels = next(row for row in pictures if row[2])
    assert (width, height, name) == (12, 8, shelf.name(place))
    shown = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(8, 12, 3)
    whole = np.asarray(Image.open(photos / name))
    assert np.array_equal(shown, whole[::2, ::2])  # in blocks of four: each shown pixel lies within one


def test_pictures_that_a_table_does_not_name_are_told(photos: Path) -> None:
    names = [f"{folder}/{number}.png" for folder in ("cat", "dog") for number in range(8) if number != 3]
    table = photos / "labels.csv"
    table.write_text("file,label\n" + "".join(f"{name},{name[:3]}\n" for name in names))
    told = ask(Viewer(lambda _notice: None), "health", spec=f"table:{table}", seed=0, held_back=0.25)
    left = [
        [str(photos / name), "unlisted"] for name in ("cat/3.png", "cat/torn.png", "dog/3.png", "dog/9.png")
    ]
    assert sorted(told["skipped"]) == sorted([*left, [str(photos / "cat" / "notes.txt"), "other"]])


def test_health_counts_names_and_places_what_is_odd(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[dict[str, Any]] = []
    viewer = Viewer(notices.append)
    told = ask(viewer, "health", spec=f"folder:{photos}", seed=0, held_back=0.25)
    assert notices[-1] == {"done": 18, "all": 18}
    assert told["troubles"] == {"unreadable": 1}
    assert told["skipped"] == [[str(photos / "cat" / "notes.txt"), "other"]]
    (pair,) = told["health"]["pairs"]
    assert pair["is_exact"]
    assert pair["is_contradiction"]
    shelf = Shelf(read(f"folder:{photos}", 0, 0.25))
    assert {str(shelf.path(told["places"][pair[side]])) for side in ("first", "second")} == {
        str(photos / "cat" / "0.png"), str(photos / "dog" / "9.png")
    }  # fmt: skip
    monkeypatch.setattr(
        checkup, "look_at_file", int
    )  # a second look would fail: another split is judged without a look
    again = ask(viewer, "health", spec=f"folder:{photos}", seed=0, held_back=0.5)
    assert (again["health"]["train_counts"], again["health"]["pairs"][0]["is_exact"]) == ((5, 5), True)
    assert told["health"]["topics"][:2] in (["contradiction", "unreadable"], ["leak", "contradiction"])


def test_variants_are_what_a_training_would_be_fed(photos: Path) -> None:
    import torch

    from hybridgraph.data import augment
    from hybridgraph.data.decoding import read_picture

    viewer, places = opened(photos), [0, 8]
    recipe = Recipe(flip=0.5, shift=0.25)
    told = ask(
        viewer, "variants", places=places, recipe=recipes.content(recipe), image_size=16, channels_in=3, seed=5,
        count=3, side=64,
    )  # fmt: skip
    shown = np.frombuffer(base64.b64decode(told["pixels"]), np.uint8).reshape(2, 4, 16, 16, 3)
    shelf = Shelf(read(f"folder:{photos}", 0, 0.25))
    images = torch.stack([torch.from_numpy(read_picture(shelf.path(place), 16, 3)) for place in places])  # type: ignore[arg-type]
    assert np.array_equal(shown[:, 0], images.permute(0, 2, 3, 1).numpy())
    for epoch in range(3):
        changed = augment(images, torch.tensor(places), seed=5, epoch=epoch, flip=0.5, shift=0.25)
        assert np.abs(shown[:, 1 + epoch].astype(int) - changed.permute(0, 2, 3, 1).numpy()).max() <= 1


def test_variants_leave_out_what_cannot_be_read(photos: Path) -> None:
    viewer = opened(photos)
    shelf = Shelf(read(f"folder:{photos}", 0, 0.25))
    torn = next(place for place in range(len(shelf)) if str(shelf.path(place)).endswith("torn.png"))
    asked = {"recipe": {}, "image_size": 8, "channels_in": 1, "seed": 0, "count": 1, "side": 8}
    other = 0 if torn else 1
    assert ask(viewer, "variants", places=[torn, other], **asked)["places"] == [other]
    assert "torn.png" in ask(viewer, "variants", places=[torn], **asked)["error"]["message"]


def test_pictures_are_asked_for_only_when_some_are_open() -> None:
    assert "No pictures" in ask(Viewer(print), "small", places=[0], side=8)["error"]["message"]


@pytest.mark.parametrize("name", list(cards()))
def test_strength_scales_the_pictures_changes_alone(name: str) -> None:
    recipe = cards()[name].recipe
    assert scaled(recipe, 1.0) == recipe
    off = scaled(recipe, 0.0)
    assert (off.flip, off.shift, off.randaugment, off.erasing, off.mixup, off.cutmix, off.crop) == (
        0,
    ) * 6 + (1.0,)
    assert recipes.content(off).keys() == recipes.content(recipe).keys()
    changed = {key for key, value in recipes.content(off).items() if value != recipes.content(recipe)[key]}
    pictures = {
        "flip",
        "shift",
        "crop",
        "randaugment",
        "magnitude",
        "magnitude_spread",
        "erasing",
        "mixup",
        "cutmix",
    }
    assert changed <= pictures
    strong = scaled(recipe, STRONGEST)
    assert strong.shift == min(0.5, 2 * recipe.shift)
    assert strong.flip == recipe.flip
    times = 2 if recipe.randaugment else 1  # without operations their magnitude is no change worth telling
    assert strong.magnitude == pytest.approx(min(30, times * recipe.magnitude))
    assert 1 - strong.crop == pytest.approx(min(2 * (1 - recipe.crop), max(0.95, 1 - recipe.crop)))
