"""The blocks: one paper, one file. Importing this package fills `hybridgraph.spec.REGISTRY`."""

# ruff: noqa: I001  (the order is the palette's)
from hybridgraph.blocks import conv_stem
from hybridgraph.blocks import mbconv
from hybridgraph.blocks import relative_attention
from hybridgraph.blocks import moat
from hybridgraph.blocks import heads

__all__ = ["conv_stem", "heads", "mbconv", "moat", "relative_attention"]
