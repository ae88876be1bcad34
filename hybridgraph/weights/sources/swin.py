"""Swin transformers: the authors' release, timm, Hugging Face.

The first version and the second, which computes its biases by a small network. The layouts differ in where patch
merging is counted, at the end of a stage or at the beginning of the next, and in whether queries, keys and values are
one matrix.
"""

from __future__ import annotations

from hybridgraph.weights.rows import Row, Source, layers, row
from hybridgraph.weights.transforms import joined

_BLOCKS = ("patch_embed", "swin_block", "swin_v2_block", "patch_merging", "classifier")
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
_SECOND = {
    "attention.query_bias": "q_bias",
    "attention.value_bias": "v_bias",
    "attention.log_scale": "logit_scale",
}
_SECOND_OF_FACE = {
    "attention.query_bias": "query.bias",
    "attention.value_bias": "value.bias",
    "attention.log_scale": "logit_scale",
}
_TABLE = "relative_position_bias_table"
_COMPUTED = ("relative_position_index", "relative_coords_table")


def _plain(merge: str, head: str) -> tuple[Row, ...]:
    """The rows that the releases and timm share; `merge` names the stage that holds a merging, `head` the last layer."""
    theirs = "layers.{s}.blocks.{b}."
    return (
        *layers("patch_embed.", "patch_embed.", {"conv": "proj", "norm": "norm"}),
        *layers(_OURS, theirs, _BLOCK),
        row(f"{_OURS}bias.bias_table", f"{theirs}attn.{_TABLE}"),
        *(row(f"{_OURS}{our}", f"{theirs}attn.{their}") for our, their in _SECOND.items()),
        row(f"{_OURS}bias.network.{{n}}.{{leaf}}", f"{theirs}attn.cpb_mlp.{{n}}.{{leaf}}"),
        *layers("stage{s+1}.merge.", f"layers.{merge}.downsample.", _MERGE),
        *layers("classifier.", "", {"norm": "norm", "linear": head}),
    )


def _of_face(prefix: str) -> tuple[Row, ...]:
    """The rows of Hugging Face's networks, which begin with a word of their own."""
    theirs = f"{prefix}.encoder.layers.{{s}}.blocks.{{b}}."
    attention = f"{theirs}attention.self."
    return (
        *layers(
            "patch_embed.", f"{prefix}.embeddings.", {"conv": "patch_embeddings.projection", "norm": "norm"}
        ),
        *layers(_OURS, theirs, _BLOCK_OF_FACE),
        row(
            f"{_OURS}attention.qkv.{{leaf}}",
            *(f"{attention}{part}.{{leaf}}" for part in ("query", "key", "value")),
            by=joined,
        ),
        row(f"{_OURS}bias.bias_table", f"{attention}{_TABLE}"),
        *(row(f"{_OURS}{our}", f"{attention}{their}") for our, their in _SECOND_OF_FACE.items()),
        row(f"{_OURS}bias.network.{{n}}.{{leaf}}", f"{attention}continuous_position_bias_mlp.{{n}}.{{leaf}}"),
        *layers("stage{s+1}.merge.", f"{prefix}.encoder.layers.{{s-1}}.downsample.", _MERGE),
        *layers("classifier.", "", {"norm": f"{prefix}.layernorm", "linear": "classifier"}),
    )


_DROPPED = (
    *(f"layers.{{s}}.blocks.{{b}}.attn.{name}" for name in _COMPUTED),
    "layers.{s}.blocks.{b}.attn_mask",
)
_MARK = "layers.{s}.blocks.{b}.attn.qkv.weight"
_PRESETS = ("swin-t", "swin-b-w12", "swinv2-t-w8")

RELEASED = Source(
    name="swin",
    title="Swin's own release, also SwinV2's",
    marks=(_MARK, "layers.0.downsample.reduction.weight"),
    rows=_plain("{s-1}", "head"),
    dropped=_DROPPED,
    blocks=_BLOCKS,
    presets=_PRESETS,
)

TIMM = Source(
    name="timm-swin",
    title="Swin and SwinV2 of timm",
    marks=(_MARK, "layers.1.downsample.reduction.weight"),
    rows=_plain("{s}", "head.fc"),
    dropped=_DROPPED,
    blocks=_BLOCKS,
    presets=_PRESETS,
)

HUGGING_FACE = Source(
    name="hf-swin",
    title="Swin of Hugging Face",
    marks=("swin.encoder.layers.{s}.blocks.{b}.attention.self.query.weight",),
    rows=_of_face("swin"),
    dropped=("swin.encoder.layers.{s}.blocks.{b}.attention.self.relative_position_index",),
    blocks=_BLOCKS,
    presets=("swin-t", "swin-b-w12"),
)

HUGGING_FACE_SECOND = Source(
    name="hf-swinv2",
    title="SwinV2 of Hugging Face",
    marks=("swinv2.encoder.layers.{s}.blocks.{b}.attention.self.query.weight",),
    rows=_of_face("swinv2"),
    dropped=tuple(f"swinv2.encoder.layers.{{s}}.blocks.{{b}}.attention.self.{name}" for name in _COMPUTED),
    blocks=_BLOCKS,
    presets=("swinv2-t-w8",),
)
