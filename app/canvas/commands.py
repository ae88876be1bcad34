"""What the canvas can do for a key or a menu, as one table. The keys act only while the canvas has the focus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.language import mark
from hybridgraph.graph.frames import COLOURS

if TYPE_CHECKING:
    from app.canvas.content import Overlay
    from app.canvas.view import CanvasView

Need = Literal["nothing", "selection", "stage", "linked", "nodes", "measurement", "frame", "something"]


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


def _delete(view: CanvasView) -> None:
    """The chosen comment frame, else what is selected."""
    if not view.framing.delete():
        view.editor.delete()


def _coloured(colour: str) -> Callable[[CanvasView], object]:
    return lambda view: view.framing.recolour(colour)


_COLOURED = {
    "grey": mark("Grey comment frame"),
    "blue": mark("Blue comment frame"),
    "green": mark("Green comment frame"),
    "yellow": mark("Yellow comment frame"),
    "orange": mark("Orange comment frame"),
    "red": mark("Red comment frame"),
}
COMMANDS: tuple[Command, ...] = (
    Command(id="add", title=mark("Add a block…"), keys=("Tab", "Shift+A"), run=lambda v: v.walker.ask()),
    Command(id="cut", title=mark("Cut"), keys=("Ctrl+X",), needs="something", run=lambda v: v.editor.cut()),
    Command(id="copy", title=mark("Copy"), keys=("Ctrl+C",), needs="something", run=lambda v: v.editor.copy()),
    Command(id="paste", title=mark("Paste"), keys=("Ctrl+V",), run=lambda v: v.paste()),
    Command(id="paste_linked", title=mark("Paste as linked copy"), keys=("Ctrl+Shift+V",), run=lambda v: v.paste(linked=True)),
    Command(id="duplicate", title=mark("Duplicate"), keys=("Ctrl+D",), needs="something",
            run=lambda v: v.follow(v.editor.duplicate())),
    Command(id="duplicate_wired", title=mark("Duplicate with inputs"), keys=("Ctrl+Shift+D",), needs="selection",
            run=lambda v: v.follow(v.editor.duplicate(keep_inputs=True))),
    Command(id="duplicate_linked", title=mark("Duplicate as linked copy"), keys=("Ctrl+Alt+D",), needs="stage",
            run=lambda v: v.follow(v.editor.duplicate_linked())),
    Command(id="make_unique", title=mark("Make unique"), needs="linked", run=lambda v: v.editor.make_unique()),
    Command(id="delete", title=mark("Delete"), keys=("Del", "Backspace"), needs="something",
            run=_delete),
    Command(id="delete_cut", title=mark("Delete and leave a gap"), keys=("Shift+Del",), needs="selection",
            run=lambda v: v.editor.delete(heal=False)),
    Command(id="swap", title=mark("Change the block's type…"), keys=("Shift+S",), needs="selection",
            run=lambda v: v.walker.ask_to_swap()),
    Command(id="group", title=mark("Make a stage of the selection"), keys=("Ctrl+G",), needs="selection",
            run=lambda v: v.editor.group()),
    Command(id="ungroup", title=mark("Ungroup"), keys=("Ctrl+Shift+G",), needs="selection",
            run=lambda v: v.editor.ungroup()),
    Command(id="comment", title=mark("Comment frame round the selection"), keys=("Ctrl+J",), needs="something",
            run=lambda v: v.framing.comment()),
    Command(id="comment_fit", title=mark("Fit the comment frame to what lies in it"), keys=("Ctrl+Alt+J",), needs="frame",
            run=lambda v: v.framing.fit()),
    *(Command(id=f"comment_{colour}", title=_COLOURED[colour], needs="frame", run=_coloured(colour))
      for colour in COLOURS),
    Command(id="bypass", title=mark("Bypass, or take back in"), keys=("M",), needs="selection",
            run=lambda v: v.editor.toggle("bypass")),
    Command(id="freeze", title=mark("Freeze the weights, or train them again"), keys=("Shift+M",), needs="selection",
            run=lambda v: v.editor.toggle("freeze")),
    Command(id="recompute", title=mark("Compute again in training to save memory, or keep"), keys=("Ctrl+Shift+M",),
            needs="selection", run=lambda v: v.editor.toggle("recompute")),
    Command(id="fold", title=mark("Fold or unfold"), keys=("H",), needs="selection",
            run=lambda v: v.editor.toggle_collapsed()),
    Command(id="arrange", title=mark("Lay out the selection"), keys=("L",), needs="selection",
            run=lambda v: v.glide.around(lambda: v.editor.arrange(whole=False))),
    Command(id="arrange_all", title=mark("Lay out everything"), keys=("Shift+L",), needs="nodes",
            run=lambda v: v.glide.around(lambda: v.editor.arrange(whole=True))),
    Command(id="straighten", title=mark("Straighten"), keys=("Q",), needs="selection", run=lambda v: v.editor.straighten()),
    Command(id="rename", title=mark("Rename"), keys=("F2",), needs="something", run=lambda v: v.walker.rename()),
    Command(id="help", title=mark("About the selected block"), keys=("F1",), needs="selection",
            run=lambda v: v.walker.help()),
    # going about
    Command(id="select_all", title=mark("Select all"), keys=("Ctrl+A",), run=lambda v: v.walker.select_all()),
    Command(id="downstream", title=mark("Go downstream"), keys=("]",), needs="nodes",
            run=lambda v: v.walker.along(downstream=True)),
    Command(id="upstream", title=mark("Go upstream"), keys=("[",), needs="nodes",
            run=lambda v: v.walker.along(downstream=False)),
    Command(id="next_comment", title=mark("Next comment frame"), keys=("J",), needs="nodes", run=lambda v: v.framing.go(1)),
    Command(id="previous_comment", title=mark("Previous comment frame"), keys=("Shift+J",), needs="nodes",
            run=lambda v: v.framing.go(-1)),
    Command(id="enter", title=mark("Enter the stage"), keys=("Return", "Enter"), needs="something",
            run=lambda v: v.walker.enter()),
    Command(id="leave", title=mark("Leave the stage"), keys=("U",), needs="selection", run=lambda v: v.leave()),
    Command(id="crumbs", title=mark("Go to the stages around"), keys=("Shift+U",), needs="selection",
            run=lambda v: v.crumbs.reach()),
    Command(id="peek", title=mark("Look into a folded stage"), keys=("P",), needs="nodes", run=lambda v: v.peek.toggle()),
    Command(id="wire", title=mark("Wire from here, or to here"), keys=("W",), needs="selection",
            run=lambda v: v.walker.wire()),
    # seeing
    Command(id="frame", title=mark("Frame the selection"), keys=("F",), run=lambda v: v.frame_selection()),
    Command(id="frame_all", title=mark("Frame everything"), keys=("Home",), run=lambda v: v.frame_all()),
    Command(id="zoom_in", title=mark("Zoom in"), keys=("Ctrl++", "Ctrl+="), run=lambda v: v.zoom_by(1.25)),
    Command(id="zoom_out", title=mark("Zoom out"), keys=("Ctrl+-",), run=lambda v: v.zoom_by(0.8)),
    Command(id="zoom_one", title=mark("Zoom to 100 %"), keys=("Ctrl+0",), run=lambda v: v.zoom_to(1.0)),
    Command(id="minimap", title=mark("Map"), keys=("Alt+M",), run=lambda v: v.toggle_minimap()),
    Command(id="image_size", title=mark("Other image sizes…"), needs="nodes", run=lambda v: v.size_bar.toggle()),
    Command(id="show_shape", title=mark("Show shapes"), keys=("1",), run=_show("shape")),
    Command(id="show_params", title=mark("Show parameters"), keys=("2",), run=_show("params")),
    Command(id="show_macs", title=mark("Show MACs"), keys=("3",), run=_show("macs")),
    Command(id="show_heat", title=mark("Show the measurement"), keys=("4",), needs="measurement", run=_show("heat")),
    Command(id="show_memory", title=mark("Show memory"), keys=("5",), run=_show("memory")),
    Command(id="show_none", title=mark("Show no numbers"), keys=("0",), run=_show("none")),
)  # fmt: skip
BY_ID = {command.id: command for command in COMMANDS}
