"""Source text in the house style, by Ruff in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from hybridgraph.errors import ExportError

LINE_LENGTH = 110
_SECONDS = 60


def format_source(text: str) -> str:
    """The text as Ruff formats it, untouched by any settings of the folder. Raises ExportError."""
    options = ["format", "--isolated", "--line-length", str(LINE_LENGTH), "--target-version", "py311", "-"]
    hint = "Install the packages of HybridGraph again."
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *options],
            input=text.encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportError(f"The source cannot be formatted: Ruff does not run ({error}).", hint) from error
    if done.returncode != 0:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise ExportError(f"The source cannot be formatted: {reason.rstrip('.')}.", hint)
    return done.stdout.decode()
