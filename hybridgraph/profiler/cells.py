"""What a sweep hands back: a cell for each combination, and the largest batch that memory holds.

The module needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from hybridgraph.jobs import Passes
from hybridgraph.profiler.result import Spread

Status = Literal["measured", "out of memory", "failed", "unfit", "given up"]
"""`unfit`: the design takes no pictures of this size. `given up`: it was not compiled in the time that was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination, measured in a process of its own.

    `forward` is one forward pass of the batch in evaluation mode; `step` a step of training, None where it was not
    asked for. `images_per_second` is that of the step, else of the forward pass. `peak_memory_bytes` is the most that
    was alive at once in what was measured (the step, else the forward pass), `process_bytes` the most that the process
    as a whole took, torch included, 0 where the system does not tell. `message` says why it is not measured. A probe
    was made to find the cliff: one pass, without times.
    """

    batch: int
    image_size: int
    precision: str
    compiled: bool
    status: Status
    message: str = ""
    forward: Spread | None = None
    step: Spread | None = None
    images_per_second: float = 0.0
    peak_memory_bytes: int = 0
    process_bytes: int = 0
    compile_seconds: float = 0.0
    is_probe: bool = False

    @property
    def line(self) -> tuple[int, str, bool]:
        """What the cells of one line over the batch share: image size, precision, compiled."""
        return self.image_size, self.precision, self.compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Cliff:
    """Where memory ends on one line: the largest batch that fits (0: not even one picture) and the smallest that does not.

    `smallest_failing` is None where no batch that was tried runs out of memory. `is_exact` says that the two are
    neighbours.
    """

    image_size: int
    precision: str
    compiled: bool
    largest_batch: int
    smallest_failing: int | None

    @property
    def is_exact(self) -> bool:
        """Whether nothing lies between the batch that fits and the one that does not."""
        return self.smallest_failing == self.largest_batch + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """The cells in the order they were measured, and a cliff for each line over the batch.

    `memory_limit_bytes` is what a cell may take beyond what its process holds once torch is loaded, None on a GPU, where
    its own memory is the limit, and where the system cannot limit a process. `is_finished` is False while the sweep runs
    and after it was stopped.
    """

    device: str
    passes: Passes
    memory_limit_bytes: int | None
    cells: tuple[Cell, ...] = ()
    is_finished: bool = False

    @property
    def cliffs(self) -> tuple[Cliff, ...]:
        """One for each line that has a cell measured or out of memory, in the order of the cells."""
        lines = dict.fromkeys(
            cell.line for cell in self.cells if cell.status in ("measured", "out of memory")
        )
        return tuple(self._cliff(*line) for line in lines)

    def with_cell(self, cell: Cell) -> SweepResult:
        """The result with one more cell, which takes the place of a probe of the same combination."""
        same = (*cell.line, cell.batch)
        kept = tuple(one for one in self.cells if (*one.line, one.batch) != same)
        return replace(self, cells=(*kept, cell))

    def _cliff(self, image_size: int, precision: str, compiled: bool) -> Cliff:
        line = [cell for cell in self.cells if cell.line == (image_size, precision, compiled)]
        largest = max((cell.batch for cell in line if cell.status == "measured"), default=0)
        failing = [c.batch for c in line if c.status == "out of memory" and c.batch > largest]
        return Cliff(
            image_size=image_size,
            precision=precision,
            compiled=compiled,
            largest_batch=largest,
            smallest_failing=min(failing, default=None),
        )
