"""Scripts that start a run on machines without HybridGraph's window: for Slurm, or for torchrun by hand. No torch."""

from hybridgraph.launch.scripts import SCHEDULERS, Launch, Scheduler, script

__all__ = ["SCHEDULERS", "Launch", "Scheduler", "script"]
