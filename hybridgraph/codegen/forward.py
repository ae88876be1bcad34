"""The statements of a `forward`: each value's name is reused or released after its last use.

Source that gives every value a name of its own keeps every activation alive, and runs up to three times slower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hybridgraph.codegen.text import commented
from hybridgraph.graph.model import Path
from hybridgraph.plan import Body, Source, Stage, Step, identifier

Mark = Callable[[str, Path], str]
"""Notes on a line which node it belongs to."""


def forward(
    mark: Mark, steps: Sequence[Step | Stage], results: Mapping[str, Source], wires: dict[Source, str],
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
        taken = given(step, names)
        dying = [source for source in dict.fromkeys(step.inputs.values()) if last[source] == index]
        free = [names[source] for source in dying]
        targets = []
        for port in step.outputs:
            source = Source(step.name, port)
            wanted = free.pop(0) if free else new_name(step.name, busy)
            busy.add(wanted)
            names[source] = wanted
            targets.append(wanted)
            if source not in last:
                last[source] = index
        call = f"{', '.join(targets)} = self.{identifier(step.name)}({taken})"
        lines.append(mark(commented(call, step.outputs), step.path))
        for source in dying:
            if names[source] not in targets:
                lines.append(f"del {names[source]}  # released here, or it would stay in memory to the end")
                busy.discard(names[source])
            del names[source]
    lines.append(f"return {', '.join(names[source] for source in results.values())}")
    return lines


def given(step: Step | Stage, names: Mapping[Source, str]) -> str:
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


def run_entry(mark: Mark, stage: Stage, wires: dict[Source, str], lane: str) -> list[str]:
    if stage.entry_result is None:
        return []
    lines = forward(mark, stage.entry, {"y": stage.entry_result}, wires, list(wires.values()))
    result = lines.pop().removeprefix("return ")
    return lines if result == lane else [*lines, f"{lane} = {result}"]


def new_name(node: str, busy: set[str]) -> str:
    name = "x" if "x" not in busy else f"{identifier(node).rstrip('_')}_out"
    while name in busy:
        name += "_"
    return name


def joined(body: Body, carried: str, entry_result: Source) -> Body:
    """A body that runs once, with its entry part in front: the carried value is the entry's result."""
    edge = Source(carried, "y")

    def back(step: Step | Stage) -> Step | Stage:
        moved = {port: entry_result if source == edge else source for port, source in step.inputs.items()}
        return replace(step, inputs=moved)

    reached = list(body.steps).index(next(s for s in body.steps if s.name == entry_result.node))
    steps = tuple(step if index <= reached else back(step) for index, step in enumerate(body.steps))
    results = {name: entry_result if source == edge else source for name, source in body.results.items()}
    return Body(steps=steps, results=results)
