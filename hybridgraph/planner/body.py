"""One level of the graph: its nodes in order."""

from __future__ import annotations

from collections.abc import Mapping

from hybridgraph.graph import topology
from hybridgraph.graph.model import Edge, Group, Item, is_port
from hybridgraph.graph.wiring import port_of
from hybridgraph.plan import Source
from hybridgraph.planner import groups, nodes
from hybridgraph.planner.ledger import Ledger, Scope

Inputs = dict[str, dict[str, Source]]


def run(ledger: Ledger, scope: Scope) -> bool:
    """Plan every node of a body in order. False when its wires lead in a circle."""
    try:
        ordered = topology.order(scope.body)
    except topology.CycleError as error:
        for name in error.cycle:
            ledger.find((*scope.path, name), "cycle", error.message, error.hint)
        return False
    into = _inputs(ledger, scope)
    for name in ordered:
        item = scope.body.nodes[name]
        if is_port(item, "input") or is_port(item, "output"):
            continue
        if item.once and scope.where.index > 0:
            _pass_through(ledger, scope, item, into[name])
        elif isinstance(item, Group):
            groups.run(ledger, scope, item, into[name], run)
        else:
            nodes.run(ledger, scope, item, into[name])
    return True


def _inputs(ledger: Ledger, scope: Scope) -> Inputs:
    """Where each input port gets its value; a second wire into the same port is a finding."""
    into: Inputs = {name: {} for name in scope.body.nodes}
    for edge in scope.body.edges:
        if edge.target not in into or edge.source not in into:
            continue
        _find_missing_output(ledger, scope, edge)
        taken = into[edge.target].setdefault(edge.target_port, Source(edge.source, edge.source_port))
        if taken != Source(edge.source, edge.source_port):
            item = scope.body.nodes[edge.target]
            first, second = (ledger.name(scope.body, name) for name in (taken.node, edge.source))
            message = (
                f"Two wires end in the same port {edge.target_port!r} of {ledger.place(scope, item)}: "
                f"from {first} and from {second}."
            )
            hint = "Join them with an Add or Concat block, or remove one."
            ledger.find((*scope.path, edge.target), "two-sources", message, hint, port=edge.target_port)
    return into


def _find_missing_output(ledger: Ledger, scope: Scope, edge: Edge) -> None:
    """A wire from a port that its source does not have is a finding at its other end."""
    source = scope.body.nodes[edge.source]
    if port_of(source, edge.source_port, ledger.catalogue, output=True) is None:
        message = f"{ledger.place(scope, source)} has no output called {edge.source_port!r}."
        path = (*scope.path, edge.target)
        ledger.find(
            path, "unknown-port", message, "Remove the wire that begins there.", port=edge.target_port
        )


def _pass_through(ledger: Ledger, scope: Scope, item: Item, inputs: Mapping[str, Source]) -> None:
    """An entry node in a later repeat hands on what it gets."""
    source = next(iter(inputs.values()), None)
    if source is not None and source in scope.wires:
        passed = Source(item.id, ledger.first_output(item))
        scope.wires[passed], scope.tensors[passed] = scope.wires[source], scope.tensors[source]
