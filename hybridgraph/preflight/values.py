"""What a pre-flight found: checks with verdicts, what the gradient does in each block, and figures. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hybridgraph.graph.model import Path

CheckName = Literal["shapes", "memory", "gradient", "overfit", "input", "time"]
CHECKS: tuple[CheckName, ...] = ("shapes", "memory", "gradient", "overfit", "input", "time")
"""Every check, in the order in which they are shown."""
TITLES: dict[CheckName, str] = {
    "shapes": "Shapes and pictures",
    "memory": "Memory",
    "gradient": "Gradient",
    "overfit": "One batch learnt",
    "input": "Input speed",
    "time": "Expected time",
}
Status = Literal["passed", "warned", "failed"]
"""`warned`: the training works, but not as one would wish; `failed`: it cannot work."""
Reach = Literal["alive", "partly", "faint", "dead", "broken", "frozen"]
"""How far the gradient reaches into a block: `partly` leaves some weights unused, `broken` is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check with its sentence and, where something is to be done, what. `paths` are the nodes that it is about."""

    name: CheckName
    status: Status
    message: str
    hint: str = ""
    paths: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGradient:
    """What the gradient does in one block. `share` is its length as a share of the weights' own; 0 without weights.

    `why` says in words what is wrong, where something is.
    """

    path: Path
    title: str
    reach: Reach
    share: float = 0.0
    why: str = ""

    @property
    def is_dead(self) -> bool:
        """Whether nothing is learnt here that could be."""
        return self.reach in ("dead", "broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers behind the sentences; 0 where nothing was measured.

    Bytes are those of a training step, rates are pictures per second: of the input by itself, of the model with its
    optimizer by itself, and of both as they work together. The time of the whole training lies between `low_s` and
    `high_s`.
    """

    memory_bytes: int = 0
    limit_bytes: int = 0
    largest_batch: int = 0
    measured_batch: int = 0
    input_rate: float = 0.0
    model_rate: float = 0.0
    step_rate: float = 0.0
    steps: int = 0
    expected_s: float = 0.0
    low_s: float = 0.0
    high_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightResult:
    """The checks so far. `digest` is that of the design, `curve` the loss over the steps on one batch."""

    digest: str
    device: str = ""
    precision: str = ""
    batch: int = 0
    epochs: int = 0
    checks: tuple[Check, ...] = ()
    nodes: tuple[NodeGradient, ...] = ()
    curve: tuple[float, ...] = ()
    figures: Figures = Figures()
    seconds: float = 0.0
    is_finished: bool = False

    @property
    def is_able(self) -> bool:
        """Whether the training can work, as far as was looked at."""
        return all(check.status != "failed" for check in self.checks)

    @property
    def verdict(self) -> str:
        """What came out, in one sentence."""
        failed = [TITLES[check.name].lower() for check in self.checks if check.status == "failed"]
        warned = [TITLES[check.name].lower() for check in self.checks if check.status == "warned"]
        if failed:
            return f"This training cannot work: {', '.join(failed)}."
        if not self.is_finished:
            return "The pre-flight is not finished."
        return f"This training can work, but look at: {', '.join(warned)}." if warned else "Ready to train."

    def check(self, name: CheckName) -> Check | None:
        """The check of that name, once it is done."""
        return next((check for check in self.checks if check.name == name), None)


def duration(seconds: float) -> str:
    """A time as people say it: 45 s, 12 min, 3.4 h, 2.1 days."""
    if seconds < 99.5:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.1f} s"
    if seconds < 99.5 * 60:
        return f"{seconds / 60:.0f} min" if seconds >= 600 else f"{seconds / 60:.1f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"
