"""SwinV2's block against loops from its formulas, and what its computed biases promise."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from hybridgraph.blocks.patches import PatchMerging
from hybridgraph.blocks.swin_v2 import ContinuousBias, CosineAttention, SwinV2Block, scaled_offsets
from tests.blocks.test_attention import (
    Position,
    cells,
    feed_slowly,
    last,
    normalise,
    picture,
    prepare,
    swin_windows,
)


def bias_slowly(part: ContinuousBias, a: Position, b: Position, trained: int) -> Tensor:
    """The biases of all heads for a query at `a` and a key at `b`: 16 σ(W₂ ReLU(W₁ Δ + b₁)), Δ spaced by logarithms."""
    delta = []
    for axis in range(2):
        scaled = 8 * (a[axis] - b[axis]) / (trained - 1)
        if part.spacing == "linear":
            delta.append(scaled / 8)
        else:
            delta.append(math.copysign(math.log2(abs(scaled) + 1) / math.log2(8), scaled))
    enter, _, leave = part.network
    hidden = (enter.weight @ torch.tensor(delta, dtype=torch.float64) + enter.bias).clamp(min=0)
    return 16 / (1 + torch.exp(-(leave.weight @ hidden)))


def attend_slowly(block: SwinV2Block, tokens: Tensor, positions: list[Position], trained: int) -> Tensor:
    """One example's window, (N, C) -> (N, C): softmax of the scaled cosines and biases, head by head."""
    attention: CosineAttention = block.attention
    width, d = tokens.shape[1], attention.head_dim
    q, k, v = (tokens @ attention.qkv.weight[i * width : (i + 1) * width].T for i in range(3))
    q, v = q + attention.query_bias, v + attention.value_bias
    gathered = torch.zeros_like(tokens)
    for head in range(attention.heads):
        part = slice(head * d, (head + 1) * d)
        scale = min(math.exp(float(attention.log_scale[head].detach())), 100.0)
        for i, a in enumerate(positions):
            logits = []
            for j, b in enumerate(positions):
                cosine = q[i, part] @ k[j, part] / (q[i, part].norm() * k[j, part].norm())
                logits.append(scale * cosine + bias_slowly(block.bias, a, b, trained)[head])
            weights = torch.stack(logits).softmax(0)
            gathered[i, part] = weights @ v[:, part]
    return gathered @ attention.project.weight.T + attention.project.bias


@pytest.mark.parametrize(
    ("height", "width", "window", "shift", "trained", "spacing"),
    [
        (4, 4, 2, 0, None, "log"),
        (9, 9, 3, 1, None, "log"),
        (6, 9, 3, 2, 2, "log"),
        (4, 6, 2, 1, 4, "linear"),
        (3, 3, 7, 3, None, "log"),
        (5, 5, 5, 0, 3, "linear"),
    ],
)
def test_swin_v2_is_the_formula(
    height: int, width: int, window: int, shift: int, trained: int | None, spacing: str
) -> None:
    block = prepare(
        SwinV2Block(
            4,
            (height, width),
            head_dim=2,
            window=window,
            shift=shift,
            trained_window=trained,
            spacing=spacing,
            bias_hidden=6,
            expansion=2,
        )
    )
    if not shift:  # a mask of -100 does not hide what differs by more than that, here as in the authors' code
        block.attention.log_scale.data[1] = 9.0  # beyond the limit of a hundred
    x = picture(4, height, width)
    if min(height, width) <= window:
        window, shift = min(height, width), 0
    gathered = torch.zeros_like(last(x))
    for example in range(len(x)):
        for group in swin_windows((height, width), window, shift):
            tokens = torch.stack([last(x)[example, row, column] for row, column in group])
            values = attend_slowly(block, tokens, group, trained or window)
            for position, value in zip(group, values, strict=True):
                gathered[example, position[0], position[1]] = value
    u = last(x) + normalise(block.norm1, gathered)
    y = u + normalise(block.norm2, feed_slowly(block.feed_forward, u))
    torch.testing.assert_close(last(block(x)), y)


def test_a_new_block_is_the_identity() -> None:
    x = picture(8, 6, 6).float()
    assert torch.equal(SwinV2Block(8, (6, 6), head_dim=4, window=3, shift=1)(x), x)


def test_a_larger_window_keeps_the_biases_of_the_offsets_that_were_trained() -> None:
    small = prepare(ContinuousBias(2, (3, 3), 3, 0, trained=3, spacing="log", hidden=5))
    large = ContinuousBias(2, (5, 5), 5, 0, trained=3, spacing="log", hidden=5).double()
    large.load_state_dict(small.state_dict())
    where = {position: i for i, position in enumerate(cells(5, 5))}
    within = torch.tensor([where[position] for position in cells(3, 3)])
    torch.testing.assert_close(large()[:, within][:, :, within], small())


def test_logarithms_bring_far_offsets_close() -> None:
    near, far = scaled_offsets(8, 8, "log"), scaled_offsets(16, 8, "log")
    assert near.shape == (225, 2)
    assert float(near.max()) == pytest.approx(math.log2(9) / 3)
    assert float(far.max()) < 1.32 * float(near.max())
    assert float(scaled_offsets(16, 8, "linear").max()) == pytest.approx(15 / 7)
    assert scaled_offsets(1, 1, "log").tolist() == [[0.0, 0.0]]


def test_biases_laid_out_on_meta_can_be_filled_later() -> None:
    with torch.device("meta"):
        planned = ContinuousBias(2, (6, 6), 3, 1, trained=4, spacing="log", hidden=5)
    planned.to_empty(device="cpu")
    planned.reset_parameters()
    real = ContinuousBias(2, (6, 6), 3, 1, trained=4, spacing="log", hidden=5)
    planned.load_state_dict(real.state_dict())  # holds the network alone
    assert {name.partition(".")[0] for name in real.state_dict()} == {"network"}
    assert torch.equal(planned(), real())


def test_patch_merging_may_normalise_last() -> None:
    block = prepare(PatchMerging(3, (4, 6), norm_last=True))
    x = last(picture(3, 4, 6))
    joined = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], dim=-1)
    torch.testing.assert_close(
        last(block(picture(3, 4, 6))), normalise(block.norm, joined @ block.reduce.weight.T)
    )
