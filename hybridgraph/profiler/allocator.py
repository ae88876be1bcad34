"""CUDA's caching allocator keeps a history of what it gave and took back; here it becomes a film.

Its entries carry the time of the call on the processor, and so do the visits to the nodes, so that an allocation belongs to
the node whose forward or backward pass was being issued.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from hybridgraph.places import Spot
from hybridgraph.profiler.film import Film, Kind
from hybridgraph.profiler.ledger import Ledger, StepPhase

_MOST_ENTRIES = 1_000_000
Entry = Mapping[str, Any]
"""One line of the history: `action`, `addr`, `size`, `time_us`."""
Visit = tuple[float, StepPhase, Spot | None]
Meaning = tuple[int, Kind, Spot | None]
"""An address, and what lies there when the history ends."""


class Visits(Ledger):
    """Keeps visits with their times, and meanings with their addresses, until the history is there."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Visit] = []
        self.told: list[Meaning] = []

    def visit(self, phase: StepPhase, spot: Spot | None) -> None:
        """From now on this node is at work, or none."""
        self.seen.append((time.time_ns() / 1e3, phase, spot))

    def explain(self, number: int, kind: Kind, spot: Spot | None) -> None:
        """What lies at an address, which is the number here."""
        self.told.append((number, kind, spot))


def recording(
    device: torch.device, given: Iterable[tuple[Tensor, Kind, Spot | None]]
) -> tuple[Ledger, Callable[[Tensor], int | None], Callable[[], Film]]:
    """Start the allocator's history. Answers a ledger for the visits, the numbers of tensors, and the way to a film."""
    known = {
        tensor.untyped_storage().data_ptr(): (tensor.untyped_storage().nbytes(), kind, spot)
        for tensor, kind, spot in given
        if tensor.is_cuda
    }
    visits = Visits()
    torch.cuda.synchronize(device)
    torch.cuda.memory._record_memory_history("all", context=None, max_entries=_MOST_ENTRIES)  # noqa: SLF001  (torch has no other)

    def film() -> Film:
        torch.cuda.synchronize(device)
        snapshot = torch.cuda.memory._snapshot()  # noqa: SLF001
        history = snapshot["device_traces"][device.index or 0]
        torch.cuda.memory._record_memory_history(None)  # noqa: SLF001
        return replay(history, visits.seen, known, visits.told)

    return visits, lambda tensor: tensor.untyped_storage().data_ptr(), film


def replay(
    history: Sequence[Entry],
    visits: Sequence[Visit],
    known: Mapping[int, tuple[int, Kind, Spot | None]],
    told: Iterable[Meaning],
) -> Film:
    """A film of a history: what is `known` is there from the start, what is `told` is the last at its address."""
    ledger = Ledger()
    numbers = {address: ledger.take(size, kind, spot) for address, (size, kind, spot) in known.items()}
    last: dict[int, int] = {}
    moments: list[tuple[float, int, Visit | Entry]] = [(visit[0], 0, visit) for visit in visits]
    moments += [(float(entry["time_us"]), 1, entry) for entry in history]
    for _, _, moment in sorted(moments, key=lambda one: one[:2]):
        if isinstance(moment, tuple):
            ledger.visit(moment[1], moment[2])
        elif moment["action"] == "alloc":
            numbers[moment["addr"]] = last[moment["addr"]] = ledger.take(moment["size"])
        elif moment["action"] == "free_completed" and moment["addr"] in numbers:
            ledger.give_back(numbers.pop(moment["addr"]))
    for address, kind, spot in told:
        if address in last:
            ledger.explain(last[address], kind, spot)
    return ledger.film("allocator")
