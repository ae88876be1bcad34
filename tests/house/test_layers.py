"""The layers hold, in the source and in a running process."""

import ast
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = ("hybridgraph", "app", "assets")
MOST_LINES = 500


def modules(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages a fresh process has loaded after the statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_import_contracts_hold():
    command = (
        "import sys; from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_window_runs_without_torch():
    loaded = loaded_by("import app.__main__, app.composition")
    assert "PySide6" in loaded
    assert "torch" not in loaded


def test_the_core_runs_without_torch_and_qt():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    core = next(
        contract["source_modules"] for contract in contracts if contract["name"] == "the core needs no torch"
    )
    assert not loaded_by(f"import {', '.join(core)}") & {"torch", "PySide6", "app"}


def test_nothing_of_hybridgraph_needs_qt():
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in modules("hybridgraph")]
    importable = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    assert not loaded_by(f"import {', '.join(importable)}") & {"PySide6", "superqt", "app"}


def test_no_module_is_too_long_to_read():
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines())
        for file in modules(*PACKAGES, "tests")
    }
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_every_library_in_use_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {name: texts for name, texts in project["optional-dependencies"].items() if name != "dev"}
    wanted = [*project["dependencies"], *(text for texts in extras.values() for text in texts)]
    declared = {canonicalize_name(Requirement(text).name) for text in wanted}
    declared.add("shiboken6")  # PySide6-Essentials requires it in its own version
    distributions = packages_distributions()
    used = {}
    for file in modules(*PACKAGES):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in PACKAGES:
                    used[top] = file.relative_to(ROOT)
    absent = {
        "mlflow": ["mlflow-skinny"]
    }  # extras that the tests do without; others are called as their modules
    providers = {
        top: {canonicalize_name(name) for name in distributions.get(top, absent.get(top, [top]))}
        for top in used
    }
    assert {top: str(used[top]) for top, names in providers.items() if not names & declared} == {}


def test_nothing_is_named_after_what_it_is_not():
    """A module is named for one concept; these names collect whatever has no place."""
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [str(file.relative_to(ROOT)) for file in modules(*PACKAGES) if file.stem in vague] == []
