"""A group: its body once for each repeat, and the stage that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from hybridgraph.analysis import Cost
from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Group, Path, is_port
from hybridgraph.graph.values import Literal_, Position, resolve
from hybridgraph.plan import Body, Source, Stage
from hybridgraph.planner import advice
from hybridgraph.planner.ledger import Ledger, Scope, Tensor
from hybridgraph.shapes import KIND_TITLES, ImageMap, Shape, Stack, Tokens, Vector

RunBody = Callable[[Ledger, Scope], bool]


def run(ledger: Ledger, scope: Scope, group: Group, inputs: Mapping[str, Source], run_body: RunBody) -> None:
    """Plan every repeat of a group; what keeps it from running is found and reported."""
    path, place = (*scope.path, group.id), ledger.place(scope, group)
    known = {port: scope.wires[source] for port, source in inputs.items() if source in scope.wires}
    if not group.inputs or not group.outputs:
        missing = "output" if group.inputs else "input"
        ledger.find(
            path, "no-port", f"{place} has no {missing}: its body leads nowhere.", f"Add an {missing} to it."
        )
        ledger.report(path, "error", known)
        return
    for name in inputs:
        if name not in group.inputs:
            message = f"{place} has no input called {name!r}."
            ledger.find(path, "unknown-port", message, "Remove the wire that ends there.", port=name)
    unwired = [name for name in group.inputs if name not in inputs]
    for name in unwired:
        message = f"{place}: nothing is wired to its input {name!r}."
        ledger.find(path, "unwired", message, "Drag a wire to it.", port=name)
    if any(name not in known for name in group.inputs):
        _wait(ledger, path, group, is_cause=bool(unwired))
        return
    tensors = {port: scope.tensors[source] for port, source in inputs.items() if source in scope.wires}
    scopes = _repeats(ledger, scope, group, known, tensors, run_body)
    if scopes is None:
        ledger.report(path, "error" if ledger.has_errors(path) else "waiting", known)
        return
    inputs = {name: inputs[name] for name in group.inputs}  # in the order of the ports, not of the wires
    outputs = _outputs(ledger, scope, group, scopes)
    if outputs is None:
        ledger.report(path, "error", known)
        return
    ledger.report(path, "ok", known, outputs, _cost(ledger, path, group), repeats=group.repeat)
    carried = _results(scopes[-1])[group.outputs[0]]
    chain = [known[group.inputs[0]], *(inner.wires[carried] for inner in scopes)]
    advice.advise_stage(ledger, scope, group, inputs, chain)
    for name, shape in outputs.items():
        given = Source(group.id, name)
        scope.wires[given], scope.tensors[given] = shape, _leaving(scopes[-1], name, shape, group)
    if (stage := _stage(ledger, scope, group, inputs, outputs, scopes)) is not None:
        scope.steps[group.id] = stage


def _repeats(
    ledger: Ledger,
    scope: Scope,
    group: Group,
    known: Mapping[str, Shape],
    tensors: dict[str, Tensor],
    run_body: RunBody,
) -> list[Scope] | None:
    """Every repeat planned in turn, each fed by the one before; None when one of them breaks."""
    path = (*scope.path, group.id)
    ramped = group.is_ramped
    shapes = dict(known)
    scopes: list[Scope] = []
    for index in range(group.repeat):
        where = Position(
            index=index, count=group.repeat, net_index=ledger.net_index, net_count=max(1, ledger.net_count)
        )
        ledger.net_index += ramped
        env = _environment(ledger, scope, group, where)
        if env is None:
            return None
        inner = Scope(
            path=path,
            titles=(*scope.titles, ledger.title(group)),
            body=group.body,
            env=env,
            where=where,
            wires={Source(name, "y"): shapes[name] for name in group.inputs},
            tensors={Source(name, "y"): tensors[name] for name in group.inputs},
        )
        if not run_body(ledger, inner):
            return None
        results = _results(inner)
        for name in group.outputs:
            if name not in results:
                message = (
                    f"{ledger.place(scope, group)}: nothing in its body is wired to its output {name!r}."
                )
                ledger.find((*path, name), "unwired", message, "Drag a wire to it.", port="x")
        if any(results.get(name) not in inner.wires for name in group.outputs):
            return None
        carried = results[group.outputs[0]]
        shapes[group.inputs[0]] = inner.wires[carried]
        tensors = {**tensors, group.inputs[0]: inner.tensors[carried]}
        scopes.append(inner)
    return scopes


def _outputs(ledger: Ledger, scope: Scope, group: Group, scopes: list[Scope]) -> dict[str, Shape] | None:
    """What leaves the group: of the last repeat, or of all where it is collected; None when that cannot be."""
    outputs: dict[str, Shape] = {}
    for name in _results(scopes[-1]):
        if not isinstance(group.body.nodes[name].params.get("collect", False), bool):
            message = (
                f"{ledger.place(scope, group)}, {name}: “collect” is on or off, the same for every repeat."
            )
            ledger.find((*scope.path, group.id, name), "collect", message, "Switch it on or off.")
            return None
        each = [inner.wires[_results(inner)[name]] for inner in scopes]
        outputs[name] = last = each[-1]
        if name not in group.collected:
            continue
        odd = next((index for index, shape in enumerate(each) if shape != last), None)
        if odd is None and isinstance(last, ImageMap | Tokens | Vector):
            outputs[name] = Stack(len(each), last)
            continue
        place = f"{ledger.place(scope, group)}: what its repeats give at {name!r} cannot be collected"
        message, hint = f"{place}: {last} is {KIND_TITLES[last.kind]}.", "Switch “collect” off."
        if odd is not None:
            message = f"{place}: repeat {odd + 1} gives {each[odd]}, the last one {last}."
            hint = "Make the repeats give one shape, or switch “collect” off."
        ledger.find((*scope.path, group.id, name), "collect", message, hint)
        return None
    return outputs


def _leaving(last: Scope, name: str, shape: Shape, group: Group) -> Tensor:
    """The memory of what leaves the group: that of the last repeat, or new for a stack of all."""
    source = _results(last)[name]
    if name not in group.collected:
        return last.tensors[source]
    return Tensor.of(shape, (*last.path, source.node))


def _environment(ledger: Ledger, scope: Scope, group: Group, where: Position) -> dict[str, Literal_] | None:
    """The group's own parameters in this repeat; None when one refers to nothing."""
    env: dict[str, Literal_] = {}
    for name, value in group.params.items():
        try:
            env[name] = resolve(value, scope.env, where)
        except GraphError as error:
            message = f"{ledger.place(scope, group)}, {name}: {error.message}"
            ledger.find((*scope.path, group.id), "unknown-reference", message, error.hint, port=name)
            return None
    return env


