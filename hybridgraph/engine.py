"""The torch side of planning: run each block once on the meta device and count what it does.

One run is made for each distinct (block, arguments that matter, input shapes); parameters declared `inert`
stay out of the key, so a stage of many repeats costs two or three runs and an edit only what it reaches.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import psutil
import torch
from torch import Tensor, nn

import hybridgraph.blocks  # noqa: F401  (fills the registry)
from hybridgraph import pages, shapes
from hybridgraph.analysis import Analysis, Cost, Second
from hybridgraph.counting.counter import BATCH, Counter
from hybridgraph.counting.modes import building
from hybridgraph.custom import uses
from hybridgraph.custom.loading import Loader, sentence
from hybridgraph.errors import BlockError, DocumentError
from hybridgraph.graph.model import Graph
from hybridgraph.pages import cases
from hybridgraph.plan import Argument, Measured, Plan
from hybridgraph.planner import plan
from hybridgraph.planner.resolution import with_fitting_sizes
from hybridgraph.shapes import Shape
from hybridgraph.spec import ANY, REGISTRY, SAME, BlockSpec

BYTES_PER_VALUE = 4
MAX_ENTRIES = 20_000

_BY_AXES = {2: "vector", 3: "tokens", 4: "image"}
_Key = tuple[Any, ...]


class Engine:
    """Plans and analyses graphs, remembering every block it has run.

    Blocks of a person's own that a graph needs are loaded by the `loader`, if the person agreed to their files.
    """

    def __init__(self, loader: Loader | None = None) -> None:
        self._loader = loader or Loader()
        self._known: dict[_Key, Measured] = {}
        self.runs = 0
        self.limit_bytes = psutil.virtual_memory().total

    def plan(self, graph: Graph) -> tuple[Plan | None, Analysis]:
        """The plan of a graph (None when something forbids it) and everything found out about it."""
        self._loader.provide(uses.foreign(graph))
        made, analysis = plan(graph, REGISTRY, self.measure)
        if made is None:
            analysis = with_fitting_sizes(
                graph, analysis, lambda other: plan(other, REGISTRY, self.measure)[1]
            )
        return made, uses.explained(graph, analysis, self._loader.faults)

    def analyze(self, graph: Graph) -> Analysis:
        """Shapes, costs and findings of a graph."""
        return self.plan(graph)[1]

    def measure(self, spec: BlockSpec, args: Mapping[str, Argument], inputs: Mapping[str, Shape]) -> Measured:
        """What a block gives and costs on inputs of these shapes, from the cache or by running it."""
        decisive = tuple((k, v) for k, v in args.items() if k not in spec.params or not spec.params[k].inert)
        key = (spec.id, decisive, tuple(inputs.items()))
        if key not in self._known:
            if len(self._known) >= MAX_ENTRIES:
                self._known.clear()
            self._known[key] = (
                self._run_own(spec, args, inputs) if spec.file else self._run(spec, args, inputs)
            )
            self.runs += 1
        return self._known[key]

    def _run_own(
        self, spec: BlockSpec, args: Mapping[str, Argument], inputs: Mapping[str, Shape]
    ) -> Measured:
        """As `_run`, for a block of a person's own: whatever it does becomes a sentence with the line of its file."""
        try:
            with self.running(spec):
                return self._run(spec, args, inputs)
        except BlockError as error:
            return Measured(outputs={}, error=error.message)

    @contextlib.contextmanager
    def running(self, spec: BlockSpec) -> Iterator[None]:
        """Run a block in here: whatever one of a person's own does wrong becomes a BlockError with its line."""
        if not spec.file:
            yield
            return
        with self._loader.running(spec.file):
            try:
                yield
            except BlockError:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  (a person's code may do anything)
                raise BlockError(f"{spec.file} fails: {sentence(error, spec.file)}") from None

    def _run(self, spec: BlockSpec, args: Mapping[str, Argument], inputs: Mapping[str, Shape]) -> Measured:
        cls = block_class(spec)
        given = {
            name: torch.empty((BATCH, *shape.dims), device="meta", requires_grad=True)
            for name, shape in inputs.items()
        }
        try:
            with building():
                module: nn.Module = cls(**args)
            with Counter(module, given) as counter:
                results = named(spec, module(**given))
            outputs = _shapes(spec, results, inputs)
        except BlockError as error:
            return Measured(outputs={}, error=error.message, hint=error.hint)
        except (RuntimeError, ValueError, TypeError, IndexError, OverflowError) as error:
            # Torch's own complaints about sizes; they name no node, so the shapes that came in are added.
            came = ", ".join(f"{name} {shape}" for name, shape in inputs.items())
            first = str(error).strip().partition("\n")[0].rstrip(".")
            return Measured(outputs={}, error=f"it cannot work on {came}: {first}.")
        params, macs, kept = (
            sum(p.numel() for p in module.parameters()),
            counter.macs // BATCH,
            counter.kept(results),
        )
        cost = Cost(
            params=params,
            macs=macs,
            activation_bytes=kept.inside,
            second=count_by_formula(spec, args, inputs, params, macs),
        )
        if refusal := self._too_large(cost, outputs):
            return Measured(
                outputs={}, error=refusal, hint="Lower the number that makes it so large, or the image size."
            )
        return Measured(outputs=outputs, cost=cost, kept=kept)

    def _too_large(self, cost: Cost, outputs: Mapping[str, Shape]) -> str:
        """Why a block cannot be built on this machine, found without allocating anything."""
        values = cost.params + sum(shapes.size(shape) for shape in outputs.values())
        needed = BYTES_PER_VALUE * values + cost.activation_bytes
        if needed <= self.limit_bytes:
            return ""
        return (
            f"it needs {_readable(needed)} for one image, the limit of this machine is "
            f"{_readable(self.limit_bytes)}."
        )


def block_class(spec: BlockSpec) -> type[nn.Module]:
    """The class of a block."""
    found: type[nn.Module] = getattr(importlib.import_module(spec.module), spec.class_name)
    return found


def named(spec: BlockSpec, result: object) -> dict[str, Tensor]:
    """What a forward returned, a tensor or a tuple in the order of the output ports, by port."""
    tensors = result if isinstance(result, tuple) else (result,)
    return {port.name: tensor for port, tensor in zip(spec.outputs, tensors, strict=True)}


def _shapes(spec: BlockSpec, results: Mapping[str, Tensor], inputs: Mapping[str, Shape]) -> dict[str, Shape]:
    """The shapes of what a forward returned."""
    outputs: dict[str, Shape] = {}
    for port in spec.outputs:
        tensor = results[port.name]
        kind = next(iter(inputs.values())).kind if port.kind == SAME else port.kind
        if kind == ANY:  # the axes tell
            kind = _BY_AXES.get(tensor.ndim, "image")
        outputs[port.name] = shapes.from_dims(kind, tuple(tensor.shape[1:]))
    return outputs


def count_by_formula(
    spec: BlockSpec, args: Mapping[str, Argument], inputs: Mapping[str, Shape], params: int, macs: int
) -> Second:
    """The closed formulas of a block's page beside the counted parameters and MACs."""
    page = pages.load(spec.id)
    is_listed = any(parameter.kind == "words" for parameter in spec.params.values())
    if page is None or is_listed:  # what a list of operations costs, no formula knows
        return Second(lone=1, lone_params=params, lone_macs=macs)
    given = {name: value for name, value in args.items() if not isinstance(value, tuple)}
    try:
        numbers = page.numbers(cases.bind(spec, given, inputs))
    except DocumentError:  # a formula without a value agrees with nothing
        return Second(blocks=1, gap=1.0)
    second = Second(params=sum(numbers.params.values()), macs=sum(numbers.macs.values()), blocks=1)
    pairs = ((params, second.params), (macs, second.macs))
    gap = max(abs(formula - counted) / max(counted, formula, 1) for counted, formula in pairs)
    return replace(second, gap=gap)


def _readable(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.0f} PB"
