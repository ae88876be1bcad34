"""Everything the window can do, as one table: menus, shortcuts, toolbar and command palette are made from it.

`actionset` makes Qt's actions of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app import motion, needs
from app.canvas import commands
from app.choosing import choosers, everything
from app.comparison import doing as comparing
from app.data import offering
from app.importing import offer_import
from app.language import mark
from app.needs import always, with_nodes, with_stage
from app.ownblocks import dialog as ownblocksdialog
from app.queue import launching
from app.reporting import bundles, report
from app.results import opening as results
from app.session import Session
from app.settings import dialog as preferencesdialog
from app.stages import dialog as stagedialog
from hybridgraph.graph.frames import COLOURS

if TYPE_CHECKING:
    from app.window import MainWindow

Menu = Literal["File", "Edit", "View", "Run", "Help"]
Scope = Literal["window", "canvas"]
MENUS: tuple[Menu, ...] = ("File", "Edit", "View", "Run", "Help")
MENU_TITLES: dict[Menu, str] = {
    "File": mark("&File"),
    "Edit": mark("&Edit"),
    "View": mark("&View"),
    "Run": mark("&Run"),
    "Help": mark("&Help"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. `scope` "canvas" keeps its keys to the time when the canvas has the focus.

    A title that ends in "…" asks something first. `separated` draws a line above it in its menu. What is on or off
    says so with `is_on`.
    """

    id: str
    title: str
    menu: Menu
    run: Callable[[MainWindow], object]
    keys: tuple[str, ...] = ()
    enabled: Callable[[Session], bool] = always
    scope: Scope = "window"
    icon: str = ""
    separated: bool = False
    is_on: Callable[[MainWindow], bool] | None = None


def _on_canvas(
    name: str, menu: Menu, *, icon: str = "", separated: bool = False, scope: Scope = "canvas"
) -> Action:
    """A command of the canvas as an entry of a menu."""
    command = commands.BY_ID[name]
    return Action(
        id=name, title=command.title, menu=menu, keys=command.keys, scope=scope, icon=icon, separated=separated,
        enabled=needs.BY_NAME[command.needs], run=lambda window: command.run(window.canvas),
    )  # fmt: skip


