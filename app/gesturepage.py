"""The page about the canvas, made from its tables: `python -m app.gesturepage` writes `docs/canvas.md`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.canvas.commands import COMMANDS
from app.canvas.gestures.sheet import MOUSE

PAGE = Path("docs/canvas.md")
_HELD = (
    ("← →", "along the wires to the next block"),
    ("↑ ↓", "to the neighbour above or below"),
    ("Shift + arrow, Alt + arrow", "move what is selected by 8 or by 1 px"),
    ("Space", "tapped, add a block; held, move the view with the mouse"),
    ("Esc", "drop what is in the hand, end a look, else leave the stage"),
)
_BEGIN = """# Working on the canvas

Written by `python -m app.gesturepage` from the tables that the program itself uses; a test compares the two. Every command is also
in the list of everything (Ctrl+K) and, with its keys, in the sheet of shortcuts (Ctrl+?), where keys can be changed.

## With the mouse

"""
_KEYS = """
## With keys

They act while the canvas has the focus; F6 leads there. Many also act in the whole window.

"""
_REST = """
## Comment frames

Ctrl+J draws a frame round what is selected and asks for its title. What lies in a frame is what has its middle in it: nothing is
listed, a block is put into a frame or taken out by moving it. The title is the handle: dragging it takes along the contents and the
frames within; its menu has the colours. J and Shift+J go from frame to frame; then F2 renames, Shift and Alt with arrows move, Enter
selects the contents, Ctrl+C and Ctrl+D copy the frame with them, Delete removes the frame and leaves them. A frame keeps its distance
to its contents when a layout or a block put in between moves them, goes into a stage that is made of all of them, and is drawn in
figures of the canvas. It says nothing to the network: digest, source, analysis and `hybridgraph diff` do not see it. In a file it is
an entry of `frames` beside `nodes`, with `id`, `title`, `colour`, `at` and `size`; an older version keeps it untouched.

## Copies that follow

Ctrl+Alt+D puts linked copies of the selected stages below them, Ctrl+Shift+V those of the stages on the clipboard where the mouse is.
From then on a change of one body is a change of all; repeats, title and parameters stay each one's own. “Make unique” ends it.

## For screen readers

The canvas is a tree: stages with their blocks, blocks with their ports, comment frames. Each has a name (stage, block, shape), a place on the
screen and a state (selected, folded, at fault, out of view); the focus follows the selection.
"""


def text() -> str:
    """The page."""
    keys = [(", ".join(one.keys), one.title.removesuffix("…")) for one in COMMANDS]
    return (
        _BEGIN
        + _table("Gesture", "What it does", MOUSE)
        + _KEYS
        + _table("Keys", "What they do", [*((keys, what) for keys, what in keys if keys), *_HELD])
        + "\nWithout keys of their own, in menus and in the list of everything: "
        + ", ".join(f"“{what}”" for held, what in keys if not held)
        + ".\n"
        + _REST
    )


def _table(left: str, right: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {left} | {right} |", "|---|---|"]
    return "\n".join([*lines, *(f"| {a} | {b} |" for a, b in rows)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
