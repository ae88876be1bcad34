"""Lists one types into: what to do, which block to add, where a block is; and the menu of the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QMenu

from app.choosing.outcomes import Outcome, difference, outcome
from app.dialogs import Chooser, Offer
from app.icons import tile
from app.language import told, tr
from app.panels import facts
from app.preview import Preview
from app.theme import Theme
from hybridgraph import repairs
from hybridgraph.analysis import Analysis, Finding
from hybridgraph.graph.frames import COLOURS
from hybridgraph.graph.model import Graph, Path
from hybridgraph.spec import FAMILIES, BlockSpec

if TYPE_CHECKING:
    from app.window import MainWindow

Trial = Callable[[], tuple[Graph, Path]]
"""Makes the graph that a choice would lead to, and says which node to look at in it."""
_MENU = (
    ("add", "paste"),
    ("cut", "copy", "duplicate", "delete"),
    ("repair",),
    ("comment_fit", *(f"comment_{colour}" for colour in COLOURS)),
    ("group", "comment", "ungroup", "fold", "bypass", "freeze", "recompute"),
    ("duplicate_linked", "make_unique", "keep_stage", "stage_params"),
    ("swap", "rename", "help"),
    ("frame", "frame_all", "arrange_all"),
)


def ask_for_block(window: MainWindow) -> None:
    """Offer the blocks where the mouse is, or in the middle of the view."""
    place = window.canvas.place_to_add()
    window.canvas.ask_for_block(place, window.canvas.body_at(place))


def offer_blocks(window: MainWindow, place: QPointF, at: Path) -> None:
    """Offer the blocks that fit the wire that is being drawn, or all of them; with a wire, what each would give."""
    session, canvas = window.session, window.canvas
    graph, wire = session.graph, canvas.open_wire
    specs = facts.fitting(graph.at(at), wire, session.catalogue)
    offers = [offer_of(spec, window.theme, partial(canvas.add_block, spec.id, place, at)) for spec in specs]
    chooser = Chooser(offers, tr("Add a block"), window)
    chooser.show()
    if wire is not None:
        with_block = partial(canvas.editor.with_block, graph, at=at, x=place.x(), y=place.y(), origin=wire)
        survey(window, chooser, {spec.id: partial(with_block, block=spec.id) for spec in specs})


def offer_repairs(window: MainWindow, finding: Finding) -> None:
    """Offer what mends a finding: each repair shows when the engine has seen that it does."""
    session = window.session
    graph, before = session.graph, session.analysis
    if before is None:
        return
    found = repairs.propose(graph, finding, before, session.catalogue)
    offers = [
        Offer(title=one.title, key=one.title, run=partial(session.apply, one.title, one.edit))
        for one in found
    ]
    about = window.canvas.on_screen(finding.path)
    chooser = Chooser(offers, finding.message, window, only_told=True, about=about)
    chooser.say(tr("Trying what may help…"))
    edits = {one.title: one.edit for one in found}
    mended: dict[str, Analysis] = {}

    def tried(title: str, after: Analysis) -> None:
        if repairs.mends(finding, before, after):
            mended[title] = after
            chooser.tell(title, Outcome(text=difference(before, after) or tr("costs nothing")))

    def look(title: str) -> None:
        preview = None
        if title in mended and session.graph is graph:
            with_it = edits[title](graph)
            preview = Preview(title=tr("with this repair"), graph=with_it, analysis=mended[title])
        session.show_preview(preview)

    def ended() -> None:
        chooser.say(
            ""
            if chooser.list.count()
            else tr("Nothing that was tried mends it. {hint}", hint=finding.hint).strip()
        )

    chooser.marked.connect(look)
    chooser.show()
    window.surveyor.start(((one.title, partial(one.edit, graph)) for one in found), tried, ended)
    chooser.finished.connect(window.surveyor.stop)
    chooser.finished.connect(lambda: session.show_preview(None))


def repair_selected(window: MainWindow) -> None:
    """Offer repairs for the first finding of what is selected, or of the whole design."""
    session = window.session
    findings = session.analysis.findings if session.analysis is not None else ()
    chosen = [one for one in findings if any(one.path[: len(path)] == path for path in session.selection)]
    known = [one for one in chosen or findings if repairs.is_known(one.code)]
    if known:
        offer_repairs(window, known[0])
    else:
        session.notified.emit("info", tr("Nothing here needs a repair."))


def offer_of(spec: BlockSpec, theme: Theme, run: Callable[[], object]) -> Offer:
    """A block as a line of a chooser."""
    return Offer(
        title=told(spec.title),
        aside=told(FAMILIES[spec.family]),
        words=" ".join((spec.id.replace("_", " "), spec.paper, *spec.aliases)),
        key=spec.id,
        icon=tile(spec, theme),
        run=run,
    )


def survey(window: MainWindow, chooser: Chooser, trials: Mapping[str, Trial]) -> None:
    """Let the engine try every offer, and write beside it what would come of it."""
    before = window.session.analysis
    paths: dict[str, Path] = {}

    def graph_of(name: str) -> Graph:
        graph, paths[name] = trials[name]()
        return graph

    window.surveyor.start(
        ((name, partial(graph_of, name)) for name in trials),
        lambda name, after: chooser.tell(name, outcome(before, after, paths[name])),
    )
    chooser.finished.connect(window.surveyor.stop)


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
