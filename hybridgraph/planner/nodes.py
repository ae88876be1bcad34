"""One block: its parameters resolved, its inputs checked, its run measured."""

from __future__ import annotations

from collections.abc import Mapping

from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Node, Path
from hybridgraph.graph.values import resolve
from hybridgraph.plan import Argument, Source, Step
from hybridgraph.planner import advice, mismatch
from hybridgraph.planner.ledger import Ledger, Scope, Tensor
from hybridgraph.shapes import KIND_TITLES, ImageMap, Shape
from hybridgraph.spec import ANY, STACK, BlockSpec


def run(ledger: Ledger, scope: Scope, item: Node, inputs: Mapping[str, Source]) -> None:
    """Plan one block; what keeps it from running is found and reported."""
    path = (*scope.path, item.id)
    known = {port: scope.wires[source] for port, source in inputs.items() if source in scope.wires}
    spec = ledger.catalogue.get(item.block)
    if spec is None:
        message = f"{ledger.place(scope, item)}: the block {item.block!r} is unknown to this version."
        ledger.find(
            path, "unknown-block", message, "It is kept in the file; replace it or install what brings it."
        )
        ledger.report(path, "error", known)
        return
    args = _params(ledger, scope, item, spec, path)
    if spec.id == "image":
        _enter(ledger, scope, item, args)
        return
    fits = _check_inputs(ledger, scope, item, spec, inputs, known)
    if args is None or not fits:
        ledger.report(path, "error", known)
    elif len(known) < len(inputs):
        ledger.report(path, "waiting", known)
    else:
        _step(ledger, scope, item, spec, args, inputs, known)


def _enter(ledger: Ledger, scope: Scope, item: Node, args: Mapping[str, Argument] | None) -> None:
    """The image: its shape is what its parameters say."""
    path = (*scope.path, item.id)
    if scope.path:
        message = f"{ledger.place(scope, item)}: an image cannot stand inside a stage."
        ledger.find(path, "inner-image", message, "Place it outside and wire it to an input of the stage.")
    if args is None or scope.path:
        ledger.report(path, "error", {})
        return
    channels, height, width = (value for value in args.values() if isinstance(value, int))
    shape = ImageMap(channels, height, width)
    entering = Source(item.id, "y")
    scope.wires[entering] = shape
    scope.tensors[entering] = Tensor.of(shape, path)
    ledger.report(path, "ok", {}, {"y": shape})


def _params(
    ledger: Ledger, scope: Scope, item: Node, spec: BlockSpec, path: Path
) -> dict[str, Argument] | None:
    """Every parameter resolved for this repeat; None when one of them cannot be used."""

    def place(name: str) -> str:
        return f"{ledger.place(scope, item)}, {name}"

    args: dict[str, Argument] = dict(spec.defaults())
    good = True
    for name, value in item.params.items():
        parameter = spec.params.get(name)
        if parameter is None:
            message = f"{ledger.place(scope, item)} has no parameter {name!r}."
            hint = "Reset it; it is kept in the file and has no effect."
            ledger.find(path, "unknown-parameter", message, hint, port=name, severity="warning")
            continue
        try:
            literal = resolve(value, scope.env, scope.where)
        except GraphError as error:
            ledger.find(path, "unknown-reference", f"{place(name)}: {error.message}", error.hint, port=name)
            good = False
            continue
        if parameter.kind == "int" and isinstance(literal, float) and literal.is_integer():
            literal = int(literal)
        if complaint := parameter.complaint(literal):
            ledger.find(path, "parameter", f"{place(name)}: {complaint}.", parameter.doc, port=name)
            good = False
        args[name] = literal
    return args if good else None


def _check_inputs(
    ledger: Ledger,
    scope: Scope,
    item: Node,
    spec: BlockSpec,
    inputs: Mapping[str, Source],
    known: Mapping[str, Shape],
) -> bool:
    """Whether every needed port is wired, with the kind it takes, and no wire ends at a port that is not there."""
    path, place = (*scope.path, item.id), ledger.place(scope, item)
    good = True
    for port in spec.inputs:
        if port.name not in inputs and not port.optional:
            message = f"{place}: nothing is wired to its input {port.name!r}."
            ledger.find(path, "unwired", message, "Drag a wire to it.", port=port.name)
            good = False
        shape = known.get(port.name)
        if shape is not None and port.kind not in (ANY, shape.kind):
            source = ledger.name(scope.body, inputs[port.name].node)
            message = (
                f"{place} takes {KIND_TITLES[port.kind]}, but {source} gives {KIND_TITLES[shape.kind]} "
                f"of {shape}."
            )
            hint = "Put a block between them that turns one into the other."
            if port.kind == STACK:
                hint = "Make a stage of it and switch “collect” on at the stage's output."
            ledger.find(path, "kind", message, hint, port=port.name)
            good = False
    for name in inputs:
        if spec.input(name) is None:
            message = f"{place} has no input called {name!r}."
            ledger.find(path, "unknown-port", message, "Remove the wire that ends there.", port=name)
            good = False
    return good


def _step(
    ledger: Ledger,
    scope: Scope,
    item: Node,
    spec: BlockSpec,
    args: Mapping[str, Argument],
    inputs: Mapping[str, Source],
    known: Mapping[str, Shape],
) -> None:
    """Run the block on the shapes it gets."""
    path = (*scope.path, item.id)
    wired: dict[str, Argument] = {}
    for name, origin in spec.wired.items():
        port, attribute = origin.split(".")
        wired[name] = getattr(known[port], attribute)
    measured = ledger.measure(spec, {**wired, **args}, known)
    if measured.error:
        repeated = scope.where.count > 1 and not item.once
        which = f" (repeat {scope.where.index + 1})" if repeated else ""
        error = mismatch.explain(ledger, scope, spec, measured.error, inputs, known)
        ledger.find(path, "block", f"{ledger.place(scope, item)}{which}: {error}", measured.hint)
        ledger.report(path, "error", known)
        return
    for port_name, shape in measured.outputs.items():
        given = Source(item.id, port_name)
        scope.wires[given] = shape
        if port_name in measured.kept.same:
            scope.tensors[given] = scope.tensors[inputs[measured.kept.same[port_name]]]
        else:
            scope.tensors[given] = Tensor.of(shape, path)
    scope.steps[item.id] = Step(
        path=path,
        name=item.id,
        title=ledger.title(item),
        spec=spec,
        args={**wired, **args},
        explicit=frozenset(item.params),
        inputs=dict(inputs),
        outputs=measured.outputs,
    )
    ledger.report(path, "ok", known, measured.outputs, measured.cost)
    for name in measured.kept.inputs:
        ledger.keep(scope.tensors[inputs[name]])
    for name in measured.kept.outputs:
        ledger.keep(scope.tensors[Source(item.id, name)])
    advice.advise(ledger, scope, item, spec, args, known, measured.outputs)
