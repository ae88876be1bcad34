"""A plan as Python source that a reviewer would accept.

Stages are classes, repeats are loops, shapes are comments. A value's name is reused or released after its
last use, as good hand-written code does; source that names every value would keep every activation alive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hybridgraph.plan import Argument, Body, Plan, Source, Stage, Step, identifier
from hybridgraph.shapes import Shape

WIDTH = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Source text, the lines of each node in it (first and last, from 1), and where its module lives.

    `modules` maps a path to the dotted name of its module; {i} stands for the repeat.
    """

    text: str
    lines: Mapping[tuple[str, ...], tuple[int, int]]
    modules: Mapping[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class _Call:
    """One `self.name = Class(arguments)` of a constructor, for each instance of the class around it."""

    name: str
    cls: str
    path: tuple[str, ...]
    arguments: Mapping[str, Sequence[Argument]]
    defaults: Mapping[str, Argument]


@dataclass(slots=True)
class _Class:
    """A generated class on the way: its text, and the constructor arguments each instance needs."""

    name: str
    lines: list[str] = field(default_factory=list)
    varying: dict[str, list[Argument]] = field(default_factory=dict)


@dataclass(slots=True)
class _Names:
    """Class names taken so far."""

    taken: set[str]

    def class_name(self, title: str, node: str) -> str:
        """A new CamelCase name for a group."""
        words = "".join(c if c.isalnum() and c.isascii() else " " for c in title).split() or node.split("_")
        base = "".join(word[:1].upper() + word[1:] for word in words)
        base = base if base[:1].isalpha() else f"Stage{base}"
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}_{number}", number + 1
        self.taken.add(name)
        return name


def render(plan: Plan) -> Rendered:
    """The source of a plan, importing its blocks from `hybridgraph.blocks`."""
    return _Writer(plan).render()


