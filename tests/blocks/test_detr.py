"""DETR's blocks: worked numbers, the paper's formulas written as loops, counts, initial values, refusals."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from hybridgraph.blocks.detr import DetrAttention, DetrDecoderLayer, DetrEncoderLayer
from hybridgraph.blocks.detr_ends import DetrHeads, DetrProjection, ObjectQueries, SinePositions
from hybridgraph.blocks.resnet import FrozenBatchNorm, ResNetBottleneck
from hybridgraph.engine import Engine
from hybridgraph.errors import BlockError
from hybridgraph.shapes import Detections, ImageMap, Stack, Tokens
from hybridgraph.spec import REGISTRY
from tests.strategies import is_sentence

ENGINE = Engine()


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def scattered(module: nn.Module) -> nn.Module:
    """In float64 and evaluation, with no number at an initial value that hides a mistake."""
    generator = torch.Generator().manual_seed(1)
    module = module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.3)
    return module


# -- positions


def test_positions_of_a_column_of_two() -> None:
    # Rows are 1/2 and 2/2 of 2π, the only column is 2π; with two channels an axis both waves have length 2π:
    # (sin π, cos π, sin 2π, cos 2π) = (0, -1, 0, 1) and (sin 2π, cos 2π, sin 2π, cos 2π) = (0, 1, 0, 1).
    y = SinePositions(4)(torch.zeros(1, 4, 2, 1))
    torch.testing.assert_close(y, torch.tensor([[[0.0, -1, 0, 1], [0, 1, 0, 1]]]), rtol=0, atol=1e-5)


def test_longer_waves_follow_shorter_ones_sine_and_cosine_in_turn() -> None:
    # Eight channels are four an axis: exponents 0, 0, 2/4, 2/4; with T = 100 the second wave is ten times longer.
    # The place 3 of 4 is at 3π/2; so sin 3π/2, cos 3π/2, sin 3π/20, cos 3π/20, the same for row and column.
    y = SinePositions(8, temperature=100.0)(torch.zeros(1, 8, 4, 4))[0, 2 * 4 + 2]
    angle = 3 * math.pi / 2
    half = [math.sin(angle), math.cos(angle), math.sin(angle / 10), math.cos(angle / 10)]
    torch.testing.assert_close(y, torch.tensor([*half, *half]), rtol=0, atol=1e-5)


def test_rows_come_before_columns_and_values_are_not_read() -> None:
    y = SinePositions(8)(random(2, 8, 3, 5).float()).unflatten(1, (3, 5))
    assert torch.equal(y[0], y[1])
    assert torch.equal(y[:, :, :1, :4].expand(-1, -1, 5, -1), y[..., :4])  # rows alone
    assert torch.equal(y[:, :1, :, 4:].expand(-1, 3, -1, -1), y[..., 4:])  # columns alone
    assert SinePositions(8)(torch.zeros(1, 8, 2, 2, dtype=torch.bfloat16)).dtype is torch.bfloat16


# -- layers against loops


def naive_attention(module: DetrAttention, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Multi-head attention for one picture, head by head and place by place."""
    count, channels = queries.shape
    wq, wk, wv = module.in_proj_weight.split(channels)
    bq, bk, bv = module.in_proj_bias.split(channels)
    q, k, v = queries @ wq.T + bq, keys @ wk.T + bk, values @ wv.T + bv
    joined = torch.zeros_like(q)
    for start in range(0, channels, module.head_dim):
        head = slice(start, start + module.head_dim)
        for i in range(count):
            logits = torch.stack([q[i, head] @ k[j, head] for j in range(len(keys))])
            weights = (logits / math.sqrt(module.head_dim)).softmax(dim=0)
            for j, weight in enumerate(weights):
                joined[i, head] += weight * v[j, head]
    return module.out_proj(joined)


def naive_feed_forward(module: nn.Module, x: Tensor) -> Tensor:
    hidden = (x @ module.expand.weight.T + module.expand.bias).clamp(min=0)
    return module.norm(x + hidden @ module.project.weight.T + module.project.bias)


def test_an_encoder_layer_is_the_papers_formula() -> None:
    layer = scattered(DetrEncoderLayer(8, head_dim=4, expansion=3))
    x, positions = random(2, 5, 8), random(2, 5, 8, seed=2)
    for one, where, y in zip(x, positions, layer(x, positions), strict=True):
        u = layer.norm(one + naive_attention(layer.attention, one + where, one + where, one))
        torch.testing.assert_close(y, naive_feed_forward(layer.feed_forward, u))


