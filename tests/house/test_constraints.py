"""The constraints file names the exact version of everything the project needs, directly or through others."""

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]


def read_pins() -> dict[str, Version]:
    lines = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    names_and_versions = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in names_and_versions}


def walk_requirements() -> dict[str, Requirement]:
    """Return every requirement reachable from pyproject.toml on this machine, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = [
        Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["dev"]
    ]
    reached: dict[str, Requirement] = {}
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in reached or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        reached[name] = requirement
        try:
            waiting += [Requirement(text) for text in distribution(name).requires or []]
        except PackageNotFoundError:
            continue  # said by test_the_pins_are_what_is_installed
    return reached


# A CUDA build of torch pins these itself, exactly; they exist on no other machine.
PINNED_BY_TORCH = ("nvidia-", "triton", "cuda-")


def test_every_dependency_is_pinned():
    pins = read_pins()
    loose = [
        name for name in walk_requirements() if name not in pins and not name.startswith(PINNED_BY_TORCH)
    ]
    assert not loose, f"not in packaging/constraints.txt: {', '.join(sorted(loose))}"


def test_the_pins_satisfy_the_project():
    pins, needed = read_pins(), walk_requirements()
    wrong = [
        name for name, pin in pins.items() if name in needed and not needed[name].specifier.contains(pin)
    ]
    assert not wrong


def test_the_pins_are_what_is_installed():
    differing = {}
    for name, pin in read_pins().items():
        try:
            installed = Version(distribution(name).version)
        except PackageNotFoundError:
            continue  # a pin of a package only another system needs
        if installed.public != str(pin):
            differing[name] = f"installed {installed}, pinned {pin}"
    assert not differing


def test_torch_and_qt_are_the_versions_known_to_work():
    pins = read_pins()
    assert pins["pyside6-essentials"] == pins["shiboken6"] == Version("6.11.3")
    assert pins["torch"] == Version("2.13.0")


def test_no_line_names_a_host():
    text = (ROOT / "packaging" / "constraints.txt").read_text() + (ROOT / "pyproject.toml").read_text()
    assert "://" not in text
    assert "--index-url" not in text