ACTIONS: tuple[Action, ...] = (
    # File
    Action(id="new", title=mark("New…"), menu="File", keys=("Ctrl+N",), icon="file-plus", run=lambda w: w.documents.new()),
    Action(id="home", title=mark("Start page"), menu="File", keys=("Ctrl+T",), run=lambda w: w.documents.go_home()),
    Action(id="open", title=mark("Open…"), menu="File", keys=("Ctrl+O",), icon="folder-open",
           run=lambda w: w.documents.ask_open()),
    Action(id="pictures", title=mark("Open pictures…"), menu="File", keys=("Ctrl+Shift+O",), icon="image", run=offering.choose),
    Action(id="import", title=mark("Import program…"), menu="File", run=offer_import),
    Action(id="save", title=mark("Save"), menu="File", keys=("Ctrl+S",), icon="save", separated=True,
           run=lambda w: w.documents.saving.save()),
    Action(id="save_as", title=mark("Save as…"), menu="File", keys=("Ctrl+Shift+S",), run=lambda w: w.documents.saving.save_as()),
    Action(id="versions", title=mark("Earlier versions…"), menu="File", enabled=lambda s: s.file is not None,
           run=lambda w: w.show_versions()),
    Action(id="close", title=mark("Close"), menu="File", keys=("Ctrl+W",), run=lambda w: w.documents.close()),
    Action(id="export", title=mark("Export…"), menu="File", keys=("Ctrl+E",), icon="download", separated=True,
           enabled=with_nodes, run=lambda w: w.export()),
    Action(id="own_blocks", title=mark("My blocks…"), menu="File", run=ownblocksdialog.show),
    Action(id="quit", title=mark("Quit"), menu="File", keys=("Ctrl+Q",), separated=True, run=lambda w: w.close()),
    # Edit
    Action(id="undo", title=mark("Undo"), menu="Edit", keys=("Ctrl+Z",), icon="undo",
           enabled=lambda s: s.undo_stack.canUndo(), run=lambda w: w.session.undo_stack.undo()),
    Action(id="redo", title=mark("Redo"), menu="Edit", keys=("Ctrl+Shift+Z", "Ctrl+Y"), icon="redo",
           enabled=lambda s: s.undo_stack.canRedo(), run=lambda w: w.session.undo_stack.redo()),
    _on_canvas("cut", "Edit", separated=True),
    _on_canvas("copy", "Edit"),
    _on_canvas("paste", "Edit"),
    _on_canvas("paste_linked", "Edit"),
    _on_canvas("duplicate", "Edit", scope="window"),
    _on_canvas("duplicate_wired", "Edit", scope="window"),
    _on_canvas("duplicate_linked", "Edit", scope="window"),
    _on_canvas("make_unique", "Edit"),
    _on_canvas("delete", "Edit"),
    _on_canvas("delete_cut", "Edit"),
    _on_canvas("select_all", "Edit"),
    _on_canvas("downstream", "Edit"),
    _on_canvas("upstream", "Edit"),
    _on_canvas("wire", "Edit"),
    _on_canvas("group", "Edit", separated=True, icon="layers", scope="window"),
    _on_canvas("ungroup", "Edit", scope="window"),
    _on_canvas("comment", "Edit", scope="window"),
    _on_canvas("comment_fit", "Edit"),
    *(_on_canvas(f"comment_{colour}", "Edit") for colour in COLOURS),
    _on_canvas("next_comment", "Edit"),
    _on_canvas("previous_comment", "Edit"),
    Action(id="keep_stage", title=mark("Keep as my stage…"), menu="Edit", enabled=with_stage,
           run=stagedialog.keep),
    Action(id="stage_params", title=mark("Parameters of the stage…"), menu="Edit", enabled=with_stage,
           run=stagedialog.choose_parameters),
    _on_canvas("bypass", "Edit"),
    _on_canvas("freeze", "Edit"),
    _on_canvas("recompute", "Edit"),
    _on_canvas("fold", "Edit"),
    _on_canvas("enter", "Edit"),
    _on_canvas("leave", "Edit"),
    _on_canvas("crumbs", "Edit"),
    _on_canvas("peek", "Edit"),
    _on_canvas("arrange", "Edit"),
    _on_canvas("arrange_all", "Edit"),
    _on_canvas("straighten", "Edit"),
    _on_canvas("rename", "Edit", scope="window"),
    _on_canvas("add", "Edit", separated=True, icon="plus"),
    _on_canvas("swap", "Edit"),
    Action(id="repair", title=mark("Repair…"), menu="Edit", keys=("Ctrl+.",), run=choosers.repair_selected),
    Action(id="pattern", title=mark("Pattern…"), menu="Edit", keys=("Ctrl+L",), run=lambda w: w.pattern.edit()),
    # View
    Action(id="commands", title=mark("Everything…"), menu="View", keys=("Ctrl+K", "Ctrl+Shift+P"), icon="search",
           run=everything.offer_everything),
    Action(id="find", title=mark("Find in the design…"), menu="View", keys=("Ctrl+F",), run=everything.offer_nodes),
    _on_canvas("frame", "View", separated=True, icon="maximize"),
    _on_canvas("frame_all", "View"),
    _on_canvas("zoom_in", "View", icon="plus", scope="window"),
    _on_canvas("zoom_out", "View", icon="minus", scope="window"),
    _on_canvas("zoom_one", "View", scope="window"),
    _on_canvas("minimap", "View", icon="map", scope="window"),
    _on_canvas("image_size", "View", icon="image", scope="window"),
    _on_canvas("show_shape", "View", separated=True),
    _on_canvas("show_params", "View"),
    _on_canvas("show_macs", "View"),
    _on_canvas("show_heat", "View"),
    _on_canvas("show_memory", "View"),
    _on_canvas("show_none", "View"),
    Action(id="compare", title=mark("Compare with…"), menu="View", separated=True, icon="git-branch", enabled=with_nodes,
           run=comparing.offer),
    Action(id="next_difference", title=mark("Next difference"), menu="View", keys=("F7",), run=comparing.go_on),
    Action(id="previous_difference", title=mark("Previous difference"), menu="View", keys=("Shift+F7",),
           run=comparing.go_back),
    Action(id="end_comparison", title=mark("End the comparison"), menu="View", run=comparing.end),
    Action(id="next_tab", title=mark("Next design"), menu="View", keys=("Ctrl+Tab", "Ctrl+PgDown"), separated=True,
           run=lambda w: w.documents.step(1)),
    Action(id="previous_tab", title=mark("Previous design"), menu="View", keys=("Ctrl+Shift+Tab", "Ctrl+PgUp"),
           run=lambda w: w.documents.step(-1)),
    Action(id="theme", title=mark("Dark or light"), menu="View", separated=True, icon="sun", run=lambda w: w.toggle_theme()),
    Action(id="calm", title=mark("Reduce motion"), menu="View", is_on=lambda _: motion.is_calm(),
           run=lambda w: motion.set_calm(not motion.is_calm(), w, w.settings)),
    Action(id="settings", title=mark("Settings…"), menu="View", keys=("Ctrl+,",), run=preferencesdialog.show),
    Action(id="next_area", title=mark("Next area"), menu="View", keys=("F6",), separated=True, run=lambda w: w.areas.go(1)),
    Action(id="previous_area", title=mark("Previous area"), menu="View", keys=("Shift+F6",), run=lambda w: w.areas.go(-1)),
    Action(id="panels_train", title=mark("Train panel"), menu="View", separated=True, run=lambda w: w.show_panel("Train")),
    Action(id="panels_queue", title=mark("Queue panel"), menu="View", run=lambda w: w.show_panel("Queue")),
    Action(id="panels_profile", title=mark("Profile panel"), menu="View", run=lambda w: w.show_panel("Profile")),
    Action(id="panels_bakeoff", title=mark("Bake-off panel"), menu="View", run=lambda w: w.show_panel("Bake-off")),
    Action(id="panels_runs", title=mark("Runs panel"), menu="View", keys=("Ctrl+Alt+T",), run=lambda w: w.runs.show_table()),
    Action(id="panels_problems", title=mark("Problems panel"), menu="View", keys=("Ctrl+B",),
           run=lambda w: w.show_panel("Problems")),
    Action(id="panels_source", title=mark("Source panel"), menu="View", run=lambda w: w.show_panel("Source")),
    # Run
    Action(id="train", title=mark("Train"), menu="Run", keys=("Ctrl+Return", "Ctrl+Enter"), icon="play", enabled=with_nodes,
           run=lambda w: w.train()),
    Action(id="enqueue", title=mark("Add to queue"), menu="Run", keys=("Ctrl+Alt+Q",), enabled=with_nodes,
           run=lambda w: w.enqueue()),
    Action(id="preflight", title=mark("Pre-flight"), menu="Run", keys=("Ctrl+Alt+P",), enabled=with_nodes,
           run=lambda w: w.look_ahead()),
    Action(id="recipe", title=mark("Recipe…"), menu="Run", run=lambda w: w.choose_recipe()),
    Action(id="profile", title=mark("Profile"), menu="Run", keys=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), icon="gauge",
           enabled=with_nodes, run=lambda w: w.profile()),
    Action(id="stop", title=mark("Stop"), menu="Run", keys=("Ctrl+Alt+Return", "Ctrl+Alt+Enter"), icon="square",
           run=lambda w: w.stop()),
    Action(id="results", title=mark("Results of the run"), menu="Run", keys=("Ctrl+Alt+R",), separated=True,
           run=results.show_current),
    Action(id="launch", title=mark("Launch script…"), menu="Run", enabled=with_nodes, run=launching.offer),
    Action(id="report", title=mark("Report…"), menu="Run", enabled=with_nodes,
           run=report.offer),
    Action(id="bundle", title=mark("Bundle a training…"), menu="Run", run=bundles.offer_bundle),
    Action(id="reproduce", title=mark("Reproduce a bundle…"), menu="Run", run=bundles.offer_reproduction),
    Action(id="restart_engine", title=mark("Restart the engine"), menu="Run", separated=True, icon="refresh-cw",
           run=lambda w: w.restart_engine()),
    # Help
    _on_canvas("help", "Help", icon="help-circle", scope="window"),
    Action(id="shortcuts", title=mark("Shortcuts…"), menu="Help", keys=("Ctrl+?",),
           run=lambda w: w.show_shortcuts()),
    Action(id="tour", title=mark("The tour"), menu="Help", run=lambda w: w.open_door("tour")),
    Action(id="about", title=mark("About HybridGraph"), menu="Help", icon="info", run=lambda w: w.show_about()),
)  # fmt: skip
