"""What a run says while it works: typed events in an append-only log."""

from hybridgraph.events.kinds import (
    CellMeasured,
    CheckpointSaved,
    EpochFinished,
    Event,
    Failed,
    Finished,
    LoadSampled,
    NodeTimed,
    Note,
    ProfileFinished,
    RunStarted,
    Step,
    Stopped,
    SweepFinished,
    UnknownEvent,
    Warned,
)
from hybridgraph.events.log import EVENT_TYPES, EventLog, decode, encode, read_events
from hybridgraph.events.origins import DataOpened, Environment

__all__ = [
    "EVENT_TYPES",
    "CellMeasured",
    "CheckpointSaved",
    "DataOpened",
    "Environment",
    "EpochFinished",
    "Event",
    "EventLog",
    "Failed",
    "Finished",
    "LoadSampled",
    "NodeTimed",
    "Note",
    "ProfileFinished",
    "RunStarted",
    "Step",
    "Stopped",
    "SweepFinished",
    "UnknownEvent",
    "Warned",
    "decode",
    "encode",
    "read_events",
]
