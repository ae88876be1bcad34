"""The walk over a graph that makes the plan and the analysis together.

`network` finds where the design begins and ends, `body` runs the nodes of one level in order, `nodes` checks and
runs one block, `groups` the repeats of a stage, and `ledger` keeps what was found.
"""

from hybridgraph.planner.network import plan

__all__ = ["plan"]
