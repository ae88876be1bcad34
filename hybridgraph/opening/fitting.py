"""Whether a block with the weights of a run computes what the run computes.

The weights of the run are put into the block, in the order in which both use them, and the block is run on values that
the program itself computed. What gives the same is the same block; what does not is not, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from hybridgraph.opening.facts import OTHER, Used, normal
from hybridgraph.opening.tables import reader_of, unread

TOLERANCE = 2e-5
"""The largest difference of one block, in shares of the range of its outputs, that rounding in fp32 explains."""
_ROLES = ("weight", "bias", "running_mean", "running_var")
_NORMS = (nn.BatchNorm2d, nn.BatchNorm1d)
_FOLDING = (nn.Conv2d, nn.Linear)
"""Layers that exporters make one with the norm behind them."""


class _NoDraw(TorchDispatchMode):
    """Zeros in place of fresh weights, which others replace."""

    _DRAWS = (torch.ops.aten.normal_.default, torch.ops.aten.uniform_.default, torch.ops.aten.erfinv_.default)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in self._DRAWS:
            return args[0].zero_()  # drawing again until a number lies within bounds has to end
        return func(*args, **(kwargs or {}))


class _Order(TorchDispatchMode):
    """Notes in which order a module uses its tensors first."""

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names = names
        self.found: dict[str, None] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        for value in tree_leaves((args, kwargs)):
            if isinstance(value, Tensor) and id(value) in self.names:
                self.found.setdefault(self.names[id(value)])
        return func(*args, **(kwargs or {}))


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a block that a weight of the run goes to: a tensor of its state, or the `part`-th of `parts`.

    A table that the block reads gives `reads` numbers; `is_read` where the program has these in place of the table.
    """

    key: str
    role: str
    shape: tuple[int, ...]
    part: int = 0
    parts: int = 1
    reads: int = 0
    is_read: bool = False


def make(cls: type[nn.Module], args: Mapping[str, Any], device: str = "cpu") -> nn.Module:
    """A block in evaluation mode whose weights are not drawn."""
    with torch.device(device), _NoDraw():  # type: ignore[no-untyped-call]
        return cls(**args).eval()


@torch.no_grad()
def slots(module: nn.Module, dims: Sequence[int]) -> tuple[Slot, ...]:
    """The tensors of a block, built on the meta device, in the order in which it uses them on one example."""
    tensors = {key: one for key, one in module.state_dict(keep_vars=True).items() if one.is_floating_point()}
    with _Order({id(one): key for key, one in tensors.items()}) as order:
        module(torch.empty((2, *dims), device="meta"))
    found = []
    for key in order.found:
        bare = key.rpartition(".")[2]
        shape = normal(tuple(tensors[key].shape))
        role = bare if bare in _ROLES and (bare != "weight" or "." in key) else OTHER
        reader = reader_of(module, key) if role == OTHER else None
        found.append(Slot(key, role, shape, reads=reader().numel() if reader is not None else 0))
    return tuple(found)


