"""Everything the window can do, as one table: menus, shortcuts, toolbar and command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu, QMenuBar

from app import choosers
from app.icons import icon
from app.session import Session
from app.theme import Theme

if TYPE_CHECKING:
    from app.canvas.content import Overlay
    from app.window import MainWindow

MENUS = ("File", "Edit", "View", "Run", "Help")


def always(_session: Session) -> bool:
    """Can be done at any time."""
    return True


def with_selection(session: Session) -> bool:
    """Needs something selected."""
    return bool(session.selection)


def with_nodes(session: Session) -> bool:
    """Needs a design that is not empty."""
    return bool(session.graph.nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. `scope` "canvas" keeps its keys to the time when the canvas has the focus.

    A title that ends in "…" asks something first. `separated` draws a line above it in its menu.
    """

    id: str
    title: str
    menu: Literal["File", "Edit", "View", "Run", "Help"]
    run: Callable[[MainWindow], object]
    keys: tuple[str, ...] = ()
    enabled: Callable[[Session], bool] = always
    scope: Literal["window", "canvas"] = "window"
    icon: str = ""
    separated: bool = False


def _overlay(name: Overlay) -> Callable[[MainWindow], object]:
    return lambda window: window.canvas.design.set_overlay(name)


def _key(text: str) -> Callable[[MainWindow], object]:
    """What the canvas does for a key of its own."""
    combination = QKeySequence(text)[0]

    def press(window: MainWindow) -> None:
        window.canvas.setFocus()
        kind = QKeyEvent.Type.KeyPress
        window.canvas.keyPressEvent(QKeyEvent(kind, combination.key(), combination.keyboardModifiers()))

    return press


