"""Attention-augmented convolutions, CvT's projections and the smaller additions against loops from the formulas."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hybridgraph.blocks.aaconv import AAConv, AAResidual, AugmentedConv
from hybridgraph.blocks.bam import Bam
from hybridgraph.blocks.cbam import Cbam
from hybridgraph.blocks.cvt import ConvTokenEmbed, ConvTransformer, CvtBlock
from hybridgraph.blocks.cvt_tokens import CvtTokenBlock
from hybridgraph.blocks.early_convs import EarlyConvStem, stem_strides
from hybridgraph.blocks.resnet import ResNetBasic
from hybridgraph.blocks.shaw import ShawAttention
from hybridgraph.blocks.vit import ClassToken, TokenClassifier
from hybridgraph.errors import BlockError


def prepare(module: nn.Module) -> nn.Module:
    """Double precision, evaluation, and every weight and running statistic away from its special initial value."""
    generator = torch.Generator().manual_seed(0)
    module.double().eval()
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(0.3 * torch.randn(tensor.shape, generator=generator, dtype=torch.float64))
            if name.endswith("running_var"):
                tensor.abs_().add_(0.5)
    return module


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def softmax(logits: Tensor) -> Tensor:
    return logits.exp() / logits.exp().sum()


def augment_slowly(block: AugmentedConv, x: Tensor) -> Tensor:
    """The attention of one example, (C, H, W) -> (values, H, W), head by head and query by query."""
    height, width = x.shape[1:]
    heads, d, e = block.heads, block.keys // block.heads, block.values // block.heads
    mixed = torch.einsum("oi,ihw->ohw", block.qkv.weight[:, :, 0, 0], x)
    q, k, v = mixed[: block.keys], mixed[block.keys : 2 * block.keys], mixed[2 * block.keys :]
    y = torch.zeros(block.values, height, width, dtype=torch.float64)
    cells = [(row, column) for row in range(height) for column in range(width)]
    for head in range(heads):
        keys, values = slice(head * d, (head + 1) * d), slice(head * e, (head + 1) * e)
        for row, column in cells:
            query = q[keys, row, column]
            logits = []
            for r, c in cells:
                key = k[keys, r, c]
                if block.relative is not None:  # the same tables for every head, read at key - query
                    key = key + block.relative.row_table[r - row + height - 1]
                    key = key + block.relative.column_table[c - column + width - 1]
                logits.append(query @ key / math.sqrt(d))
            weights = softmax(torch.stack(logits))
            y[values, row, column] = sum(
                w * v[values, r, c] for w, (r, c) in zip(weights, cells, strict=True)
            )
    return torch.einsum("oi,ihw->ohw", block.project.weight[:, :, 0, 0], y)


@pytest.mark.parametrize(("height", "width"), [(3, 4), (1, 5), (3, 3)])
@pytest.mark.parametrize("relative", [True, False])
def test_augmented_convolution_is_the_formula(height: int, width: int, relative: bool) -> None:
    block = prepare(
        AAConv(5, (height, width), channels=8, kappa=0.5, nu=0.5, heads=2, key_floor=3, relative=relative)
    )
    x, inner = random(2, 5, height, width), block.conv
    assert (inner.keys, inner.values) == (6, 4)  # the floor of 3 a head, half of 8
    y = block(x)
    torch.testing.assert_close(y[:, :4], F.conv2d(x, inner.conv.weight, padding=1))
    torch.testing.assert_close(y[:, 4:], torch.stack([augment_slowly(inner, each) for each in x]))


def test_augmented_convolution_strides_and_pools_before_it_attends() -> None:
    block = prepare(AAConv(4, (8, 12), channels=8, stride=2, nu=1.0, heads=2, key_floor=2, pool=True))
    x, inner = random(2, 4, 8, 12), block.conv
    small = F.avg_pool2d(F.avg_pool2d(x, 2), 3, 2, padding=1)  # (2, 4, 2, 3)
    slow = torch.stack([augment_slowly(inner, each) for each in small])
    torch.testing.assert_close(block(x), F.interpolate(slow, (4, 6), mode="bilinear", align_corners=False))
    assert inner.conv is None  # attention makes all channels


@pytest.mark.parametrize(("height", "width", "pool"), [(5, 7, False), (9, 5, True)])
def test_augmented_convolution_takes_odd_maps_that_shrink(height: int, width: int, pool: bool) -> None:
    block = prepare(AAConv(4, (height, width), channels=8, stride=2, nu=0.5, heads=2, key_floor=2, pool=pool))
    x, inner = random(2, 4, height, width), block.conv
    small = F.avg_pool2d(x, 2, ceil_mode=True)
    grid = tuple(small.shape[2:])
    small = F.avg_pool2d(small, 3, 2, padding=1) if pool else small
    slow = torch.stack([augment_slowly(inner, each) for each in small])
    slow = F.interpolate(slow, grid, mode="bilinear", align_corners=False) if pool else slow
    plain = F.conv2d(x, inner.conv.weight, stride=2, padding=1)
    torch.testing.assert_close(block(x), torch.cat((plain, slow), 1))


def test_relative_logits_alone_follow_a_picture_that_moves() -> None:
    """Without what lies at the border the answer moves along with the picture."""
    block = prepare(AAConv(4, (7, 7), channels=8, nu=1.0, heads=2, key_floor=2, relative=False))
    x = random(1, 4, 7, 7)
    torch.testing.assert_close(block(x.roll((2, 3), (2, 3))), block(x).roll((2, 3), (2, 3)))


@pytest.mark.parametrize("kind", ["bottleneck", "basic"])
def test_augmented_residual_keeps_what_comes_in(kind: str) -> None:
    block = prepare(AAResidual(16, (4, 4), kind=kind, channels=16, heads=2, nu=0.5))
    nn.init.zeros_(block.norm2.weight)
    nn.init.zeros_(block.norm2.bias)
    x = random(2, 16, 4, 4)
    assert torch.equal(block(x), x.clamp(min=0))


def project_slowly(part: nn.Module, x: Tensor, kind: str, stride: int) -> Tensor:
    """(B, C, H, W) -> (B, C, H', W') before the linear layer, with loops over the 3×3 neighbourhood."""
    if kind == "linear":
        return x
    rows, columns = -(-x.shape[2] // stride), -(-x.shape[3] // stride)
    y = torch.zeros(*x.shape[:2], rows, columns, dtype=torch.float64)
    for row in range(rows):
        for column in range(columns):
            seen = []
            for dy in range(3):
                for dx in range(3):
                    r, c = row * stride + dy - 1, column * stride + dx - 1
                    if 0 <= r < x.shape[2] and 0 <= c < x.shape[3]:
                        weight = part.local[0].weight[:, 0, dy, dx] if kind == "depthwise" else 1.0
                        seen.append(weight * x[:, :, r, c])
            total = torch.stack(seen).sum(0)
            y[:, :, row, column] = total if kind == "depthwise" else total / len(seen)
    if kind == "depthwise":
        norm, shape = part.local[1], (1, -1, 1, 1)
        y = (y - norm.running_mean.view(shape)) / torch.sqrt(norm.running_var.view(shape) + 1e-5)
        y = y * norm.weight.view(shape) + norm.bias.view(shape)
    return y


def transform_slowly(
    block: ConvTransformer,
    x: Tensor,
    kinds: tuple[str, str, str],
    strides: tuple[int, int, int],
    scale: float,
) -> Tensor:
    """One pass of CvT's block over (B, N, C), from its equations."""

    def normalise(norm: nn.LayerNorm, value: Tensor) -> Tensor:
        centred = value - value.mean(-1, keepdim=True)
        return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-5) * norm.weight + norm.bias

    def spread(value: Tensor) -> tuple[Tensor, Tensor]:
        first = int(block.class_token)
        rest = value[:, first:].transpose(1, 2).reshape(len(value), -1, *block.grid)
        return value[:, :first], rest

    token, rest = spread(normalise(block.norm1, x))
    made = []
    for part, kind, stride in zip((block.query, block.key, block.value), kinds, strides, strict=True):
        local = project_slowly(part, rest, kind, stride).flatten(2).transpose(1, 2)
        made.append(torch.cat((token, local), 1) @ part.linear.weight.T + part.linear.bias)
    q, k, v = made
    gathered = torch.zeros_like(q)
    for head in range(q.shape[2] // block.head_dim):
        part = slice(head * block.head_dim, (head + 1) * block.head_dim)
        for example in range(len(q)):
            for i in range(q.shape[1]):
                weights = softmax(k[example, :, part] @ q[example, i, part] * scale)
                gathered[example, i, part] = weights @ v[example, :, part]
    if strides[0] > 1:
        kept, shrunk = spread(x)
        shrunk = F.max_pool2d(shrunk, strides[0], ceil_mode=True).flatten(2).transpose(1, 2)
        x = torch.cat((kept, shrunk), 1)
    u = x + gathered @ block.project.weight.T + block.project.bias
    part = block.feed_forward
    hidden = normalise(block.norm2, u) @ part.expand.weight.T + part.expand.bias
    hidden = hidden / (1 + torch.exp(-1.702 * hidden))
    return u + hidden @ part.project.weight.T + part.project.bias


@pytest.mark.parametrize(
    ("kinds", "strides", "scale"),
    [
        (("depthwise", "depthwise", "depthwise"), (1, 2, 2), "channels"),
        (("linear", "average", "depthwise"), (1, 3, 3), "head"),
        (("depthwise", "linear", "average"), (2, 1, 1), "channels"),
        (("average", "depthwise", "depthwise"), (2, 2, 2), "head"),
        (("depthwise", "depthwise", "average"), (3, 2, 2), "channels"),
    ],
)
@pytest.mark.parametrize("class_token", [True, False])
def test_cvt_is_the_formula(
    kinds: tuple[str, str, str], strides: tuple[int, int, int], scale: str, class_token: bool
) -> None:
    named = {f"kind_{name}": kind for name, kind in zip("qkv", kinds, strict=True)}
    named |= {f"stride_{name}": stride for name, stride in zip("qkv", strides, strict=True)}
    options = {**named, "head_dim": 3, "expansion": 2, "scale": scale}
    factor = (6 if scale == "channels" else 3) ** -0.5
    if class_token:
        block = prepare(CvtTokenBlock(1 + 15, 6, height=3, **options))
        x = random(2, 16, 6)
        expected = transform_slowly(block.transformer, x, kinds, strides, factor)
        torch.testing.assert_close(block(x), expected)
    else:
        block = prepare(CvtBlock(6, (3, 5), **options))
        x = random(2, 6, 3, 5)
        tokens = transform_slowly(block.transformer, x.flatten(2).transpose(1, 2), kinds, strides, factor)
        torch.testing.assert_close(block(x).flatten(2).transpose(1, 2), tokens)


def test_the_class_token_of_cvt_sees_no_convolution() -> None:
    block = prepare(CvtTokenBlock(10, 6, head_dim=3)).transformer
    x = random(1, 10, 6)
    moved = x.clone()
    moved[:, 0] += 1
    token, rest = block._split(x)
    other, same = block._split(moved)
    assert torch.equal(rest, same)
    difference = block.query(rest, token) - block.query(same, other)
    assert difference[:, 0].any()
    assert not difference[:, 1:].any()


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(("on_keys", "on_values"), [(True, True), (True, False), (False, True)])
def test_attention_with_distances_is_the_formula(shared: bool, on_keys: bool, on_values: bool) -> None:
    length, reach = 6, 2
    block = prepare(
        ShawAttention(length, 4, head_dim=2, reach=reach, on_keys=on_keys, on_values=on_values, shared=shared)
    )
    x = random(2, length, 4)
    q, k, v = (x @ block.qkv.weight.T + block.qkv.bias).split(4, dim=2)
    gathered = torch.zeros_like(q)
    for example in range(2):
        for head in range(2):
            part, table = slice(2 * head, 2 * head + 2), 0 if shared else head
            for i in range(length):
                places = [min(max(j - i, -reach), reach) + reach for j in range(length)]
                keys, values = k[example, :, part], v[example, :, part]
                if on_keys:
                    keys = keys + block.keys.table[table, places]
                if on_values:
                    values = values + block.values.table[table, places]
                weights = softmax(keys @ q[example, i, part] / math.sqrt(2))
                gathered[example, i, part] = weights @ values
    torch.testing.assert_close(block(x), gathered @ block.project.weight.T + block.project.bias)


@pytest.mark.parametrize(
    ("channels", "reach", "numbers"), [(512, 16, 4224), (1024, 8, 2176), (512, 20, 5248)]
)
def test_distances_cost_the_papers_parameters(channels: int, reach: int, numbers: int) -> None:
    with torch.device("meta"):
        block = ShawAttention(10, channels, reach=reach)
    assert block.keys.table.numel() + block.values.table.numel() == numbers


@pytest.mark.parametrize(("side", "after"), [(224, 56), (384, 96), (28, 7)])
def test_the_first_embedding_of_cvt_has_a_margin_of_two(side: int, after: int) -> None:
    with torch.device("meta"):
        block = ConvTokenEmbed(3, (side, side))
        assert block(torch.empty(1, 3, side, side)).shape == (1, 64, after, after)


@pytest.mark.parametrize(("combine", "final_norm"), [("product", False), ("sum", True)])
def test_bam_is_the_formula(combine: str, final_norm: bool) -> None:
    block = prepare(Bam(8, reduction=4, dilation=2, combine=combine, final_norm=final_norm))
    x = random(2, 8, 5, 6)

    def norm(part: nn.Module, value: Tensor) -> Tensor:
        shape = (1, -1, *[1] * (value.ndim - 2))
        scaled = (value - part.running_mean.view(shape)) / torch.sqrt(part.running_var.view(shape) + 1e-5)
        return scaled * part.weight.view(shape) + part.bias.view(shape)

    enter, middle, _, leave = block.channel
    hidden = norm(middle, x.mean((2, 3)) @ enter.weight.T + enter.bias).clamp(min=0)
    channel = hidden @ leave.weight.T + leave.bias
    s = x
    for index, reach in ((0, 0), (3, 2), (6, 2)):
        conv = block.spatial[index]
        s = F.conv2d(s, conv.weight, conv.bias, padding=reach, dilation=max(reach, 1))
        s = norm(block.spatial[index + 1], s).clamp(min=0)
    s = F.conv2d(s, block.spatial[9].weight, block.spatial[9].bias)
    if final_norm:
        channel, s = norm(block.channel_norm, channel), norm(block.spatial_norm, s)
    channel = channel[:, :, None, None]
    mask = 1 / (1 + torch.exp(-(channel * s if combine == "product" else channel + s)))
    torch.testing.assert_close(block(x), (1 + mask) * x)


def test_cbam_in_the_other_order_gates_positions_first() -> None:
    block = prepare(Cbam(4, reduction=2, kernel=3, order="spatial_first", pool="max"))
    x = random(2, 4, 3, 4)
    gated = block.spatial(x)
    peaks = gated.amax((2, 3))
    hidden = (peaks @ block.channel.reduce.weight.T + block.channel.reduce.bias).clamp(min=0)
    gate = 1 / (1 + torch.exp(-(hidden @ block.channel.expand.weight.T + block.channel.expand.bias)))
    torch.testing.assert_close(block(x), gated * gate[:, :, None, None])


@pytest.mark.parametrize("pool", ["both", "avg", "max", "learned"])
def test_cbam_in_parallel_gates_by_the_sum_of_both(pool: str) -> None:
    block = prepare(Cbam(4, reduction=2, kernel=3, order="parallel", pool="avg", spatial_pool=pool))
    x, norm = random(2, 4, 3, 5), block.spatial.norm
    hidden = (x.mean((2, 3)) @ block.channel.reduce.weight.T + block.channel.reduce.bias).clamp(min=0)
    channel = hidden @ block.channel.expand.weight.T + block.channel.expand.bias
    views = {
        "both": lambda: torch.stack((x.amax(1), x.mean(1)), 1),
        "avg": lambda: x.mean(1, keepdim=True),
        "max": lambda: x.amax(1, keepdim=True),
        "learned": lambda: torch.einsum("c,bchw->bhw", block.spatial.mix.weight[0, :, 0, 0], x)[:, None],
    }
    spatial = F.conv2d(views[pool](), block.spatial.conv.weight, padding=1)
    spatial = (spatial - norm.running_mean) / torch.sqrt(norm.running_var + 1e-5) * norm.weight + norm.bias
    gate = 1 / (1 + torch.exp(-(channel[:, :, None, None] + spatial)))
    torch.testing.assert_close(block(x), x * gate)


def test_the_basic_residual_block_adds_before_its_last_activation() -> None:
    block = prepare(ResNetBasic(8, 8, attention="se", reduction=2))
    nn.init.zeros_(block.attention.gate.expand.weight)
    nn.init.constant_(block.attention.gate.expand.bias, -1e9)  # closed
    x = random(1, 8, 4, 4)
    torch.testing.assert_close(block(x), x.clamp(min=0))


@pytest.mark.parametrize(
    ("layers", "stride", "strides"),
    [
        (4, 16, [2, 2, 2, 2]),
        (6, 16, [2, 2, 1, 2, 1, 2]),
        (7, 16, [2, 2, 1, 2, 1, 2, 1]),
        (2, 4, [2, 2]),
        (3, 1, [1, 1, 1]),
    ],
)
def test_the_early_convolutions_halve_as_in_the_paper(layers: int, stride: int, strides: list[int]) -> None:
    assert stem_strides(layers, stride) == strides
    stem = EarlyConvStem(3, 10, width=4, layers=layers, stride=stride)
    found = [part for part in stem.layers if isinstance(part, nn.Conv2d)]
    assert [part.stride[0] for part in found] == strides
    widths = [4]
    for each in strides[1:]:
        widths.append(widths[-1] * each)
    assert [part.out_channels for part in found] == widths
    assert all(part.bias is None for part in found)
    assert stem.project.bias is not None


@pytest.mark.parametrize(
    ("make", "message", "hint"),
    [
        (lambda: stem_strides(4, 12), "Halving cannot make a map 12 times smaller.", "Use 8 or 16."),
        (
            lambda: stem_strides(3, 16),
            "3 layers halve the map 3 times, and a stride of 16 needs 4.",
            "Use 4 layers or more.",
        ),
        (
            lambda: AAConv(16, (4, 4), channels=16, nu=0.01),
            "Of 16 channels a share of 0.01 is no multiple of 8 heads.",
            "Use fewer heads or another share of values.",
        ),
        (
            lambda: CvtBlock(64, (8, 8), stride_k=2, stride_v=1),
            "Keys at a stride of 2 and values at 1 are not equally many.",
            "Give both the same stride.",
        ),
        (
            lambda: CvtBlock(64, (8, 8), kind_k="linear"),
            "A linear projection cannot make the map 2 times smaller.",
            "Use a stride of 1, or a depthwise or average projection.",
        ),
        (
            lambda: CvtTokenBlock(50, 64, class_token=False),
            "50 tokens do not make a square map.",
            "Give the height of the map.",
        ),
        (
            lambda: ConvTokenEmbed(3, (2, 9)),
            "A kernel of 7 does not fit on a 2×9 map with a margin of 2.",
            "Use a kernel of 6 or less.",
        ),
    ],
)
def test_a_refusal_says_what_fits(make: object, message: str, hint: str) -> None:
    with pytest.raises(BlockError) as caught:
        make()
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_the_class_token_comes_first_and_is_what_is_classified() -> None:
    token, head = prepare(ClassToken(6)), prepare(TokenClassifier(6, classes=3))
    x = random(2, 5, 6)
    y = token(x)
    assert torch.equal(y[:, 1:], x)
    assert torch.equal(y[0, 0], y[1, 0])
    moved = y.clone()
    moved[:, 1:] += 1
    assert torch.equal(head(moved), head(y))
    mean = prepare(TokenClassifier(6, classes=3, pool="mean"))
    torch.testing.assert_close(mean(y), mean.linear(mean.norm(y).mean(1)))
