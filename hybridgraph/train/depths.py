"""How many blocks with weights lie before each parameter of a run's model, along the longest way through its design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn

from hybridgraph import codegen, compiler
from hybridgraph.graph import files
from hybridgraph.places import Spot, blocks_only, spots
from hybridgraph.plan import Stage, Step
from hybridgraph.runs.store import GRAPH_FILE


def find_depths(model: nn.Module, run: Path) -> dict[str, int]:
    """The depth of each parameter by its name. Raises RunError when the model is not that of the design."""
    graph = files.load(run / GRAPH_FILE)
    plan = compiler.planned(graph)
    modules = blocks_only(codegen.render(plan).modules, graph)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    walk = _Walk(places=spots(model, modules), names=names)
    walk.body(plan.body.steps, {}, (), 0)
    return walk.depths


@dataclass(slots=True, kw_only=True)
class _Walk:
    places: Mapping[Spot, nn.Module]
    names: Mapping[int, str]
    depths: dict[str, int] = field(default_factory=dict)

    def body(
        self, steps: Sequence[Step | Stage], ends: dict[str, int], repeat: tuple[int, ...], start: int
    ) -> int:
        """Walk steps that begin at a depth, in the repeats of the stages around them; answers where they end."""
        for step in steps:
            at = max((ends.get(source.node, start) for source in step.inputs.values()), default=start)
            ends[step.name] = (
                self._stage(step, repeat, at) if isinstance(step, Stage) else self._block(step, repeat, at)
            )
        return max(ends.values(), default=start)

    def _stage(self, stage: Stage, repeat: tuple[int, ...], at: int) -> int:
        at = self.body(stage.entry, {}, repeat, at)
        for index, body in enumerate(stage.repeats):
            # the source counts the repeats of a stage only where there are several
            inner = (*repeat, index) if len(stage.repeats) > 1 else repeat
            at = self.body(body.steps, {}, inner, at)
        return at

    def _block(self, step: Step, repeat: tuple[int, ...], at: int) -> int:
        module = self.places.get((step.path, repeat))
        parameters = [] if module is None else list(module.parameters())
        for parameter in parameters:
            self.depths.setdefault(self.names[id(parameter)], at)
        return at + 1 if parameters else at
