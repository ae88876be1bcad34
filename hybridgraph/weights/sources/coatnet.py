"""CoAtNets of timm, whose attention keeps queries, keys and values head by head in 1×1 convolutions."""

from __future__ import annotations

from hybridgraph.weights.rows import Source, layers, row
from hybridgraph.weights.transforms import heads_last, table_to_map, to_linear

HEAD_DIM = 32
"""Of all of timm's variants."""
_OURS, _THEIRS = "stage{s+1}.blocks.{b}.", "stages.{s}.blocks.{b}."
_GATE = {"reduce": "fc1", "expand": "fc2"}
_BRANCH = {
    "norm1": "pre_norm",
    "expand": "conv1_1x1",
    "norm2": "norm1",
    "depthwise": "conv2_kxk",
    "norm3": "norm2",
    "project": "conv3_1x1",
}
_LINEAR = {
    "attention.attention.project": "attn.proj",
    "feed_forward.expand": "mlp.fc1",
    "feed_forward.project": "mlp.fc2",
}

TIMM = Source(
    name="timm-coatnet",
    title="CoAtNet of timm",
    marks=(
        "stem.conv2.weight",
        "stages.{s}.blocks.{b}.conv2_kxk.weight",
        "stages.{s}.blocks.{b}.attn.qkv.weight",
    ),
    rows=(
        *layers("stem.", "stem.", {"conv1": "conv1", "norm": "norm1", "conv2": "conv2"}),
        *layers(_OURS, _THEIRS, {"shortcut.project": "shortcut.expand"}),
        *layers(f"{_OURS}branch.", _THEIRS, _BRANCH),
        *layers(f"{_OURS}branch.gate.", f"{_THEIRS}se.", _GATE, by=to_linear),
        *layers(f"{_OURS}branch.gate.", f"{_THEIRS}se_early.", _GATE, by=to_linear),
        *layers(_OURS, _THEIRS, {"norm1": "norm1", "norm2": "norm2"}),
        *layers(_OURS, _THEIRS, {"norm1": "norm1.norm"}),
        *layers(_OURS, _THEIRS, {"attention.attention.qkv": "attn.qkv"}, by=heads_last(HEAD_DIM)),
        row(
            f"{_OURS}attention.bias.bias_table",
            f"{_THEIRS}attn.rel_pos.relative_position_bias_table",
            by=table_to_map,
        ),
        *layers(
            f"{_OURS}attention.bias.network.",
            f"{_THEIRS}attn.rel_pos.mlp.",
            {"0": "fc1", "2": "fc2"},
        ),
        *layers(_OURS, _THEIRS, _LINEAR, by=to_linear),
        row(f"{_OURS}scale{{n}}.factor", f"{_THEIRS}ls{{n}}.gamma"),
        *layers("classifier.", "", {"norm": "norm", "linear": "head.fc"}),
        *layers("classifier.", "head.", {"norm": "norm", "hidden.0": "pre_logits.fc"}),
    ),
    dropped=("stages.{s}.blocks.{b}.attn.rel_pos.relative_position_index",),
    blocks=("conv_stem", "mbconv", "coatnet_transformer", "classifier"),
    presets=("coatnet-0-rw", "coatnet-1-rw", "coatnet-nano-rw"),
)