def test_a_decoder_layer_is_the_papers_formula() -> None:
    layer = scattered(DetrDecoderLayer(8, 8, head_dim=4, expansion=3))
    x, queries = random(2, 3, 8), random(2, 3, 8, seed=2)
    memory, positions = random(2, 5, 8, seed=3), random(2, 5, 8, seed=4)
    every = zip(x, queries, memory, positions, layer(x, memory, queries, positions), strict=True)
    for one, asks, seen, where, y in every:
        u = layer.self_norm(one + naive_attention(layer.self_attention, one + asks, one + asks, one))
        v = layer.cross_norm(u + naive_attention(layer.cross_attention, u + asks, seen + where, seen))
        torch.testing.assert_close(y, naive_feed_forward(layer.feed_forward, v))


def test_without_positions_a_layer_is_the_one_with_positions_of_zero() -> None:
    encoder, decoder = (
        scattered(DetrEncoderLayer(8, head_dim=4)),
        scattered(DetrDecoderLayer(8, 8, head_dim=4)),
    )
    x, memory = random(1, 3, 8), random(1, 5, 8)
    assert torch.equal(encoder(x), encoder(x, torch.zeros_like(x)))
    assert torch.equal(decoder(x, memory, x), decoder(x, memory, x, torch.zeros_like(memory)))


def test_the_order_of_queries_and_of_places_means_nothing() -> None:
    decoder = scattered(DetrDecoderLayer(8, 8, head_dim=4))
    x, queries, memory, positions = (random(1, n, 8, seed=s) for s, n in enumerate((3, 3, 5, 5)))
    y = decoder(x, memory, queries, positions)
    turned = decoder(x.flip(1), memory.flip(1), queries.flip(1), positions.flip(1))
    torch.testing.assert_close(turned, y.flip(1))


def test_the_feed_forward_part_can_be_left_out() -> None:
    layer = DetrEncoderLayer(16, head_dim=8, expansion=0)
    # Attention: 3·16·16 + 3·16 in, 16·16 + 16 out; a norm of 2·16.
    assert sum(parameter.numel() for parameter in layer.parameters()) == 816 + 272 + 32


def test_dropout_is_at_work_in_training_alone() -> None:
    layer, x = DetrEncoderLayer(16, head_dim=8, dropout=0.5), random(1, 4, 16).float()
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


# -- queries and heads


def test_targets_are_zeros_and_every_picture_has_the_same_queries() -> None:
    block = ObjectQueries(8, queries=5)
    targets, queries = block(torch.randn(3, 7, 8))
    assert torch.equal(targets, torch.zeros(3, 5, 8))
    assert torch.equal(queries, block.embedding.expand(3, 5, 8))


def test_heads_share_one_norm_and_give_scores_then_boxes() -> None:
    heads = scattered(DetrHeads(8, classes=3))
    x = random(2, 4, 5, 8)
    y = heads(x)
    assert y.shape == (2, 4, 5, 3 + 1 + 4)
    for layer in range(4):
        normed = nn.functional.layer_norm(x[:, layer], (8,), heads.norm.weight, heads.norm.bias)
        torch.testing.assert_close(y[:, layer, :, :4], heads.scores(normed))
        torch.testing.assert_close(y[:, layer, :, 4:], heads.box(normed).sigmoid())


# -- counts from the reference, initial values


@pytest.mark.parametrize(
    ("tokens", "encoder", "decoder"), [(850, 1484.032, 304.23), (3400, 10375.168, 769.024)]
)
def test_a_layer_costs_what_the_reference_says(tokens: int, encoder: float, decoder: float) -> None:
    defaults = {name: REGISTRY[name].defaults() for name in ("detr_encoder", "detr_decoder")}
    memory, queries = Tokens(tokens, 256), Tokens(100, 256)
    one = ENGINE.measure(
        REGISTRY["detr_encoder"],
        {"channels": 256, **defaults["detr_encoder"]},
        {"x": memory, "positions": memory},
    )
    assert (one.cost.params, one.cost.macs / 1e6) == (1_315_072, pytest.approx(encoder, rel=1e-5))
    other = ENGINE.measure(
        REGISTRY["detr_decoder"],
        {"channels": 256, "memory_channels": 256, **defaults["detr_decoder"]},
        {"x": queries, "memory": memory, "queries": queries, "positions": memory},
    )
    assert (other.cost.params, other.cost.macs / 1e6) == (1_578_752, pytest.approx(decoder, rel=1e-5))


def test_the_ends_have_the_references_parameters() -> None:
    def count(module: nn.Module) -> int:
        return sum(parameter.numel() for parameter in module.parameters())

    with torch.device("meta"):
        heads = DetrHeads(256)
        assert (count(heads.scores), count(heads.box), count(heads.norm)) == (23_644, 132_612, 512)
        assert (count(ObjectQueries(256)), count(DetrProjection(2048))) == (25_600, 524_544)


