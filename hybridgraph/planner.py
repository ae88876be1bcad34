"""The walk over a graph that makes the plan and the analysis together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from hybridgraph.analysis import Analysis, Cost, Finding, NodeReport
from hybridgraph.errors import GraphError
from hybridgraph.graph import topology
from hybridgraph.graph.model import Graph, Group, Item, Node, Path, digest, is_port
from hybridgraph.graph.values import Literal_, Position, Ramp, resolve
from hybridgraph.plan import Argument, Body, Measure, Plan, Source, Stage, Step
from hybridgraph.shapes import KIND_TITLES, ImageMap, Shape
from hybridgraph.spec import ANY, BlockSpec, Catalogue

Wires = dict[tuple[str, str], Shape]
"""The shapes known so far in one body, by node and output port."""


def plan(graph: Graph, catalogue: Catalogue, measure: Measure) -> tuple[Plan | None, Analysis]:
    """The plan of a graph, None when a finding forbids it, and the analysis of whatever could be run."""
    walk = _Walk(catalogue=catalogue, measure=measure, net_count=_ramped_repeats(graph))
    return walk.whole(graph)


def _ramped_repeats(graph: Graph) -> int:
    """How many repeats take part in ramps over the whole network."""
    return sum(
        item.repeat * (_is_ramped(item) + _ramped_repeats(item.body))
        for item in graph.nodes.values()
        if isinstance(item, Group)
    )


def _is_ramped(group: Group) -> bool:
    values = [value for item in group.body.nodes.values() for value in item.params.values()]
    return any(isinstance(v, Ramp) and v.over == "net" for v in [*values, *group.params.values()])


@dataclass(slots=True, kw_only=True)
class _Scope:
    """One repeat of one body on the way: its place in the graph and what its parameters resolve to."""

    path: Path
    body: Graph
    env: dict[str, Literal_]
    where: Position
    wires: Wires
    titles: tuple[str, ...] = ()
    steps: dict[str, Step | Stage] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Walk:
    catalogue: Catalogue
    measure: Measure
    net_count: int
    net_index: int = 0
    reports: dict[Path, NodeReport] = field(default_factory=dict)
    findings: dict[tuple[str, Path, str], Finding] = field(default_factory=dict)

    # -- the whole network

    def whole(self, graph: Graph) -> tuple[Plan | None, Analysis]:
        scope = _Scope(path=(), body=graph, env={}, where=Position(), wires={})
        image = self._image(graph)
        self._run(scope)
        end = self._end(graph, image, scope)
        made = None
        shape = scope.wires.get((image.id, "y")) if image else None
        out = scope.wires.get((end.node, end.port)) if end else None
        used = self._used(graph, image, end)
        errors = any(f.severity == "error" for f in self.findings.values())
        if end and out and image and isinstance(shape, ImageMap) and not errors:
            steps = tuple(step for name, step in scope.steps.items() if name in used)
            body = Body(steps=steps, results={"y": end})
            made = Plan(
                name=graph.name, digest=digest(graph), image=image.id, input=shape, output=out, body=body
            )
        total = sum((self.reports[(n,)].cost for n in used if (n,) in self.reports), Cost())
        analysis = Analysis(
            digest=digest(graph),
            nodes=self.reports,
            findings=tuple(self.findings.values()),
            total=total,
            input=shape,
            output=out,
        )
        return made, analysis

    def _image(self, graph: Graph) -> Node | None:
        images = [item for item in graph.nodes.values() if isinstance(item, Node) and item.block == "image"]
        if not images:
            self._find((), "no-image", "The design has no image: nothing enters it.", "Add an Image block.")
        for extra in images[1:]:
            self._find((extra.id,), "two-images", "There is more than one image.", "Keep one of them.")
        return images[0] if images else None

    def _end(self, graph: Graph, image: Node | None, scope: _Scope) -> Source | None:
        """The output of the network: the one output, reached from the image, that no wire takes further."""
        if image is None:
            return None
        reached = topology.downstream(graph, image.id)
        feeding = {edge.source for edge in graph.edges}
        ends = [name for name in graph.nodes if name in reached and name not in feeding]
        for name, item in graph.nodes.items():
            if name not in reached and name != image.id and not isinstance(item, Group):
                self._find((name,), "unreached", f"{self._title(item)} gets nothing from the image.",
                           "Wire it into the path or delete it.", severity="warning")  # fmt: skip
        heads = [name for name in ends if self._family(graph.nodes[name]) == "head"]
        if not ends:
            if not any(f.code == "cycle" for f in self.findings.values()):
                self._find((image.id,), "no-output", "Nothing is wired to the image yet.",
                           "Drag a wire from it to the first block.")  # fmt: skip
            return None
        if len(ends) > 1 and len(heads) != 1:
            for name in ends[:-1]:
                title, last = self._title(graph.nodes[name]), self._title(graph.nodes[ends[-1]])
                self._find((name,), "two-outputs", f"The network has two ends: {title} and {last}.",
                           "Wire one of them on, or delete it.")  # fmt: skip
            return None
        end = heads[0] if heads else ends[0]
        for name in ends:
            if name != end:
                self._find((name,), "unused", f"The result of {self._title(graph.nodes[name])} is not used.",
                           "Wire it on or delete it.", severity="warning")  # fmt: skip
        item = graph.nodes[end]
        port = next(iter(item.outputs), "y") if isinstance(item, Group) else self._out_port(item)
        return Source(end, port)

    def _used(self, graph: Graph, image: Node | None, end: Source | None) -> list[str]:
        """The nodes that the output depends on; without an output, every node that ran."""
        if end is None or image is None:
            return [name for name in graph.nodes if (name,) in self.reports]
        directed = topology.digraph(graph)
        needed = {end.node} | {n for n in directed if n != end.node and topology.reaches(graph, n, end.node)}
        return [name for name in graph.nodes if name in needed]

    # -- one body

    def _run(self, scope: _Scope) -> bool:
        """Plan every node of a body in order. False when the wires lead in a circle."""
        try:
            ordered = topology.order(scope.body)
        except topology.CycleError as error:
            for name in error.cycle:
                self._find((*scope.path, name), "cycle", error.message, error.hint)
            return False
        into: dict[str, dict[str, Source]] = {name: {} for name in ordered}
        for edge in scope.body.edges:
            taken = into[edge.target].get(edge.target_port)
            if taken is not None:
                first, second = (self._title(scope.body.nodes[n]) for n in (taken.node, edge.source))
                self._find((*scope.path, edge.target), "two-sources",
                           f"Two wires end in the same port {edge.target_port!r} of "
                           f"{self._title(scope.body.nodes[edge.target])}: from {first} and from {second}.",
                           "Join them with an Add or Concat block, or remove one.",
                           port=edge.target_port)  # fmt: skip
                continue
            into[edge.target][edge.target_port] = Source(edge.source, edge.source_port)
        for name in ordered:
            item = scope.body.nodes[name]
            if is_port(item, "input") or is_port(item, "output"):
                continue
            if item.once and scope.where.index > 0:
                self._pass_through(scope, name, into[name])
                continue
            self._item(scope, item, into[name])
        return True

    def _pass_through(self, scope: _Scope, name: str, inputs: Mapping[str, Source]) -> None:
        """An entry node in a later repeat hands on what it gets."""
        for source in inputs.values():
            if (shape := scope.wires.get((source.node, source.port))) is not None:
                item = scope.body.nodes[name]
                ports = item.outputs if isinstance(item, Group) else (self._out_port(item),)
                for port in ports:
                    scope.wires[name, port] = shape
            return

    def _item(self, scope: _Scope, item: Item, inputs: dict[str, Source]) -> None:
        path = (*scope.path, item.id)
        known = {
            port: shape
            for port, source in inputs.items()
            if (shape := scope.wires.get((source.node, source.port))) is not None
        }
        if isinstance(item, Group):
            self._group(scope, item, inputs, known)
            return
        spec = self.catalogue.get(item.block)
        if spec is None:
            self._find(path, "unknown-block", f"The block {item.block!r} is unknown to this version.",
                       "It is kept in the file; replace it or install what brings it.")  # fmt: skip
            self._report(path, "error", known)
            return
        args = self._params(scope, item, spec, path)
        if spec.id == "image":
            self._enter(scope, item, args, path)
            return
        fits = self._check_inputs(scope, item, spec, inputs, known, path)
        if len(known) < len(inputs) or not all(p.optional or p.name in known for p in spec.inputs):
            self._report(path, "error" if not fits else "waiting", known)
            return
        if args is None or not fits:
            self._report(path, "error", known)
            return
        self._step(scope, item, spec, args, inputs, known)

    def _enter(self, scope: _Scope, item: Node, args: dict[str, Argument] | None, path: Path) -> None:
        if args is None:
            self._report(path, "error", {})
            return
        channels, height, width = (args[name] for name in ("channels", "height", "width"))
        assert isinstance(channels, int) and isinstance(height, int) and isinstance(width, int)
        shape = ImageMap(channels, height, width)
        scope.wires[item.id, "y"] = shape
        self._report(path, "ok", {}, {"y": shape})

    def _params(self, scope: _Scope, item: Node, spec: BlockSpec, path: Path) -> dict[str, Argument] | None:
        """Every parameter resolved for this repeat; None when one of them cannot be used."""
        args: dict[str, Argument] = dict(spec.defaults())
        good = True
        for name, value in item.params.items():
            parameter = spec.params.get(name)
            if parameter is None:
                self._find(path, "unknown-parameter", f"{self._title(item)} has no parameter {name!r}.",
                           "Reset it; it is kept in the file and has no effect.", severity="warning")  # fmt: skip
                continue
            try:
                literal = resolve(value, scope.env, scope.where)
            except GraphError as error:
                self._find(
                    path, "unknown-reference", f"{self._title(item)}, {name}: {error.message}", error.hint
                )
                good = False
                continue
            if parameter.kind == "int" and isinstance(literal, float) and literal.is_integer():
                literal = int(literal)
            if complaint := parameter.complaint(literal):
                self._find(
                    path, "parameter", f"{self._title(item)}, {name}: {complaint}.", parameter.doc, port=name
                )
                good = False
            args[name] = literal
        return args if good else None

    def _check_inputs(
        self, scope: _Scope, item: Node, spec: BlockSpec, inputs: Mapping[str, Source],
        known: Mapping[str, Shape], path: Path,
    ) -> bool:  # fmt: skip
        good = True
        for port in spec.inputs:
            if port.name not in inputs and not port.optional:
                self._find(path, "unwired", f"{self._title(item)}: nothing is wired to its input {port.name!r}.",
                           "Drag a wire to it.", port=port.name)  # fmt: skip
                good = False
            shape = known.get(port.name)
            if shape is not None and port.kind not in (ANY, shape.kind):
                source = scope.body.nodes[inputs[port.name].node]
                self._find(path, "kind",
                           f"{self._title(item)} takes a {KIND_TITLES[port.kind]}, but {self._title(source)} "
                           f"gives a {KIND_TITLES[shape.kind]} of {shape}.", port=port.name)  # fmt: skip
                good = False
        for name in inputs:
            if spec.input(name) is None:
                self._find(path, "unknown-port", f"{self._title(item)} has no input called {name!r}.",
                           "Remove the wire that ends there.", port=name)  # fmt: skip
                good = False
        return good

    def _step(
        self, scope: _Scope, item: Node, spec: BlockSpec, args: dict[str, Argument],
        inputs: Mapping[str, Source], known: Mapping[str, Shape],
    ) -> None:  # fmt: skip
        path = (*scope.path, item.id)
        wired: dict[str, Argument] = {}
        for name, origin in spec.wired.items():
            port, attribute = origin.split(".")
            wired[name] = getattr(known[port], attribute)
        measured = self.measure(spec, {**wired, **args}, known)
        if measured.error:
            where = f" (repeat {scope.where.index + 1})" if scope.where.count > 1 else ""
            self._find(path, "block", f"{self._place(scope, item)}{where}: {measured.error}", measured.hint)
            self._report(path, "error", known)
            return
        for port_name, shape in measured.outputs.items():
            scope.wires[item.id, port_name] = shape
        scope.steps[item.id] = Step(
            path=path, name=item.id, title=self._title(item), spec=spec, args={**wired, **args}, explicit=frozenset(item.params),
            inputs=dict(inputs), outputs=measured.outputs,
        )  # fmt: skip
        self._report(path, "ok", known, measured.outputs, measured.cost)
        self._advise(self._place(scope, item), args, known, measured.outputs, path)

    def _advise(
        self, place: str, args: Mapping[str, Argument], known: Mapping[str, Shape],
        outputs: Mapping[str, Shape], path: Path,
    ) -> None:  # fmt: skip
        """Say where a stride finds too little to divide: legal, but hardly meant."""
        before = next(iter(known.values()), None)
        after = next(iter(outputs.values()), None)
        stride = args.get("stride")
        if not (isinstance(before, ImageMap) and isinstance(after, ImageMap) and isinstance(stride, int)):
            return
        if stride > 1 and min(before.grid) == 1:
            self._find(path, "stride", f"{place}: a grid of {before.height}×{before.width} has nothing "
                       f"left to divide by its stride of {stride}.", "Use stride 1 or a larger image.",
                       severity="warning")  # fmt: skip
        elif stride > 1 and (before.height % stride or before.width % stride):
            self._find(path, "stride", f"{place}: a grid of {before.height}×{before.width} does not "
                       f"divide by its stride of {stride}; it becomes {after.height}×{after.width}.",
                       "An image size that divides loses nothing at the edge.", severity="advice")  # fmt: skip

    # -- groups

    def _group(
        self, scope: _Scope, group: Group, inputs: dict[str, Source], known: Mapping[str, Shape]
    ) -> None:
        path = (*scope.path, group.id)
        for name in group.inputs:
            if name not in inputs:
                self._find(path, "unwired", f"{self._title(group)}: nothing is wired to its input {name!r}.",
                           "Drag a wire to it.", port=name)  # fmt: skip
        if not group.inputs or not group.outputs:
            missing = "input" if not group.inputs else "output"
            self._find(path, "no-port", f"{self._title(group)} has no {missing}: its body leads nowhere.")
            self._report(path, "error", known)
            return
        if len(known) < len(group.inputs):
            self._waiting(path, group)
            return
        carried = group.inputs[0]
        shapes = dict(known)
        scopes: list[_Scope] = []
        ramped = _is_ramped(group)
        for index in range(group.repeat):
            inner = self._repeat(scope, group, index, shapes, ramped)
            if inner is None:
                self._report(path, "error", known)
                return
            scopes.append(inner)
            results = self._results(inner)
            if any(name not in results or results[name] not in inner.wires for name in group.outputs):
                self._broken(path, group, results, known)
                return
            out = results[group.outputs[0]]
            shapes[carried] = inner.wires[out]
        outputs = {name: scopes[-1].wires[self._results(scopes[-1])[name]] for name in group.outputs}
        cost = self._sum(path, group)
        self._report(path, "ok", known, outputs, cost, repeats=group.repeat)
        for name, shape in outputs.items():
            scope.wires[group.id, name] = shape
        if (stage := self._stage(group, path, inputs, outputs, scopes)) is not None:
            scope.steps[group.id] = stage

    def _repeat(
        self, scope: _Scope, group: Group, index: int, shapes: Mapping[str, Shape], ramped: bool
    ) -> _Scope | None:
        where = Position(
            index=index, count=group.repeat, net_index=self.net_index, net_count=max(1, self.net_count)
        )
        self.net_index += ramped
        env: dict[str, Literal_] = {}
        for name, value in group.params.items():
            try:
                env[name] = resolve(value, scope.env, where)
            except GraphError as error:
                self._find((*scope.path, group.id), "unknown-reference",
                           f"{self._title(group)}, {name}: {error.message}", error.hint)  # fmt: skip
                return None
        wires = {(name, "y"): shapes[name] for name in group.inputs if name in shapes}
        inner = _Scope(path=(*scope.path, group.id), body=group.body, env=env, where=where, wires=wires,
                       titles=(*scope.titles, self._title(group)))  # fmt: skip
        return inner if self._run(inner) else None

    @staticmethod
    def _results(scope: _Scope) -> dict[str, tuple[str, str]]:
        """Where each output port of a body gets its value."""
        ports = {name for name, item in scope.body.nodes.items() if is_port(item, "output")}
        return {
            edge.target: (edge.source, edge.source_port) for edge in scope.body.edges if edge.target in ports
        }

    def _broken(
        self, path: Path, group: Group, results: Mapping[str, object], known: Mapping[str, Shape]
    ) -> None:
        for name in group.outputs:
            if name not in results:
                self._find((*path, name), "unwired", f"{self._title(group)}: nothing in its body is wired to its "
                           f"output {name!r}.", "Drag a wire to it.", port="x")  # fmt: skip
        own = any(f.severity == "error" and f.path[: len(path)] == path for f in self.findings.values())
        self._report(path, "error" if own else "waiting", known)

    def _waiting(self, path: Path, group: Group) -> None:
        self._report(path, "waiting", {})
        for inner, _ in group.body.walk(path):
            self._report(inner, "waiting", {})

    def _sum(self, path: Path, group: Group) -> Cost:
        return sum(
            (self.reports[(*path, name)].cost for name in group.body.nodes if (*path, name) in self.reports),
            Cost(),
        )

    def _stage(
        self, group: Group, path: Path, inputs: Mapping[str, Source], outputs: Mapping[str, Shape],
        scopes: list[_Scope],
    ) -> Stage | None:  # fmt: skip
        """The planned stage; None, with a finding, when its entry part does not lead into the body in one wire."""
        carried = group.inputs[0]
        once = {name for name, item in group.body.nodes.items() if item.once and not is_port(item, "input")}
        handed = {
            Source(edge.source, edge.source_port)
            for edge in group.body.edges
            if edge.source in once and edge.target not in once
        }
        direct = any(e.source == carried and e.target not in once for e in group.body.edges)
        late = any(
            e.target in once and e.source not in once and e.source not in group.inputs
            for e in group.body.edges
        )
        if once and (len(handed) != 1 or direct or late):
            self._find(path, "entry", f"{self._title(group)}: the part that runs once must come first and hand over "
                       "one value to the rest.", "Move it to the start of the body, or switch “once” off.")  # fmt: skip
            return None
        entry_result = next(iter(handed), None)
        edge = Source(carried, "y")

        def moved(source: Source) -> Source:
            return edge if source == entry_result else source

        bodies = []
        for scope in scopes:
            steps = tuple(
                replace(step, inputs={port: moved(source) for port, source in step.inputs.items()})
                for name, step in scope.steps.items()
                if name not in once
            )
            results = {name: moved(Source(*source)) for name, source in self._results(scope).items()}
            bodies.append(Body(steps=steps, results=results))
        return Stage(
            path=path, name=group.id, title=self._title(group), inputs=dict(inputs), outputs=outputs,
            carried=carried, entry=tuple(s for n, s in scopes[0].steps.items() if n in once),
            entry_result=entry_result, repeats=tuple(bodies),
        )  # fmt: skip

    # -- book-keeping

    def _find(
        self, path: Path, code: str, message: str, hint: str = "", *, port: str = "",
        severity: Literal["error", "warning", "advice"] = "error",
    ) -> None:  # fmt: skip
        """Keep a finding; the same one from a later repeat is the same finding."""
        key = (code, path, port)
        if key not in self.findings:
            self.findings[key] = Finding(
                severity=severity, code=code, message=message, hint=hint, path=path, port=port
            )

    def _report(
        self, path: Path, state: Literal["ok", "error", "waiting"], inputs: Mapping[str, Shape],
        outputs: Mapping[str, Shape] | None = None, cost: Cost | None = None, *, repeats: int = 1,
    ) -> None:  # fmt: skip
        """Add what one repeat told to the node's report: costs add up, the last output shape stays."""
        cost = cost or Cost()
        before = self.reports.get(path)
        if before is None or state != "ok":
            self.reports[path] = NodeReport(
                path=path, state=state, inputs=dict(inputs), outputs=dict(outputs or {}), cost=cost,
                repeats=repeats,
            )  # fmt: skip
            return
        self.reports[path] = replace(
            before, outputs=dict(outputs or {}), cost=before.cost + cost, repeats=before.repeats + 1
        )

    def _place(self, scope: _Scope, item: Item) -> str:
        """The item's title with those of the groups around it."""
        return " › ".join([*scope.titles, self._title(item)])

    def _title(self, item: Item) -> str:
        if item.title or isinstance(item, Group):
            return item.title or item.id
        spec = self.catalogue.get(item.block)
        return spec.title if spec else item.id

    def _family(self, item: Item) -> str:
        spec = self.catalogue.get(item.block) if isinstance(item, Node) else None
        return spec.family if spec else ""

    def _out_port(self, item: Node) -> str:
        spec = self.catalogue.get(item.block)
        return spec.outputs[0].name if spec and spec.outputs else "y"
