"""What the design can be compared with: the last saved version, earlier ones, open designs, files, presets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path as File
from typing import TYPE_CHECKING

from app.comparison import desk
from app.dialogs import Chooser, Offer
from app.language import tr
from app.quantities import age
from hybridgraph import presets
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph

if TYPE_CHECKING:
    from app.window import MainWindow


def offer_designs(window: MainWindow) -> None:
    """Offer everything that the document in front can be compared with."""
    session, documents = window.session, window.documents
    begin = partial(_begin, window)
    offers: list[Offer] = []
    if (file := session.file) is not None:
        offers.append(Offer(title=tr("Last saved version"), aside=file.name, words="file disk",
                            run=partial(begin, tr("last saved"), partial(files.load, file))))  # fmt: skip
        for version in documents.versions.of(file):
            when = age(version.saved_at)
            offers.append(Offer(title=tr("Version of {when}", when=when), aside=file.name, words="earlier history",
                                run=partial(begin, when, version.graph)))  # fmt: skip
    offers.append(Offer(title=tr("A file…"), words="open disk", run=partial(_ask_file, window)))
    offers += [
        Offer(title=document.title, aside=tr("open"), words="tab document",
              run=partial(begin, document.title, partial(_graph_of, document.graph)))
        for document in documents.tabs
        if document is not session.document
    ]  # fmt: skip
    offers += [
        Offer(title=preset.name, aside=preset.title if preset.title != preset.name else tr("preset"),
              words=f"preset {preset.paper}", run=partial(begin, preset.name, partial(presets.build, preset.name)))
        for preset in presets.PRESETS.values()
    ]  # fmt: skip
    Chooser(offers, tr("Compare {title} with", title=session.title), window).show()


def _ask_file(window: MainWindow) -> None:
    file = window.session.file
    chosen = window.documents.asker.open_path(window, str(file.parent if file else File.home()))
    if chosen:
        _begin(window, File(chosen).name, partial(files.load, chosen))


def _begin(window: MainWindow, name: str, load: Callable[[], Graph]) -> None:
    try:
        graph = load()
    except HybridGraphError as error:
        window.session.notified.emit("error", str(error))
        return
    desk.of(window).begin(name, graph)


def _graph_of(graph: Graph) -> Graph:
    return graph
