"""What every test shares: no display, no trace in the user's folders, a fixed order, and the golden files."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# Set before anything imports Qt or torch, and inherited by the processes that tests start.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread a worker, or the workers fight over the cores

_HOME = Path(tempfile.mkdtemp(prefix="hybridgraph-tests-"))
for _kind in ("CACHE", "CONFIG", "DATA", "STATE"):
    os.environ[f"XDG_{_kind}_HOME"] = str(_HOME / _kind.lower())

# The same examples on every machine, and no clock: the machines that run this are shared and slow at times.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")

# What everything else stands on runs first, so that the first failure is the one to read.
_ORDER = (
    "house",
    "core",
    "blocks",
    "contracts",
    "golden",
    "engine",
    "presets",
    "train",
    "export",
    "runs",
    "cli",
    "app",
)
_GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-goldens", action="store_true", help="write the golden files instead of comparing"
    )


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(root).parts[0]
        return _ORDER.index(folder) if folder in _ORDER else len(_ORDER)

    items.sort(key=rank)  # stable: the order inside a folder stays


@pytest.fixture
def check_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Give ``check(name, text)``: compare ``text`` with ``tests/golden/NAME``, or write it under --refresh-goldens."""
    refresh = request.config.getoption("--refresh-goldens")

    def check(name: str, text: str) -> None:
        file = _GOLDEN / name
        if refresh:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return
        assert file.exists(), (
            f"{file.name} is not there yet: write it with `pytest --refresh-goldens` and read it"
        )
        assert text == file.read_text(encoding="utf-8"), (
            f"{name} differs; if that is meant: pytest --refresh-goldens"
        )

    return check
