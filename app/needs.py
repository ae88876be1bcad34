"""What an action needs before it can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from app.canvas.commands import Need
from app.session import Session
from hybridgraph.graph.model import Group, Path

_LOOKED_AT = 200  # of a great many selected, enough to say what can be done to them


def always(_session: Session) -> bool:
    """Can be done at any time."""
    return True


def with_selection(session: Session) -> bool:
    """Needs something selected."""
    return bool(session.selection)


def with_frame(session: Session) -> bool:
    """Needs a comment frame to be chosen."""
    return bool(session.frame)


def with_something(session: Session) -> bool:
    """Needs something selected, or a comment frame chosen."""
    return bool(session.selection or session.frame)


def with_stage(session: Session) -> bool:
    """Needs a stage, or something in one, to be selected."""
    return any(len(path) > 1 or isinstance(session.graph.item(path), Group) for path in _some(session))


def with_linked(session: Session) -> bool:
    """Needs a linked copy of a stage to be selected."""
    return any(getattr(session.graph.item(path), "link", "") for path in _some(session))


def with_nodes(session: Session) -> bool:
    """Needs a design that is not empty."""
    return bool(session.graph.nodes)


def with_measurement(session: Session) -> bool:
    """Needs a measurement that can be shown."""
    return session.heat is not None


def _some(session: Session) -> Iterable[Path]:
    return islice(session.selection, _LOOKED_AT)


BY_NAME: Mapping[Need, Callable[[Session], bool]] = {
    "nothing": always,
    "selection": with_selection,
    "stage": with_stage,
    "linked": with_linked,
    "nodes": with_nodes,
    "measurement": with_measurement,
    "frame": with_frame,
    "something": with_something,
}
