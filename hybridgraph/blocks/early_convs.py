"""A few small convolutions in place of the vision transformer's patches.

Xiao, Singh, Mintun, Darrell, Dollár, Girshick 2021, "Early Convolutions Help Transformers See Better"
(arXiv:2106.14881); initial values as in the authors' code.
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import ChannelNorm
from hybridgraph.errors import BlockError
from hybridgraph.spec import IMAGE, Choice, Int, block


def stem_strides(layers: int, stride: int) -> list[int]:
    """The stride of each 3×3 layer: halvings, with the remaining layers after the second, the third, ...

    Four layers at stride 16 give 2, 2, 2, 2; six give 2, 2, 1, 2, 1, 2 as in the paper's larger models. Raises
    BlockError when the stride is no power of two or needs more layers.
    """
    halvings = stride.bit_length() - 1
    if stride != 1 << halvings:
        raise BlockError(
            f"Halving cannot make a map {stride} times smaller.", f"Use {1 << halvings} or {2 << halvings}."
        )
    if layers < halvings:
        raise BlockError(
            f"{layers} layers halve the map {layers} times, and a stride of {stride} needs {halvings}.",
            f"Use {halvings} layers or more.",
        )
    if not halvings:
        return [1] * layers
    after = [0] * halvings
    for extra in range(layers - halvings):
        after[(extra + 1) % halvings] += 1
    return [each for keeping in after for each in (2, *[1] * keeping)]


@block(
    "early_conv_stem",
    title="Early convolutions",
    family="convolution",
    symbol="EC",
    paper="Xiao et al. 2021 · arXiv:2106.14881",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels"},
    params={
        "channels": Int(1, 1 << 20, doc="Channels of the map that leaves the stem."),
        "width": Int(1, 1 << 14, doc="Channels of the first layer; each halving of the map doubles them."),
        "layers": Int(1, 16, doc="How many 3×3 convolutions there are before the last 1×1 one."),
        "stride": Int(1, 32, doc="How many times smaller the map becomes in all, a power of two."),
        "norm": Choice("batch", "layer", doc="What normalises the result of each 3×3 convolution."),
    },
    card="{channels} · {layers} layers · s{stride}",
    equation="y = Conv₁ₓ₁(ReLU(BN(Conv₃ₓ₃(… ReLU(BN(Conv₃ₓ₃(x)))))))",
    aliases=("Convolutional stem", "ViT_C stem"),
)
class EarlyConvStem(nn.Module):
    """Bring the picture down to the transformer's grid in small steps instead of one.

    About as dear as one transformer block, which is left out in exchange; training becomes faster, steadier and
    indifferent to the optimiser. Nothing follows the last convolution.
    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up at each halving.
    Raises BlockError when `stride` is no power of two or needs more `layers`.
    """

    def __init__(
        self,
        in_channels: int,
        channels: int = 192,
        width: int = 24,
        layers: int = 4,
        stride: int = 16,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        before, after = in_channels, width
        for index, each in enumerate(stem_strides(layers, stride)):
            after = 2 * before if each == 2 and index else after
            conv = nn.Conv2d(before, after, 3, each, padding=1, bias=False)
            nn.init.normal_(conv.weight, std=(2 / after) ** 0.5)
            parts += [conv, nn.BatchNorm2d(after) if norm == "batch" else ChannelNorm(after), nn.ReLU()]
            before = after
        self.layers = nn.Sequential(*parts)
        self.project = nn.Conv2d(before, channels, 1)
        nn.init.normal_(self.project.weight, std=channels**-0.5)
        assert self.project.bias is not None
        nn.init.zeros_(self.project.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.project(self.layers(x))  # (B, C, H / s, W / s)
