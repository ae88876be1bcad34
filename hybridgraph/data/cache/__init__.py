"""Decoded pictures, kept on the disk so that a set is decoded once and not in every training.

`keeping` fills and reads the entries, with torch; what is here needs none.
"""

from hybridgraph.data.cache.shelf import Entry, clear, entries, folder, limit, set_limit

__all__ = ["Entry", "clear", "entries", "folder", "limit", "set_limit"]