def test_the_engine_sees_detections() -> None:
    measured = ENGINE.measure(
        REGISTRY["detr_heads"], {"channels": 16, "classes": 3}, {"x": Stack(6, Tokens(5, 16))}
    )
    assert measured.outputs == {"y": Detections(queries=5, classes=3, layers=6)}


@torch.no_grad()
def test_weights_begin_as_in_the_paper() -> None:
    torch.manual_seed(0)
    layer = DetrDecoderLayer(64, 64, head_dim=8, expansion=8)
    for attention in (layer.self_attention, layer.cross_attention):
        # Xavier's bound is the root of 6 / (fan in + fan out); the packed matrix counts as one from 64 to 3·64.
        assert bound(attention.in_proj_weight) == pytest.approx(math.sqrt(6 / (4 * 64)), rel=0.01)
        assert bound(attention.out_proj.weight) == pytest.approx(math.sqrt(6 / (2 * 64)), rel=0.01)
        assert not attention.in_proj_bias.any()
        assert not attention.out_proj.bias.any()
    assert bound(layer.feed_forward.expand.weight) == pytest.approx(math.sqrt(6 / (9 * 64)), rel=0.01)
    assert layer.feed_forward.expand.bias.any()
    assert ObjectQueries(64, queries=400).embedding.std().item() == pytest.approx(1.0, rel=0.05)
    # Torch's own rule for the heads and the projection: the root of 1 / fan in.
    for module in (DetrHeads(64).box[0], DetrHeads(64).scores, DetrProjection(64).conv):
        assert bound(module.weight) == pytest.approx(math.sqrt(1 / 64), rel=0.01)


def bound(weight: Tensor) -> float:
    """The largest number among those drawn evenly up to it."""
    return weight.abs().max().item()


# -- the backbone's parts


def test_a_frozen_norm_is_batch_norm_that_never_changes() -> None:
    frozen, norm = FrozenBatchNorm(6), nn.BatchNorm2d(6)
    for index, tensor in enumerate((norm.weight, norm.bias, norm.running_mean, norm.running_var)):
        with torch.no_grad():
            tensor.copy_(torch.rand(6, generator=torch.Generator().manual_seed(index)) + 0.5)
    frozen.load_state_dict({name: norm.state_dict()[name] for name in frozen.state_dict()})
    x = random(2, 6, 3, 3).float() * 5
    torch.testing.assert_close(frozen.train()(x), norm.eval()(x))
    assert not list(frozen.parameters())
    assert torch.equal(FrozenBatchNorm(6, eps=0.0)(x), x)


@pytest.mark.parametrize(("dilation", "reach"), [(1, 1), (2, 2), (3, 3)])
def test_a_dilated_bottleneck_keeps_the_grid_and_sees_further(dilation: int, reach: int) -> None:
    block = scattered(ResNetBottleneck(8, 8, dilation=dilation, norm="frozen"))
    x = torch.zeros(1, 8, 15, 15, dtype=torch.float64)
    touched = x.clone()
    touched[0, :, 7, 7] = 1
    changed = (block(touched) - block(x)).abs().sum(dim=1)[0] > 0
    rows = changed.any(dim=1).nonzero().flatten().tolist()
    assert set(rows) == {7 - reach, 7, 7 + reach}


# -- refusals

REFUSED = [
    (lambda: SinePositions(6), "6 channels do not divide", "Use 8"),
    (lambda: DetrEncoderLayer(30, head_dim=8), "30 channels do not divide into heads of 8", "Use 6 or 10"),
    (lambda: DetrDecoderLayer(16, 32), "targets have 16 channels and the memory 32", "channels"),
    (lambda: DetrEncoderLayer(8, head_dim=4)(torch.zeros(1, 3, 8), torch.zeros(1, 4, 8)), "The tokens are 3×8 and the positions for them 4×8", "same channels"),
    (lambda: DetrDecoderLayer(8, 8, head_dim=4)(torch.zeros(1, 3, 8), torch.zeros(1, 5, 8), torch.zeros(1, 2, 8)), "The targets are 3×8 and the queries for them 2×8", "one"),
    (lambda: DetrHeads(8)(torch.zeros(1, 2, 8, 3, 3)), "needs stacked tokens", "decoder"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "message", "hint"), REFUSED)
def test_a_refusal_is_a_sentence_with_a_way_out(build: object, message: str, hint: str) -> None:
    assert callable(build)
    with pytest.raises(BlockError) as refused:
        build()
    assert message in refused.value.message
    assert hint in refused.value.hint
    assert is_sentence(refused.value.message)
    assert refused.value.hint.endswith(".")


def test_heads_take_no_stack_of_maps() -> None:
    measured = ENGINE.measure(
        REGISTRY["detr_heads"], {"channels": 4, "classes": 3}, {"x": Stack(2, ImageMap(4, 3, 3))}
    )
    assert "stacked tokens" in measured.error
