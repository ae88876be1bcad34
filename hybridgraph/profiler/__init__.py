"""Profiling: where time and memory of a network go, node by node, and where they end. The package itself imports no torch."""

from hybridgraph.profiler.cells import Cell, Cliff, SweepResult
from hybridgraph.profiler.result import NodeProfile, ProfileResult, Spread
from hybridgraph.profiler.session import profile, profile_run, sweep_run

__all__ = [
    "Cell",
    "Cliff",
    "NodeProfile",
    "ProfileResult",
    "Spread",
    "SweepResult",
    "profile",
    "profile_run",
    "sweep_run",
]
