"""What `make run` does: open the designer on the sample design, or take the same tour where there is no display.

The tour does headless what a person would do in the window: check the sample design, train it briefly on the
bundled pictures, profile it, export it as source and as ONNX with the trained weights, and render the window.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from hybridgraph.display import has_display
from hybridgraph.threads import share_cores

FOLDER = Path("demo")
EPOCHS = 3


def tour(folder: Path) -> int:
    """The main job without a display, one command after the other; answers the exit code of the first that fails."""
    from hybridgraph import cli, presets  # not needed to open the window, which should not wait for them

    folder.mkdir(parents=True, exist_ok=True)
    run = folder / f"run-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    sample = presets.SAMPLE
    steps: list[tuple[str, list[str], Path | None]] = [
        ("The sample design, its shapes and costs", ["check", sample], None),
        ("A short training on the bundled pictures",
         ["train", sample, "--data", "sample", "--epochs", str(EPOCHS), "--batch", "64", "--run", str(run)], run),
        ("Where the time goes on this machine", ["profile", sample], None),
        ("The trained network as source on torch alone",
         ["export", sample, "--format", "code", "--run", str(run), "-o", str(folder / "model.py")],
         folder / "model.py"),
        ("The trained network as ONNX",
         ["export", sample, "--format", "onnx", "--run", str(run), "-o", str(folder / "model.onnx")],
         folder / "model.onnx"),
    ]  # fmt: skip
    for title, command, result in steps:
        _announce(title, command)
        if code := cli.run(command):
            return code
        if result is not None:
            _say(f"→ {result.absolute()}")
    picture = folder / "window.png"
    command = ["app", sample, "--screenshot", str(picture)]
    _announce("The window, rendered to a picture", command)
    if code := cli.run(command):
        return code
    _say(f"→ {picture.absolute()}")
    return 0


def _announce(title: str, command: list[str]) -> None:
    _say(f"\n== {title}\n$ hybridgraph {' '.join(command)}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Open the window, or say that there is no display and take the tour."""
    if has_display():
        return subprocess.call([sys.executable, "-m", "app", "--demo"])
    share_cores()
    _say("There is no display, so the designer cannot be shown; the same job follows without it.")
    started = time.monotonic()
    code = tour(FOLDER)
    if code == 0:
        _say(f"\nAll of it in {time.monotonic() - started:.0f} s. Results are in {FOLDER.absolute()}.")
    return code


if __name__ == "__main__":
    sys.exit(main())
