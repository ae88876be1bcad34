"""A plan as Python source that a reviewer would accept.

Stages are classes, repeats are loops, shapes are comments. A value's name is reused or released after its
last use, as good hand-written code does; source that names every value would keep every activation alive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hybridgraph.codegen import operations
from hybridgraph.codegen.constructors import Call, Constructed, argument_texts, repeated_texts
from hybridgraph.codegen.forward import forward, once_joined, repeat_loop, run_entry, stacked
from hybridgraph.codegen.names import ClassNames
from hybridgraph.codegen.text import (
    fit,
    port_names,
    returns,
    stage_doc,
    tensor,
    type_of,
    wrapped,
)
from hybridgraph.errors import GraphError
from hybridgraph.graph.model import Path
from hybridgraph.plan import Argument, Body, Plan, Source, Stage, Step, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Source text, the lines of each node in it (first and last, from 1), and where its module lives.

    `modules` maps a path to the dotted name of its module; {i} stands for the repeat.
    """

    text: str
    lines: Mapping[Path, tuple[int, int]]
    modules: Mapping[Path, str]


def render(plan: Plan) -> Rendered:
    """The source of a plan, importing its blocks from `hybridgraph.blocks`."""
    return _Writer(plan).render()


class _Writer:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.imports: dict[str, set[str]] = {}
        self.torch = {"Tensor", "nn"}
        self.plain: set[str] = set()
        self.listed: dict[str, str] = {}
        self._collect(plan.body)
        blocks = {name for names in self.imports.values() for name in names}
        self.names = ClassNames({*blocks, "F", "nn", "torch", "Tensor", "BlockError"})
        self.classes: list[Constructed] = []
        self.marks: dict[str, Path] = {}
        self.modules: dict[Path, str] = {}

    def _collect(self, body: Body) -> None:
        for step in body.steps:
            if isinstance(step, Stage):
                if step.collected and len(step.repeats) > 1:
                    self.torch.add("stack")
                self._collect(Body(steps=step.entry, results={}))
                for repeat in step.repeats:
                    self._collect(repeat)
            elif step.spec.id == operations.BLOCK:
                self.plain |= operations.modules(str(step.args["program"]))
            else:
                self.imports.setdefault(step.spec.module, set()).add(step.spec.class_name)

    def render(self) -> Rendered:
        plan = self.plan
        network = self.names.class_name("Network", "network")
        self._body_class(
            network,
            f"{plan.name or 'A network'}: {tensor(plan.input)} -> {tensor(plan.output)}.",
            [plan.body],
            {Source(plan.image, "y"): "x"},
            prefix="",
        )
        doc = f"{plan.name or 'A network'}, made with HybridGraph: {tensor(plan.input)} -> {tensor(plan.output)}."
        lines = [
            f'"""{doc}"""',
            "",
            *sorted(self.plain),
            f"from torch import {', '.join(sorted(self.torch))}",
            "",
        ]
        for module, names in sorted(self.imports.items()):
            lines += wrapped(f"from {module} import ", sorted(names))
        for cls in self.classes:
            lines += ["", "", *cls.lines]
        lines += ["", "", "def build_model() -> nn.Module:",
                  f'    """The network with fresh weights, for images of {plan.input}."""',
                  f"    return {network}()"]  # fmt: skip
        return self._finish(lines)

    def _finish(self, lines: list[str]) -> Rendered:
        """Take the node marks out of the text; a node's lines are the first ones in a row that bear its mark."""
        spans: dict[Path, tuple[int, int]] = {}
        clean: list[str] = []
        for line in lines:
            text, _, mark = line.partition("\x00")
            clean.append(text)
            number = len(clean)
            for key in filter(None, mark.split("\x00")):
                first, last = spans.get(self.marks[key], (number, number))
                if number <= last + 1:
                    spans[self.marks[key]] = (first, number)
        return Rendered(text="\n".join(clean) + "\n", lines=spans, modules=self.modules)

    def _mark(self, line: str, path: Path) -> str:
        key = str(len(self.marks))
        self.marks[key] = path
        return f"{line}\x00{key}"

    # -- classes

    def _body_class(
        self, name: str, doc: str, instances: list[Body], wires: dict[Source, str], *,
        prefix: str, path: Path | None = None, stage: Stage | None = None,
    ) -> Constructed:  # fmt: skip
        """A class whose forward runs one body; `instances` are the same body with other arguments.

        With `stage` it stands for that stage, whose body runs once.
        """
        made = Constructed(name)
        built: list[str] = []
        for index, step in enumerate(instances[0].steps):
            same = [body.steps[index] for body in instances]
            built += self._construct(made, step, same, prefix=prefix)
        results = instances[-1].results
        ran, gives = forward(self._mark, instances[-1].steps, list(results.values()), wires)
        if ran and ran[-1].startswith("del "):
            ran.pop()  # returning releases as well
        ran.append(f"return {', '.join(stacked(gives, stage) if stage else gives)}")
        self._emit(made, doc, built, list(wires.values()), ran, gives=returns(results), path=path)
        return made

    def _emit(
        self, made: Constructed, doc: str, built: list[str], arguments: list[str], ran: list[str], *,
        gives: str = "Tensor", path: Path | None = None,
    ) -> None:  # fmt: skip
        """Put the class together; with `path`, every line of it belongs to that group."""
        takes = "".join(f", {name}: {type_of(values)}" for name, values in made.varying.items())
        keyword = ", *" if takes else ""
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
        if path is not None:
            made.lines = [self._mark(line, path) for line in made.lines]
        self.classes.append(made)

    def _construct(
        self, owner: Constructed, step: Step | Stage, same: Sequence[Step | Stage], *, prefix: str
    ) -> list[str]:
        """The lines that build one step in the constructor of `owner`."""
        attribute = identifier(step.name)
        if isinstance(step, Step):
            self.modules[step.path] = f"{prefix}{attribute}"
            call = self._step_call(step, [s for s in same if isinstance(s, Step)])
        else:
            call = self._stage_call(step, [s for s in same if isinstance(s, Stage)], prefix=prefix)
        text = argument_texts(owner, call)
        return [self._mark(line, step.path) for line in fit(f"self.{attribute} = {call.cls}(", text, ")", 8)]

    def _step_call(self, step: Step, same: Sequence[Step]) -> Call:
        if step.spec.id == operations.BLOCK:
            return Call(identifier(step.name), self._operations_class(step, same), step.path, {}, {})
        names = list(step.args)
        arguments = {name: [one.args[name] for one in same] for name in names}
        unsaid = {n: p.default for n, p in step.spec.params.items() if n not in step.explicit}
        return Call(identifier(step.name), step.spec.class_name, step.path, arguments, unsaid)

    def _operations_class(self, step: Step, same: Sequence[Step]) -> str:
        """The class of a list of operations, one for each list."""
        program = str(step.args["program"])
        if any(one.args["program"] != program for one in same):
            raise GraphError(
                f"{step.title}: its operations differ between repeats.", "Give all repeats the same."
            )
        if program not in self.listed:
            self.listed[program] = name = self.names.class_name("Operations", step.name)
            lines = operations.class_lines(name, step.title, program)
            self.classes.append(Constructed(name, [self._mark(line, step.path) for line in lines]))
        return self.listed[program]

    def _stage_call(self, stage: Stage, same: Sequence[Stage], *, prefix: str) -> Call:
        """Write the class of a stage; the call hands it what differs between its instances."""
        attribute = identifier(stage.name)
        name = self.names.class_name(stage.title, stage.name)
        self.modules[stage.path] = f"{prefix}{attribute}"
        inside = f"{prefix}{attribute}."
        arguments = port_names(list(stage.inputs), stage.carried)
        wires = {Source(port, "y"): argument for port, argument in arguments.items()}
        doc = stage_doc(stage)
        if len(stage.repeats) == 1:
            bodies = [once_joined(one) for one in same]
            made = self._body_class(name, doc, bodies, wires, prefix=inside, path=stage.path, stage=stage)
        else:
            made = Constructed(name)
            self._loop(made, stage, same, wires, doc, inside)
        return Call(attribute, name, stage.path, made.varying, {})

    def _loop(
        self, made: Constructed, stage: Stage, same: Sequence[Stage], wires: dict[Source, str], doc: str,
        inside: str,
    ) -> None:  # fmt: skip
        """A stage that runs its entry part, then its body `repeat` times."""
        built: list[str] = []
        for index, step in enumerate(stage.entry):
            built += self._construct(made, step, [one.entry[index] for one in same], prefix=inside)
        cls, path, rows, unsaid = self._repeated_block(stage, same, wires, inside)
        texts = repeated_texts(made, rows, unsaid)
        index_name = "i" if any(re.search(r"\bi\b", text) for text in texts) else "_"
        built.append("self.blocks = nn.ModuleList(")
        built += [self._mark(f"    {line}", path) for line in fit(f"{cls}(", texts, ")", 12)]
        built += [self._mark(f"    for {index_name} in range({len(stage.repeats)})", path), ")"]
        lane = wires[Source(stage.carried, "y")]
        extra = [name for name in wires.values() if name != lane]
        ran = [
            *run_entry(self._mark, stage, wires, lane),
            *repeat_loop(self._mark, stage, path, [lane, *extra]),
        ]
        self._emit(made, doc, built, list(wires.values()), ran, gives=returns(stage.outputs), path=stage.path)

    def _repeated_block(
        self, stage: Stage, same: Sequence[Stage], wires: dict[Source, str], inside: str
    ) -> tuple[str, Path, list[dict[str, Sequence[Argument]]], Mapping[str, Argument]]:
        """What a stage repeats: its class, its path, a row of arguments per instance, and which are defaults."""
        step = stage.repeats[0].steps[0] if stage.single else None
        if isinstance(step, Step):
            self.modules[step.path] = f"{inside}blocks.{{i}}"
            steps = [[s for body in one.repeats for s in body.steps if isinstance(s, Step)] for one in same]
            calls = [self._step_call(row[0], row) for row in steps]
            return calls[0].cls, step.path, [dict(c.arguments) for c in calls], calls[0].defaults
        block = self._body_class(
            self.names.class_name(f"{stage.title} block", stage.name),
            f"One repeat of {stage.title}.",
            [body for one in same for body in one.repeats],
            wires,
            prefix=f"{inside}blocks.{{i}}.",
            path=stage.path,
        )
        count = len(stage.repeats)
        rows: list[dict[str, Sequence[Argument]]] = [
            {name: values[start : start + count] for name, values in block.varying.items()}
            for start in range(0, count * len(same), count)
        ]
        return block.name, stage.path, rows, {}
