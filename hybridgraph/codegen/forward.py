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
    mark: Mark, steps: Sequence[Step | Stage], results: Sequence[Source], wires: Mapping[Source, str]
) -> tuple[list[str], list[str]]:
    """The statements that run these steps, and the names under which the results stand at the end.

    `wires` names the values that are there at the start.
    """
    last = {source: index for index, step in enumerate(steps) for source in step.inputs.values()}
    last |= dict.fromkeys(results, len(steps))
    names = {source: name for source, name in wires.items() if source in last}
    busy = set(wires.values())
    lines: list[str] = []
    for index, step in enumerate(steps):
        call = f"self.{identifier(step.name)}({given(step, names)})"
        dying = [source for source in dict.fromkeys(step.inputs.values()) if last[source] == index]
        free = [names.pop(source) for source in dying]
        targets = []
        for port in step.outputs:
            wish = f"{identifier(step.name).rstrip('_')}_out" if len(step.outputs) == 1 else identifier(port)
            name = free.pop(0) if free else new_name(wish, busy)
            busy.add(name)
            names[Source(step.name, port)] = name
            targets.append(name)
        free += [
            names.pop(unused) for port in step.outputs if (unused := Source(step.name, port)) not in last
        ]
        lines.append(mark(commented(f"{', '.join(targets)} = {call}", step.outputs), step.path))
        if free:
            lines.append(f"del {', '.join(free)}  # it would stay in memory to the end")
            busy.difference_update(free)
    return lines, [names[source] for source in results]


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


def run_entry(mark: Mark, stage: Stage, wires: Mapping[Source, str], lane: str) -> list[str]:
    """The statements of a stage's entry part, with its result under the name `lane`."""
    if stage.entry_result is None:
        return []
    others = [source for source in wires if source.node != stage.carried]  # the repeats need them still
    lines, names = forward(mark, stage.entry, [stage.entry_result, *others], wires)
    return lines if names[0] == lane else [*lines, f"{lane} = {names[0]}"]


def stacked(gives: Sequence[str], stage: Stage) -> list[str]:
    """What a stage that runs once returns: its values, a collected one as a stack of one."""
    return [
        f"{name}[:, None]" if port in stage.collected else name
        for name, port in zip(gives, stage.outputs, strict=True)
    ]


def repeat_loop(mark: Mark, stage: Stage, block: Path, names: Sequence[str]) -> list[str]:
    """The statements that run the blocks of a stage in turn and return what it gives; the call belongs to `block`.

    `names` are the arguments, the carried value first; the values of a collected output are kept in a list.
    """
    lane, ports = names[0], list(stage.outputs)
    gives = [lane, *(f"{identifier(port)}_out" for port in ports[1:])]
    kept = {port: f"{identifier(port)}_of_each" for port in ports if port in stage.collected}
    call = f"    {', '.join(gives)} = block({', '.join(names)})"
    returned = [
        f"stack({kept[port]}, dim=1)" if port in kept else name
        for port, name in zip(ports, gives, strict=True)
    ]
    last = f"return {', '.join(returned)}"
    return [
        *(f"{each} = []" for each in kept.values()),
        "for block in self.blocks:",
        mark(commented(call, stage.given), block),
        *(
            f"    {kept[port]}.append({name})"
            for port, name in zip(ports, gives, strict=True)
            if port in kept
        ),
        commented(last, stage.outputs) if kept else last,
    ]


def new_name(wish: str, busy: set[str]) -> str:
    """A name for a value, x or the one wished for, that none of the living values has."""
    name = "x" if "x" not in busy else wish
    while name in busy:
        name += "_"
    return name


def once_joined(stage: Stage) -> Body:
    """A stage that runs once as one body: its entry part in front, its result in place of the carried value."""
    body = stage.repeats[0]
    if stage.entry_result is None:
        return body
    entry_result = stage.entry_result

    def moved(source: Source) -> Source:
        return entry_result if source == Source(stage.carried, "y") else source

    steps = tuple(
        replace(step, inputs={port: moved(source) for port, source in step.inputs.items()})
        for step in body.steps
    )
    results = {name: moved(source) for name, source in body.results.items()}
    return Body(steps=(*stage.entry, *steps), results=results)
