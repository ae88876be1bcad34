"""What an export hands back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Format = Literal["code", "onnx", "safetensors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """A file that was run and compared with the design's network before it was put in place.

    `largest_difference` is the largest absolute difference of any output over all `batches`, `relative` the same
    in shares of the range of the outputs. `beside` names the other files written, `bytes` counts all of them,
    `seconds` is the whole export.
    """

    path: Path
    format: Format
    largest_difference: float
    relative: float
    batches: tuple[int, ...]
    bytes: int
    seconds: float
    beside: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.largest_difference == 0.0:
            agreement = "bit-identical"
        else:
            agreement = f"largest difference {self.largest_difference:.1e} ({self.relative:.1e} of the range)"
        sizes = " and ".join(map(str, self.batches))
        size = f"{self.bytes / 1e6:,.1f} MB" if self.bytes >= 1e6 else f"{self.bytes / 1e3:,.1f} kB"
        names = " and ".join([str(self.path), *self.beside])
        return f"{names}: {size}, {agreement} at batches of {sizes}"
