"""Channel attention by squeeze and excitation.

Hu, Shen, Albanie, Sun, Wu 2018, "Squeeze-and-Excitation Networks" (arXiv:1709.01507).
"""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.layers import SqueezeGate, check_reduction, init_kaiming
from hybridgraph.spec import IMAGE, Bool, Choice, Int, block


@block(
    "se",
    title="Squeeze-and-excitation",
    family="extrinsic",
    symbol="SE",
    paper="Hu et al. 2018 · arXiv:1709.01507",
    inputs={"x": IMAGE},
    outputs={"y": IMAGE},
    wired={"channels": "x.channels"},
    params={
        "reduction": Int(1, 1 << 10, doc="How many times narrower than the map the gate's hidden layer is."),
        "bias": Bool(doc="Whether the gate's two linear layers have biases, as in the released models."),
        "squeeze": Choice(
            "avg", "max", doc="What the gate sees of each channel: its average or its maximum."
        ),
        "gate": Choice("sigmoid", "tanh", "relu", doc="The function whose value multiplies a channel."),
    },
    card="{channels} · r{reduction}",
    equation="y = x · σ(W₂ ReLU(W₁ mean(x) + b₁) + b₂)",
    aliases=("Squeeze-Excite", "Channel attention", "SENet"),
)
class SqueezeExcite(nn.Module):
    """Reweight the channels by a gate computed from their averages over the whole map.

    A cheap global view for convolutions: which features matter depends on the picture. It belongs at the end of a
    residual branch, before the addition. The hidden width is rounded down.
    Shape: (B, channels, H, W) -> (B, channels, H, W). Raises BlockError when `reduction` exceeds the channels.
    """

    def __init__(
        self,
        channels: int,
        reduction: int = 16,
        bias: bool = True,
        squeeze: str = "avg",
        gate: str = "sigmoid",
    ) -> None:
        super().__init__()
        check_reduction(channels, reduction)
        self.gate = SqueezeGate(channels, channels // reduction, bias=bias, squeeze=squeeze, gate=gate)
        init_kaiming(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.gate(x)
