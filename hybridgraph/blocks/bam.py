"""Channel and spatial attention side by side, between the stages of a network.

Park, Woo, Lee, Kweon 2018, "BAM: Bottleneck Attention Module" (arXiv:1807.06514); the defaults are those of the
authors' code, which multiplies the two branches where the paper adds them, and ends them without the paper's norms.
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import check_reduction, init_kaiming
from hybridgraph.spec import IMAGE, Bool, Choice, Int, block


@block(
    "bam",
    title="BAM",
    family="extrinsic",
    symbol="BA",
    paper="Park et al. 2018 · arXiv:1807.06514",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels"},
    params={
        "reduction": Int(1, 1 << 10, doc="How many times narrower than the map both branches are inside."),
        "dilation": Int(1, 64, unit="px", doc="Distance of the positions that the 3×3 convolutions look at."),
        "layers": Int(1, 16, doc="How many dilated 3×3 convolutions the spatial branch has."),
        "combine": Choice(
            "product",
            "sum",
            doc="How the branches meet before the sigmoid: the code's product or the paper's sum.",
        ),
        "final_norm": Bool(doc="Whether a norm ends each branch, as in the paper."),
    },
    card="{channels} · r{reduction} · d{dilation}",
    equation="y = x · (1 + σ(M_c(x) · M_s(x)))",
    aliases=("Bottleneck attention module", "Channel attention", "Spatial attention"),
)
class Bam(nn.Module):
    """Strengthen channels and positions of a map by a gate that two branches make together.

    One branch sees the averages of the channels, the other the surroundings of each position through dilated
    convolutions. It stands between stages, before the map shrinks, and never weakens anything: the gate adds.
    Shape: (B, channels, H, W) -> (B, channels, H, W). Raises BlockError when `reduction` exceeds the channels.
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 16,
        dilation: int = 4,
        layers: int = 2,
        combine: str = "product",
        final_norm: bool = False,
    ) -> None:
        super().__init__()
        check_reduction(channels, reduction)
        width = channels // reduction
        self.product = combine == "product"
        self.channel = nn.Sequential(
            nn.Linear(channels, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, channels)
        )
        parts: list[nn.Module] = [nn.Conv2d(channels, width, 1), nn.BatchNorm2d(width), nn.ReLU()]
        for _ in range(layers):
            conv = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation)
            parts += [conv, nn.BatchNorm2d(width), nn.ReLU()]
        self.spatial = nn.Sequential(*parts, nn.Conv2d(width, 1, 1))
        self.channel_norm = nn.BatchNorm1d(channels) if final_norm else nn.Identity()
        self.spatial_norm = nn.BatchNorm2d(1) if final_norm else nn.Identity()
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        c = self.channel_norm(self.channel(x.mean(dim=(2, 3))))[:, :, None, None]  # (B, C, 1, 1)
        s = self.spatial_norm(self.spatial(x))  # (B, 1, H, W)
        gate = (c * s if self.product else c + s).sigmoid()  # (B, C, H, W)
        return x + x * gate
