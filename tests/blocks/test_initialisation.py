"""Initial values as in the papers' code, also for a network that is laid out first and filled later."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hybridgraph.blocks.cbam import Cbam
from hybridgraph.blocks.coatnet import CoAtNetTransformer
from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.layers import attend
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.moat import Moat
from hybridgraph.blocks.relative_attention import RelativeBias
from hybridgraph.blocks.resnet import ResNetBottleneck
from hybridgraph.blocks.swin import SwinBlock, WindowBias


def spread(tensor: torch.Tensor) -> float:
    return float(tensor.detach().std())


@pytest.mark.parametrize(
    "make",
    [
        lambda: MBConv(64, 64),
        lambda: Moat(64, (14, 14), 64),
        lambda: CoAtNetTransformer(64, (14, 14), 64),
        lambda: SwinBlock(64, (14, 14), shift=3),
        lambda: Classifier(64, 100, hidden=True),
    ],
    ids=["mbconv", "moat", "coatnet_transformer", "swin_block", "classifier"],
)
def test_kernels_and_tables_start_near_zero_and_biases_at_zero(make: type[nn.Module]) -> None:
    torch.manual_seed(0)
    block = make()
    weights = [p.weight for p in block.modules() if isinstance(p, (nn.Conv2d, nn.Linear))]
    tables = [value for name, value in block.named_parameters() if name.endswith("bias_table")]
    for weight in [*weights, *tables]:
        assert spread(weight) == pytest.approx(0.02, rel=0.1)
    for part in block.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)) and part.bias is not None:
            assert not part.bias.any()


def test_he_initialisation_of_the_bottleneck_and_cbams_closed_norm() -> None:
    torch.manual_seed(0)
    block = ResNetBottleneck(256, 256, attention="cbam")
    assert spread(block.conv2.weight) == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)  # fan out
    assert spread(block.attention.channel.reduce.weight) == pytest.approx((2 / 256) ** 0.5, rel=0.1)
    assert not block.attention.spatial.norm.weight.any()
    assert not Cbam(32).spatial.norm.weight.any()


@pytest.mark.parametrize(
    "make",
    [
        lambda: RelativeBias(2, (3, 4)),
        lambda: RelativeBias(2, (3, 4), side=7, reverse=True),
        lambda: WindowBias(2, (6, 6), 3, 1),
        lambda: WindowBias(2, (6, 6), 3, 0),
    ],
)
def test_a_bias_laid_out_on_meta_can_be_filled_later(make: type[nn.Module]) -> None:
    with torch.device("meta"):
        planned = make()
    planned.to_empty(device="cpu")
    planned.reset_parameters()
    torch.manual_seed(0)
    real = make()
    planned.load_state_dict(real.state_dict())  # holds the table alone: index and mask are computed
    assert list(real.state_dict()) == ["bias_table"]
    assert torch.equal(planned(), real())


def test_attention_without_gradients_is_the_same_sum() -> None:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 3, 5, 4, generator=generator) for _ in range(3))
    bias = torch.randn(3, 5, 5, generator=generator, requires_grad=True)
    with torch.no_grad():
        fused = attend(q, k, v, bias)
    torch.testing.assert_close(attend(q, k, v, bias).detach(), fused)
    torch.testing.assert_close(attend(q, k, v), attend(q, k, v, torch.zeros(3, 5, 5)))
