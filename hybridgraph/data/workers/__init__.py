"""Processes that decode pictures for a training whose set is too large to be decoded once."""

from hybridgraph.data.workers.pool import Fault, Piece, Pool, how_many

__all__ = ["Fault", "Piece", "Pool", "how_many"]
