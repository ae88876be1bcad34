"""What is measured: a network on its device, with pictures there and the modules of its nodes found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

import torch
from torch import Tensor, nn

from hybridgraph import codegen, compiler
from hybridgraph.analysis import Analysis
from hybridgraph.engine import Engine
from hybridgraph.errors import HybridGraphError, RunError
from hybridgraph.graph.marks import marked
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import ProfileJob
from hybridgraph.places import Spot, blocks_only, spots
from hybridgraph.profiler.device import choose_device, settle_precision
from hybridgraph.train.device import Format, autocast, memory_format
from hybridgraph.train.faults import is_out_of_memory
from hybridgraph.train.recomputing import recompute


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A network in evaluation mode, and pictures (B, C, H, W) on its device.

    `frozen` are the modules whose weights the design keeps from training, `spots` the modules of the nodes, each
    repeat by itself in the order of the design, where nodes are looked at.
    """

    network: nn.Module
    images: Tensor
    precision: Format
    frozen: tuple[nn.Module, ...] = ()
    spots: Mapping[Spot, nn.Module] = field(default_factory=dict)

    @property
    def device(self) -> torch.device:
        """Where the network and the pictures are."""
        return self.images.device

    @property
    def params(self) -> int:
        """Parameters of the network."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def forward(self) -> None:
        """One forward pass; its result is dropped."""
        with autocast(self.device, self.precision):
            self.network(self.images)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Specimen):
    """The network of a design, with the design and the analysis of its nodes."""

    graph: Graph
    analysis: Analysis


def prepare(graph: Graph, job: ProfileJob, model: FilePath | None) -> Subject:
    """Compile a design, or import the source a run keeps of it, and put it on the device the job asks for.

    The memory layout is the one that training uses. Raises GraphError when the design cannot be compiled, RunError
    when the device is not there, the memory does not suffice or the source is not that of the design.
    """
    device = choose_device(job.device)
    engine = Engine()
    plan, analysis = compiler.planned(graph, engine), engine.analyze(graph)
    leaves = blocks_only(codegen.render(plan).modules, graph)
    try:
        network = _build(graph, engine, model).eval()
        layout = memory_format(network, device)
        network = network.to(device=device, memory_format=layout)  # type: ignore[call-overload]
        images = torch.randn((job.batch, *plan.input.dims), device=device).contiguous(memory_format=layout)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise RunError(
            f"Out of memory on {device.type}: the weights and a batch of {job.batch} do not fit.",
            "Choose a smaller batch or smaller pictures.",
        ) from error
    found = spots(network, leaves)
    again = marked(graph, "recompute")
    recompute(module for (path, _), module in found.items() if path in again)
    return Subject(
        graph=graph,
        analysis=analysis,
        network=network,
        spots=found,
        frozen=_freeze(graph, found),
        images=images,
        precision=settle_precision(job.precision, network, images),
    )


def _freeze(graph: Graph, found: Mapping[Spot, nn.Module]) -> tuple[nn.Module, ...]:
    still = marked(graph, "freeze")
    frozen = tuple(module for (path, _), module in found.items() if path in still)
    for module in frozen:
        module.requires_grad_(False)
    return frozen


def _build(graph: Graph, engine: Engine, model: FilePath | None) -> nn.Module:
    """The network of a run's source; without one, the design compiled. Raises RunError."""
    if model is None:
        return compiler.compile(graph, engine=engine)
    hint = "Start a new profile of the design."
    if not model.is_file():
        raise RunError(f"The run has no model: {model} is missing.", hint)
    try:
        return compiler.build(model)
    except HybridGraphError:
        raise
    except Exception as error:  # a source that somebody edited fails in every way there is
        if is_out_of_memory(error):
            raise
        first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
        raise RunError(
            f"The model {model} cannot be built: {type(error).__name__}: {first}.", hint
        ) from error
