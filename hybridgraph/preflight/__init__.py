"""Pre-flight: whether a training can work and what it will take, in less than a minute. The package imports no torch."""

from hybridgraph.preflight.files import content, load
from hybridgraph.preflight.session import preflight_run
from hybridgraph.preflight.values import CHECKS, TITLES, Check, Figures, NodeGradient, PreflightResult

__all__ = [
    "CHECKS", "TITLES", "Check", "Figures", "NodeGradient", "PreflightResult", "content", "load", "preflight_run",
]  # fmt: skip
