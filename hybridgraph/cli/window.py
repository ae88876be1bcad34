"""The command that opens the window. It runs in a process of its own, which never imports torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer


def app(
    design: Annotated[
        str | None, typer.Argument(metavar="[DESIGN]", help="A design file or a preset.")
    ] = None,
    *,
    screenshot: Annotated[
        Path | None, typer.Option(help="Render the window to this PNG file and quit.")
    ] = None,
    theme: Annotated[str | None, typer.Option(help="dark or light.")] = None,
) -> None:
    """Open the designer."""
    options = ["--screenshot", str(screenshot)] if screenshot else []
    options += ["--theme", theme] if theme else []
    code = subprocess.call([sys.executable, "-m", "app", *([design] if design else []), *options])
    if code:
        raise typer.Exit(code)
