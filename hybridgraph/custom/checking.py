"""The contract that HybridGraph's own blocks are held to, asked of a block file, with what fails in words.

Each promise is asked of small cases; a promise that cannot be asked because an earlier one fails is left out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from hybridgraph.custom.cases import Case, one_by_one, outputs, small, together
from hybridgraph.custom.cases import design as designed
from hybridgraph.errors import HybridGraphError
from hybridgraph.export.onnx import export_onnx
from hybridgraph.export.source import export_source
from hybridgraph.shapes import ImageMap
from hybridgraph.spec import BlockSpec

MOST_CASES = 24
"""Cases of one block that a promise is asked of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What came of one promise of one block: `fault` is a sentence, "" when it is kept."""

    block: str
    promise: str
    fault: str = ""


def checked(spec: BlockSpec) -> Iterator[Promise]:
    """Ask every promise of a block, in the order in which each needs those before it."""
    try:
        case = small(spec.id)
    except AssertionError as error:
        yield Promise(block=spec.id, promise="runs on some small input", fault=f"{error}".rstrip(".") + ".")
        return
    yield Promise(block=spec.id, promise="runs on some small input")
    asked = [one for one in one_by_one(spec.id) if one.runs][:MOST_CASES]
    for promise, ask in PROMISES.items():
        yield Promise(block=spec.id, promise=promise, fault=_first(asked, ask))
    for promise, export in (
        ("runs from source on torch alone", _as_source),
        ("runs as ONNX at any batch size", _as_onnx),
    ):
        yield Promise(block=spec.id, promise=promise, fault=_first(list(together(spec.id)) or [case], export))


def _first(cases: list[Case], ask: Callable[[Case], str]) -> str:
    """The first thing that is wrong, with the case it was found in."""
    for case in cases:
        try:
            fault = ask(case)
        except (Exception, SystemExit) as error:  # noqa: BLE001  (a person's code may do anything)
            first = str(error).strip().partition("\n")[0]
            fault = first if isinstance(error, HybridGraphError) else f"{type(error).__name__}: {first}"
        if fault:
            return f"{case}: {fault.rstrip('.')}."
    return ""


def _shape(case: Case) -> str:
    with torch.no_grad():
        given = outputs(case.build().eval(), case.inputs())
    for (port, said), y in zip(case.measured.outputs.items(), given, strict=True):
        if tuple(y.shape) != (3, *said.dims):
            return f"{port} has the shape {tuple(y.shape)} instead of {(3, *said.dims)}"
        if not y.isfinite().all():
            return f"{port} holds values that are not finite"
    return ""


def _repeats(case: Case) -> str:
    with torch.no_grad():
        block, x = case.build().eval(), case.inputs()
        for y, again, alone in zip(
            outputs(block, x),
            outputs(block, x),
            outputs(block, {name: value[1:2] for name, value in x.items()}),
            strict=True,
        ):
            if not torch.equal(y, again):
                return "two runs in evaluation mode differ"
            if not _is_close(alone, y[1:2]):
                return "an example comes out otherwise alone than in a batch"
    return ""


def _gradients(case: Case) -> str:
    if any(isinstance(y, ImageMap) and y.grid == (1, 1) for y in case.measured.outputs.values()):
        return ""  # to a single position goes a weight of 1, whatever queries and keys are
    if any(case.arguments[name] == p.maximum for name, p in case.spec.params.items() if p.kind == "float"):
        return ""  # nearly everything is left out
    missed: set[str] | None = None
    for seed in range(5):  # a unit may be dead in one draw
        torch.manual_seed(seed)
        block = case.build().train()
        torch.manual_seed(seed)
        for parameter in block.parameters():
            nn.init.normal_(parameter, std=0.2)
        tensors = {
            **dict(block.named_parameters()),
            **{n: v.requires_grad_() for n, v in case.inputs(8).items()},
        }
        for y in outputs(block, {name: tensors[name] for name in case.shapes}):
            if y.requires_grad:
                (y * torch.randn_like(y)).sum().backward(retain_graph=True)
        none = {name for name, tensor in tensors.items() if tensor.grad is None or not tensor.grad.any()}
        missed = none if missed is None else missed & none
    return f"no gradient reaches {', '.join(sorted(missed))}" if missed else ""


def _state(case: Case) -> str:
    one, other, x = case.build().eval(), case.build().eval(), case.inputs()
    for tensor in other.parameters():
        nn.init.normal_(tensor)
    other.load_state_dict(one.state_dict())
    with torch.no_grad():
        same = all(torch.equal(a, b) for a, b in zip(outputs(one, x), outputs(other, x), strict=True))
    return "" if same else "weights that were saved and loaded give another result"


def _mixed(case: Case) -> str:
    block, x = case.build().train(), {name: value.requires_grad_() for name, value in case.inputs().items()}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        given = outputs(block, x)
    for y in given:
        if y.requires_grad:
            y.float().sum().backward(retain_graph=True)
    return "" if all(y.isfinite().all() for y in given) else "bfloat16 gives values that are not finite"


def _as_source(case: Case) -> str:
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        for port in case.measured.outputs:
            export_source(designed(case, port), Path(folder) / "model.py")
    return ""


def _as_onnx(case: Case) -> str:
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as folder:
        for port in case.measured.outputs:
            export_onnx(designed(case, port), Path(folder) / "model.onnx")
    return ""


def _is_close(one: Tensor, other: Tensor) -> bool:
    """Equal up to the order of sums, in proportion to the largest value."""
    return torch.allclose(one, other, rtol=1e-4, atol=1e-5 * max(1.0, float(other.abs().max())))


PROMISES: dict[str, Callable[[Case], str]] = {
    "gives the shape that was found without computing": _shape,
    "repeats itself and takes each example alone": _repeats,
    "gradients reach every parameter and input": _gradients,
    "weights can be saved and loaded": _state,
    "trains in mixed precision": _mixed,
}
