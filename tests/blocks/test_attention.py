"""Attention blocks in double precision against loops written from the papers' formulas."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor, nn

from hybridgraph.blocks.coatnet import CoAtNetTransformer
from hybridgraph.blocks.layers import FeedForward, SelfAttention
from hybridgraph.blocks.moat import Moat
from hybridgraph.blocks.patches import PatchMerging
from hybridgraph.blocks.relative_attention import RelativeAttention, RelativeBias
from hybridgraph.blocks.swin import SwinBlock
from hybridgraph.blocks.vit import TransformerEncoder

Position = tuple[int, int]


def prepare(module: nn.Module, seed: int = 0) -> nn.Module:
    """Double precision, evaluation, and every weight and running statistic away from its special initial value."""
    generator = torch.Generator().manual_seed(seed)
    module.double().eval()
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(0.3 * torch.randn(tensor.shape, generator=generator, dtype=torch.float64))
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            assert part.running_var is not None
            part.running_var.abs_().add_(0.5)
    return module


def picture(channels: int, height: int, width: int, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, channels, height, width, generator=generator, dtype=torch.float64)


def attend_slowly(
    attention: SelfAttention, tokens: Tensor, bias: dict[tuple[int, int, int], Tensor]
) -> Tensor:
    """One example, (N, C) -> (N, C): each output is a sum over j of softmax(qᵢ·kⱼ/√d + bias) vⱼ, head by head.

    A pair without an entry in `bias` has none.
    """
    width, d = attention.heads * attention.head_dim, attention.head_dim
    q, k, v = (
        tokens @ attention.qkv.weight[i * width : (i + 1) * width].T
        + attention.qkv.bias[i * width : (i + 1) * width]
        for i in range(3)
    )
    gathered = torch.zeros(len(tokens), width, dtype=torch.float64)
    for head in range(attention.heads):
        part = slice(head * d, (head + 1) * d)
        for i in range(len(tokens)):
            logits = torch.stack(
                [
                    q[i, part] @ k[j, part] / math.sqrt(d) + bias.get((head, i, j), 0.0)
                    for j in range(len(tokens))
                ]
            )
            weights = logits.exp() / logits.exp().sum()
            gathered[i, part] = sum(weights[j] * v[j, part] for j in range(len(tokens)))
    return gathered @ attention.project.weight.T + attention.project.bias


def offset_bias(
    table: Tensor, positions: list[Position], height: int, width: int, sign: int = 1
) -> dict[tuple[int, int, int], Tensor]:
    """w(i - j) from a (heads, 2H-1, 2W-1) table; sign -1 reads it at j - i."""
    return {
        (head, i, j): table[head, sign * (a[0] - b[0]) + height - 1, sign * (a[1] - b[1]) + width - 1]
        for head in range(len(table))
        for i, a in enumerate(positions)
        for j, b in enumerate(positions)
    }


def cells(height: int, width: int, top: int = 0, left: int = 0) -> list[Position]:
    return [(top + y, left + x) for y in range(height) for x in range(width)]


def attend_map_slowly(
    block: nn.Module, x: Tensor, windows: list[list[Position]], side: Position, sign: int = 1
) -> Tensor:
    """(B, H, W, C) -> (B, H, W, C), window by window, with the block's own weights and table."""
    y = torch.zeros(*x.shape[:3], block.attention.attention.project.out_features, dtype=torch.float64)
    for example in range(len(x)):
        for window in windows:
            tokens = torch.stack([x[example, row, column] for row, column in window])
            bias = {}
            if block.attention.bias is not None:
                bias = offset_bias(block.attention.bias.bias_table, window, *side, sign)
            for position, value in zip(
                window, attend_slowly(block.attention.attention, tokens, bias), strict=True
            ):
                y[example, position[0], position[1]] = value
    return y


def last(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


def feed_slowly(part: FeedForward, x: Tensor) -> Tensor:
    hidden = x @ part.expand.weight.T + part.expand.bias
    hidden = hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
    return hidden @ part.project.weight.T + part.project.bias


def normalise(norm: nn.LayerNorm, x: Tensor, eps: float = 1e-5) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + eps) * norm.weight + norm.bias


def normalise_batch(norm: nn.BatchNorm2d, x: Tensor, eps: float = 1e-3) -> Tensor:
    shape = (1, -1, 1, 1)
    scaled = (x - norm.running_mean.view(shape)) / torch.sqrt(norm.running_var.view(shape) + eps)
    return scaled * norm.weight.view(shape) + norm.bias.view(shape)


@pytest.mark.parametrize(("height", "width"), [(3, 4), (1, 5), (4, 4)])
def test_relative_attention_is_the_formula(height: int, width: int) -> None:
    block = prepare(RelativeAttention(6, (height, width), head_dim=3))
    x = picture(6, height, width)
    slow = attend_map_slowly(block, last(x), [cells(height, width)], (height, width))
    torch.testing.assert_close(last(block(x)), slow)


