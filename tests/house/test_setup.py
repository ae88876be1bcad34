"""The set-up script: when it acts, what it leaves behind when it fails, and that a moved environment works."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the script as a module that works on an empty project under ``tmp_path``."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "packaging" / "environment.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("a==1\n")
    for name, place in {
        "ROOT": tmp_path,
        "TARGET": tmp_path / ".venv",
        "DRAFT": tmp_path / ".venv.new",
        "LOCK": tmp_path / ".setup.lock",
        "PROJECT": tmp_path / "pyproject.toml",
        "CONSTRAINTS": tmp_path / "constraints.txt",
    }.items():
        monkeypatch.setattr(module, name, place)
    monkeypatch.setattr(module, "install", write_script)
    return module


def write_script(target: Path, *, quietly: bool = False) -> None:
    """Stand in for pip: one command with the environment's path in its first line."""
    script = target / "bin" / "where"
    script.write_text(f"#!{target}/bin/python\nimport sys\nprint(sys.prefix)\n")
    script.chmod(0o755)


def test_builds_once_and_then_has_nothing_to_do(environment: ModuleType, tmp_path: Path, monkeypatch):
    target = tmp_path / ".venv"
    environment.ensure()
    assert environment.is_ready(target)
    assert not (tmp_path / ".venv.new").exists()

    monkeypatch.setattr(environment, "install", lambda *_, **__: pytest.fail("installed again"))
    environment.ensure()


def test_commands_work_after_the_environment_got_its_final_name(environment: ModuleType, tmp_path: Path):
    target = tmp_path / ".venv"
    environment.ensure()
    said = subprocess.run([target / "bin" / "where"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(target)
    assert ".venv.new" not in (target / "bin" / "activate").read_text()


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt"])
def test_a_change_of_either_file_updates_in_place(environment: ModuleType, tmp_path: Path, file: str):
    target = tmp_path / ".venv"
    environment.ensure()
    (target / "kept").touch()
    (tmp_path / file).write_text("changed\n")
    assert not environment.is_ready(target)
    environment.ensure()
    assert environment.is_ready(target)
    assert (target / "kept").exists()


def test_a_failed_first_set_up_leaves_nothing_that_looks_finished(
    environment, tmp_path: Path, monkeypatch, capsys
):
    def fail(target: Path, *, quietly: bool = False) -> None:
        raise environment.SetupError("pip could not install")

    monkeypatch.setattr(environment, "install", fail)
    assert environment.main([]) == 1
    assert capsys.readouterr().err == "pip could not install\n"
    assert not (tmp_path / ".venv").exists()


def test_what_an_interrupted_set_up_left_is_replaced(environment: ModuleType, tmp_path: Path):
    left = tmp_path / ".venv.new" / "half"
    left.mkdir(parents=True)
    environment.ensure()
    assert not (tmp_path / ".venv.new").exists()
    assert not (tmp_path / ".venv" / "half").exists()


def test_a_failed_update_is_tried_again(environment: ModuleType, tmp_path: Path, monkeypatch):
    target = tmp_path / ".venv"
    environment.ensure()
    (tmp_path / "constraints.txt").write_text("a==2\n")

    def fail(target: Path, *, quietly: bool = False) -> None:
        raise environment.SetupError("pip could not install")

    with monkeypatch.context() as patch:
        patch.setattr(environment, "install", fail)
        with pytest.raises(environment.SetupError):
            environment.ensure()
    assert not environment.is_ready(target)
    environment.ensure()
    assert environment.is_ready(target)


def test_an_environment_that_does_not_run_is_replaced(environment: ModuleType, tmp_path: Path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    environment.ensure()
    assert environment.is_usable(tmp_path / ".venv")


def test_a_moved_environment_is_not_taken_as_it_is(environment: ModuleType, tmp_path: Path):
    environment.ensure()
    moved = (tmp_path / ".venv").rename(tmp_path / "moved")
    assert not environment.is_usable(moved)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("", "none was found"), ("echo pip 20.3.4 from nowhere", "only pip 20.3.4 was found")],
)
def test_a_missing_or_old_pip_is_named(
    environment: ModuleType, tmp_path: Path, monkeypatch, answer: str, reason: str
):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("python3", "pip", "pip3"):
        (tools / name).write_text(f"#!/bin/sh\n{answer or 'exit 1'}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr(environment.sys, "executable", str(tools / "python3"))
    with pytest.raises(environment.SetupError, match=f"needs pip 22.3 or newer, and {reason}"):
        environment.find_pip()


def pick_python(folder: Path, **versions: str) -> subprocess.CompletedProcess[str]:
    """Run python.sh where only the named interpreters exist; each is new enough or not."""
    for name, verdict in versions.items():
        file = folder / name.replace("_", ".")
        file.write_text(f"#!/bin/sh\nexit {0 if verdict == 'new' else 1}\n")
        file.chmod(0o755)
    script = str(ROOT / "packaging" / "python.sh")
    return subprocess.run(
        ["/bin/sh", script], env={"PATH": str(folder)}, capture_output=True, text=True, check=False
    )


def test_python3_is_preferred(tmp_path: Path):
    assert pick_python(tmp_path, python3="new", python3_11="new").stdout == "python3\n"


def test_a_newer_python_beside_an_old_python3_is_found(tmp_path: Path):
    assert pick_python(tmp_path, python3="old", python3_12="new").stdout == "python3.12\n"


def test_no_fitting_python_is_said(tmp_path: Path):
    picked = pick_python(tmp_path, python3="old")
    assert picked.returncode == 1
    assert "needs Python 3.11 or newer" in picked.stderr
