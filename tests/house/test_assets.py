"""What is bundled is whole: sample pictures, fonts, icons, and a licence beside each."""

import gzip
import json
import re
import struct
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase, QImage, QPainter, QRawFont
from PySide6.QtSvg import QSvgRenderer

import assets

CLASSES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]


def read_idx(name: str) -> np.ndarray:
    data = gzip.decompress(assets.path("samples", name).read_bytes())
    dimensions = data[3]
    shape = struct.unpack_from(f">{dimensions}i", data, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


@pytest.mark.parametrize(("split", "per_class"), [("train", 600), ("t10k", 100)])
def test_samples_are_readable_and_balanced(split: str, per_class: int):
    images, labels = read_idx(f"{split}-images-idx3-ubyte.gz"), read_idx(f"{split}-labels-idx1-ubyte.gz")
    assert images.shape == (10 * per_class, 28, 28)
    assert np.bincount(labels).tolist() == [per_class] * 10
    assert images.reshape(len(images), -1).std(axis=1).min() > 0  # no empty picture
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) > 0.99 * len(images)


def test_a_label_belongs_to_its_picture():
    """The nearest class mean of the training pictures finds most test pictures: the two files are in step."""
    means = np.stack([read_train()[0][read_train()[1] == c].mean(axis=0) for c in range(10)])
    images, labels = read_idx("t10k-images-idx3-ubyte.gz") / 255, read_idx("t10k-labels-idx1-ubyte.gz")
    distance = ((images[:, None] - means[None]) ** 2).sum(axis=(2, 3))
    assert (distance.argmin(axis=1) == labels).mean() > 0.6


def read_train() -> tuple[np.ndarray, np.ndarray]:
    return read_idx("train-images-idx3-ubyte.gz") / 255, read_idx("train-labels-idx1-ubyte.gz")


def test_the_class_names_are_those_of_the_original():
    assert json.loads(assets.path("samples", "classes.json").read_text()) == CLASSES


def test_the_samples_are_small():
    assert sum(file.stat().st_size for file in assets.path("samples").iterdir()) < 4_000_000


def test_licences_lie_beside_what_they_cover():
    assert "Zalando" in assets.path("samples", "LICENSE").read_text()
    assert "ISC License" in assets.path("icons", "LICENSE-lucide.txt").read_text()
    for name in ("OFL-Inter.txt", "OFL-JetBrainsMono.txt"):
        assert "SIL OPEN FONT LICENSE Version 1.1" in assets.path("fonts", name).read_text()


def test_a_missing_file_is_named():
    with pytest.raises(FileNotFoundError, match=r"icons/none\.svg is missing at "):
        assets.path("icons", "none.svg")


FONTS = sorted(file.name for file in assets.path("fonts").glob("*.[ot]tf"))


def test_all_weights_are_there():
    assert [name.split(".")[0] for name in FONTS] == [
        "Inter-Medium",
        "Inter-Regular",
        "Inter-SemiBold",
        "JetBrainsMono-Medium",
        "JetBrainsMono-Regular",
    ]


@pytest.mark.parametrize("name", FONTS)
def test_qt_loads_the_font(qapp, name: str):
    number = QFontDatabase.addApplicationFont(str(assets.path("fonts", name)))
    assert number >= 0
    family = QFontDatabase.applicationFontFamilies(number)[0]
    assert family.startswith("Inter" if "Inter" in name else "JetBrains Mono")


@pytest.mark.parametrize("name", FONTS)
def test_the_font_has_the_signs_the_window_draws(qapp, name: str):
    font = QRawFont(str(assets.path("fonts", name)), 13)
    assert [sign for sign in "0123456789×·→−…µ²%" if not font.supportsCharacter(ord(sign))] == []


ICONS = sorted(file.stem for file in assets.path("icons").glob("*.svg"))


@pytest.mark.parametrize("name", ICONS)
def test_the_icon_draws_something(qapp, name: str):
    source = assets.path("icons", f"{name}.svg").read_bytes()
    assert ET.fromstring(source).tag.endswith("svg")
    renderer = QSvgRenderer(QByteArray(source))
    assert renderer.isValid()
    image = QImage(24, 24, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert any(image.pixelColor(x, y).alpha() > 100 for x in range(24) for y in range(24))


def test_icons_take_the_colour_of_the_interface():
    fixed = [name for name in ICONS if "currentColor" not in assets.path("icons", f"{name}.svg").read_text()]
    assert fixed == ["hybridgraph"]


def test_every_icon_the_window_asks_for_is_bundled():
    window = Path(assets.__file__).parents[1] / "app"
    asked = {
        name
        for file in window.rglob("*.py")
        for name in re.findall(r'\bicon\("([a-z0-9-]+)"', file.read_text())
    }
    assert asked
    assert asked <= set(ICONS)