@pytest.mark.parametrize(("height", "width", "window"), [(4, 6, 2), (3, 9, 3), (5, 5, 5)])
def test_relative_attention_stays_in_its_windows(height: int, width: int, window: int) -> None:
    block = prepare(RelativeAttention(4, (height, width), head_dim=2, window=window))
    x = picture(4, height, width)
    windows = [
        cells(window, window, top, left)
        for top in range(0, height, window)
        for left in range(0, width, window)
    ]
    slow = attend_map_slowly(block, last(x), windows, (window, window))
    torch.testing.assert_close(last(block(x)), slow)


def test_relative_attention_without_its_bias_forgets_where_things_are() -> None:
    block = prepare(RelativeAttention(4, (3, 3), head_dim=2, relative_bias=False))
    x = picture(4, 3, 3)
    turned = x.flip(2, 3)
    torch.testing.assert_close(block(turned), block(x).flip(2, 3))
    with_bias = prepare(RelativeAttention(4, (3, 3), head_dim=2))
    assert not torch.allclose(with_bias(turned), with_bias(x).flip(2, 3))


@pytest.mark.parametrize("stride", [1, 2])
def test_coatnet_transformer_is_the_formula(stride: int) -> None:
    before, after, side = 3, 4, 4
    block = prepare(CoAtNetTransformer(before, (side, side), after, stride=stride, head_dim=2, expansion=2))
    x = picture(before, side, side)
    small = side // stride

    def shrink(value: Tensor) -> Tensor:  # the largest of each cell
        return value.reshape(2, small, stride, small, stride, -1).amax(dim=(2, 4))

    way = shrink(last(x)) @ block.shortcut.project.weight[:, :, 0, 0].T + block.shortcut.project.bias
    normed = shrink(normalise(block.norm1, last(x)))
    u = way + attend_map_slowly(block, normed, [cells(small, small)], (small, small))
    y = u + feed_slowly(block.feed_forward, normalise(block.norm2, u))
    torch.testing.assert_close(last(block(x)), y)


