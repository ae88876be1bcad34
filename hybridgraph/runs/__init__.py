"""The store of runs: folders with a log, each with a process of its own. Imports no torch."""

from hybridgraph.runs.history import without_repeats
from hybridgraph.runs.store import (
    Run,
    Status,
    create_run,
    default_root,
    list_runs,
    open_run,
    start_process,
)

__all__ = [
    "Run",
    "Status",
    "create_run",
    "default_root",
    "list_runs",
    "open_run",
    "start_process",
    "without_repeats",
]
