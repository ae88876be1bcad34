"""What is found in a folder of pictures before the first epoch."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from hybridgraph.cli import run
from hybridgraph.data.health import Health, check_up
from hybridgraph.data.health.likeness import near_pairs
from hybridgraph.data.health.looks import look_at_pixels
from hybridgraph.errors import DataError


def _photo(seed: int, side: int = 96) -> Image.Image:
    """A picture with large soft shapes in colour, as photographs have them."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Thirty sound pictures of each of two classes, split into training and validation."""
    for number, (part, name) in enumerate((p, n) for p in ("train", "val") for n in ("ant", "bee")):
        (tmp_path / part / name).mkdir(parents=True)
        for index in range(30 if part == "train" else 6):
            _photo(1000 * number + index).save(tmp_path / part / name / f"{index}.png")
    return tmp_path


def _found(folder: Path) -> Health:
    return check_up(f"folder:{folder}")


def test_a_sound_set_has_nothing_to_say(photos: Path) -> None:
    health = _found(photos)
    assert list(health.findings()) == []
    assert (health.train_counts, health.val_counts) == ((30, 30), (6, 6))
    assert (health.widths.smallest, health.heights.largest) == (96, 96)
    assert health.grey == 0
    assert all(0.4 < value < 0.6 for value in health.mean)


def test_a_copy_in_the_validation_is_a_leak(photos: Path) -> None:
    original = photos / "train" / "ant" / "3.png"
    (photos / "val" / "ant" / "copy.png").write_bytes(original.read_bytes())
    health = _found(photos)
    assert [(pair.is_exact, pair.is_leak, pair.is_contradiction) for pair in health.pairs] == [
        (True, True, False)
    ]
    assert str(original) in next(health.findings())


def test_a_picture_saved_again_smaller_and_darker_is_still_found(photos: Path) -> None:
    near = _photo(5).resize((64, 64), Image.Resampling.BILINEAR).point(lambda value: value * 0.97)
    near.filter(ImageFilter.GaussianBlur(0.5)).save(photos / "val" / "bee" / "near.jpg", quality=70)
    health = _found(photos)
    [pair] = health.pairs
    assert (pair.is_exact, pair.is_leak, pair.is_contradiction) == (False, True, True)
    assert {Path(pair.first).name, Path(pair.second).name} == {"5.png", "near.jpg"}


def test_copies_with_much_noise_or_little_to_see_are_found_and_no_others() -> None:
    draw = np.random.default_rng(0)
    ground = draw.integers(40, 200, (60, 4, 4))
    noisy = np.kron(ground, np.ones((16, 16))) + draw.normal(0, 25, (60, 64, 64))
    dim = np.zeros((60, 64, 64))
    for picture, (x, y, side) in zip(dim, draw.integers((0, 0, 12), (40, 40, 25), (60, 3)), strict=True):
        picture[y : y + side, x : x + side] = draw.integers(
            40, 90
        )  # elsewhere no neighbour is the brighter one
    pictures = [Image.fromarray(one) for one in np.clip([*noisy, *dim], 0, 255).astype(np.uint8)]
    copies = []
    for picture in pictures:
        file = BytesIO()
        picture.save(file, "JPEG", quality=75)
        copies.append(Image.open(file))
    looks = [look_at_pixels(np.asarray(one)) for one in (*pictures, *copies)]
    found = near_pairs(np.stack([look.coarse for look in looks]))
    assert set(found) == {(one, one + 120) for one in range(120)}


@pytest.mark.parametrize(("change", "found"), [(3, [(0, 1)]), (7, []), (50, [])])
def test_a_pair_is_told_by_what_differs_beside_what_there_is_to_see(
    change: int, found: list[tuple[int, int]]
) -> None:
    one, other = np.random.default_rng(0).choice((-1, 1), (2, 16, 17))
    pair = np.stack([128 + 50 * one, 128 + 50 * one + change * other]).astype(np.uint8)
    assert near_pairs(pair) == found


def test_what_looks_like_hundreds_of_others_is_not_paired() -> None:
    blank = np.full((500, 16, 17), 200, np.uint8)
    assert near_pairs(blank) == []
    assert near_pairs(blank[:1]) == []
    assert near_pairs(blank[:3]) == [(0, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("torn", "1 picture cannot be read"),
        ("text", "1 picture cannot be read"),
        ("blank", "shows nothing"),
        ("tiny", "9×9 pixels"),
        ("long", "of which a square is kept"),
        ("few", "Fewer than 20 pictures for training: cat"),
        ("rare", "times fewer"),
    ],
)
def test_each_oddity_is_a_sentence(photos: Path, fault: str, sentence: str) -> None:
    place = photos / "train" / "ant"
    if fault == "torn":
        data = (place / "0.png").read_bytes()
        (place / "0.png").write_bytes(data[: len(data) // 2])
    elif fault == "text":
        (place / "0.png").write_text("hello")
    elif fault == "blank":
        Image.new("RGB", (50, 50), "teal").save(place / "blank.png")
    elif fault == "tiny":
        _photo(1, 9).save(place / "tiny.png")
    elif fault == "long":
        _photo(77).resize((300, 60)).save(place / "long.png")
    else:
        for part in ("train", "val"):
            (photos / part / "cat").mkdir()
            for index in range(3):
                _photo(9000 + index + 10 * len(part)).save(photos / part / "cat" / f"{index}.png")
    findings = " ".join(_found(photos).findings())
    assert sentence in findings


def test_a_set_of_which_nothing_can_be_read_is_refused(photos: Path) -> None:
    for path in photos.rglob("*.png"):
        path.write_bytes(b"nothing")
    with pytest.raises(DataError, match="None of the 72 pictures"):
        _found(photos)


def test_the_command_prints_counts_findings_and_json(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "val" / "bee" / "copy.png").write_bytes((photos / "train" / "ant" / "0.png").read_bytes())
    assert run(["data", f"folder:{photos}"]) == 0
    shown = capsys.readouterr().out
    assert "73 pictures of 2 classes" in shown
    assert "under different labels" in shown
    assert run(["data", f"folder:{photos}", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["pairs"][0]["is_contradiction"] is True
    assert run(["data", f"folder:{photos / 'none'}"]) == 1
    assert "does not exist" in capsys.readouterr().err
