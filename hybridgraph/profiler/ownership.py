"""Whose the operations of a backward pass are: each belongs to the module in whose forward pass it was made.

Autograd numbers its nodes in the order they are made, so the numbers drawn between a module's beginning and its end are
its own. What adds a gradient to a weight has no number of its own; it belongs to the weight's module.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from hybridgraph.places import Spot


class Ownership:
    """Watches a forward pass of training, then tells of its backward pass when the owner of the work changes."""

    def __init__(self, spots: Mapping[Spot, nn.Module]) -> None:
        self._spots = spots
        self._starts: list[int] = []
        self._owners: list[Spot | None] = []
        self._of_weight = {
            id(weight): spot for spot, module in spots.items() for weight in module.parameters()
        }

    @contextmanager
    def watching(self) -> Iterator[None]:
        """The forward pass inside this context is the one whose backward pass is asked about."""
        self._starts, self._owners = [0], [None]
        handles: list[RemovableHandle] = []
        for spot, module in self._spots.items():
            handles.append(module.register_forward_pre_hook(self._noting(spot)))
            handles.append(module.register_forward_hook(self._noting(None)))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def owner(self, number: int) -> Spot | None:
        """Whose the operation of autograd with this number is; None for what no node made."""
        return self._owners[bisect_right(self._starts, number) - 1]

    def announce(self, loss: Tensor, changed: Callable[[Spot | None], None]) -> int:
        """Have `changed` called in the backward pass of `loss`, before the first operation of each owner in turn.

        Answers how many operations that pass has.
        """
        current: list[Spot | None] = [None]

        def hang(node: Node, owner: Spot | None) -> None:
            def reached(_gradients: object) -> None:
                if owner != current[0]:
                    current[0] = owner
                    changed(owner)

            node.register_prehook(reached)

        count = 0
        for node in _nodes(loss):
            weight = getattr(node, "variable", None)
            number = node._sequence_nr()  # noqa: SLF001  (torch tells it nowhere else)
            hang(node, self.owner(number) if weight is None else self._of_weight.get(id(weight)))
            count += 1
        return count

    def _noting(self, owner: Spot | None) -> Callable[..., None]:
        def note(*_: object) -> None:
            self._starts.append(torch._C._autograd._get_sequence_nr())  # noqa: SLF001
            self._owners.append(owner)

        return note


def _nodes(loss: Tensor) -> Iterator[Node]:
    """The operations of the backward pass of a tensor."""
    open_ = [loss.grad_fn] if loss.grad_fn is not None else []
    seen = set(open_)
    while open_:
        node = open_.pop()
        yield node
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                open_.append(following)
