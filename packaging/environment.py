"""Make ``.venv`` ready: create it, bring it up to date, or see at once that there is nothing to do.

Runs under any Python from 3.11 with nothing but the standard library; neither ``python3-venv`` nor a pip inside the
environment is needed (docs/adr/0007-set-up-without-python3-venv.md). A stamp in the environment holds the digest of
everything it was made from, and is written last, so an interrupted set-up is never taken for a finished one.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / ".venv"
DRAFT = ROOT / ".venv.new"
LOCK = ROOT / ".setup.lock"
STAMP = "hybridgraph.stamp"
PROJECT = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

OLDEST_PIP = (22, 3)  # the first with --python


class SetupError(Exception):
    """The environment could not be made; the message says why and what to do."""


def stamp_text() -> str:
    """Return the digest of what an environment is made from: the two files, this folder, this Python version."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version_info[:2]}\n".encode())
    for file in (PROJECT, CONSTRAINTS):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_ready(target: Path) -> bool:
    """Say whether the environment carries the stamp of the present files."""
    stamp = target / STAMP
    return stamp.is_file() and stamp.read_text() == stamp_text() and python_of(target).exists()


def python_of(target: Path) -> Path:
    """Return the interpreter of an environment."""
    return target / "bin" / "python"


def is_usable(target: Path) -> bool:
    """Say whether an existing environment can be brought up to date: made here, and runs with this Python version."""
    made = target / "pyvenv.cfg"
    if not python_of(target).exists() or not made.is_file() or str(target) not in made.read_text():
        return False  # after a move, the scripts inside still name the old place
    code = "import sys; print(sys.prefix, sys.version_info[:2])"
    asked = subprocess.run([python_of(target), "-c", code], capture_output=True, text=True, check=False)
    return asked.stdout.strip() == f"{target} {sys.version_info[:2]}"


def find_pip() -> list[str]:
    """Return the command of a pip that can install into another environment.

    Raises:
        SetupError: there is none, or only one that is too old.
    """
    found = "none was found"
    for command in ([sys.executable, "-m", "pip"], ["python3", "-m", "pip"], ["pip3"], ["pip"]):
        if shutil.which(command[0]) is None:
            continue
        asked = subprocess.run([*command, "--version"], capture_output=True, text=True, check=False)
        words = asked.stdout.split()
        if asked.returncode != 0 or len(words) < 2:
            continue
        if tuple(int(part) for part in words[1].split(".")[:2]) >= OLDEST_PIP:
            return command
        found = f"only pip {words[1]} was found"
    raise SetupError(
        f"Setting up needs pip 22.3 or newer, and {found}. "
        "Install it with `apt-get install python3-pip`, or `python3 -m ensurepip --upgrade` outside Debian and Ubuntu."
    )


def install(target: Path, *, quietly: bool = False) -> None:
    """Install the project, editable, with everything it needs and its tests into an environment.

    Args:
        target: the environment.
        quietly: print only what goes wrong, for an update that mostly finds things in place.

    Raises:
        SetupError: pip failed; its own words stand above.
    """
    command = [*find_pip(), "--python", str(python_of(target)), "install", "--no-input"]
    command += ["--quiet"] if quietly else []
    command += [] if sys.stdout.isatty() else ["--progress-bar", "off"]
    command += ["--disable-pip-version-check", "-c", str(CONSTRAINTS), "-e", f"{ROOT}[dev]"]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise SetupError(
            f"pip could not install the dependencies (exit code {done.returncode}, its words are above). "
            "The usual reasons are no network and a full disk; when mended, the same command goes on from here."
        )


def create(target: Path) -> None:
    """Create an empty environment without pip, replacing what an interrupted run left."""
    if target.exists():
        shutil.rmtree(target)
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--prompt", TARGET.name, str(target)], check=False
    )
    if done.returncode != 0:
        raise SetupError(f"`{sys.executable} -m venv --without-pip` failed with exit code {done.returncode}.")


def move(draft: Path, target: Path) -> None:
    """Give a finished environment its final name, also inside the scripts that hold the path."""
    for file in [*(draft / "bin").iterdir(), draft / "pyvenv.cfg"]:
        if file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        if os.fsencode(draft) in content:
            file.write_bytes(content.replace(os.fsencode(draft), os.fsencode(target)))
    if target.exists():
        shutil.rmtree(target)
    draft.rename(target)


def build() -> None:
    """Make a new environment beside the final place and put it there when it is complete."""
    free = shutil.disk_usage(ROOT).free / 1e9
    print(
        "Setting up .venv, once. The large part of the download is PyTorch: installed it takes about 1 GB as the build\n"
        "for the processor alone and about 4 GB as the CUDA build, which is what most Linux machines are given; the\n"
        f"rest takes about 1 GB. Free on this disk: {free:.0f} GB.",
        flush=True,
    )
    create(DRAFT)
    install(DRAFT)
    move(DRAFT, TARGET)


def ensure() -> None:
    """Bring ``.venv`` to the state the project's files describe.

    Raises:
        SetupError: it could not be done; the next call tries again.
    """
    if is_ready(TARGET):
        return
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits and finds the work done
        if is_ready(TARGET):
            return
        if is_usable(TARGET):
            print("pyproject.toml or the constraints changed: bringing .venv up to date.", flush=True)
            (TARGET / STAMP).unlink(missing_ok=True)
            install(TARGET, quietly=True)
        else:
            build()
        (TARGET / STAMP).write_text(stamp_text())
        print(".venv is ready.", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Set up and return the exit code; takes no arguments."""
    if arguments:
        print("usage: python3 packaging/environment.py", file=sys.stderr)
        return 2
    try:
        ensure()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
