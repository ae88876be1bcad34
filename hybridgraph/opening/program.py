"""What an opened file is lowered to: one list of operations with its weights, whatever the file's own language was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from hybridgraph.operations import Step

Run = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Operations in order from pictures (B, *image) to one result.

    `shapes` gives the sizes of each value for `batches`; `live` are the values that depend on the pictures.
    `trained` names the weights that are parameters. `reference` runs the file as it is, in its own language, for
    batches of any size, or of `fixed_batch` alone. `operations` counts those of the file.
    """

    name: str
    origin: str
    image: tuple[int, int, int]
    steps: tuple[Step, ...]
    weights: Mapping[str, Tensor]
    trained: frozenset[str]
    shapes: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    live: frozenset[str]
    gives: str
    reference: Run
    batches: tuple[int, int]
    fixed_batch: int | None
    operations: int
