"""Which of the processes of a training this one is, as torchrun's environment says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from hybridgraph.errors import TrainingError

_NAMES = {"rank": "RANK", "size": "WORLD_SIZE", "local_rank": "LOCAL_RANK", "local_size": "LOCAL_WORLD_SIZE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`rank` of `size` processes altogether, `local_rank` of the `local_size` on this machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes the log and the checkpoints."""
        return self.rank == 0

    @property
    def is_alone(self) -> bool:
        """Whether there are no other processes."""
        return self.size == 1


def find_place(environment: Mapping[str, str] = os.environ) -> Place:
    """The place of this process; alone without torchrun. Raises TrainingError when the environment makes no sense."""
    if "RANK" not in environment or "WORLD_SIZE" not in environment:
        return Place()
    given = {field: environment[name] for field, name in _NAMES.items() if name in environment}
    if any(not value.isdecimal() for value in given.values()):
        raise TrainingError(
            f"The environment names this process {given}, which are no numbers.", "Start it with torchrun."
        )
    place = Place(**{field: int(value) for field, value in given.items()})
    if place.rank >= place.size or place.local_rank >= place.local_size:
        raise TrainingError(
            f"The environment says that this is process {place.rank} of {place.size}.",
            "Start it with torchrun.",
        )
    return place


def is_started() -> bool:
    """Whether torchrun started this process."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ
