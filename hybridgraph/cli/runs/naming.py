"""How runs are named on the command line, and what the commands for them share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridgraph.cli.options import say
from hybridgraph.jobs import JOB_FILE
from hybridgraph.runs.store import Run, default_root, open_run

MOST_TOLD = 8
"""Names of runs before "and so on"."""
Root = Annotated[Path | None, typer.Option(help="The folder whose runs are meant; else the store of runs.")]
Runs = Annotated[list[str], typer.Argument(metavar="RUN...", help="Names of runs, or their folders.")]
OneRun = Annotated[str, typer.Argument(metavar="RUN", help="The name of a run, or its folder.")]
Where = Annotated[str, typer.Option(metavar="FILTER", help="Every run that passes this filter.")]


def is_run(path: Path) -> bool:
    """Whether there is a run folder of this path."""
    try:
        return (path / JOB_FILE).is_file()
    except OSError:  # no file can have such a name
        return False


def find_run(run: str, root: Path | None) -> Run:
    """The run of a name in the store, or in a folder. Raises RunError."""
    place = root or default_root()
    if Path(run).name == run and run not in ("", ".", "..") and is_run(place / run):
        return Run((place / run).absolute())
    return open_run(run)


def tell_progress(done: int, count: int) -> bool:
    """Say from time to time how far a look at many new runs is."""
    if done and done % 1000 == 0:
        say(f"{done:,} of {count:,} new or changed runs are read.")
    return True
