"""Gates and convolutional blocks against the papers' formulas and by what they can see."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from hybridgraph.blocks.cbam import Cbam
from hybridgraph.blocks.conv_stem import ConvStem
from hybridgraph.blocks.glue import Pool
from hybridgraph.blocks.layers import DropPath
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.resnet import ResNetBottleneck, ResNetStem
from hybridgraph.blocks.se import SqueezeExcite


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sigmoid(x: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-x))


@pytest.mark.parametrize("bias", [True, False])
def test_se_is_the_formula(bias: bool) -> None:
    block = SqueezeExcite(8, reduction=3, bias=bias).double()
    x, y = random(2, 8, 3, 5), torch.empty(2, 8, 3, 5, dtype=torch.float64)
    reduce, expand = block.gate.reduce, block.gate.expand
    assert reduce.out_features == 2  # 8 / 3, rounded down
    for example in range(2):
        z = torch.stack([x[example, c].sum() / 15 for c in range(8)])
        hidden = (reduce.weight @ z + (reduce.bias if bias else 0)).clamp(min=0)
        gate = sigmoid(expand.weight @ hidden + (expand.bias if bias else 0))
        for c in range(8):
            y[example, c] = gate[c] * x[example, c]
    torch.testing.assert_close(block(x), y)


@pytest.mark.parametrize("gate", ["tanh", "relu"])
def test_se_may_squeeze_by_maxima_and_gate_otherwise(gate: str) -> None:
    block = SqueezeExcite(8, reduction=2, squeeze="max", gate=gate).double()
    x, inner = random(2, 8, 3, 5), block.gate
    hidden = (x.amax((2, 3)) @ inner.reduce.weight.T + inner.reduce.bias).clamp(min=0)
    logits = hidden @ inner.expand.weight.T + inner.expand.bias
    factor = torch.tanh(logits) if gate == "tanh" else logits.clamp(min=0)
    torch.testing.assert_close(block(x), x * factor[:, :, None, None])


def test_cbam_is_the_formula() -> None:
    block = Cbam(4, reduction=2, kernel=3).double().eval()
    norm = block.spatial.norm
    for tensor, seed in ((norm.weight, 1), (norm.bias, 2), (norm.running_mean, 3)):
        tensor.data.copy_(random(1, seed=seed))
    x = random(2, 4, 3, 4)

    def network(v: Tensor) -> Tensor:
        hidden = (block.channel.reduce.weight @ v + block.channel.reduce.bias).clamp(min=0)
        return block.channel.expand.weight @ hidden + block.channel.expand.bias

    expected = torch.empty_like(x)
    for example in range(2):
        average = x[example].reshape(4, -1).mean(1)
        largest = x[example].reshape(4, -1).max(1).values
        gated = x[example] * sigmoid(network(average) + network(largest))[:, None, None]
        views = (gated.max(0).values, gated.mean(0))
        for row in range(3):
            for column in range(4):
                total = torch.zeros((), dtype=torch.float64)
                for view in range(2):
                    for dy in range(3):
                        for dx in range(3):
                            r, c = row + dy - 1, column + dx - 1
                            if 0 <= r < 3 and 0 <= c < 4:
                                total = total + block.spatial.conv.weight[0, view, dy, dx] * views[view][r, c]
                scaled = (total - norm.running_mean) / torch.sqrt(norm.running_var + 1e-5)
                gate = sigmoid(scaled * norm.weight + norm.bias)
                expected[example, :, row, column] = gated[:, row, column] * gate
    torch.testing.assert_close(block(x), expected)


def test_cbam_begins_with_half_of_everything_at_each_position() -> None:
    x = random(2, 16, 5, 5).float()
    block = Cbam(16)
    torch.testing.assert_close(block.spatial(x), x / 2)


def seen(block: nn.Module, height: int, width: int, row: int, column: int) -> set[tuple[int, int]]:
    """The positions of the input that one position of the output depends on, beside global averages."""
    x = torch.randn(1, 4, height, width, dtype=torch.float64, requires_grad=True)
    block.double().eval()(x)[0, :, row, column].sum().backward()
    assert x.grad is not None
    return {(int(r), int(c)) for r, c in x.grad[0].abs().sum(0).nonzero()}


def around(row: int, column: int, reach: int) -> set[tuple[int, int]]:
    return {
        (r, c) for r in range(row - reach, row + reach + 1) for c in range(column - reach, column + reach + 1)
    }


def test_mbconv_sees_three_by_three() -> None:
    assert seen(MBConv(4, 4, se_reduction=None), 7, 7, 3, 3) == around(3, 3, 1)
    assert seen(MBConv(4, 4, se_reduction=None, kernel=5), 7, 7, 3, 3) == around(3, 3, 2)
    assert len(seen(MBConv(4, 4, se_reduction=4), 7, 7, 3, 3)) == 49  # the gate averages the map


def test_the_place_of_the_stride_decides_what_mbconv_sees() -> None:
    full = seen(MBConv(4, 8, se_reduction=None, stride=2), 8, 8, 2, 2)
    assert full == around(4, 4, 1)  # the depthwise convolution sees the whole map
    skipping = seen(MBConv(4, 8, se_reduction=None, stride=2, stride_in="expand", pool="avg"), 8, 8, 2, 2)
    every_second = {(r, c) for r in (2, 4, 6) for c in (2, 4, 6)}
    assert skipping == every_second | {(4, 4), (4, 5), (5, 4), (5, 5)}  # with the pooled cell of the shortcut


def test_mbconv_keeps_its_input_when_the_branch_is_silent() -> None:
    block = MBConv(4, 4).double().eval()
    nn.init.zeros_(block.branch.project.weight)
    x = random(2, 4, 5, 5)
    assert torch.equal(block(x), x)
    pooled = MBConv(4, 4, stride=2, pool="max").double().eval()
    nn.init.zeros_(pooled.branch.project.weight)
    assert torch.equal(pooled(x[..., :4, :4]), x[..., :4, :4].reshape(2, 4, 2, 2, 2, 2).amax(dim=(3, 5)))


def test_conv_stem_ends_with_a_bare_convolution() -> None:
    block = ConvStem(3, 8).double().eval()
    x = random(1, 3, 6, 6)
    inner = block.act(block.norm(block.conv1(x)))
    assert torch.equal(block(x), block.conv2(inner))
    assert block.norm.eps == 1e-3
    assert block.norm.momentum == 0.01


@pytest.mark.parametrize("side", [1, 2, 5, 7, 8, 28, 33])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_strides_round_up_on_every_branch(side: int, stride: int) -> None:
    expected = -(-side // stride)
    x = torch.empty(1, 4, side, side, device="meta")
    with torch.device("meta"):
        blocks = [
            MBConv(4, 8, stride=stride, stride_in="depthwise"),
            MBConv(4, 8, stride=stride, stride_in="expand", pool="max"),
            ResNetBottleneck(4, 8, stride=stride),
            ConvStem(4, 8, stride=stride),
            ResNetStem(4, 8, stride=stride, pool=False),
            Pool("max", 3, stride),
            Pool("avg", stride, stride),
        ]
        assert [tuple(block.eval()(x).shape[2:]) for block in blocks] == [(expected, expected)] * len(blocks)


@pytest.mark.parametrize("mode", ["avg", "max"])
def test_pooling_leaves_the_margin_and_missing_cells_out(mode: str) -> None:
    x = torch.full((1, 1, 5, 5), -3.0)
    assert torch.equal(Pool(mode, 3, 2)(x), torch.full((1, 1, 3, 3), -3.0))
    assert torch.equal(Pool(mode, 2, 2)(x), torch.full((1, 1, 3, 3), -3.0))


def test_the_gate_comes_before_the_shortcut() -> None:
    block = ResNetBottleneck(8, 8, attention="se", reduction=2).double().eval()
    nn.init.zeros_(block.attention.gate.expand.weight)
    nn.init.constant_(block.attention.gate.expand.bias, -1e9)  # closed
    x = random(1, 8, 4, 4)
    torch.testing.assert_close(block(x), x.clamp(min=0))


@pytest.mark.parametrize("place", ["branch_end", "branch_start", "inner", "shortcut", "sum"])
def test_the_gate_may_be_elsewhere(place: str) -> None:
    block = ResNetBottleneck(8, 12, expansion=2, attention="se", attention_at=place, reduction=2)
    plain = ResNetBottleneck(8, 12, expansion=2).double().eval()
    block.double().eval()
    plain.load_state_dict(block.state_dict(), strict=False)
    nn.init.zeros_(block.attention.gate.expand.weight)
    nn.init.zeros_(block.attention.gate.expand.bias)  # half of everything
    x, act = random(2, 8, 4, 4), nn.ReLU()
    half = {
        name: 0.5 if name == place else 1.0
        for name in ("branch_end", "branch_start", "inner", "shortcut", "sum")
    }
    with torch.no_grad():
        y = act(plain.norm1(plain.conv1(half["branch_start"] * x)))
        y = half["inner"] * act(plain.norm2(plain.conv2(y)))
        y = half["branch_end"] * plain.norm3(plain.conv3(y)) + half["shortcut"] * plain.shortcut(x)
        torch.testing.assert_close(block(x), half["sum"] * act(y))


def test_drop_path_leaves_out_whole_examples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    layer, x = DropPath(0.25), torch.ones(4000, 2, 3)
    y = layer(x)
    kept = y[:, 0, 0]
    assert y.unique().tolist() == [0.0, pytest.approx(1 / 0.75)]
    assert (y == kept[:, None, None]).all()
    assert float(y.mean()) == pytest.approx(1.0, abs=0.03)
    assert layer.eval()(x) is x