def mobile_slowly(block: Moat, x: Tensor, stride: int) -> Tensor:
    """BN, 1×1, BN, GELU, depthwise 3×3 with the stride, BN, GELU, 1×1: the convolutions as loops over the kernel."""

    def gelu(value: Tensor) -> Tensor:
        return value * 0.5 * (1 + torch.erf(value / math.sqrt(2)))

    part = block.branch
    y = torch.einsum("oi,bihw->bohw", part.expand.weight[:, :, 0, 0], normalise_batch(part.norm1, x))
    y = gelu(normalise_batch(part.norm2, y))
    height, width = y.shape[2:]
    convolved = torch.zeros(
        y.shape[0], y.shape[1], -(-height // stride), -(-width // stride), dtype=torch.float64
    )
    for row in range(convolved.shape[2]):
        for column in range(convolved.shape[3]):
            for dy in range(3):
                for dx in range(3):
                    r, c = row * stride + dy - 1, column * stride + dx - 1
                    if 0 <= r < height and 0 <= c < width:
                        convolved[:, :, row, column] += part.depthwise.weight[:, 0, dy, dx] * y[:, :, r, c]
    y = gelu(normalise_batch(part.norm3, convolved))
    y = torch.einsum("oi,bihw->bohw", part.project.weight[:, :, 0, 0], y)
    return y + part.project.bias.view(1, -1, 1, 1)


@pytest.mark.parametrize(
    ("height", "width", "stride", "window"),
    [(4, 4, 1, None), (4, 4, 2, None), (4, 4, 1, 2), (3, 5, 1, None), (3, 9, 1, 3), (6, 10, 2, 1)],
)
def test_moat_is_the_formula(height: int, width: int, stride: int, window: int | None) -> None:
    before, after, down, across = 3, 4, height // stride, width // stride
    block = prepare(
        Moat(before, (height, width), after, expansion=2, stride=stride, head_dim=2, window=window)
    )
    x = picture(before, height, width)
    way = x.reshape(2, before, down, stride, across, stride).mean(dim=(3, 5))
    way = torch.einsum("oi,bihw->bohw", block.shortcut.project.weight[:, :, 0, 0], way)
    u = last(way + block.shortcut.project.bias.view(1, -1, 1, 1) + mobile_slowly(block, x, stride))
    reach = (down, across) if window is None else (window, window)
    windows = [
        cells(*reach, top, left) for top in range(0, down, reach[0]) for left in range(0, across, reach[1])
    ]
    # MOAT's table is read at key - query, the other way round than CoAtNet's.
    y = u + attend_map_slowly(block, normalise(block.norm, u), windows, reach, sign=-1)
    torch.testing.assert_close(last(block(x)), y)


def swin_windows(side: Position, window: int, shift: int) -> list[list[Position]]:
    """The groups of positions that attend to one another, by the paper's picture: windows displaced by the shift.

    A displaced grid of windows cuts the map at shift, shift + window, ...; what lies beyond the border is not there.
    """
    cuts = []
    for length in side:
        edges = (
            sorted({0, length, *range(shift, length, window)})
            if shift
            else list(range(0, length + 1, window))
        )
        cuts.append([range(a, b) for a, b in itertools.pairwise(edges)])
    return [[(y, x) for y in rows for x in columns] for rows in cuts[0] for columns in cuts[1]]


@pytest.mark.parametrize(
    ("height", "width", "window", "shift"),
    [
        (4, 4, 2, 0),
        (4, 4, 2, 1),
        (6, 6, 2, 1),
        (9, 9, 3, 1),
        (3, 6, 3, 0),
        (8, 8, 4, 2),
        (4, 6, 2, 1),
        (3, 3, 7, 3),
    ],
)
def test_swin_block_is_the_formula(height: int, width: int, window: int, shift: int) -> None:
    block = prepare(SwinBlock(4, (height, width), head_dim=2, window=window, shift=shift, expansion=2))
    x = picture(4, height, width)
    if min(height, width) <= window:
        window, shift = min(height, width), 0
    table = block.bias.bias_table.T.reshape(-1, 2 * window - 1, 2 * window - 1)  # (heads, 2M-1, 2M-1)
    normed, gathered = normalise(block.norm1, last(x)), torch.zeros_like(last(x))
    for example in range(len(x)):
        for group in swin_windows((height, width), window, shift):
            tokens = torch.stack([normed[example, row, column] for row, column in group])
            values = attend_slowly(block.attention, tokens, offset_bias(table, group, window, window))
            for position, value in zip(group, values, strict=True):
                gathered[example, position[0], position[1]] = value
    u = last(x) + gathered
    y = u + feed_slowly(block.feed_forward, normalise(block.norm2, u))
    torch.testing.assert_close(last(block(x)), y)


@pytest.mark.parametrize("shift", [0, 1])
def test_swin_without_its_bias_still_keeps_its_windows_apart(shift: int) -> None:
    block = prepare(SwinBlock(4, (4, 6), head_dim=2, window=2, shift=shift))
    nn.init.zeros_(block.bias.bias_table)
    bare = prepare(SwinBlock(4, (4, 6), head_dim=2, window=2, shift=shift, relative_bias=False))
    weights = block.state_dict()
    del weights["bias.bias_table"]
    bare.load_state_dict(weights)
    x = picture(4, 4, 6)
    torch.testing.assert_close(bare(x), block(x))


def test_transformer_encoder_is_the_formula() -> None:
    block = prepare(TransformerEncoder(6, head_dim=2, expansion=2))
    x = picture(6, 5, 1)[..., 0].transpose(1, 2)  # (2, 5, 6)
    normed = normalise(block.norm1, x, eps=1e-6)
    u = x + torch.stack([attend_slowly(block.attention, tokens, {}) for tokens in normed])
    y = u + feed_slowly(block.feed_forward, normalise(block.norm2, u, eps=1e-6))
    torch.testing.assert_close(block(x), y)


def test_patch_merging_joins_rows_before_columns() -> None:
    block = prepare(PatchMerging(3, (4, 6)))
    x = last(picture(3, 4, 6))
    joined = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], dim=-1)
    expected = normalise(block.norm, joined) @ block.reduce.weight.T
    torch.testing.assert_close(last(block(picture(3, 4, 6))), expected)


def test_a_fixed_table_is_resized_bilinearly() -> None:
    bias = RelativeBias(2, (3, 5), side=2).double()
    table = bias.bias_table.detach()  # (2, 3, 3) -> (2, 5, 9)

    def sample(head: int, row: int, column: int) -> float:
        total = 0.0
        y, x = (row + 0.5) * 3 / 5 - 0.5, (column + 0.5) * 3 / 9 - 0.5
        y, x = min(max(y, 0.0), 2.0), min(max(x, 0.0), 2.0)
        for r in range(3):
            for c in range(3):
                total += max(0.0, 1 - abs(y - r)) * max(0.0, 1 - abs(x - c)) * float(table[head, r, c])
        return total

    values = bias().detach()
    for i, a in enumerate(cells(3, 5)):
        for j, b in enumerate(cells(3, 5)):
            for head in range(2):
                expected = sample(head, a[0] - b[0] + 2, a[1] - b[1] + 4)
                assert float(values[head, i, j]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "block",
    [
        RelativeAttention(8, (4, 4), head_dim=4),
        Moat(8, (4, 4), 8, head_dim=4),
        SwinBlock(8, (4, 4), head_dim=4, window=2, shift=1),
    ],
    ids=["relative_attention", "moat", "swin_block"],
)
def test_fused_and_explicit_attention_agree(block: nn.Module) -> None:
    prepare(block).float()
    x = picture(8, 4, 4).float()
    explicit = block(x)
    with torch.no_grad():
        fused = block(x)
    torch.testing.assert_close(fused, explicit.detach(), rtol=1e-5, atol=1e-5)
