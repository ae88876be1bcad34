"""Our own files: the same names, perhaps for another picture size or number of classes."""

from __future__ import annotations

from hybridgraph.weights.rows import Source, row

OWN = Source(
    name="hybridgraph",
    title="HybridGraph",
    marks=("{any}",),
    rows=(row("{any}", "{any}"),),
    presets=(),
)
