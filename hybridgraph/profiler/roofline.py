"""The roofline: what bounds a node, by what this device was measured to do. The module needs no torch.

S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52(4), 2009.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hybridgraph.graph.model import Path

Bound = Literal["memory", "compute", "neither"]
LOW = 0.25
"""Below this share of its roof a node is bound by neither: its time goes elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate measured several times: the median and the middle 80 %."""

    median: float
    p10: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What the device reached in the same run.

    `bandwidth` is bytes a second read and written while a block larger than the caches is copied, `matmul`
    FLOPs a second (2 for a multiply-add) of square matrix products of side `matmul_side` in the profile's number format.
    """

    bandwidth: Rate
    matmul: Rate
    copied_bytes: int
    matmul_side: int

    @property
    def ridge(self) -> float:
        """FLOPs for a byte from which on arithmetic is the bound."""
        return self.matmul.median / self.bandwidth.median

    def roof(self, intensity: float) -> float:
        """The most FLOPs a second that can be reached with so many FLOPs for a byte."""
        return min(self.matmul.median, intensity * self.bandwidth.median)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A node in the roofline, in inference: FLOPs for each byte it has to move, and FLOPs a second it reaches.

    The bytes are a model: inputs, outputs and parameters, each moved once. `reached` is the share of the bound (0 to
    1, above 1 where what is moved stays in a cache or work is left out). `words` say it in a sentence. A node without
    multiply-adds has intensity 0 and is judged by what it moves.
    """

    path: Path
    is_group: bool
    flops: int
    moved_bytes: int
    time_us: float
    bound: Bound
    reached: float
    words: str

    @property
    def intensity(self) -> float:
        """FLOPs for a byte."""
        return self.flops / self.moved_bytes if self.moved_bytes else 0.0

    @property
    def flops_per_second(self) -> float:
        """What the node reaches."""
        return 1e6 * self.flops / self.time_us if self.time_us else 0.0

    @property
    def bytes_per_second(self) -> float:
        """What the node moves."""
        return 1e6 * self.moved_bytes / self.time_us if self.time_us else 0.0


def dot(
    path: Path, title: str, rates: Rates, *, is_group: bool, flops: int, moved_bytes: int, time_us: float
) -> Dot:
    """Judge a node that does so much in so long; `title` is how the sentence begins."""
    seconds = max(time_us, 1e-3) / 1e6
    traffic = moved_bytes / seconds / rates.bandwidth.median
    arithmetic = flops / seconds / rates.matmul.median
    is_memory = not flops or flops / max(moved_bytes, 1) < rates.ridge
    reached = traffic if is_memory else arithmetic
    limit = "the measured bandwidth" if is_memory else "the measured matrix rate"
    bound: Bound = "memory" if is_memory else "compute"
    if reached < LOW:
        bound = "neither"
        words = (
            f"{title}: bound neither by memory traffic nor by arithmetic, reaches {_percent(reached)} of {limit}; "
            "the time goes to starting small operations, or to work that inputs, outputs and products do not show"
        )
    elif is_memory:
        cached = "; more than memory gives: its tensors stay in the caches" if reached > 1 else ""
        words = f"{title}: bound by memory traffic, reaches {_percent(reached)} of {limit}{cached}"
    else:
        words = f"{title}: bound by arithmetic, reaches {_percent(reached)} of {limit}"
    return Dot(
        path=path,
        is_group=is_group,
        flops=flops,
        moved_bytes=moved_bytes,
        time_us=time_us,
        bound=bound,
        reached=reached,
        words=f"{words}.",
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1f} %"
