"""Profiling: where the time of a forward pass goes, node by node. The package itself imports no torch."""

from hybridgraph.profiler.result import NodeProfile, ProfileResult, Spread
from hybridgraph.profiler.session import profile, profile_run

__all__ = ["NodeProfile", "ProfileResult", "Spread", "profile", "profile_run"]
