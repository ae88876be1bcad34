"""Squeeze-and-excitation and whole small networks of Swin, SwinV2 and CvT against an independent implementation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from hybridgraph import compiler
from hybridgraph.blocks.layers import FeedForward
from hybridgraph.blocks.se import SqueezeExcite
from hybridgraph.graph.model import Graph
from hybridgraph.presets import cvt, swin

transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.slow

Names = list[tuple[str, str]]
"""What a part is called here, and there."""
SWIN_WIDTHS, SWIN_DEPTHS = (16, 32, 64, 128), (2, 2, 2, 2)
SWIN_SIZES = {
    "embed_dim": SWIN_WIDTHS[0], "depths": SWIN_DEPTHS, "num_heads": [width // 8 for width in SWIN_WIDTHS],
    "image_size": 48, "patch_size": 2, "window_size": 3, "num_labels": 5,
}  # fmt: skip
CVT_WIDTHS, CVT_DEPTHS = (8, 16, 24), (2, 2, 3)


def swin_names(prefix: str) -> Names:
    """Grids of 24, 12, 6 and 3 positions in windows of 3, shifted by 1 in three stages."""
    stages: Names = []
    for number in range(4):
        stages += [
            (f"stage{number + 1}.blocks", f"{prefix}.encoder.layers.{number}.blocks"),
            (f"stage{number + 1}.merge", f"{prefix}.encoder.layers.{number - 1}.downsample"),
        ]
    return [
        *stages,
        ("patch_embed.conv", f"{prefix}.embeddings.patch_embeddings.projection"),
        ("patch_embed.norm", f"{prefix}.embeddings.norm"),
        ("classifier.norm", f"{prefix}.layernorm"),
        ("classifier.linear", "classifier"),
        (".reduce.", ".reduction."),
        (".norm1.", ".layernorm_before."),
        (".norm2.", ".layernorm_after."),
    ]


SWIN_NAMES: Names = [
    *swin_names("swin"),
    (".attention.project.", ".attention.o_proj."),
    (".attention.qkv.", ".attention.?_proj."),
    (".feed_forward.expand.", ".mlp.fc1."),
    (".feed_forward.project.", ".mlp.fc2."),
    (".bias.bias_table", ".attention.relative_position_bias.relative_position_bias_table"),
]
SWINV2_NAMES: Names = [
    *swin_names("swinv2"),
    (".attention.project.", ".attention.output.dense."),
    (".attention.qkv.", ".attention.self.?."),
    (".attention.query_bias", ".attention.self.query.bias"),
    (".attention.value_bias", ".attention.self.value.bias"),
    (".attention.log_scale", ".attention.self.logit_scale"),
    (".feed_forward.expand.", ".intermediate.dense."),
    (".feed_forward.project.", ".output.dense."),
    (".bias.network.", ".attention.self.continuous_position_bias_mlp."),
]
CVT_NAMES: Names = [
    *(
        pair
        for number in range(3)
        for pair in (
            (f"embed{number + 1}.", f"cvt.encoder.stages.{number}.embedding.convolution_embeddings."),
            (f"stage{number + 1}.blocks", f"cvt.encoder.stages.{number}.layers"),
        )
    ),
    ("convolution_embeddings.conv.", "convolution_embeddings.projection."),
    ("convolution_embeddings.norm.", "convolution_embeddings.normalization."),
    ("class_token.token", "cvt.encoder.stages.2.cls_token"),
    ("classifier.norm", "layernorm"),
    ("classifier.linear", "classifier"),
    *(
        pair
        for part in ("query", "key", "value")
        for pair in (
            (
                f".transformer.{part}.local.0.",
                f".attention.attention.convolution_projection_{part}.convolution_projection.convolution.",
            ),
            (
                f".transformer.{part}.local.1.",
                f".attention.attention.convolution_projection_{part}.convolution_projection.normalization.",
            ),
            (f".transformer.{part}.linear.", f".attention.attention.projection_{part}."),
        )
    ),
    (".transformer.project.", ".attention.output.dense."),
    (".transformer.norm1.", ".layernorm_before."),
    (".transformer.norm2.", ".layernorm_after."),
    (".transformer.feed_forward.expand.", ".intermediate.dense."),
    (".transformer.feed_forward.project.", ".output.dense."),
]


def our_swin(*, second: bool) -> Graph:
    variant = swin.Swin(
        channels=SWIN_WIDTHS[0],
        depths=SWIN_DEPTHS,
        drop_path=0.0,
        window=3,
        head_dim=8,
        second=second,
        trained=(5, 80) if second else None,
    )
    return swin.build("swin", variant, image_size=48, channels_in=3, classes=5)


def their_swin() -> nn.Module:
    from transformers.models.swin.modeling_swin import SwinForImageClassification

    return SwinForImageClassification(transformers.SwinConfig(**SWIN_SIZES))


def their_swin_v2() -> nn.Module:
    from transformers.models.swinv2.modeling_swinv2 import Swinv2ForImageClassification

    # Trained with windows of 5 in pictures of 80 pixels: the last stage had a grid of 2 then.
    windows = [min(5, 80 // (swin.PATCH << number)) for number in range(4)]
    return Swinv2ForImageClassification(
        transformers.Swinv2Config(**SWIN_SIZES, pretrained_window_sizes=windows)
    )


def our_cvt() -> Graph:
    variant = cvt.Cvt(depths=CVT_DEPTHS, channels=CVT_WIDTHS, drop_path=0.0, head_dim=8)
    return cvt.build("cvt", variant, image_size=64, channels_in=3, classes=5)


def their_cvt() -> nn.Module:
    from transformers.models.cvt.modeling_cvt import CvtForImageClassification

    return CvtForImageClassification(
        transformers.CvtConfig(embed_dim=CVT_WIDTHS, num_heads=[1, 2, 3], depth=CVT_DEPTHS, num_labels=5)
    )


def shake(network: nn.Module) -> nn.Module:
    """Double precision, evaluation, and every number away from its special initial value."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in network.double().eval().state_dict().items():
        if tensor.is_floating_point():
            tensor.add_(0.2 * torch.randn(tensor.shape, generator=generator, dtype=torch.float64))
            if name.endswith("running_var"):
                tensor.abs_().add_(0.5)
    return network


