"""Open a program made elsewhere: read, recognise, put together, compare, write."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from hybridgraph import compiler
from hybridgraph.analysis import Cost
from hybridgraph.engine import Engine
from hybridgraph.errors import DocumentError
from hybridgraph.export import parity
from hybridgraph.graph import files
from hybridgraph.graph.companions import weights_path
from hybridgraph.graph.model import Graph
from hybridgraph.opening.assembling import OPERATIONS, Assembled, assemble
from hybridgraph.opening.pieces import Piece
from hybridgraph.opening.program import Program
from hybridgraph.opening.recognising import Recogniser, Tell
from hybridgraph.opening.report import Known, Opaque, OpeningReport, Share
from hybridgraph.shapes import ImageMap
from hybridgraph.storage import write_atomic
from hybridgraph.weights.files import facts, packed

TOLERANCE = 2e-5
"""The largest difference, in shares of the range of the outputs, that other orders of the same sums explain."""
_ZIP = b"PK\x03\x04"
_WHY_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A design that computes what a program computes, with its weights in a module."""

    graph: Graph
    module: nn.Module
    report: OpeningReport
    told: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The largest difference of any output, the same in shares of the outputs' range, and the batches that were run."""

    largest: float
    relative: float
    batches: tuple[int, ...]


def _quiet(_share: float, _what: str) -> None:
    """Tell nobody."""


def read_program(path: Path | str) -> Program:
    """The operations in a .pt2 or .onnx file. Raises DocumentError when it cannot be opened."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    if start == _ZIP:
        from hybridgraph.opening.exported import read_exported

        return read_exported(path)
    from hybridgraph.opening.onnx_file import read_onnx

    return read_onnx(path)


def open_program(path: Path | str, *, tell: Tell = _quiet) -> Opened:
    """The design of a program made elsewhere, compared with it at two sizes of the batch.

    `tell` hears how far the work is, as a share and a sentence. Raises DocumentError when the file cannot be opened
    or the design does not compute what the file does.
    """
    program = read_program(path)
    pieces = Recogniser(program, tell).pieces()
    made = assemble(program, pieces)
    engine = Engine()
    plan = compiler.planned(made.graph, engine)
    module = compiler.compile_seeded(made.graph, engine)
    _fill(module, made, compiler.source(made.graph, engine=engine).modules)
    tell(1.0, "Comparing")
    difference = _compare(program, module, plan.input)
    if difference.relative > TOLERANCE:
        raise DocumentError(
            f"The design made of {path} does not compute what the file computes: the largest difference is "
            f"{difference.largest:.3g}, {difference.relative:.1e} of the outputs' range; {TOLERANCE:.0e} is allowed.",
            "Nothing was written.",
        )
    costs = {key: node.cost for key, node in engine.analyze(made.graph).nodes.items()}
    report = _report(path, program, made, costs, difference)
    return Opened(graph=made.graph, module=module, report=report, told=facts(plan, None))


def save_opened(opened: Opened, output: Path | str) -> OpeningReport:
    """Write a design and, beside it, its weights as safetensors. Raises DocumentError."""
    path = Path(output)
    weights = weights_path(path)
    write_atomic(weights, packed(opened.module, opened.told))
    files.save(opened.graph, path)
    return replace(opened.report, path=str(path), weights=str(weights))


@torch.no_grad()
def _fill(module: nn.Module, made: Assembled, modules: Mapping[tuple[str, ...], str]) -> None:
    """Put the weights of the program into the compiled design."""
    state = module.state_dict()
    for path, each in made.states.items():
        for index, tensors in enumerate(each):
            prefix = modules[path].replace("{i}", str(index))
            for name, tensor in tensors.items():
                state[f"{prefix}.{name}"].copy_(tensor)


@torch.no_grad()
def _compare(program: Program, module: nn.Module, image: ImageMap) -> Difference:
    """How far the design is from the file; one made for one size of the batch runs batch by batch."""
    fixed = program.fixed_batch
    batches = parity.RANDOM_BATCHES if fixed is None else (fixed, 2 * fixed)
    module.eval()
    largest, low, high = 0.0, float("inf"), float("-inf")
    for batch in batches:
        pictures = parity.random_images(image, batch)
        parts = [pictures] if fixed is None else list(pictures.split(fixed))
        expected = torch.cat([program.reference(part) for part in parts])
        got: Tensor = module(pictures)
        if got.shape != expected.shape:
            raise DocumentError(
                f"{program.name}: the design gives outputs of {tuple(got.shape)}, the file of {tuple(expected.shape)}."
            )
        apart = float((expected - got).abs().max())
        largest = max(largest, apart if math.isfinite(apart) else math.inf)
        low, high = min(low, float(expected.min())), max(high, float(expected.max()))
    span = high - low or max(abs(high), abs(low)) or 1.0
    return Difference(largest=largest, relative=largest / span, batches=batches)


def _report(
    path: Path | str, program: Program, made: Assembled, costs: dict[tuple[str, ...], Cost],
    difference: Difference,
) -> OpeningReport:  # fmt: skip
    known = {key: row for key, row in made.pieces.items() if row[0].block}
    rest = {key: row for key, row in made.pieces.items() if not row[0].block}
    opaque = tuple(
        Opaque(
            node="/".join(key), operations=row[0].operations, params=costs[key].params, macs=costs[key].macs,
            why=_why(row[0]),
        )
        for key, row in rest.items()
    )  # fmt: skip
    blocks: dict[str, Known] = {}
    for key, row in known.items():
        name = row[0].block
        before = blocks.get(name, Known(count=0, operations=0, params=0))
        blocks[name] = Known(
            count=before.count + len(row),
            operations=before.operations + sum(piece.operations for piece in row),
            params=before.params + costs[key].params,
        )
    total = [sum(costs[key].params for key in made.pieces), sum(costs[key].macs for key in made.pieces)]
    hidden = sum(one.operations for one in opaque)
    whole = len(program.steps)
    return OpeningReport(
        origin=str(path), source=program.origin, path="", weights="", blocks=blocks,
        operations=Share(part=whole - hidden, whole=whole),
        params=Share(part=total[0] - sum(one.params for one in opaque), whole=total[0]),
        macs=Share(part=total[1] - sum(one.macs for one in opaque), whole=total[1]),
        opaque=opaque, batches=difference.batches, largest=difference.largest, relative=difference.relative,
        tolerance=TOLERANCE, against="the file's own operators" if program.origin == "torch.export" else "ONNX Runtime",
    )  # fmt: skip


def _why(piece: Piece) -> str:
    ops = list(dict.fromkeys(step.op for step in piece.run.steps))
    if not ops:
        return "it only lays values out anew."
    more = f" and {len(ops) - _WHY_SHOWN} more" if len(ops) > _WHY_SHOWN else ""
    return f"no block of the catalogue computes the same ({', '.join(ops[:_WHY_SHOWN])}{more})."


__all__ = ["OPERATIONS", "Opened", "open_program", "read_program", "save_opened"]
