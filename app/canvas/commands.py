"""What the canvas can do for a key or a menu, as one table. The keys act only while the canvas has the focus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from app.canvas.content import Overlay
    from app.canvas.view import CanvasView

Need = Literal["nothing", "selection", "stage", "linked", "nodes", "measurement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing to do on the canvas. A title that ends in "…" asks something first."""

    id: str
    title: str
    run: Callable[[CanvasView], object]
    keys: tuple[str, ...] = ()
    needs: Need = "nothing"


def _show(overlay: Overlay) -> Callable[[CanvasView], object]:
    return lambda view: view.design.set_overlay(overlay)


COMMANDS: tuple[Command, ...] = (
    Command(id="add", title="Add a block…", keys=("Tab", "Shift+A"), run=lambda v: v.walker.ask()),
    Command(id="cut", title="Cut", keys=("Ctrl+X",), needs="selection", run=lambda v: v.editor.cut()),
    Command(id="copy", title="Copy", keys=("Ctrl+C",), needs="selection", run=lambda v: v.editor.copy()),
    Command(id="paste", title="Paste", keys=("Ctrl+V",), run=lambda v: v.paste()),
    Command(id="duplicate", title="Duplicate", keys=("Ctrl+D",), needs="selection",
            run=lambda v: v.editor.duplicate()),
    Command(id="duplicate_wired", title="Duplicate with inputs", keys=("Ctrl+Shift+D",), needs="selection",
            run=lambda v: v.editor.duplicate(keep_inputs=True)),
    Command(id="duplicate_linked", title="Duplicate as linked copy", keys=("Ctrl+Alt+D",), needs="stage",
            run=lambda v: v.editor.duplicate_linked()),
    Command(id="make_unique", title="Make unique", needs="linked", run=lambda v: v.editor.make_unique()),
    Command(id="delete", title="Delete", keys=("Del", "Backspace"), needs="selection",
            run=lambda v: v.editor.delete()),
    Command(id="delete_cut", title="Delete and leave a gap", keys=("Shift+Del",), needs="selection",
            run=lambda v: v.editor.delete(heal=False)),
    Command(id="swap", title="Change the block's type…", keys=("Shift+S",), needs="selection",
            run=lambda v: v.walker.ask_to_swap()),
    Command(id="group", title="Make a stage of the selection", keys=("Ctrl+G",), needs="selection",
            run=lambda v: v.editor.group()),
    Command(id="ungroup", title="Ungroup", keys=("Ctrl+Shift+G",), needs="selection",
            run=lambda v: v.editor.ungroup()),
    Command(id="bypass", title="Bypass, or take back in", keys=("M",), needs="selection",
            run=lambda v: v.editor.toggle("bypass")),
    Command(id="freeze", title="Freeze the weights, or train them again", keys=("Shift+M",), needs="selection",
            run=lambda v: v.editor.toggle("freeze")),
    Command(id="fold", title="Fold or unfold", keys=("H",), needs="selection",
            run=lambda v: v.editor.toggle_collapsed()),
    Command(id="arrange", title="Lay out the selection", keys=("L",), needs="selection",
            run=lambda v: v.glide.around(lambda: v.editor.arrange(whole=False))),
    Command(id="arrange_all", title="Lay out everything", keys=("Shift+L",), needs="nodes",
            run=lambda v: v.glide.around(lambda: v.editor.arrange(whole=True))),
    Command(id="straighten", title="Straighten", keys=("Q",), needs="selection", run=lambda v: v.editor.straighten()),
    Command(id="rename", title="Rename", keys=("F2",), needs="selection", run=lambda v: v.walker.rename()),
    Command(id="help", title="About the selected block", keys=("F1",), needs="selection",
            run=lambda v: v.walker.help()),
    # going about
    Command(id="select_all", title="Select all", keys=("Ctrl+A",), run=lambda v: v.walker.select_all()),
    Command(id="downstream", title="Go downstream", keys=("]",), needs="nodes",
            run=lambda v: v.walker.along(downstream=True)),
    Command(id="upstream", title="Go upstream", keys=("[",), needs="nodes",
            run=lambda v: v.walker.along(downstream=False)),
    Command(id="enter", title="Enter the stage", keys=("Return", "Enter"), needs="selection",
            run=lambda v: v.walker.enter()),
    Command(id="leave", title="Leave the stage", keys=("U",), needs="selection", run=lambda v: v.leave()),
    Command(id="crumbs", title="Go to the stages around", keys=("Shift+U",), needs="selection",
            run=lambda v: v.crumbs.reach()),
    Command(id="peek", title="Look into a folded stage", keys=("P",), needs="nodes", run=lambda v: v.peek.toggle()),
    Command(id="wire", title="Wire from here, or to here", keys=("W",), needs="selection",
            run=lambda v: v.walker.wire()),
    # seeing
    Command(id="frame", title="Frame the selection", keys=("F",), run=lambda v: v.frame_selection()),
    Command(id="frame_all", title="Frame everything", keys=("Home",), run=lambda v: v.frame_all()),
    Command(id="zoom_in", title="Zoom in", keys=("Ctrl++", "Ctrl+="), run=lambda v: v.zoom_by(1.25)),
    Command(id="zoom_out", title="Zoom out", keys=("Ctrl+-",), run=lambda v: v.zoom_by(0.8)),
    Command(id="zoom_one", title="Zoom to 100 %", keys=("Ctrl+0",), run=lambda v: v.zoom_to(1.0)),
    Command(id="minimap", title="Map", keys=("Alt+M",), run=lambda v: v.toggle_minimap()),
    Command(id="image_size", title="Other image sizes…", needs="nodes", run=lambda v: v.size_bar.toggle()),
    Command(id="show_shape", title="Show shapes", keys=("1",), run=_show("shape")),
    Command(id="show_params", title="Show parameters", keys=("2",), run=_show("params")),
    Command(id="show_macs", title="Show MACs", keys=("3",), run=_show("macs")),
    Command(id="show_heat", title="Show the measurement", keys=("4",), needs="measurement", run=_show("heat")),
    Command(id="show_memory", title="Show memory", keys=("5",), run=_show("memory")),
    Command(id="show_none", title="Show no numbers", keys=("0",), run=_show("none")),
)  # fmt: skip
BY_ID = {command.id: command for command in COMMANDS}