def take(theirs: dict[str, Tensor], name: str, names: Names) -> Tensor:
    """The weights that are called `name` here; theirs keep queries, keys and values apart."""
    for here, there in names:
        name = name.replace(here, there)
    if "?" not in name:
        return theirs[name]
    parts = ("q", "k", "v") if "?_proj" in name else ("query", "key", "value")
    return torch.cat([theirs[name.replace("?", part)] for part in parts])


@pytest.mark.parametrize(
    ("ours", "theirs", "names", "size"),
    [
        pytest.param(lambda: our_swin(second=False), their_swin, SWIN_NAMES, 48, id="swin"),
        pytest.param(lambda: our_swin(second=True), their_swin_v2, SWINV2_NAMES, 48, id="swinv2"),
        pytest.param(our_cvt, their_cvt, CVT_NAMES, 64, id="cvt"),
    ],
)
def test_the_same_weights_give_the_same_logits(
    ours: Callable[[], Graph], theirs: Callable[[], nn.Module], names: Names, size: int
) -> None:
    other = shake(theirs())
    network = compiler.compile(ours()).double().eval()
    for part in network.modules():
        if isinstance(part, FeedForward):
            part.act = nn.GELU()  # CvT's authors released networks with its approximation, x σ(1.702 x)
    weights = other.state_dict()
    network.load_state_dict({name: take(weights, name, names) for name in network.state_dict()})
    assert sum(each.numel() for each in network.parameters()) == sum(
        each.numel() for each in other.parameters()
    )
    x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(network(x), other(x).logits, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("channels", "reduction"), [(16, 4), (24, 16), (7, 7)])
def test_squeeze_and_excitation_is_that_of_regnet(channels: int, reduction: int) -> None:
    from transformers.models.regnet.modeling_regnet import RegNetSELayer

    torch.manual_seed(0)
    theirs = RegNetSELayer(channels, channels // reduction).double()
    ours = SqueezeExcite(channels, reduction).double()
    values = [
        value.reshape(own.shape) for value, own in zip(theirs.parameters(), ours.parameters(), strict=True)
    ]
    ours.load_state_dict(dict(zip(ours.state_dict(), values, strict=True)))
    x = torch.randn(2, channels, 5, 7, dtype=torch.float64)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-12)
