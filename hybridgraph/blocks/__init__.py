"""The blocks: one paper, one file. Importing this package fills `hybridgraph.spec.REGISTRY`."""

# ruff: noqa: I001  (the order is the palette's)
from hybridgraph.blocks import conv_stem
from hybridgraph.blocks import early_convs
from hybridgraph.blocks import resnet
from hybridgraph.blocks import preact
from hybridgraph.blocks import mbconv
from hybridgraph.blocks import mobilenet
from hybridgraph.blocks import convnext
from hybridgraph.blocks import se
from hybridgraph.blocks import cbam
from hybridgraph.blocks import bam
from hybridgraph.blocks import aaconv
from hybridgraph.blocks import aa_preact
from hybridgraph.blocks import shaw
from hybridgraph.blocks import relative_attention
from hybridgraph.blocks import coatnet
from hybridgraph.blocks import moat
from hybridgraph.blocks import maxvit
from hybridgraph.blocks import patches
from hybridgraph.blocks import swin
from hybridgraph.blocks import swin_v2
from hybridgraph.blocks import vit
from hybridgraph.blocks import cvt
from hybridgraph.blocks import cvt_tokens
from hybridgraph.blocks import detr_ends
from hybridgraph.blocks import detr
from hybridgraph.blocks import glue
from hybridgraph.blocks import operations
from hybridgraph.blocks import heads

__all__ = [
    "aa_preact",
    "aaconv",
    "bam",
    "cbam",
    "coatnet",
    "conv_stem",
    "convnext",
    "cvt",
    "cvt_tokens",
    "detr",
    "detr_ends",
    "early_convs",
    "glue",
    "heads",
    "maxvit",
    "mbconv",
    "moat",
    "mobilenet",
    "operations",
    "patches",
    "preact",
    "relative_attention",
    "resnet",
    "se",
    "shaw",
    "swin",
    "swin_v2",
    "vit",
]
