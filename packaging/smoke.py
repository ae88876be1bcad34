"""Try what was installed, from outside the checkout: does the package stand on its own?

    .venv/bin/python packaging/smoke.py

Meant for a wheel as much as for an editable install. Runs in an empty folder and imports nothing from the checkout, so a
file that was left out of the package shows here and not at a user's. Exit code 0: all well; 1: the first failure is named.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

COMMAND_LINE = "from hybridgraph.cli import main; main()"


class SmokeError(Exception):
    """One of the checks failed; the message says which and how."""


def run(*arguments: str, folder: Path) -> str:
    """Run this Python with arguments in a folder and return what it printed.

    Raises:
        SmokeError: it ended with another exit code than 0.
    """
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SmokeError(
            f"`{' '.join(command)}` ended with exit code {done.returncode}:\n{done.stderr[-2000:]}"
        )
    return done.stdout


def check_data(folder: Path) -> str:
    """The catalogue, fonts, icons and samples came along."""
    code = (
        "import assets, hybridgraph.catalog as c\n"
        "for parts in (('icons', 'hybridgraph.svg'), ('fonts', 'Inter-Regular.otf'), ('samples', 'classes.json')):\n"
        "    assets.path(*parts)\n"
        "print(len(c.load()), 'blocks in the catalogue')"
    )
    return run("-c", code, folder=folder).strip()


def check_layers(folder: Path) -> str:
    """The window's modules load without torch."""
    code = "import app.__main__, app.composition, sys\nassert 'torch' not in sys.modules, 'torch was loaded'\nprint('no torch in the window')"
    return run("-c", code, folder=folder).strip()


def check_design(folder: Path) -> str:
    """A preset is analysed."""
    answer = json.loads(run("-c", COMMAND_LINE, "check", "tiny-moat-0", "--json", folder=folder))
    return f"tiny-moat-0 has {answer['params']:,} parameters"


def check_source(folder: Path) -> str:
    """Its standalone source runs without the package."""
    run("-c", COMMAND_LINE, "code", "tiny-moat-0", "-o", "model.py", folder=folder)
    code = (
        "import sys; sys.modules['hybridgraph'] = None\n"
        "import torch; from model import build_model\n"
        "print(tuple(build_model().eval()(torch.zeros(1, 3, 224, 224)).shape))"
    )
    return f"standalone source gives {run('-c', code, folder=folder).strip()}"


CHECKS: tuple[Callable[[Path], str], ...] = (check_data, check_layers, check_design, check_source)


def main() -> int:
    """Run every check in an empty folder and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        for check in CHECKS:
            try:
                print(f"{check.__name__}: {check(Path(folder))}", flush=True)
            except SmokeError as error:
                print(f"{check.__name__} failed. {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
