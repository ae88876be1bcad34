"""Everything the window can do, as one table: menus, shortcuts, toolbar and command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMenuBar

from app import motion, needs
from app.canvas import commands
from app.choosing import choosers, everything
from app.comparison import doing as comparing
from app.icons import icon
from app.importing import offer_import
from app.language import mark, tr
from app.needs import always, with_nodes, with_stage
from app.ownblocks import dialog as ownblocksdialog
from app.reporting import bundles, report
from app.session import Session
from app.settings import dialog as preferencesdialog
from app.settings.shortcuts import Shortcuts
from app.stages import dialog as stagedialog
from app.theme import Theme
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
    Action(id="panels_profile", title=mark("Profile panel"), menu="View", run=lambda w: w.show_panel("Profile")),
    Action(id="panels_problems", title=mark("Problems panel"), menu="View", keys=("Ctrl+B",),
           run=lambda w: w.show_panel("Problems")),
    Action(id="panels_source", title=mark("Source panel"), menu="View", run=lambda w: w.show_panel("Source")),
    # Run
    Action(id="train", title=mark("Train"), menu="Run", keys=("Ctrl+Return", "Ctrl+Enter"), icon="play", enabled=with_nodes,
           run=lambda w: w.train()),
    Action(id="profile", title=mark("Profile"), menu="Run", keys=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), icon="gauge",
           enabled=with_nodes, run=lambda w: w.profile()),
    Action(id="stop", title=mark("Stop"), menu="Run", keys=("Ctrl+Alt+Return", "Ctrl+Alt+Enter"), icon="square",
           run=lambda w: w.stop()),
    Action(id="report", title=mark("Report…"), menu="Run", separated=True, enabled=with_nodes,
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


_BY_ID = {action.id: action for action in ACTIONS}
_CONTEXTS: dict[Scope, Qt.ShortcutContext] = {
    "window": Qt.ShortcutContext.WindowShortcut,
    "canvas": Qt.ShortcutContext.WidgetShortcut,  # not its children: a name typed on the canvas has these letters too
}


class ActionSet(QObject):
    """The table made into Qt's actions for one window."""

    def __init__(self, window: MainWindow, bar: QMenuBar) -> None:
        super().__init__(window)  # a child: it stops listening before its actions go
        self._window = window
        self._session = window.session
        self._canvas_keys = window.canvas.keys
        self._shortcuts = Shortcuts(window.settings)
        self._actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {name: bar.addMenu(tr(MENU_TITLES[name])) for name in MENUS}
        for action in ACTIONS:
            made = QAction(tr(action.title), window)
            made.setObjectName(action.id)
            owner = window.canvas if action.scope == "canvas" else window
            made.setCheckable(action.is_on is not None)
            made.setShortcutContext(_CONTEXTS[action.scope])
            made.triggered.connect(partial(_run, action, window))
            owner.addAction(made)
            if action.separated:
                self.menus[action.menu].addSeparator()
            self.menus[action.menu].addAction(made)
            self._actions[action.id] = made
        for signal in (
            self._session.selection_changed,
            self._session.frame_chosen,
            self._session.graph_changed,
            self._session.measure_changed,
            self._session.history_changed,
            self._session.document_changed,
        ):
            signal.connect(self.refresh)
        self.set_theme(window.theme)
        self._bind_keys()
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def keys_of(self, name: str) -> tuple[str, ...]:
        """The keys of an action: those that were chosen, else its own."""
        return self._shortcuts.chosen.get(name, _BY_ID[name].keys)

    def choose_keys(self, name: str, keys: tuple[str, ...]) -> None:
        """Give an action other keys, now and from now on."""
        self._shortcuts.choose(name, keys)
        self._bind_keys()

    def reset_keys(self, name: str = "") -> None:
        """Give one action its own keys back, or all of them."""
        self._shortcuts.reset(name)
        self._bind_keys()

    def _bind_keys(self) -> None:
        chosen = self._shortcuts.chosen
        for action in ACTIONS:
            keys = chosen.get(action.id, action.keys)
            self._actions[action.id].setShortcuts([QKeySequence(one) for one in keys])
        self._canvas_keys.bind(chosen)

    def bind(self, name: str, button: QAbstractButton) -> None:
        """Let a button do an action, and be on and off with it."""
        action = self._actions[name]
        button.clicked.connect(action.trigger)
        button.setEnabled(action.isEnabled())
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{action.text().removesuffix('…')} ({keys})")
        action.enabledChanged.connect(button.setEnabled)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in another theme's colour."""
        for action in ACTIONS:
            if action.icon:
                self._actions[action.id].setIcon(icon(action.icon, theme.muted, 14))

    def by_menu(self) -> list[tuple[str, QAction]]:
        """Every action with the name of its menu, in the order of the table."""
        return [(action.menu, self._actions[action.id]) for action in ACTIONS if action.id != "commands"]

    def refresh(self, *_: object) -> None:
        """Switch every action on or off as the session stands."""
        for action in ACTIONS:
            self._actions[action.id].setEnabled(action.enabled(self._session))
            if action.is_on is not None:
                self._actions[action.id].setChecked(action.is_on(self._window))
        undo, redo = self._session.undo_stack.undoText(), self._session.undo_stack.redoText()
        self._actions["undo"].setText(tr("Undo {edit}", edit=f"{undo[:1].lower()}{undo[1:]}").strip())
        self._actions["redo"].setText(tr("Redo {edit}", edit=f"{redo[:1].lower()}{redo[1:]}").strip())


def _run(action: Action, window: MainWindow, _checked: bool = False) -> None:
    action.run(window)