class _Writer:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.imports: dict[str, set[str]] = {}
        self._collect(plan.body)
        blocks = {name for names in self.imports.values() for name in names}
        self.names = _Names({*blocks, "nn", "torch", "Tensor", "BlockError"})
        self.classes: list[_Class] = []
        self.marks: dict[str, tuple[str, ...]] = {}
        self.modules: dict[tuple[str, ...], str] = {}

    def _collect(self, body: Body) -> None:
        for step in body.steps:
            if isinstance(step, Stage):
                self._collect(Body(steps=step.entry, results={}))
                for repeat in step.repeats:
                    self._collect(repeat)
            else:
                self.imports.setdefault(step.spec.module, set()).add(step.spec.class_name)

    def render(self) -> Rendered:
        plan = self.plan
        network = self.names.class_name("Network", "network")
        top = self._body_class(
            network,
            f"{plan.name or 'A network'}: {_tensor(plan.input)} -> {_tensor(plan.output)}.",
            [plan.body], ["x"], {Source(plan.image, "y"): "x"}, plan.input, prefix="",
        )  # fmt: skip
        assert not top.varying  # there is one instance, so nothing differs between instances
        header = [
            f'"""{plan.name or "A network"}, made with HybridGraph. Input {_tensor(plan.input)}, output '
            f'{_tensor(plan.output)}."""',
            "",
            "from torch import Tensor, nn",
            "",
        ]
        for module in sorted(self.imports):
            header.append(_wrapped(f"from {module} import ", sorted(self.imports[module])))
        lines = [line for text in header for line in text.split("\n")]
        for cls in self.classes:
            lines += ["", "", *cls.lines]
        lines += ["", "", "def build_model() -> nn.Module:",
                  f'    """The network with fresh weights, for images of {plan.input}."""',
                  f"    return {network}()"]  # fmt: skip
        return self._finish(lines)

    def _finish(self, lines: list[str]) -> Rendered:
        """Take the node marks out of the text and turn them into line numbers."""
        spans: dict[tuple[str, ...], tuple[int, int]] = {}
        clean: list[str] = []
        for line in lines:
            text, _, mark = line.partition("\x00")
            clean.append(text)
            for key in filter(None, mark.split("\x00")):
                path = self.marks[key]
                first, last = spans.get(path, (len(clean), len(clean)))
                spans[path] = (min(first, len(clean)), max(last, len(clean)))
        return Rendered(text="\n".join(clean) + "\n", lines=spans, modules=self.modules)

    def _mark(self, line: str, path: tuple[str, ...]) -> str:
        key = str(len(self.marks))
        self.marks[key] = path
        return f"{line}\x00{key}"

    # -- classes

    def _body_class(
        self, name: str, doc: str, instances: list[Body], arguments: list[str],
        wires: dict[Source, str], shape: Shape | None, *, prefix: str,
    ) -> _Class:  # fmt: skip
        """A class whose forward runs one body; `instances` are the same body with other arguments."""
        made = _Class(name)
        built: list[str] = []
        for index, step in enumerate(instances[0].steps):
            same = [body.steps[index] for body in instances]
            built += self._construct(made, step, same, prefix=prefix)
        ran = _forward(self, instances[-1].steps, instances[-1].results, dict(wires), list(arguments))
        self._emit(made, doc, built, arguments, ran)
        return made

    def _emit(
        self, made: _Class, doc: str, built: list[str], arguments: list[str], ran: list[str],
        annotation: str = "Tensor",
    ) -> None:  # fmt: skip
        takes = "".join(f", {name}: {_type_of(values)}" for name, values in made.varying.items())
        keyword = ", *" if takes else ""
        gives = annotation
        made.lines = [
            f"class {made.name}(nn.Module):",
            f'    """{doc}"""',
            "",
            f"    def __init__(self{keyword}{takes}) -> None:",
            "        super().__init__()",
            *(f"        {line}" for line in built),
            "",
            f"    def forward(self, {', '.join(f'{a}: Tensor' for a in arguments)}) -> {gives}:",
            *(f"        {line}" for line in ran),
        ]
        self.classes.append(made)

    def _construct(
        self, owner: _Class, step: Step | Stage, same: Sequence[Step | Stage], *, prefix: str
    ) -> list[str]:
        """The lines that build one step in the constructor of `owner`."""
        attribute = identifier(step.name)
        if isinstance(step, Step):
            self.modules[step.path] = f"{prefix}{attribute}"
            call = self._step_call(step, [s for s in same if isinstance(s, Step)])
        else:
            call = self._stage_call(step, [s for s in same if isinstance(s, Stage)], prefix=prefix)
        text = self._arguments(owner, call)
        return [self._mark(line, step.path) for line in _fit(f"self.{attribute} = {call.cls}(", text, ")", 8)]

    def _step_call(self, step: Step, same: Sequence[Step]) -> _Call:
        names = list(step.args)
        arguments = {name: [one.args[name] for one in same] for name in names}
        defaults = {name: parameter.default for name, parameter in step.spec.params.items()}
        return _Call(identifier(step.name), step.spec.class_name, step.path, arguments, defaults)

    def _arguments(self, owner: _Class, call: _Call) -> list[str]:
        """Each argument as text; one that differs between instances becomes an argument of `owner`."""
        texts = []
        for name, values in call.arguments.items():
            if all(value == values[0] for value in values):
                if name in call.defaults and call.defaults[name] == values[0]:
                    continue
                texts.append(f"{name}={values[0]!r}")
            else:
                chosen = name if name not in owner.varying else f"{call.name}_{name}"
                owner.varying[chosen] = list(values)
                texts.append(f"{name}={chosen}")
        return texts

    def _stage_call(self, stage: Stage, same: Sequence[Stage], *, prefix: str) -> _Call:
        """Write the class of a stage; the call hands it what differs between its instances."""
        attribute = identifier(stage.name)
        name = self.names.class_name(stage.title, stage.name)
        self.modules[stage.path] = f"{prefix}{attribute}"
        inside = f"{prefix}{attribute}."
        made = _Class(name)
        ports = list(stage.inputs)
        arguments = _port_names(ports, stage.carried)
        wires = {Source(port, "y"): arguments[port] for port in ports}
        doc = _stage_doc(stage)
        if len(stage.repeats) == 1:
            bodies = [
                Body(steps=(*one.entry, *one.repeats[0].steps), results=one.repeats[0].results) for one in same
            ]
            if stage.entry_result is not None:
                bodies = [_joined(one, stage.carried, stage.entry_result) for one in bodies]
            built: list[str] = []
            for index, step in enumerate(bodies[0].steps):
                built += self._construct(made, step, [b.steps[index] for b in bodies], prefix=inside)
            ran = _forward(self, bodies[-1].steps, bodies[-1].results, wires, list(arguments.values()))
            self._emit(made, doc, built, list(arguments.values()), ran, _returns(bodies[-1].results))
        else:
            self._loop(made, stage, same, arguments, wires, doc, inside)
        return _Call(attribute, name, stage.path, made.varying, {})

    def _loop(
        self, made: _Class, stage: Stage, same: Sequence[Stage], arguments: dict[str, str],
        wires: dict[Source, str], doc: str, inside: str,
    ) -> None:  # fmt: skip
        """A stage that runs its entry part, then its body `repeat` times."""
        built: list[str] = []
        for index, step in enumerate(stage.entry):
            built += self._construct(made, step, [one.entry[index] for one in same], prefix=inside)
        count = len(stage.repeats)
        if stage.single:
            step = stage.repeats[0].steps[0]
            assert isinstance(step, Step)
            self.modules[step.path] = f"{inside}blocks.{{i}}"
            matrix = [[body.steps[0] for body in one.repeats] for one in same]
            calls = [
                self._step_call(step, [s for s in row if isinstance(s, Step)]) for row in matrix
            ]
            cls, path, defaults = step.spec.class_name, step.path, calls[0].defaults
            rows = [dict(call.arguments) for call in calls]
        else:
            flat = [body for one in same for body in one.repeats]
            block = self._body_class(
                self.names.class_name(f"{stage.title} block", stage.name), f"One repeat of {stage.title}.",
                flat, list(arguments.values()), dict(wires), None, prefix=f"{inside}blocks.{{i}}.",
            )  # fmt: skip
            cls, path, defaults = block.name, stage.path, {}
            rows = [
                {n: v[o * count : (o + 1) * count] for n, v in block.varying.items()} for o in range(len(same))
            ]
        texts = self._repeated(made, rows, defaults)
        index_name = "i" if any(re.search(r"\bi\b", text) for text in texts) else "_"
        built += [
            self._mark(line, path)
            for line in _fit(f"self.blocks = nn.ModuleList({cls}(", texts, f") for {index_name} in range({count}))", 8)
        ]
        lane = arguments[stage.carried]
        extra = [name for name in arguments.values() if name != lane]
        ran = _run_entry(self, stage, wires, lane)
        ran += [self._mark(f"for block in self.blocks:", stage.path),
                self._mark(_commented(f"    {lane} = block({', '.join([lane, *extra])})", stage.outputs), path)]  # fmt: skip
        ran.append(f"return {lane}")
        self._emit(made, doc, built, list(arguments.values()), ran)

    def _repeated(
        self, owner: _Class, rows: list[dict[str, Sequence[Argument]]], defaults: Mapping[str, Argument]
    ) -> list[str]:
        """The arguments of a block in a loop over i, from one row of values per instance of the owner."""
        texts = []
        for name in rows[0]:
            columns = [tuple(row[name]) for row in rows]
            if all(column == columns[0] for column in columns):
                first = columns[0][0]
                if name in defaults and all(value == defaults[name] for value in columns[0]):
                    continue
                text = _over_repeats(columns[0])
                texts.append(f"{name}={text if text is not None else repr(first)}")
            else:
                chosen = name if name not in owner.varying else f"{name}_{len(owner.varying)}"
                owner.varying[chosen] = list(columns)  # type: ignore[arg-type]
                texts.append(f"{name}={chosen}[i]")
        return texts


