"""The command that opens the window. It runs in a process of its own, which never imports torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from hybridgraph.display import has_display, offscreen_environment
from hybridgraph.errors import RunError


def app(
    design: Annotated[
        str | None, typer.Argument(metavar="[DESIGN]", help="A design file, a preset or a pattern.")
    ] = None,
    *,
    screenshot: Annotated[
        Path | None, typer.Option(help="Render the window to this PNG file and quit.")
    ] = None,
    theme: Annotated[str | None, typer.Option(help="dark or light.")] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Instead of that of the system, such as en.")
    ] = None,
) -> None:
    """Open the designer. With --screenshot it needs no display."""
    environment = dict(os.environ)
    if not has_display() and "QT_QPA_PLATFORM" not in environment:
        if screenshot is None:
            raise RunError(
                "There is no display, so the designer cannot be shown.",
                "Use --screenshot OUT.png for a picture of it, or the other commands.",
            )
        environment = offscreen_environment()
    options = ["--screenshot", str(screenshot)] if screenshot else []
    options += ["--theme", theme] if theme else []
    options += ["--language", language] if language else []
    code = subprocess.call(
        [sys.executable, "-m", "app", *([design] if design else []), *options], env=environment
    )
    if code:
        raise typer.Exit(code)
