"""What became of a program: how much of it is blocks of the catalogue, and how far the design is from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So much of a whole."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        """Between 0 and 1; nothing of nothing is all of it."""
        return self.part / self.whole if self.whole else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How often a block of the catalogue was recognised, with the operations and parameters of all of them."""

    count: int
    operations: int
    params: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """A node of operations: its id, how many there are, its parameters, and why it is no block."""

    node: str
    operations: int
    params: int
    macs: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningReport:
    """What became of a program.

    `blocks` are the recognised ones by id. `largest` is the largest difference between the outputs of the file and
    the design over all `batches`, `relative` the same in shares of their range, `tolerance` what is allowed.
    """

    origin: str
    source: str
    path: str
    weights: str
    blocks: dict[str, Known]
    operations: Share
    params: Share
    macs: Share
    opaque: tuple[Opaque, ...]
    batches: tuple[int, ...]
    largest: float
    relative: float
    tolerance: float
    against: str

    def as_data(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        data = asdict(self)
        for name in ("operations", "params", "macs"):
            data[name]["share"] = getattr(self, name).share
        return {**data, "opaque": [asdict(one) for one in self.opaque], "batches": list(self.batches)}

    def __str__(self) -> str:
        kinds = ", ".join(f"{known.count} × {name}" for name, known in self.blocks.items()) or "none"
        lines = [
            f"{self.origin} ({self.source})",
            f"Blocks recognised: {kinds}.",
            (
                f"Recognised: {_percent(self.operations)} of {self.operations.whole:,} operations, "
                f"{_percent(self.params)} of {self.params.whole:,} parameters, "
                f"{_percent(self.macs)} of {self.macs.whole / 1e6:,.1f} M multiply-adds."
            ),
        ]
        lines += [
            f"Opaque: {one.node}, {one.operations} operations, {one.params:,} parameters: {one.why}"
            for one in self.opaque
        ]
        batches = " and ".join(map(str, self.batches))
        lines.append(
            f"Compared with {self.against} at batches of {batches}: largest difference {self.largest:.2g}, "
            f"{self.relative:.1e} of the outputs' range ({self.tolerance:.0e} allowed)."
        )
        return "\n".join(lines)


def report_of(data: Mapping[str, Any]) -> OpeningReport:
    """The report that `as_data` was made from."""
    shares = {
        name: Share(part=data[name]["part"], whole=data[name]["whole"])
        for name in ("operations", "params", "macs")
    }
    blocks = {name: Known(**known) for name, known in data["blocks"].items()}
    opaque = tuple(Opaque(**one) for one in data["opaque"])
    return OpeningReport(
        **{**data, **shares, "blocks": blocks, "opaque": opaque, "batches": tuple(data["batches"])}
    )


def _percent(share: Share) -> str:
    return f"{100 * share.share:.4g} %"
