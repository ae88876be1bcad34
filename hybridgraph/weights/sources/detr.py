"""DETR: the authors' release and Hugging Face's, whose backbone is named by timm or by Hugging Face."""

from __future__ import annotations

from hybridgraph.weights.rows import Row, Source, layers, row
from hybridgraph.weights.sources import resnet
from hybridgraph.weights.transforms import joined

_BLOCKS = (
    *resnet.TRUNK_BLOCKS,
    "detr_projection",
    "detr_encoder",
    "object_queries",
    "detr_decoder",
    "detr_heads",
)
_ENCODER, _DECODER = "encoder.blocks.{n}.", "decoder.blocks.{n}."
_FEED_FORWARD = {"feed_forward.expand": "linear1", "feed_forward.project": "linear2"}
_FEED_FORWARD_OF_FACE = {
    "feed_forward.expand": "fc1",
    "feed_forward.project": "fc2",
    "feed_forward.norm": "final_layer_norm",
}
_BOX = {"box.0": "layers.0", "box.2": "layers.1", "box.4": "layers.2"}


def _attention(ours: str, theirs: str) -> tuple[Row, ...]:
    """An attention of torch's own, kept under another name."""
    return (
        row(f"{ours}.in_proj_{{leaf}}", f"{theirs}.in_proj_{{leaf}}"),
        row(f"{ours}.out_proj.{{leaf}}", f"{theirs}.out_proj.{{leaf}}"),
    )


def _attention_of_face(ours: str, theirs: str) -> tuple[Row, ...]:
    """An attention whose queries, keys and values have a matrix each."""
    parts = [f"{theirs}.{part}_proj.{{leaf}}" for part in "qkv"]
    return (
        row(f"{ours}.in_proj_{{leaf}}", *parts, by=joined),
        row(f"{ours}.out_proj.{{leaf}}", f"{theirs}.out_proj.{{leaf}}"),
    )


_LAYER, _TARGETS = "transformer.encoder.layers.{n}.", "transformer.decoder.layers.{n}."
RELEASED = Source(
    name="detr",
    title="DETR's own release",
    marks=("backbone.0.body.conv1.weight", "transformer.decoder.layers.0.multihead_attn.in_proj_weight"),
    rows=(
        *resnet.trunk("backbone.0.body."),
        *layers("projection.", "", {"conv": "input_proj"}),
        *_attention(f"{_ENCODER}attention", f"{_LAYER}self_attn"),
        *layers(_ENCODER, _LAYER, {"norm": "norm1", **_FEED_FORWARD, "feed_forward.norm": "norm2"}),
        row("object_queries.embedding", "query_embed.weight"),
        *_attention(f"{_DECODER}self_attention", f"{_TARGETS}self_attn"),
        *_attention(f"{_DECODER}cross_attention", f"{_TARGETS}multihead_attn"),
        *layers(
            _DECODER,
            _TARGETS,
            {"self_norm": "norm1", "cross_norm": "norm2", **_FEED_FORWARD, "feed_forward.norm": "norm3"},
        ),
        *layers("heads.", "", {"norm": "transformer.decoder.norm", "scores": "class_embed"}),
        *layers("heads.", "bbox_embed.", _BOX),
    ),
    blocks=_BLOCKS,
    presets=("detr-r50", "detr-r101"),
)

_FACE_LAYER, _FACE_TARGETS = "model.encoder.layers.{n}.", "model.decoder.layers.{n}."
_BACKBONE = "model.backbone.conv_encoder.model."
HUGGING_FACE = Source(
    name="hf-detr",
    title="DETR of Hugging Face",
    marks=("model.query_position_embeddings.weight", "model.input_projection.weight"),
    rows=(
        *resnet.trunk(_BACKBONE),
        *resnet.trunk_of_face(_BACKBONE),
        *layers("projection.", "", {"conv": "model.input_projection"}),
        *_attention_of_face(f"{_ENCODER}attention", f"{_FACE_LAYER}self_attn"),
        *layers(_ENCODER, _FACE_LAYER, {"norm": "self_attn_layer_norm", **_FEED_FORWARD_OF_FACE}),
        row("object_queries.embedding", "model.query_position_embeddings.weight"),
        *_attention_of_face(f"{_DECODER}self_attention", f"{_FACE_TARGETS}self_attn"),
        *_attention_of_face(f"{_DECODER}cross_attention", f"{_FACE_TARGETS}encoder_attn"),
        *layers(
            _DECODER,
            _FACE_TARGETS,
            {
                "self_norm": "self_attn_layer_norm",
                "cross_norm": "encoder_attn_layer_norm",
                **_FEED_FORWARD_OF_FACE,
            },
        ),
        *layers("heads.", "", {"norm": "model.decoder.layernorm", "scores": "class_labels_classifier"}),
        *layers("heads.", "bbox_predictor.", _BOX),
    ),
    blocks=_BLOCKS,
    presets=("detr-r50", "detr-r101"),
)
