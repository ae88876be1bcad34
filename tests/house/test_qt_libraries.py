"""Where Qt's system libraries are missing, people are told which, and the one command that brings them."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "packaging" / "qt_libraries.py"


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("qt_libraries", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(
        module.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt-get" else None
    )
    monkeypatch.setattr(module.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(module.sys, "platform", "linux")
    return module


def test_the_missing_library_is_named_with_its_package(check: ModuleType):
    def load(library: str) -> None:
        if library == "libEGL.so.1":
            raise OSError(f"{library}: cannot open shared object file")

    missing = check.find_missing(check.DRAWING, load)
    assert missing == {"libEGL.so.1": "libegl1"}
    sentence = check.describe_missing(missing)
    assert "libEGL.so.1" in sentence
    assert sentence.endswith("sudo apt-get install -y --no-install-recommends libegl1")


def test_a_library_that_is_really_absent_ends_with_code_1(check: ModuleType, monkeypatch, capsys):
    monkeypatch.setattr(check, "DRAWING", {"libnone-of-this-name.so.9": "libnone9"})
    assert check.main([]) == 1
    assert "libnone9" in capsys.readouterr().err


def test_libraries_of_the_screen_are_asked_for_only_with_a_display(check: ModuleType, monkeypatch):
    monkeypatch.setattr(check, "DRAWING", {})
    monkeypatch.setattr(check, "DISPLAY", {"libnone-of-this-name.so.9": "libnone9"})
    assert check.main([]) == 0
    assert check.main(["--display"]) == 1


def test_root_installs_and_fetches_the_lists_only_when_needed(check: ModuleType, monkeypatch):
    ran = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(" ".join(command[:2]))
        failed = len(ran) == 1  # no package lists yet
        return subprocess.CompletedProcess(command, 100 if failed else 0, "", "")

    monkeypatch.setattr(check.os, "geteuid", lambda: 0)
    monkeypatch.setattr(check.subprocess, "run", run)
    assert check.find_privilege() == []
    assert check.install({"libEGL.so.1": "libegl1"}, [])
    assert ran == ["apt-get install", "apt-get update", "apt-get install"]


def test_an_install_that_fails_says_so(check: ModuleType, monkeypatch, capsys):
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 100, "", "E: Unable to locate package libegl1")

    monkeypatch.setattr(check.subprocess, "run", run)
    assert not check.install({"libEGL.so.1": "libegl1"}, [])
    assert "Unable to locate" in capsys.readouterr().err


def test_nothing_is_installed_without_privilege(check: ModuleType):
    assert check.find_privilege() is None


def test_other_systems_need_nothing(check: ModuleType, monkeypatch):
    monkeypatch.setattr(check.sys, "platform", "darwin")
    monkeypatch.setattr(check, "DRAWING", {"libnone-of-this-name.so.9": "libnone9"})
    assert check.main([]) == 0
