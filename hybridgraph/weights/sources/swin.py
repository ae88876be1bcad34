"""Swin transformers: the authors' release, timm, Hugging Face.

They differ in where patch merging is counted, at the end of a stage or at the beginning of the next, and in whether
queries, keys and values are one matrix.
"""

from __future__ import annotations

from hybridgraph.weights.rows import Row, Source, layers, row
from hybridgraph.weights.transforms import joined

_BLOCKS = ("patch_embed", "swin_block", "patch_merging", "classifier")
_OURS = "stage{s+1}.blocks.{b}."
_BLOCK = {
    "norm1": "norm1",
    "attention.qkv": "attn.qkv",
    "attention.project": "attn.proj",
    "norm2": "norm2",
    "feed_forward.expand": "mlp.fc1",
    "feed_forward.project": "mlp.fc2",
}
_MERGE = {"norm": "norm", "reduce": "reduction"}
_BLOCK_OF_FACE = {
    "norm1": "layernorm_before",
    "attention.project": "attention.output.dense",
    "norm2": "layernorm_after",
    "feed_forward.expand": "intermediate.dense",
    "feed_forward.project": "output.dense",
}
_TABLE, _INDEX = "relative_position_bias_table", "relative_position_index"


def _plain(merge: str, head: str) -> tuple[Row, ...]:
    """The rows that the release and timm share; `merge` names the stage that holds a merging, `head` the last layer."""
    theirs = "layers.{s}.blocks.{b}."
    return (
        *layers("patch_embed.", "patch_embed.", {"conv": "proj", "norm": "norm"}),
        *layers(_OURS, theirs, _BLOCK),
        row(f"{_OURS}bias.bias_table", f"{theirs}attn.{_TABLE}"),
        *layers("stage{s+1}.merge.", f"layers.{merge}.downsample.", _MERGE),
        *layers("classifier.", "", {"norm": "norm", "linear": head}),
    )


_DROPPED = (f"layers.{{s}}.blocks.{{b}}.attn.{_INDEX}", "layers.{s}.blocks.{b}.attn_mask")
_MARK = f"layers.{{s}}.blocks.{{b}}.attn.{_TABLE}"

RELEASED = Source(
    name="swin",
    title="Swin's own release",
    marks=(_MARK, "layers.0.downsample.reduction.weight"),
    rows=_plain("{s-1}", "head"),
    dropped=_DROPPED,
    blocks=_BLOCKS,
    presets=("swin-t", "swin-b-w12"),
)

TIMM = Source(
    name="timm-swin",
    title="Swin of timm",
    marks=(_MARK, "layers.1.downsample.reduction.weight"),
    rows=_plain("{s}", "head.fc"),
    dropped=_DROPPED,
    blocks=_BLOCKS,
    presets=("swin-t", "swin-b-w12"),
)

_FACE = "swin.encoder.layers.{s}.blocks.{b}."
HUGGING_FACE = Source(
    name="hf-swin",
    title="Swin of Hugging Face",
    marks=(f"{_FACE}attention.self.{_TABLE}",),
    rows=(
        *layers(
            "patch_embed.",
            "swin.embeddings.",
            {"conv": "patch_embeddings.projection", "norm": "norm"},
        ),
        *layers(_OURS, _FACE, _BLOCK_OF_FACE),
        row(
            f"{_OURS}attention.qkv.{{leaf}}",
            *(f"{_FACE}attention.self.{part}.{{leaf}}" for part in ("query", "key", "value")),
            by=joined,
        ),
        row(f"{_OURS}bias.bias_table", f"{_FACE}attention.self.{_TABLE}"),
        *layers("stage{s+1}.merge.", "swin.encoder.layers.{s-1}.downsample.", _MERGE),
        *layers("classifier.", "", {"norm": "swin.layernorm", "linear": "classifier"}),
    ),
    dropped=(f"{_FACE}attention.self.{_INDEX}",),
    blocks=_BLOCKS,
    presets=("swin-t", "swin-b-w12"),
)