# -- forward


def _forward(
    writer: _Writer, steps: Sequence[Step | Stage], results: Mapping[str, Source], wires: dict[Source, str],
    arguments: list[str],
) -> list[str]:  # fmt: skip
    """The statements of a forward: each value's name is reused or released after its last use."""
    last: dict[Source, int] = {}
    for index, step in enumerate(steps):
        for source in step.inputs.values():
            last[source] = index
    for source in results.values():
        last[source] = len(steps)
    lines: list[str] = []
    names = dict(wires)
    for source in [s for s in names if s not in last]:
        del names[source]
    busy = set(arguments)
    for index, step in enumerate(steps):
        given = _given(step, names)
        dying = [source for source in dict.fromkeys(step.inputs.values()) if last[source] == index]
        free = [names[source] for source in dying]
        targets = []
        for port in step.outputs:
            source = Source(step.name, port)
            wanted = free.pop(0) if free else _new_name(step.name, busy)
            busy.add(wanted)
            names[source] = wanted
            targets.append(wanted)
            if source not in last:
                last[source] = index
        call = f"{', '.join(targets)} = self.{identifier(step.name)}({given})"
        lines.append(writer._mark(_commented(call, step.outputs), step.path))
        for source in dying:
            if names[source] not in targets:
                lines.append(f"del {names[source]}  # released here, or it would stay in memory to the end")
                busy.discard(names[source])
            del names[source]
    lines.append(f"return {', '.join(names[source] for source in results.values())}")
    return lines