def _results(scope: Scope) -> dict[str, Source]:
    """Where each output port of a body gets its value, in the order of the ports."""
    into = {edge.target: Source(edge.source, edge.source_port) for edge in scope.body.edges}
    return {
        name: into[name]
        for name, item in scope.body.nodes.items()
        if is_port(item, "output") and name in into
    }


def _wait(ledger: Ledger, path: Path, group: Group, *, is_cause: bool) -> None:
    ledger.report(path, "error" if is_cause else "waiting", {})
    for inner, _ in group.body.walk(path):
        ledger.report(inner, "waiting", {})


def _cost(ledger: Ledger, path: Path, group: Group) -> Cost:
    """The cost of everything in the body. The reports of the body already hold the sum over the repeats.

    A group inside a repeated one is planned again in each outer repeat; what its earlier plans told is taken off.
    """
    whole = sum(
        (ledger.reports[(*path, name)].cost for name in group.body.nodes if (*path, name) in ledger.reports),
        Cost(),
    )
    before = ledger.reports.get(path)
    return whole if before is None else whole - before.cost


def _stage(
    ledger: Ledger,
    scope: Scope,
    group: Group,
    inputs: Mapping[str, Source],
    outputs: Mapping[str, Shape],
    scopes: list[Scope],
) -> Stage | None:
    """The planned stage; None, with a finding, when its entry part does not lead into the body in one wire."""
    carried = Source(group.inputs[0], "y")
    once = {name for name, item in group.body.nodes.items() if item.once and not is_port(item, "input")}
    if once and not _leads_in(group, once):
        message = f"{ledger.place(scope, group)}: the part that runs once must come first and hand one value to the rest."
        hint = "Move it to the start of the body, or switch “once” off."
        ledger.find((*scope.path, group.id), "entry", message, hint)
        return None
    handed = {
        Source(e.source, e.source_port) for e in group.body.edges if e.source in once and e.target not in once
    }
    entry_result = next(iter(handed), None)

    def moved(source: Source) -> Source:
        return carried if source == entry_result else source

    bodies = []
    for inner in scopes:
        steps = tuple(
            replace(step, inputs={port: moved(source) for port, source in step.inputs.items()})
            for name, step in inner.steps.items()
            if name not in once
        )
        bodies.append(Body(steps=steps, results={name: moved(s) for name, s in _results(inner).items()}))
    return Stage(
        path=(*scope.path, group.id),
        name=group.id,
        title=ledger.title(group),
        inputs=dict(inputs),
        outputs=outputs,
        carried=group.inputs[0],
        entry=tuple(step for name, step in scopes[0].steps.items() if name in once),
        entry_result=entry_result,
        repeats=tuple(bodies),
        collected=group.collected,
    )


def _leads_in(group: Group, once: set[str]) -> bool:
    """Whether the nodes that run once come first and hand over exactly one value, and nothing goes around them."""
    edges = group.body.edges
    handed = {
        (edge.source, edge.source_port) for edge in edges if edge.source in once and edge.target not in once
    }
    around = any(edge.source == group.inputs[0] and edge.target not in once for edge in edges)
    late = any(e.target in once and e.source not in once and e.source not in group.inputs for e in edges)
    return len(handed) == 1 and not around and not late
