"""What a person does to the selection, as edits of the session: delete, duplicate, copy, paste, group, fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from PySide6.QtGui import QGuiApplication

from app.session import Session
from hybridgraph.errors import DocumentError, GraphError
from hybridgraph.graph import edits, files, regroup
from hybridgraph.graph.model import Edge, Graph, Group, Path, is_port


def level(session: Session) -> tuple[Path, list[str]]:
    """The body most of the selection stands in, and the ids selected there."""
    parents = Counter(path[:-1] for path in session.selection)
    if not parents:
        return (), []
    at = min(parents, key=lambda path: (-parents[path], len(path)))
    chosen = {path[-1] for path in session.selection if path[:-1] == at}
    return at, [name for name in session.graph.at(at).nodes if name in chosen]


def select_all(session: Session) -> None:
    """Select everything on the level of the selection."""
    at, _ = level(session)
    body = session.graph.at(at)
    session.select(
        (*at, name)
        for name, item in body.nodes.items()
        if not is_port(item, "input") and not is_port(item, "output")
    )


def delete(session: Session, *, heal: bool = True) -> None:
    """Remove the selection; with `heal`, wires go on through where it was."""
    outer = [
        path for path in session.selection if not any(path[:n] in session.selection for n in range(len(path)))
    ]

    def edit(graph: Graph) -> Graph:
        for at in {path[:-1] for path in outer}:
            names = [path[-1] for path in outer if path[:-1] == at]
            graph = edits.remove(graph, names, at=at, heal=heal)
        return graph

    session.apply("Delete", edit)


def copy(session: Session) -> bool:
    """Put the selection on the clipboard as the text of a design file; False when nothing is selected."""
    at, names = level(session)
    fragment = regroup.fragment(session.graph, names, at=at)
    if not fragment.nodes:
        return False
    QGuiApplication.clipboard().setText(files.dumps(fragment))
    return True


def cut(session: Session) -> None:
    """Copy the selection, then remove it."""
    if copy(session):
        delete(session)


def paste(session: Session) -> None:
    """Add what the clipboard holds beside the selection, and select it."""
    text = QGuiApplication.clipboard().text()
    try:
        fragment = files.loads(text, "The clipboard")
    except DocumentError as error:
        session.notified.emit("warning", str(error))
        return
    at, _ = level(session)
    _add(session, "Paste", lambda graph: regroup.paste(graph, fragment, at=at), at)


def duplicate(session: Session, *, keep_inputs: bool = False) -> None:
    """Add a copy of the selection; with `keep_inputs`, fed by the same wires."""
    at, names = level(session)
    if not names:
        return
    fragment = regroup.fragment(session.graph, names, at=at)

    def made(graph: Graph) -> tuple[Graph, list[str]]:
        result, added = regroup.paste(graph, fragment, at=at)
        if keep_inputs:
            renamed = dict(zip(fragment.nodes, added, strict=False))
            for edge in graph.at(at).edges:
                if edge.target in renamed and edge.source not in renamed:
                    wire = Edge(edge.source, edge.source_port, renamed[edge.target], edge.target_port)
                    result = edits.connect(result, wire, session.catalogue, at=at)
        return result, added

    _add(session, "Duplicate", made, at)


def group(session: Session) -> None:
    """Make a stage of the selection, and select it."""
    at, names = level(session)

    def made(graph: Graph) -> tuple[Graph, list[str]]:
        result, name = regroup.group(graph, names, at=at)
        return result, [name]

    _add(session, "Make a stage", made, at)


def ungroup(session: Session) -> None:
    """Put the bodies of the selected groups in their place."""
    at, names = level(session)
    groups = [name for name in names if isinstance(session.graph.at(at).nodes[name], Group)]
    if not groups:
        session.notified.emit("info", "Select a stage to dissolve it.")
        return

    def edit(graph: Graph) -> Graph:
        for name in groups:
            graph = regroup.ungroup(graph, name, at=at)
        return graph

    session.apply("Ungroup", edit)


def toggle_collapsed(session: Session) -> None:
    """Fold the selected stages, or open them when all are folded."""
    stages = [path for path in session.selection if isinstance(session.graph.item(path), Group)]
    fold = not all(_is_collapsed(session.graph, path) for path in stages)

    def edit(graph: Graph) -> Graph:
        for path in stages:
            graph = edits.set_collapsed(graph, path, fold)
        return graph

    session.apply("Fold" if fold else "Unfold", edit)


def walk(session: Session, *, downstream: bool) -> None:
    """Select what the selection feeds, or what feeds it."""
    at, names = level(session)
    body = session.graph.at(at)
    found = {
        edge.target if downstream else edge.source
        for edge in body.edges
        if (edge.source if downstream else edge.target) in names
    }
    if found:
        session.select((*at, name) for name in found)


def _is_collapsed(graph: Graph, path: Path) -> bool:
    item = graph.item(path)
    return isinstance(item, Group) and item.collapsed


def _add(session: Session, text: str, make: Callable[[Graph], tuple[Graph, list[str]]], at: Path) -> None:
    """Apply an edit that makes nodes, and select them."""
    names: list[str] = []

    def edit(graph: Graph) -> Graph:
        result, added = make(graph)
        names.extend(added)
        if not added:
            raise GraphError("There is nothing to add.", "A design has one image only.")
        return result

    if session.apply(text, edit):
        session.select((*at, name) for name in names)
