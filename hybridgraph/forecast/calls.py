"""The blocks of a plan in the order in which a step calls them, with the memory behind each wire between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hybridgraph.forecast.values import Entering, Load, Trace, Tracer
from hybridgraph.graph.model import Path
from hybridgraph.plan import Body, Plan, Source, Stage, Step
from hybridgraph.shapes import Stack


@dataclass(slots=True, eq=False)
class Memory:
    """A tensor's memory between blocks, and whether it gets a gradient.

    `readers` are the calls that read it, `keepers` those that keep it for their gradients.
    """

    load: Load
    needs_gradient: bool
    readers: list[int] = field(default_factory=list)
    keepers: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Wire:
    """A value between blocks, and the memory it lies in, which other values may look into."""

    value: Entering
    memory: Memory

    @classmethod
    def new(cls, value: Entering) -> Wire:
        """A value in memory of its own."""
        return cls(value, Memory(value.load, value.needs_gradient))


@dataclass(slots=True, kw_only=True)
class Call:
    """One block run once. `held` is what variables hold while it runs, its inputs among them; `outputs` is new.

    Of a block that is `recomputed` only the inputs are kept; `again` is what its second pass makes beside what it
    keeps inside: its outputs, as far as their own gradients need them.
    """

    path: Path
    trace: Trace
    outputs: tuple[Memory, ...]
    held: tuple[Memory, ...]
    recomputed: bool = False
    again: tuple[Load, ...] = ()


class Calls:
    """Walks a plan as its generated source runs; the calls are in `found`, and `image` is the picture's wire."""

    def __init__(
        self,
        plan: Plan,
        tracer: Tracer,
        *,
        frozen: frozenset[Path],
        recomputed: frozenset[Path],
        is_channels_last: bool,
    ) -> None:
        self._tracer = tracer
        self._frozen = frozen
        self._recomputed = recomputed
        self.found: list[Call] = []
        picture = Wire.new(Entering(shape=plan.input, is_channels_last=is_channels_last))
        self.image = picture.memory
        (result,) = self._body(plan.body, {Source(plan.image, "y"): picture}, ()).values()
        self.result = result.memory

    def _body(self, body: Body, wires: Mapping[Source, Wire], outer: tuple[Memory, ...]) -> dict[str, Wire]:
        """The values that leave a body, by port."""
        known = self._steps(body.steps, dict(wires), body.results.values(), outer)
        return {name: known[source] for name, source in body.results.items()}

    def _steps(
        self,
        steps: Sequence[Step | Stage],
        wires: dict[Source, Wire],
        results: Iterable[Source],
        outer: tuple[Memory, ...],
    ) -> dict[Source, Wire]:
        """Run steps; a variable lives until the step after which its value is no longer used."""
        last = {source: index for index, step in enumerate(steps) for source in step.inputs.values()}
        last |= dict.fromkeys(results, len(steps))
        for index, step in enumerate(steps):
            held = (
                *outer,
                *(wire.memory for source, wire in wires.items() if last.get(source, -1) >= index),
            )
            given = {port: wires[source] for port, source in step.inputs.items()}
            made = self._call(step, given, held) if isinstance(step, Step) else self._stage(step, given, held)
            wires |= {Source(step.name, port): wire for port, wire in made.items()}
        return wires

    def _call(self, step: Step, given: Mapping[str, Wire], held: tuple[Memory, ...]) -> dict[str, Wire]:
        index = len(self.found)
        entering = {port: wire.value for port, wire in given.items()}
        trace = self._tracer(step, entering, is_frozen=step.path in self._frozen)
        made = {port: Wire.new(value) for port, value in trace.leaving.items()}
        for port, origin in trace.same.items():
            made[port].memory = given[origin].memory
        is_recomputed = step.path in self._recomputed and bool(trace.backward)
        for port, wire in given.items():
            wire.memory.readers.append(index)
            if port in trace.inputs or is_recomputed:
                wire.memory.keepers.append(index)
        again = tuple(made[port].memory.load for port in trace.outputs) if is_recomputed else ()
        for port in () if is_recomputed else trace.outputs:
            made[port].memory.keepers.append(index)
        new = tuple(wire.memory for port, wire in made.items() if port not in trace.same)
        self.found.append(
            Call(path=step.path, trace=trace, outputs=new, held=held, recomputed=is_recomputed, again=again)
        )
        return made

    def _stage(self, stage: Stage, given: Mapping[str, Wire], held: tuple[Memory, ...]) -> dict[str, Wire]:
        ports = {Source(port, "y"): wire for port, wire in given.items()}
        carried = Source(stage.carried, "y")
        if stage.entry and stage.entry_result is not None:
            made = self._steps(stage.entry, dict(ports), (stage.entry_result, *ports), held)
            ports[carried] = made[stage.entry_result]
        lists: dict[str, list[Wire]] = {name: [] for name in stage.collected}
        left: dict[str, Wire] = {}
        for body in stage.repeats:
            variables = (*ports.values(), *(wire for each in lists.values() for wire in each))
            around = (*held, *(wire.memory for wire in variables))
            left = self._body(body, ports, around)
            ports[carried] = next(iter(left.values()))
            for name, each in lists.items():
                each.append(left[name])
        for name, each in lists.items():
            shape = stage.outputs[name]
            assert isinstance(shape, Stack)
            needs = any(wire.value.needs_gradient for wire in each)
            value = Entering(shape=shape, format=each[-1].value.format, needs_gradient=needs)
            left[name] = Wire.new(value)
        return left
