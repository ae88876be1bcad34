"""Memory over one pass: what is alive while each node is at work, and who holds it at the worst moment.

The module needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from hybridgraph.graph.model import Path

Kind = Literal["parameters", "buffers", "pictures", "activations", "gradients", "optimizer", "working"]
"""Why memory is held. Working memory is made in the backward pass or the optimizer and is no parameter's gradient."""
Source = Literal["tensors", "allocator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Bytes alive at one moment, by kind; `optimizer` is its state."""

    parameters: int = 0
    buffers: int = 0
    pictures: int = 0
    activations: int = 0
    gradients: int = 0
    optimizer: int = 0
    working: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return sum(getattr(self, item.name) for item in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One visit to a node, or the time between two (path ()), at the moment in it when most memory was alive.

    `index` is the repeat, the outermost stage first.
    """

    phase: Literal["forward", "backward", "optimizer"]
    path: Path
    index: tuple[int, ...]
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What one node holds at the worst moment, of one kind; path () is what no node owns."""

    path: Path
    kind: Kind
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Memory over one forward pass, or one step of training after the first.

    `frames` are in the order of time, `peak` is the place of the worst of them, `holders` what is alive then, the
    largest first; they add up to `peak_bytes`. By `source`: "tensors" follows the storage of every tensor from birth to
    death, exactly, but without what an operation takes and frees before it returns; "allocator" is CUDA's own record.
    """

    frames: tuple[Frame, ...]
    peak: int
    holders: tuple[Holder, ...]
    source: Source = "tensors"

    def __post_init__(self) -> None:
        if not 0 <= self.peak < len(self.frames):
            raise ValueError(f"the peak {self.peak} is none of its {len(self.frames)} frames")

    @property
    def peak_bytes(self) -> int:
        """The most that was alive at once."""
        return self.frames[self.peak].held.total
