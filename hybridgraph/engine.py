"""The torch side of planning: run each block once on the meta device and count what it does.

One run is made for each distinct (block, arguments that matter, input shapes); parameters declared `inert`
stay out of the key, so a stage of many repeats costs two or three runs and an edit only what it reaches.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import psutil
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

import hybridgraph.blocks  # noqa: F401  (fills the registry)
from hybridgraph import shapes
from hybridgraph.analysis import Analysis, Cost
from hybridgraph.errors import BlockError
from hybridgraph.graph.model import Graph
from hybridgraph.plan import Argument, Measured, Plan
from hybridgraph.planner import plan
from hybridgraph.planner.resolution import with_fitting_sizes
from hybridgraph.shapes import Shape
from hybridgraph.spec import REGISTRY, SAME, BlockSpec

BATCH = 2
"""Images in a measuring run: batch norm in training mode refuses a single value per channel."""
BYTES_PER_VALUE = 4
MAX_ENTRIES = 20_000

_Key = tuple[Any, ...]


class Engine:
    """Plans and analyses graphs, remembering every block it has run."""

    def __init__(self) -> None:
        self._known: dict[_Key, Measured] = {}
        self.runs = 0
        self.limit_bytes = psutil.virtual_memory().total

    def plan(self, graph: Graph) -> tuple[Plan | None, Analysis]:
        """The plan of a graph (None when something forbids it) and everything found out about it."""
        made, analysis = plan(graph, REGISTRY, self.measure)
        if made is None:
            analysis = with_fitting_sizes(
                graph, analysis, lambda other: plan(other, REGISTRY, self.measure)[1]
            )
        return made, analysis

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
            self._known[key] = self._run(spec, args, inputs)
            self.runs += 1
        return self._known[key]

    def _run(self, spec: BlockSpec, args: Mapping[str, Argument], inputs: Mapping[str, Shape]) -> Measured:
        cls = block_class(spec)
        given = {
            name: torch.empty((BATCH, *shape.dims), device="meta", requires_grad=True)
            for name, shape in inputs.items()
        }
        try:
            with torch.device("meta"), _Quick():
                module: nn.Module = cls(**args)
            with _Counter(module) as counter:
                result = module(**given)
            outputs = _shapes(spec, result, inputs)
        except BlockError as error:
            return Measured(outputs={}, error=error.message, hint=error.hint)
        except (RuntimeError, ValueError, TypeError, IndexError, OverflowError) as error:
            # Torch's own complaints about sizes; they name no node, so the shapes that came in are added.
            came = ", ".join(f"{name} {shape}" for name, shape in inputs.items())
            first = str(error).strip().partition("\n")[0].rstrip(".")
            return Measured(outputs={}, error=f"it cannot work on {came}: {first}.")
        cost = Cost(
            params=sum(parameter.numel() for parameter in module.parameters()),
            macs=counter.macs // BATCH,
            activation_bytes=counter.saved_bytes // BATCH,
        )
        if refusal := self._too_large(cost, outputs):
            return Measured(
                outputs={}, error=refusal, hint="Lower the number that makes it so large, or the image size."
            )
        return Measured(outputs=outputs, cost=cost)

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


def _shapes(spec: BlockSpec, result: object, inputs: Mapping[str, Shape]) -> dict[str, Shape]:
    """The shapes of what a forward returned: a tensor, or a tuple in the order of the output ports."""
    tensors = result if isinstance(result, tuple) else (result,)
    outputs: dict[str, Shape] = {}
    for port, tensor in zip(spec.outputs, tensors, strict=True):
        assert isinstance(tensor, Tensor)
        kind = next(iter(inputs.values())).kind if port.kind == SAME else port.kind
        outputs[port.name] = shapes.from_dims(kind, tuple(tensor.shape[1:]))
    return outputs


def _normalized(x: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor, Tensor]:
    """What batch normalisation gives: the map, and the mean and deviation of each channel."""
    return torch.empty_like(x), x.new_empty(x.shape[1]), x.new_empty(x.shape[1])


_QUICK: dict[Any, Callable[..., Any]] = {
    torch.ops.aten.native_batch_norm.default: _normalized,
    torch.ops.aten.gelu.default: lambda x, **_: torch.empty_like(x),
    torch.ops.aten.normal_.default: lambda x, *_, **__: x,
    torch.ops.aten.uniform_.default: lambda x, *_, **__: x,
}
"""Operations that take milliseconds on the meta device, where torch replays them in Python, and what they give.

Half of an analysis went into them. A test compares the numbers with those of torch's own.
"""


class _Quick(TorchDispatchMode):
    """Answers for the operations in `_QUICK` instead of torch."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return _QUICK.get(func, func)(*args, **(kwargs or {}))


class _Counter(_Quick):
    """Counts multiply-adds of the operations that run, and the bytes that autograd keeps of them.

    The formulas for convolutions and matrix products are torch's own flop registry, which counts two per
    multiply-add. What is computed from parameters alone, such as SwinV2's biases, is done once for the whole batch
    and counts for every image.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.macs = 0
        own = (*module.parameters(), *module.buffers())
        self._own = {_storage(tensor) for tensor in own}
        # Tensors that do not depend on the images; kept alive, so that no other takes the place of one.
        self._shared: dict[int, Tensor] = {id(tensor): tensor for tensor in own}
        # Saved tensors are kept alive until the end, or a freed storage's address could be counted as known.
        self._saved: dict[int, Tensor] = {}
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._keep, lambda kept: kept)

    @property
    def saved_bytes(self) -> int:
        """Bytes of distinct storages kept for the backward pass, parameters and buffers left out."""
        return sum(prod(t.shape) * t.element_size() for t in self._saved.values())

    def _keep(self, tensor: Tensor) -> Tensor:
        storage = _storage(tensor)
        if storage not in self._own:
            known = self._saved.get(storage)
            if known is None or prod(known.shape) < prod(tensor.shape):
                self._saved[storage] = tensor
        return tensor

    def __enter__(self) -> _Counter:
        self._hooks.__enter__()
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *reason: object) -> None:
        super().__exit__(*reason)  # type: ignore[no-untyped-call]
        self._hooks.__exit__(*reason)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = super().__torch_dispatch__(func, types, args, kwargs)
        shared = self._pass_on(args, kwargs, out)
        if (count := flop_registry.get(func.overloadpacket)) is not None:
            self.macs += count(*args, **kwargs, out_val=out) // 2 * (BATCH if shared else 1)
        return out

    def _pass_on(self, args: tuple[Any, ...], kwargs: dict[str, Any], out: object) -> bool:
        """Whether an operation sees nothing of the images; its result is remembered then.

        A parameter that is expanded, over the batch for all that is known, leaves the set.
        """
        for value in args:  # most operations take an image first: no need to look into lists for one
            if isinstance(value, Tensor) and id(value) not in self._shared:
                return False
        used = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
        if not used or any(id(tensor) not in self._shared for tensor in used):
            return False
        made = [value for value in tree_leaves(out) if isinstance(value, Tensor)]
        self._shared.update((id(tensor), tensor) for tensor in made if 0 not in tensor.stride())
        return True


def _storage(tensor: Tensor) -> int:
    """The identity of a tensor's storage; on the meta device it has no address."""
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001  (there is no public name for it)


def _readable(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.0f} PB"
