"""What a node has to move in a forward pass: its inputs, its outputs and its parameters, each once."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.utils._pytree import tree_leaves
from torch.utils.hooks import RemovableHandle

from hybridgraph.places import Spot
from hybridgraph.profiler.subject import Specimen


def moved_bytes(subject: Specimen) -> dict[Spot, int]:
    """Bytes of each spot in one forward pass of the batch, by the tensors that go in and come out."""
    moved = dict.fromkeys(subject.spots, 0)

    def counting(spot: Spot) -> Callable[..., None]:
        def count(module: nn.Module, inputs: object, output: object) -> None:
            tensors = [leaf for leaf in tree_leaves((inputs, output)) if isinstance(leaf, Tensor)]
            moved[spot] += sum(tensor.numel() * tensor.element_size() for tensor in tensors)
            moved[spot] += sum(weight.numel() * weight.element_size() for weight in module.parameters())

        return count

    handles: list[RemovableHandle] = [
        module.register_forward_hook(counting(spot)) for spot, module in subject.spots.items()
    ]
    try:
        subject.forward()
    finally:
        for handle in handles:
            handle.remove()
    return moved