def _given(step: Step | Stage, names: Mapping[Source, str]) -> str:
    """The arguments of a call: by position as long as no optional port is left out."""
    ports = [port.name for port in step.spec.inputs] if isinstance(step, Step) else list(step.inputs)
    texts, by_name = [], False
    for port in ports:
        if port not in step.inputs:
            by_name = True
            continue
        name = names[step.inputs[port]]
        texts.append(f"{port}={name}" if by_name else name)
    return ", ".join(texts)


def _run_entry(writer: _Writer, stage: Stage, wires: dict[Source, str], lane: str) -> list[str]:
    if stage.entry_result is None:
        return []
    lines = _forward(writer, stage.entry, {"y": stage.entry_result}, wires, list(wires.values()))
    result = lines.pop().removeprefix("return ")
    return lines if result == lane else [*lines, f"{lane} = {result}"]


def _new_name(node: str, busy: set[str]) -> str:
    name = "x" if "x" not in busy else f"{identifier(node).rstrip('_')}_out"
    while name in busy:
        name += "_"
    return name


def _joined(body: Body, carried: str, entry_result: Source) -> Body:
    """A body that runs once, with its entry part in front: the carried value is the entry's result."""
    edge = Source(carried, "y")
    def back(step: Step | Stage) -> Step | Stage:
        moved = {port: entry_result if source == edge else source for port, source in step.inputs.items()}
        return replace(step, inputs=moved)

    reached = list(body.steps).index(next(s for s in body.steps if s.name == entry_result.node))
    steps = tuple(step if index <= reached else back(step) for index, step in enumerate(body.steps))
    results = {name: entry_result if source == edge else source for name, source in body.results.items()}
    return Body(steps=steps, results=results)


# -- text


def _tensor(shape: Shape) -> str:
    return f"({', '.join(['B', *map(str, shape.dims)])})"


def _commented(code: str, outputs: Mapping[str, Shape]) -> str:
    shapes = ", ".join(_tensor(shape) for shape in outputs.values())
    return f"{code:<46}  # {shapes}"


def _returns(results: Mapping[str, Source]) -> str:
    return "Tensor" if len(results) == 1 else f"tuple[{', '.join(['Tensor'] * len(results))}]"


def _stage_doc(stage: Stage) -> str:
    first = stage.repeats[0].steps
    what = first[0].title if len(first) == 1 else "its body"
    times = f" × {len(stage.repeats)}" if len(stage.repeats) > 1 else ""
    out = next(iter(stage.outputs.values()))
    return f"{stage.title}: {what}{times}, giving {_tensor(out)}."


def _port_names(ports: Sequence[str], carried: str) -> dict[str, str]:
    names = {carried: "x"}
    for port in ports:
        if port != carried:
            names[port] = identifier(port) if identifier(port) != "x" else "x_in"
    return {port: names[port] for port in ports}


def _type_of(values: Sequence[object]) -> str:
    kinds = {type(value) for value in values}
    if kinds == {int, float}:
        return "float"
    if len(kinds) == 1:
        return kinds.pop().__name__
    return " | ".join(sorted("None" if kind is type(None) else kind.__name__ for kind in kinds))


def _over_repeats(values: tuple[Argument, ...]) -> str | None:
    """An expression in i that gives these values in turn; None when they are all the same."""
    first, rest = values[0], values[1:]
    if all(value == first for value in rest):
        return None
    if all(value == rest[0] for value in rest):
        return f"{first!r} if i == 0 else {rest[0]!r}"
    for period in range(2, min(5, len(values) // 2 + 1)):
        if all(value == values[index % period] for index, value in enumerate(values)):
            return f"({', '.join(map(repr, values[:period]))})[i % {period}]"
    return f"({', '.join(map(repr, values))})[i]"


def _fit(start: str, texts: Sequence[str], end: str, indent: int) -> list[str]:
    """A call on one line where it fits, else its arguments on lines of their own."""
    whole = f"{start}{', '.join(texts)}{end}"
    if len(whole) + indent <= WIDTH:
        return [whole]
    lines, line = [start], "   "
    for text in texts:
        if len(line) + len(text) + 2 + indent > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {text},"
    return [*lines, line, end]


def _wrapped(start: str, names: Sequence[str]) -> str:
    whole = f"{start}{', '.join(names)}"
    if len(whole) <= WIDTH:
        return whole
    return "\n".join([f"{start}(", *(f"    {name}," for name in names), ")"])