ACTIONS: tuple[Action, ...] = (
    # File
    Action(id="new", title="New…", menu="File", keys=("Ctrl+N",), icon="file-plus", run=lambda w: w.documents.new()),
    Action(id="home", title="Start page", menu="File", keys=("Ctrl+T",), run=lambda w: w.documents.go_home()),
    Action(id="open", title="Open…", menu="File", keys=("Ctrl+O",), icon="folder-open",
           run=lambda w: w.documents.ask_open()),
    Action(id="save", title="Save", menu="File", keys=("Ctrl+S",), icon="save", separated=True,
           run=lambda w: w.documents.saving.save()),
    Action(id="save_as", title="Save as…", menu="File", keys=("Ctrl+Shift+S",), run=lambda w: w.documents.saving.save_as()),
    Action(id="versions", title="Earlier versions…", menu="File", enabled=lambda s: s.file is not None,
           run=lambda w: w.show_versions()),
    Action(id="close", title="Close", menu="File", keys=("Ctrl+W",), run=lambda w: w.documents.close()),
    Action(id="export", title="Export…", menu="File", keys=("Ctrl+E",), icon="download", separated=True,
           enabled=with_nodes, run=lambda w: w.export()),
    Action(id="quit", title="Quit", menu="File", keys=("Ctrl+Q",), separated=True, run=lambda w: w.close()),
    # Edit
    Action(id="undo", title="Undo", menu="Edit", keys=("Ctrl+Z",), icon="undo",
           enabled=lambda s: s.undo_stack.canUndo(), run=lambda w: w.session.undo_stack.undo()),
    Action(id="redo", title="Redo", menu="Edit", keys=("Ctrl+Shift+Z", "Ctrl+Y"), icon="redo",
           enabled=lambda s: s.undo_stack.canRedo(), run=lambda w: w.session.undo_stack.redo()),
    Action(id="cut", title="Cut", menu="Edit", keys=("Ctrl+X",), scope="canvas", separated=True,
           enabled=with_selection, run=lambda w: w.canvas.editor.cut()),
    Action(id="copy", title="Copy", menu="Edit", keys=("Ctrl+C",), scope="canvas", enabled=with_selection,
           run=lambda w: w.canvas.editor.copy()),
    Action(id="paste", title="Paste", menu="Edit", keys=("Ctrl+V",), scope="canvas", run=lambda w: w.paste()),
    Action(id="duplicate", title="Duplicate", menu="Edit", keys=("Ctrl+D",), enabled=with_selection,
           run=lambda w: w.canvas.editor.duplicate()),
    Action(id="duplicate_wired", title="Duplicate with inputs", menu="Edit", keys=("Ctrl+Shift+D",),
           enabled=with_selection, run=lambda w: w.canvas.editor.duplicate(keep_inputs=True)),
    Action(id="delete", title="Delete", menu="Edit", keys=("Del", "Backspace"), scope="canvas",
           enabled=with_selection, run=lambda w: w.canvas.editor.delete()),
    Action(id="delete_cut", title="Delete and leave a gap", menu="Edit", keys=("Shift+Del",), scope="canvas",
           enabled=with_selection, run=lambda w: w.canvas.editor.delete(heal=False)),
    Action(id="select_all", title="Select all", menu="Edit", keys=("Ctrl+A",), scope="canvas", run=_key("Ctrl+A")),
    Action(id="downstream", title="Go downstream", menu="Edit", keys=("]",), scope="canvas", enabled=with_nodes,
           run=_key("]")),
    Action(id="upstream", title="Go upstream", menu="Edit", keys=("[",), scope="canvas", enabled=with_nodes,
           run=_key("[")),
    Action(id="group", title="Make a stage of the selection", menu="Edit", keys=("Ctrl+G",), separated=True,
           icon="layers", enabled=with_selection, run=lambda w: w.canvas.editor.group()),
    Action(id="ungroup", title="Ungroup", menu="Edit", keys=("Ctrl+Shift+G",), enabled=with_selection,
           run=lambda w: w.canvas.editor.ungroup()),
    Action(id="fold", title="Fold or unfold", menu="Edit", keys=("H",), scope="canvas", enabled=with_selection,
           run=lambda w: w.canvas.editor.toggle_collapsed()),
    Action(id="arrange", title="Lay out the selection", menu="Edit", keys=("L",), scope="canvas",
           enabled=with_selection, run=lambda w: w.canvas.editor.arrange(whole=False)),
    Action(id="arrange_all", title="Lay out everything", menu="Edit", keys=("Shift+L",), scope="canvas",
           enabled=with_nodes, run=lambda w: w.canvas.editor.arrange(whole=True)),
    Action(id="straighten", title="Straighten", menu="Edit", keys=("Q",), scope="canvas", enabled=with_selection,
           run=lambda w: w.canvas.editor.straighten()),
    Action(id="rename", title="Rename", menu="Edit", keys=("F2",), enabled=with_selection,
           run=lambda w: w.rename()),
    Action(id="add", title="Add a block…", menu="Edit", keys=("Shift+A",), scope="canvas", separated=True,
           icon="plus", run=choosers.ask_for_block),
    # View
    Action(id="commands", title="Everything…", menu="View", keys=("Ctrl+K", "Ctrl+Shift+P"), icon="search",
           run=choosers.offer_actions),
    Action(id="find", title="Find in the design…", menu="View", keys=("Ctrl+F",), run=choosers.offer_nodes),
    Action(id="frame", title="Frame the selection", menu="View", keys=("F",), scope="canvas", separated=True,
           icon="maximize", run=lambda w: w.canvas.frame_selection()),
    Action(id="frame_all", title="Frame everything", menu="View", keys=("Home",), scope="canvas",
           run=lambda w: w.canvas.frame_all()),
    Action(id="zoom_in", title="Zoom in", menu="View", keys=("Ctrl++", "Ctrl+="), icon="plus",
           run=lambda w: w.canvas.zoom_by(1.25)),
    Action(id="zoom_out", title="Zoom out", menu="View", keys=("Ctrl+-",), icon="minus",
           run=lambda w: w.canvas.zoom_by(0.8)),
    Action(id="zoom_one", title="Zoom to 100 %", menu="View", keys=("Ctrl+0",), run=lambda w: w.canvas.zoom_to(1.0)),
    Action(id="minimap", title="Map", menu="View", keys=("Alt+M",), icon="map", run=lambda w: w.canvas.toggle_minimap()),
    Action(id="show_shape", title="Show shapes", menu="View", keys=("1",), scope="canvas", separated=True,
           run=_overlay("shape")),
    Action(id="show_params", title="Show parameters", menu="View", keys=("2",), scope="canvas",
           run=_overlay("params")),
    Action(id="show_macs", title="Show MACs", menu="View", keys=("3",), scope="canvas", run=_overlay("macs")),
    Action(id="show_heat", title="Show the measurement", menu="View", keys=("4",), scope="canvas",
           enabled=lambda s: s.heat is not None, run=_overlay("heat")),
    Action(id="show_memory", title="Show memory", menu="View", keys=("5",), scope="canvas", run=_overlay("memory")),
    Action(id="show_none", title="Show no numbers", menu="View", keys=("0",), scope="canvas", run=_overlay("none")),
    Action(id="next_tab", title="Next design", menu="View", keys=("Ctrl+Tab", "Ctrl+PgDown"), separated=True,
           run=lambda w: w.documents.step(1)),
    Action(id="previous_tab", title="Previous design", menu="View", keys=("Ctrl+Shift+Tab", "Ctrl+PgUp"),
           run=lambda w: w.documents.step(-1)),
    Action(id="theme", title="Dark or light", menu="View", separated=True, icon="sun", run=lambda w: w.toggle_theme()),
    Action(id="panels_train", title="Train panel", menu="View", separated=True, run=lambda w: w.show_panel("Train")),
    Action(id="panels_profile", title="Profile panel", menu="View", run=lambda w: w.show_panel("Profile")),
    Action(id="panels_problems", title="Problems panel", menu="View", keys=("Ctrl+B",),
           run=lambda w: w.show_panel("Problems")),
    Action(id="panels_source", title="Source panel", menu="View", run=lambda w: w.show_panel("Source")),
    # Run
    Action(id="train", title="Train", menu="Run", keys=("Ctrl+Return", "Ctrl+Enter"), icon="play", enabled=with_nodes,
           run=lambda w: w.train()),
    Action(id="profile", title="Profile", menu="Run", keys=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"), icon="gauge",
           enabled=with_nodes, run=lambda w: w.profile()),
    Action(id="stop", title="Stop", menu="Run", keys=("Ctrl+Alt+Return", "Ctrl+Alt+Enter"), icon="square",
           run=lambda w: w.stop()),
    Action(id="restart_engine", title="Restart the engine", menu="Run", separated=True, icon="refresh-cw",
           run=lambda w: w.restart_engine()),
    # Help
    Action(id="help", title="About the selected block", menu="Help", keys=("F1",), icon="help-circle",
           enabled=with_selection, run=lambda w: w.show_help()),
    Action(id="tour", title="The tour", menu="Help", run=lambda w: w.open_door("tour")),
    Action(id="about", title="About HybridGraph", menu="Help", icon="info", run=lambda w: w.show_about()),
)  # fmt: skip


