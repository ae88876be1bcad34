"""torchinfo's table of a design's layers, and beside it the one number that torchinfo cannot know."""

from __future__ import annotations

import torch
import torchinfo

from hybridgraph import compiler
from hybridgraph.engine import Engine
from hybridgraph.errors import ExportError
from hybridgraph.graph.model import Graph

COLUMNS = ("input_size", "output_size", "num_params", "mult_adds")
_UNITS = {"Units.MEGABYTES": "M", "Units.GIGABYTES": "G", "Units.TERABYTES": "T"}


def summary_text(graph: Graph, batch: int = 1, *, depth: int = 3) -> str:
    """The summary of torchinfo for a batch of that size, `depth` levels of modules deep.

    The network lives on the meta device, so the size of the design costs neither memory nor time. torchinfo counts
    layers; products of attention are in the last line, which is the engine's count for one image. Raises
    GraphError when the design cannot be compiled, ExportError when torchinfo cannot run it.
    """
    engine = Engine()
    plan = compiler.planned(graph, engine)
    with torch.device("meta"):
        module = compiler.compile(graph, engine=engine).eval()
    try:
        table = torchinfo.summary(
            module,
            input_size=(batch, *plan.input.dims),
            col_names=COLUMNS,
            depth=depth,
            device="meta",
            cache_forward_pass=False,  # it is kept under the name of the class, which all designs share
            verbose=0,
        )
        torchinfo.torchinfo.clear_cached_forward_pass()  # it is filled all the same
    except RuntimeError as error:
        first = (str(error).strip().splitlines() or ["no reason given"])[0].rstrip(".")
        raise ExportError(f"torchinfo cannot run the design: {first}.") from error
    text = str(table)
    for name, short in _UNITS.items():  # how torchinfo prints its own names under Python 3.11
        text = text.replace(name, short)
    total = engine.analyze(graph).total
    return (
        f"{text}\nMult-adds of one image with the products of attention, which torchinfo leaves out: "
        f"{total.macs:,}\n"
    )
