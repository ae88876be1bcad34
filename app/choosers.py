"""Lists one types into: what to do, which block to add, where a block is; and the menu of the canvas."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QMenu

from app.dialogs import Chooser, Offer
from app.icons import tile
from app.panels import facts
from hybridgraph.graph.model import Path
from hybridgraph.spec import FAMILIES

if TYPE_CHECKING:
    from app.window import MainWindow

_MENU = (
    ("add", "paste"),
    ("cut", "copy", "duplicate", "delete"),
    ("group", "ungroup", "fold", "bypass", "freeze"),
    ("swap", "rename", "help"),
    ("frame", "frame_all", "arrange_all"),
)


def offer_actions(window: MainWindow) -> None:
    """Offer everything the window can do, by name."""
    offers = [
        Offer(
            title=action.text().removesuffix("…"),
            aside=action.shortcut().toString(),
            words=menu,
            is_enabled=action.isEnabled(),
            run=action.trigger,
        )
        for menu, action in window.actions_set.by_menu()
    ]
    Chooser(offers, "What do you want to do?", window).show()


def offer_nodes(window: MainWindow) -> None:
    """Offer every node by its name, to go there."""
    session = window.session

    def go(path: Path) -> None:
        session.select([path])
        window.canvas.frame_selection()

    offers = []
    for path, item in session.graph.walk():
        spec = facts.spec_of(item, session.catalogue)
        if spec is None or spec.id not in ("input", "output"):
            offers.append(
                Offer(
                    title=facts.title_of(item, session.catalogue),
                    aside=" › ".join(path[:-1]),
                    words=f"{spec.title if spec else ''} {path[-1]}",
                    icon=tile(spec, window.theme) if spec else None,
                    run=partial(go, path),
                )
            )
    Chooser(offers, "Find a block or stage", window).show()


def ask_for_block(window: MainWindow) -> None:
    """Offer the blocks where the mouse is, or in the middle of the view."""
    place = window.canvas.place_to_add()
    window.canvas.ask_for_block(place, window.canvas.body_at(place))


def offer_blocks(window: MainWindow, place: QPointF, at: Path) -> None:
    """Offer the blocks that fit the wire that is being drawn, or all of them."""
    body, catalogue = window.session.graph.at(at), window.session.catalogue
    offers = [
        Offer(
            title=spec.title,
            aside=FAMILIES[spec.family],
            words=" ".join((spec.id.replace("_", " "), spec.paper, *spec.aliases)),
            icon=tile(spec, window.theme),
            run=partial(window.canvas.add_block, spec.id, place, at),
        )
        for spec in facts.fitting(body, window.canvas.open_wire, catalogue)
    ]
    Chooser(offers, "Add a block", window).show()


def offer_swaps(window: MainWindow, path: Path) -> None:
    """Offer the blocks that can take a node's place with the wires it has."""
    session, editor = window.session, window.canvas.editor
    own = session.graph.item(path)
    offers = [
        Offer(
            title=spec.title,
            aside=FAMILIES[spec.family],
            words=" ".join((spec.id.replace("_", " "), spec.paper, *spec.aliases)),
            icon=tile(spec, window.theme),
            run=partial(editor.swap_block, spec.id, path),
        )
        for spec in session.catalogue.values()
        if not spec.structural and spec.id != getattr(own, "block", "") and editor.can_swap(spec.id, path)
    ]
    Chooser(offers, f"Change {facts.title_of(own, session.catalogue)} to", window).show()


def show_menu(window: MainWindow, place: QPoint, path: Path) -> None:
    """The menu of the canvas: what can be done to what is under the mouse."""
    if path and path not in window.session.selection:
        window.session.select([path])
    menu = QMenu(window)
    for names in _MENU:
        listed = [window.actions_set[name] for name in names]
        menu.addActions([action for action in listed if action.isEnabled()])
        menu.addSeparator()
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(place)
