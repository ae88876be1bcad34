"""One list for everything: commands first, then, as one types, blocks, nodes, presets, recent files."""

from __future__ import annotations

from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from app.dialogs import Chooser, Offer
from app.icons import tile
from app.language import told, tr
from app.panels import facts
from app.settings import preferences
from hybridgraph import presets
from hybridgraph.graph.model import Path

if TYPE_CHECKING:
    from app.window import MainWindow


_FORMATS = "pytorch source onnx weights safetensors figure drawing svg pdf png latex table"
"""What people look for who want to export, in every language."""


def offer_everything(window: MainWindow) -> None:
    """Offer everything the window can do and go to, by name."""
    offers = [
        *_commands(window),
        *_blocks(window),
        *_nodes(window, kind=tr("go to")),
        *_recent(window),
        *_presets(window),
        *_preferences(window),
    ]
    Chooser(offers, tr("What do you want to do?"), window).show()


def offer_nodes(window: MainWindow) -> None:
    """Offer every node by its name, to go there."""
    Chooser(_nodes(window, kind=""), tr("Find a block or stage"), window).show()


def _commands(window: MainWindow) -> list[Offer]:
    return [
        Offer(
            title=action.text().removesuffix("…"),
            aside=action.shortcut().toString(),
            words=f"{menu} {_FORMATS}" if action is window.actions_set["export"] else menu,
            is_enabled=action.isEnabled(),
            run=action.trigger,
        )
        for menu, action in window.actions_set.by_menu()
    ]


def _blocks(window: MainWindow) -> list[Offer]:
    return [
        Offer(
            title=told(spec.title),
            aside=tr("add the block"),
            words=" ".join(("add block", spec.id.replace("_", " "), spec.paper, *spec.aliases)),
            icon=tile(spec, window.theme),
            is_searched=True,
            run=partial(window.add_from_palette, spec.id),
        )
        for spec in window.session.catalogue.values()
        if not spec.structural
    ]


def _nodes(window: MainWindow, kind: str) -> list[Offer]:
    session = window.session

    def go(path: Path) -> None:
        session.select([path])
        window.canvas.frame_selection()

    offers = []
    for path, item in session.graph.walk():
        spec = facts.spec_of(item, session.catalogue)
        if spec is None or spec.id not in ("input", "output"):
            place = " › ".join(path[:-1])
            offers.append(
                Offer(
                    title=facts.title_of(item, session.catalogue),
                    aside=f"{kind} {place}".strip(),
                    words=f"{kind} {spec.title if spec else ''} {path[-1]}",
                    icon=tile(spec, window.theme) if spec else None,
                    is_searched=bool(kind),
                    run=partial(go, path),
                )
            )
    return offers


def _recent(window: MainWindow) -> list[Offer]:
    return [
        Offer(
            title=FilePath(path).name,
            aside=tr("open"),
            words=f"open recent file {path}",
            is_searched=True,
            run=partial(window.open_recent, path),
        )
        for path in window.documents.recent
    ]


def _presets(window: MainWindow) -> list[Offer]:
    return [
        Offer(
            title=preset.title,
            aside=tr("new from the preset"),
            words=f"new preset {preset.name} {preset.paper}",
            is_searched=True,
            run=partial(_begin, window, preset.name),
        )
        for preset in presets.PRESETS.values()
    ]


def _preferences(window: MainWindow) -> list[Offer]:
    return [
        Offer(
            title=f"{tr(one.title)}: {title}",
            aside=tr("set so") if one.read(window) == value else tr("setting"),
            words=f"settings preferences {one.words}",
            is_searched=True,
            run=partial(one.take, window, value),
        )
        for one in preferences.PREFERENCES
        for value, title in one.choices()
    ]


def _begin(window: MainWindow, name: str) -> None:
    window.documents.start(presets.build(name))
