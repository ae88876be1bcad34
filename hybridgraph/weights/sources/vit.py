"""Vision transformers of timm, whose names DeiT's release shares."""

from __future__ import annotations

from hybridgraph.weights.rows import Source, layers, row
from hybridgraph.weights.transforms import without_first

_BLOCK = {
    "norm1": "norm1",
    "attention.qkv": "attn.qkv",
    "attention.project": "attn.proj",
    "norm2": "norm2",
    "feed_forward.expand": "mlp.fc1",
    "feed_forward.project": "mlp.fc2",
}

TIMM = Source(
    name="timm-vit",
    title="ViT of timm, DeiT's own release",
    marks=("cls_token", "pos_embed", "blocks.{b}.attn.qkv.weight"),
    rows=(
        *layers("patch_embed.", "patch_embed.", {"conv": "proj"}),
        row("class_token.token", "cls_token"),
        row("position.embedding", "pos_embed", by=without_first),
        *layers("encoder.blocks.{b}.", "blocks.{b}.", _BLOCK),
        *layers("classifier.", "", {"norm": "norm", "linear": "head"}),
    ),
    blocks=("patch_embed", "class_token", "position_embedding", "transformer", "token_classifier"),
    presets=("vit-b-16", "deit-s"),
)