def matrices(places: Sequence[Slot], *, apart: bool) -> list[tuple[int, ...]]:
    """The sizes of the matrices of a block in the order of their use, queries, keys and values joint or apart."""
    found: list[tuple[int, ...]] = []
    for slot in places:
        if slot.role != "weight" or len(slot.shape) < 2:
            continue
        parts = 3 if apart and "qkv" in slot.key else 1
        found += [(slot.shape[0] // parts, *slot.shape[1:])] * parts
    return found


def are_alike(module: nn.Module, used: Sequence[Used]) -> bool:
    """Whether a block has as many matrices of each size as a run, queries, keys and values joint or apart."""
    places = [
        Slot(key, "weight", normal(tuple(one.shape)))
        for key, one in module.state_dict().items()
        if key.endswith(".weight")
    ]
    there = sorted(one.shape for one in used if one.matrix)
    return any(sorted(matrices(places, apart=apart)) == there for apart in (False, True))


def assignments(
    module: nn.Module, places: Sequence[Slot], used: Sequence[Used]
) -> Iterator[tuple[tuple[Slot, str], ...]]:
    """Ways to put the weights of a run into the places of a block; none where they do not fit.

    Where the roles of vectors do not agree, since the program has a norm written out, their order decides.
    """
    for names_roles in (True, False):
        found = False
        for kept in _foldings(module, places):
            for split in (way for read in _readings(kept, used) for way in _splits(read)):
                wanted = _classes(((slot.role, slot.shape) for slot in split), names_roles=names_roles)
                there = _classes(((one.role, one.shape) for one in used), names_roles=names_roles)
                if {key: len(v) for key, v in wanted.items()} != {key: len(v) for key, v in there.items()}:
                    continue
                found = True
                yield tuple(
                    (split[slot], used[one].name)
                    for key, of in wanted.items()
                    for slot, one in zip(of, there[key], strict=True)
                )
        if found:
            return


def _foldings(module: nn.Module, places: Sequence[Slot]) -> Iterator[tuple[Slot, ...]]:
    """The places as they are, and where that makes a difference, with norms folded into layers.

    First into those without a bias: a norm that merely comes after a layer with one mostly stands by itself.
    """
    folded = (_without_folded(module, places, beside_bias=beside_bias) for beside_bias in (False, True))
    yield from dict.fromkeys((tuple(places), *folded))  # each once


def _readings(places: Sequence[Slot], used: Sequence[Used]) -> Iterator[tuple[Slot, ...]]:
    """The places as they are, and with tables as they are read, in the sizes that the program has."""
    yield tuple(places)
    for size in dict.fromkeys(prod(one.shape) for one in used if one.role == OTHER):
        read = tuple(
            replace(slot, shape=(size,), is_read=True) if slot.reads and slot.reads % size == 0 else slot
            for slot in places
        )
        if any(slot.is_read for slot in read):
            yield read


def _splits(places: Sequence[Slot]) -> Iterator[tuple[Slot, ...]]:
    """The places as they are, or with queries, keys and values apart, in the orders a program may compute them."""
    joint = [slot for slot in places if "qkv" in slot.key]
    yield tuple(places)
    if not joint:
        return
    for order in permutations(range(3)):
        yield tuple(
            part
            for slot in places
            for part in (
                [Slot(s.key, s.role, (s.shape[0] // 3, *s.shape[1:]), at, 3) for s in (slot,) for at in order]
                if slot in joint
                else [slot]
            )
        )


def _classes(
    kinds: Iterable[tuple[str, tuple[int, ...]]], *, names_roles: bool
) -> dict[tuple[object, ...], list[int]]:
    """Which of these are alike: in role and sizes; a table may be flat in the program."""
    found: dict[tuple[object, ...], list[int]] = {}
    for index, (role, shape) in enumerate(kinds):
        bare = role == OTHER or (not names_roles and len(shape) < 2)
        found.setdefault((OTHER, prod(shape)) if bare else (role, shape), []).append(index)
    return found


def _without_folded(module: nn.Module, places: Sequence[Slot], *, beside_bias: bool) -> tuple[Slot, ...]:
    """The places that are left where batch normalisation is part of the layer in front of it.

    The shift of the norm is then the bias of a layer that has none. With `beside_bias`, also norms behind layers that
    have one, of which nothing is left.
    """
    found: list[Slot] = []
    before: nn.Module | None = None
    modules = dict(module.named_modules())
    for slot in places:
        owner = modules.get(slot.key.rpartition(".")[0])
        if (
            isinstance(owner, _NORMS)
            and isinstance(before, _FOLDING)
            and (beside_bias or before.bias is None)
        ):
            if before.bias is None and slot.key.endswith(".bias"):
                found.append(slot)
            continue
        before = owner
        found.append(slot)
    return tuple(found)


def filled(
    module: nn.Module, pairs: Sequence[tuple[Slot, str]], weights: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The state of a block with the weights of a run in it. A folded norm becomes one that only shifts, or nothing."""
    state = {key: one.detach().clone() for key, one in module.state_dict().items()}
    put = {slot.key for slot, _ in pairs}
    for slot, name in pairs:
        target, given = state[slot.key], weights[name]
        if slot.parts > 1:
            length = target.shape[0] // slot.parts
            target[slot.part * length : (slot.part + 1) * length] = given.reshape(length, *target.shape[1:])
        elif slot.is_read:
            reader = reader_of(module, slot.key)
            table = unread(reader, given) if reader is not None else None
            state[slot.key] = target if table is None else table
        else:
            if slot.role == OTHER and given.ndim == 2 and _is_turned(given, target):
                given = given.t()  # a table that the program keeps the other way round
            state[slot.key] = given.reshape(target.shape).clone()
    for name, part in module.named_modules():
        if isinstance(part, _NORMS) and f"{name}.running_var" not in put:
            if f"{name}.bias" not in put:
                state[f"{name}.bias"] = torch.zeros_like(state[f"{name}.bias"])
            state[f"{name}.weight"] = torch.ones_like(state[f"{name}.bias"])
            state[f"{name}.running_mean"] = torch.zeros_like(state[f"{name}.bias"])
            state[f"{name}.running_var"] = torch.full_like(state[f"{name}.bias"], 1.0 - part.eps)
    return state


def _is_turned(given: Tensor, target: Tensor) -> bool:
    return given.shape[0] != target.shape[0] and given.shape[1] == target.shape[0]


def shift_eps(state: dict[str, Tensor], module: nn.Module, eps: float) -> None:
    """Make the norms of a block those of a program with another `eps`: their sum with the variance is what counts."""
    for name, part in module.named_modules():
        if isinstance(part, _NORMS):
            state[f"{name}.running_var"] = state[f"{name}.running_var"] + (eps - part.eps)


def difference(one: Tensor, other: Tensor) -> float:
    """The largest difference of two tensors of one shape, in shares of the first one's range."""
    if one.shape != other.shape:
        return float("inf")
    spread = float(one.max() - one.min()) or float(one.abs().max()) or 1.0
    largest = float((one - other).abs().max())
    return largest / spread if largest == largest else float("inf")  # noqa: PLR0124  (NaN)
