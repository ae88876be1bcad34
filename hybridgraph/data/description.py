"""What a data set asks of a design, found without decoding its pictures."""

from __future__ import annotations

from dataclasses import dataclass

from hybridgraph.data.sources import read


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The classes of a data set and the channels its pictures have: 1 for grey, 3 for colour."""

    classes: tuple[str, ...]
    channels_in: int


def describe(spec: str, *, seed: int = 0) -> Description:
    """The classes and channels of the pictures that `spec` names. Raises DataError, RunError."""
    found = read(spec, seed)
    return Description(classes=found.classes, channels_in=found.channels_in)
