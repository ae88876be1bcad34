"""Bring weights of others into a design: read, recognise, translate, resize, write, report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from hybridgraph import compiler
from hybridgraph.engine import Engine
from hybridgraph.graph.model import Graph
from hybridgraph.storage import write_atomic
from hybridgraph.weights.files import facts, packed
from hybridgraph.weights.foreign import read_foreign
from hybridgraph.weights.mapping import map_weights
from hybridgraph.weights.report import ImportReport
from hybridgraph.weights.sources import find_source, recognise


def import_weights(
    path: Path | str,
    graph: Graph,
    output: Path | str,
    *,
    source: str | None = None,
    is_partial: bool = False,
) -> ImportReport:
    """Write what a file of weights has for a design as our own safetensors file; answers what became of each tensor.

    `source` names the layout of the file, which is else recognised by its keys. What the file has nothing for is
    fresh, from a fixed seed. Raises DocumentError when the file cannot be read, is of no known layout or does not
    fit, and when `output` cannot be written; GraphError when the design cannot be compiled.
    """
    foreign = read_foreign(path)
    weights = foreign.weights
    engine = Engine()
    plan = compiler.planned(graph, engine)
    module = compiler.compile_seeded(graph, engine)
    layout = (
        find_source(source)
        if source is not None
        else recognise(
            weights.tensors.keys(), module.state_dict().keys(), is_ours=weights.is_ours, origin=weights.origin
        )
    )
    mapped = map_weights(weights, layout, module, plan, is_partial=is_partial)
    with torch.no_grad():
        state = module.state_dict()
        for name, tensor in mapped.tensors.items():
            state[name].copy_(tensor)
    same_classes = len(weights.classes) == plan.output.dims[-1]
    known = weights if same_classes else replace(weights, classes=())
    told = facts(plan, known) | {"weights_from": {"file": Path(path).name, "layout": layout.name}}
    write_atomic(output, packed(module, told))
    rest = [key for key in weights.tensors if key not in mapped.used]
    return ImportReport(
        origin=weights.origin,
        source=layout.name,
        path=str(output),
        entries=mapped.entries,
        unused=tuple(key for key in rest if not layout.drops(key)),
        dropped=tuple(key for key in rest if layout.drops(key)),
        converted=mapped.converted,
        wrapper=foreign.wrapper,
    )