class ActionSet(QObject):
    """The table made into Qt's actions for one window."""

    def __init__(self, window: MainWindow, bar: QMenuBar) -> None:
        super().__init__(window)  # a child: it stops listening before its actions go
        self._session = window.session
        self._actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {name: bar.addMenu(name) for name in MENUS}
        for action in ACTIONS:
            made = QAction(action.title, window)
            made.setObjectName(action.id)
            made.setShortcuts([QKeySequence(keys) for keys in action.keys])
            owner = window.canvas if action.scope == "canvas" else window
            context = Qt.ShortcutContext.WidgetWithChildrenShortcut
            made.setShortcutContext(
                context if action.scope == "canvas" else Qt.ShortcutContext.WindowShortcut
            )
            made.triggered.connect(partial(_run, action, window))
            owner.addAction(made)
            if action.separated:
                self.menus[action.menu].addSeparator()
            self.menus[action.menu].addAction(made)
            self._actions[action.id] = made
        for signal in (
            self._session.selection_changed,
            self._session.graph_changed,
            self._session.measure_changed,
            self._session.history_changed,
            self._session.document_changed,
        ):
            signal.connect(self.refresh)
        self.set_theme(window.theme)
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

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
        for name, text in (
            ("undo", self._session.undo_stack.undoText()),
            ("redo", self._session.undo_stack.redoText()),
        ):
            self._actions[name].setText(f"{name.capitalize()} {text[:1].lower()}{text[1:]}".strip())


def _run(action: Action, window: MainWindow, _checked: bool = False) -> None:
    action.run(window)
