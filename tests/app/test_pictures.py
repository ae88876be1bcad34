"""The canvas at five zooms, in both themes, at 100 and 200 % scaling looks as in `tests/golden/pictures`."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.app.paint_pictures import ZOOMS

PICTURES = Path(__file__).parents[1] / "golden" / "pictures"
ROOT = Path(__file__).parents[2]
BLUR = 1.5  # px: letters may fall half a pixel aside
LOUD = 24  # of 255, from which a blurred pixel counts as different
SHARE = 0.0003  # of all pixels that may differ: less than a badge of 14 px at 100 %
NAMES = [f"{zoom}-{theme}" for zoom in ZOOMS for theme in ("dark", "light")]


def difference(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ to the eye; 1 when the sizes do."""
    if one.size != other.size:
        return 1.0
    soft = [
        np.asarray(picture.convert("RGB").filter(ImageFilter.GaussianBlur(BLUR)), np.int16)
        for picture in (one, other)
    ]
    return float((np.abs(soft[0] - soft[1]).max(axis=2) > LOUD).mean())


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Folders of pictures by scaling. Each scaling needs a process of its own: Qt reads it once."""
    folders = {}
    for factor in (1, 2):
        folder = folders[factor] = tmp_path_factory.mktemp(f"scale-{factor}")
        environment = os.environ | {
            "QT_SCALE_FACTOR": str(factor), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        command = [sys.executable, str(ROOT / "tests" / "app" / "paint_pictures.py"), str(folder)]
        subprocess.run(command, env=environment, check=True, timeout=240)
    return folders


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_the_canvas_looks_as_it_did(
    painted: dict[int, Path], request: pytest.FixtureRequest, name: str, factor: int
) -> None:
    file = f"{name}-{factor}00.png"
    golden = PICTURES / file
    if request.config.getoption("--refresh-goldens"):
        golden.parent.mkdir(exist_ok=True)
        Image.open(painted[factor] / file).convert("RGB").save(golden, optimize=True)
    share = difference(Image.open(painted[factor] / file), Image.open(golden))
    assert share <= SHARE, (
        f"{share:.2%} of {file} differ: look at {painted[factor] / file} beside it; "
        "if that is meant: pytest tests/app/test_pictures.py --refresh-goldens"
    )


def test_a_missing_badge_is_noticed_and_a_shade_is_not() -> None:
    picture = Image.open(PICTURES / "half-dark-100.png").convert("RGB")
    mended, shaded = picture.copy(), picture.point(lambda value: min(value + 2, 255))
    sign = np.abs(np.asarray(picture, np.int16) - (255, 200, 87)).max(axis=2) < 8  # the colour of warnings
    y, x = np.median(np.argwhere(sign), axis=0)
    mended.paste((28, 34, 43), (int(x) - 9, int(y) - 9, int(x) + 9, int(y) + 9))
    assert difference(picture, mended) > SHARE
    assert difference(picture, shaded) <= SHARE


def test_the_pictures_are_small() -> None:
    assert sum(file.stat().st_size for file in PICTURES.glob("*.png")) < 1_500_000
