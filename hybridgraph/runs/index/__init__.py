"""The index of runs: thousands of run folders listed at once. The folders are the truth; the index is a copy of what they say."""

from hybridgraph.runs.index.index import RunIndex

__all__ = ["RunIndex"]
