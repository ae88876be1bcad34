"""CvT: the authors' release and Hugging Face's, which name the same parts."""

from __future__ import annotations

from hybridgraph.weights.rows import Row, Source, layers, row

_BLOCKS = ("conv_token_embed", "class_token", "cvt_block", "cvt_token_block", "token_classifier")
_OURS = "stage{s+1}.blocks.{b}.transformer."
_PARTS = {"query": "q", "key": "k", "value": "v"}


def _rows(
    theirs: str, embed: str, block: dict[str, str], ends: dict[str, str], token: str
) -> tuple[Row, ...]:
    """The rows of one layout: where a block, an embedding and the ends are, and how the layers in a block are called."""
    return (
        *layers("embed{s+1}.", embed, {"conv": ends["embed"], "norm": ends["embed_norm"]}),
        row("class_token.token", token),
        *layers(_OURS, theirs, block),
        *layers("classifier.", "", {"norm": ends["norm"], "linear": ends["linear"]}),
    )


RELEASED = Source(
    name="cvt",
    title="CvT's own release",
    marks=("stage0.blocks.0.attn.conv_proj_q.conv.weight", "stage2.cls_token"),
    rows=_rows(
        "stage{s}.blocks.{b}.",
        "stage{s}.patch_embed.",
        {
            "norm1": "norm1",
            **{f"{our}.local.0": f"attn.conv_proj_{their}.conv" for our, their in _PARTS.items()},
            **{f"{our}.local.1": f"attn.conv_proj_{their}.bn" for our, their in _PARTS.items()},
            **{f"{our}.linear": f"attn.proj_{their}" for our, their in _PARTS.items()},
            "project": "attn.proj",
            "norm2": "norm2",
            "feed_forward.expand": "mlp.fc1",
            "feed_forward.project": "mlp.fc2",
        },
        {"embed": "proj", "embed_norm": "norm", "norm": "norm", "linear": "head"},
        "stage2.cls_token",
    ),
    blocks=_BLOCKS,
    presets=("cvt-13", "cvt-21"),
)

_PROJECTION = "attention.attention.convolution_projection_{part}.convolution_projection."
HUGGING_FACE = Source(
    name="hf-cvt",
    title="CvT of Hugging Face",
    marks=("cvt.encoder.stages.0.embedding.convolution_embeddings.projection.weight",),
    rows=_rows(
        "cvt.encoder.stages.{s}.layers.{b}.",
        "cvt.encoder.stages.{s}.embedding.convolution_embeddings.",
        {
            "norm1": "layernorm_before",
            **{f"{part}.local.0": f"{_PROJECTION.format(part=part)}convolution" for part in _PARTS},
            **{f"{part}.local.1": f"{_PROJECTION.format(part=part)}normalization" for part in _PARTS},
            **{f"{part}.linear": f"attention.attention.projection_{part}" for part in _PARTS},
            "project": "attention.output.dense",
            "norm2": "layernorm_after",
            "feed_forward.expand": "intermediate.dense",
            "feed_forward.project": "output.dense",
        },
        {"embed": "projection", "embed_norm": "normalization", "norm": "layernorm", "linear": "classifier"},
        "cvt.encoder.stages.2.cls_token",
    ),
    blocks=_BLOCKS,
    presets=("cvt-13", "cvt-21"),
)
