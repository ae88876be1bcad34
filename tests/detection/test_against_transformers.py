"""DETR, its matcher and its losses give what the independent implementation in transformers gives."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor, nn
from transformers import DetrConfig, DetrForObjectDetection, ResNetConfig
from transformers.loss.loss_for_object_detection import HungarianMatcher, ImageLoss
from transformers.models.detr import modeling_detr as modeling

from hybridgraph import compiler
from hybridgraph.blocks.detr import DetrDecoderLayer, DetrEncoderLayer
from hybridgraph.blocks.detr_ends import SinePositions
from hybridgraph.detection import Target, match, set_loss, split
from hybridgraph.graph.edits import set_param
from hybridgraph.presets.detr import Detr, build
from hybridgraph.presets.resnet import ResNet
from hybridgraph.spec import REGISTRY

CHANNELS, QUERIES, CLASSES = 16, 7, 5
WIDTHS, DEPTHS = (4, 8, 12, 16), (2, 2, 2, 2)
CONFIG = DetrConfig(
    backbone_config=ResNetConfig(
        embedding_size=WIDTHS[0], hidden_sizes=[4 * width for width in WIDTHS], depths=list(DEPTHS),
        layer_type="bottleneck", out_features=["stage4"],
    ),
    d_model=CHANNELS, encoder_layers=2, decoder_layers=3, encoder_attention_heads=2, decoder_attention_heads=2,
    encoder_ffn_dim=32, decoder_ffn_dim=32, num_queries=QUERIES, num_labels=CLASSES, attn_implementation="eager",
)  # fmt: skip
# Their names, ours for the same part.
NAMES = [
    (r"^model\.backbone\.model\.embedder\.embedder\.convolution", "stem.conv"),
    (r"^model\.backbone\.model\.embedder\.embedder\.normalization", "stem.norm"),
    (r"^model\.backbone\.model\.encoder\.stages\.(\d)\.layers", lambda m: f"stage{int(m[1]) + 1}.blocks"),
    (r"shortcut\.convolution", "shortcut.0"),
    (r"shortcut\.normalization", "shortcut.1"),
    (r"layer\.(\d)\.convolution", lambda m: f"conv{int(m[1]) + 1}"),
    (r"layer\.(\d)\.normalization", lambda m: f"norm{int(m[1]) + 1}"),
    (r"^model\.input_projection", "projection.conv"),
    (r"^model\.query_position_embeddings\.weight", "object_queries.embedding"),
    (r"^model\.decoder\.layernorm", "heads.norm"),
    (r"^class_labels_classifier", "heads.scores"),
    (r"^bbox_predictor\.layers\.(\d)", lambda m: f"heads.box.{2 * int(m[1])}"),
    (r"^model\.(en|de)coder\.layers", r"\1coder.blocks"),
    (r"mlp\.fc1", "feed_forward.expand"),
    (r"mlp\.fc2", "feed_forward.project"),
    (r"final_layer_norm", "feed_forward.norm"),
    (r"encoder_attn_layer_norm", "cross_norm"),
    (r"encoder_attn", "cross_attention"),
    (r"o_proj", "out_proj"),
]


def renamed(theirs: nn.Module, *, decoder: bool | None = None) -> dict[str, Tensor]:
    """Their weights under our names; queries, keys and values as one matrix. `decoder` says what a lone layer is."""
    ours: dict[str, Tensor] = {}
    for key, value in theirs.state_dict().items():
        decodes, name = "decoder" in key if decoder is None else decoder, key
        for pattern, replacement in NAMES:
            name = re.sub(pattern, replacement, name)
        name = name.replace("self_attn_layer_norm", "self_norm" if decodes else "norm")
        name = name.replace("self_attn", "self_attention" if decodes else "attention")
        ours[name] = value
    for name in [name for name in ours if ".q_proj." in name]:
        parts = [ours.pop(name.replace("q_proj", f"{part}_proj")) for part in "qkv"]
        ours[name.replace("q_proj.", "in_proj_")] = torch.cat(parts)
    return ours


def scattered(module: nn.Module) -> nn.Module:
    """In evaluation, every number away from the ones and zeros that hide a mistake."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if tensor.is_floating_point():
            with torch.no_grad():
                spread = torch.rand(tensor.shape, generator=generator)
                tensor.copy_(
                    0.8 + 0.4 * spread if "var" in name or tensor.dim() < 2 else (spread - 0.5) * 0.5
                )
    return module.eval()


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_sine_positions() -> None:
    theirs = modeling.DetrSinePositionEmbedding(CHANNELS // 2, normalize=True)
    mask = torch.ones(2, 5, 9, dtype=torch.bool)
    expected = theirs(torch.Size((2, CHANNELS, 5, 9)), "cpu", torch.float32, mask)
    ours = SinePositions(CHANNELS)(random(2, CHANNELS, 5, 9))
    torch.testing.assert_close(ours, expected.flatten(2).transpose(1, 2), rtol=0, atol=1e-5)


def test_an_encoder_layer() -> None:
    theirs = scattered(modeling.DetrEncoderLayer(CONFIG))
    ours = DetrEncoderLayer(CHANNELS, head_dim=8, expansion=2).eval()
    ours.load_state_dict(renamed(theirs, decoder=False))
    x, positions = random(2, 12, CHANNELS), random(2, 12, CHANNELS, seed=2)
    expected = theirs(x, None, spatial_position_embeddings=positions)
    torch.testing.assert_close(ours(x, positions), expected, rtol=0, atol=1e-5)


def test_a_decoder_layer() -> None:
    theirs = scattered(modeling.DetrDecoderLayer(CONFIG))
    ours = DetrDecoderLayer(CHANNELS, CHANNELS, head_dim=8, expansion=2).eval()
    ours.load_state_dict(renamed(theirs, decoder=True))
    x, queries = random(2, QUERIES, CHANNELS), random(2, QUERIES, CHANNELS, seed=2)
    memory, positions = random(2, 12, CHANNELS, seed=3), random(2, 12, CHANNELS, seed=4)
    expected = theirs(
        x,
        spatial_position_embeddings=positions,
        object_queries_position_embeddings=queries,
        encoder_hidden_states=memory,
    )
    torch.testing.assert_close(ours(x, memory, queries, positions), expected, rtol=0, atol=1e-5)


def test_the_whole_network_with_the_heads_of_every_layer() -> None:
    theirs = scattered(DetrForObjectDetection(CONFIG))
    variant = Detr(
        backbone=ResNet(depths=DEPTHS, widths=WIDTHS, frozen=True), channels=CHANNELS, head_dim=8, expansion=2,
        encoder=2, decoder=3, queries=QUERIES,
    )  # fmt: skip
    graph = build("detr", variant, image_size=128, channels_in=3, classes=CLASSES)
    ours = compiler.compile(set_param(graph, ("image",), "width", 160, REGISTRY)).eval()
    ours.load_state_dict(renamed(theirs))
    images = random(2, 3, 128, 160)
    each: list[Tensor] = []
    for layer in theirs.model.decoder.layers:
        layer.register_forward_hook(lambda _layer, _inputs, states: each.append(states))
    with torch.no_grad():
        logits, boxes = split(ours(images))
        last = theirs(images)
        # Their own auxiliary outputs hand the normed states on to the next layer, which the paper's code does not.
        for index, states in enumerate(each):
            normed = theirs.model.decoder.layernorm(states)
            expected = theirs.class_labels_classifier(normed), theirs.bbox_predictor(normed).sigmoid()
            torch.testing.assert_close(logits[:, index], expected[0], rtol=0, atol=1e-5)
            torch.testing.assert_close(boxes[:, index], expected[1], rtol=0, atol=1e-5)
    assert len(each) == logits.shape[1] == 3
    torch.testing.assert_close(logits[:, -1], last.logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(boxes[:, -1], last.pred_boxes, rtol=0, atol=1e-5)


def random_case(seed: int) -> tuple[Tensor, list[Target]]:
    """Output (2, 3, Q, K + 5) of a detector, and objects in two pictures, one of which may have none."""
    generator = torch.Generator().manual_seed(seed)

    def boxes(*shape: int) -> Tensor:
        return 0.05 + 0.5 * torch.rand(*shape, 4, generator=generator)

    logits = torch.randn(2, 3, QUERIES, CLASSES + 1, generator=generator)
    counts = [int(torch.randint(0, QUERIES + 1, (), generator=generator)) for _ in range(2)]
    targets = [
        Target(labels=torch.randint(0, CLASSES, (count,), generator=generator), boxes=boxes(count))
        for count in counts
    ]
    return torch.cat([logits, boxes(2, 3, QUERIES)], dim=3), targets


@pytest.mark.parametrize("seed", range(8))
def test_the_match_and_the_losses(seed: int) -> None:
    found, targets = random_case(seed)
    logits, boxes = split(found)
    each = [{"logits": logits[:, i], "pred_boxes": boxes[:, i]} for i in range(3)]
    objects = [{"class_labels": target.labels, "boxes": target.boxes} for target in targets]
    matcher = HungarianMatcher(class_cost=1, bbox_cost=5, giou_cost=2)
    for picture, (queries, indices) in enumerate(matcher(each[-1], objects)):
        pair = match(logits[picture, -1], boxes[picture, -1], targets[picture])
        assert pair.queries.tolist() == queries.tolist()
        assert pair.objects.tolist() == indices.tolist()
    criterion = ImageLoss(matcher, CLASSES, 0.1, ["labels", "boxes", "cardinality"])
    expected = criterion({**each[-1], "auxiliary_outputs": each[:-1]}, objects)
    ours = set_loss(found, targets)
    total = torch.zeros(())
    for layer, ending in zip(ours.layers, ["_0", "_1", ""], strict=True):
        theirs = [expected[f"loss_{name}{ending}"] for name in ("ce", "bbox", "giou")]
        for mine, other in zip((layer.classes, layer.l1, layer.giou), theirs, strict=True):
            torch.testing.assert_close(mine, other, rtol=0, atol=1e-5)
        torch.testing.assert_close(layer.cardinality_error, expected[f"cardinality_error{ending}"])
        total = total + theirs[0] + 5 * theirs[1] + 2 * theirs[2]
    torch.testing.assert_close(ours.total, total, rtol=1e-6, atol=1e-5)
