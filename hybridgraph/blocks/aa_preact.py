"""The preactivated residual block with attention beside its first convolution.

Bello et al. 2019, "Attention Augmented Convolutional Networks" (arXiv:1904.09925), for Wide ResNets (arXiv:1605.07146).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.aaconv import AugmentedConv, augmentation_params
from hybridgraph.blocks.layers import init_kaiming
from hybridgraph.blocks.preact import PreactivatedSum, preactivated, square_conv
from hybridgraph.spec import IMAGE, Float, block


@block(
    "aa_preact_residual",
    title="Augmented preactivated block",
    family="extrinsic",
    symbol="AAP",
    paper="Bello et al. 2019 · arXiv:1904.09925; He et al. 2016 · arXiv:1603.05027",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"in_channels": "x.channels", "grid": "x.grid"},
    params={
        **augmentation_params(),
        "drop_path": Float(0.0, 0.99, inert=True, doc="Share of examples that skip the branch in training."),
    },
    card="{channels} · ν {nu} · s{stride}",
    equation="y = shortcut(x) + Conv₃ₓ₃(ReLU(BN(AAConv₃ₓ₃(ReLU(BN(x))))))",
    aliases=("AA-WRN", "AA-Wide-ResNet", "Attention augmented wide residual block"),
)
class AAPreactResidual(nn.Module):
    """A preactivated residual block of two 3×3 convolutions, the first of them augmented with attention.

    Shape: (B, in_channels, H, W) -> (B, channels, H / stride, W / stride), rounded up.
    Raises BlockError when the share of values is no multiple of the heads.
    """

    def __init__(
        self,
        in_channels: int,
        grid: tuple[int, int],
        channels: int = 160,
        stride: int = 1,
        kappa: float = 0.2,
        nu: float = 0.1,
        heads: int = 8,
        key_floor: int = 20,
        pool: bool = False,
        relative: bool = True,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        augmented = AugmentedConv(
            in_channels,
            channels,
            grid,
            kernel=3,
            stride=stride,
            kappa=kappa,
            nu=nu,
            heads=heads,
            key_floor=key_floor,
            pool=pool,
            relative=relative,
        )
        branch = nn.Sequential(augmented, *preactivated(channels, square_conv(channels, channels, 3)))
        self.residual = PreactivatedSum(in_channels, channels, stride, branch, drop_path)
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.residual(x)
