"""branched, made with HybridGraph: (B, 3, 32, 32) -> (B, 10)."""

from torch import Tensor, nn

from hybridgraph.blocks.conv_stem import ConvNormAct, ConvStem
from hybridgraph.blocks.glue import Add, Concat, Pool
from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.se import SqueezeExcite


class MixBlock(nn.Module):
    """One repeat of mix."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = ConvNormAct(in_channels=16, channels=16)
        self.se = SqueezeExcite(channels=16, reduction=4)
        self.join = Add()

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.conv(x)                                # (B, 16, 16, 16)
        x = self.se(x)                                  # (B, 16, 16, 16)
        x = self.join(x, skip)                          # (B, 16, 16, 16)
        return x


class Mix(nn.Module):
    """mix: its body × 3, giving (B, 16, 16, 16)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            MixBlock()
            for _ in range(3)
        )

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x, skip)                          # (B, 16, 16, 16)
        return x


class Network(nn.Module):
    """branched: (B, 3, 32, 32) -> (B, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvStem(in_channels=3, channels=16)
        self.mix = Mix()
        self.pool = Pool()
        self.shrink = ConvNormAct(in_channels=16, channels=16, stride=2)
        self.concat = Concat()
        self.head = Classifier(in_channels=32, classes=10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)                                # (B, 16, 16, 16)
        mix_out = self.mix(x, x)                        # (B, 16, 16, 16)
        mix_out = self.pool(mix_out)                    # (B, 16, 8, 8)
        x = self.shrink(x)                              # (B, 16, 8, 8)
        mix_out = self.concat(mix_out, x)               # (B, 32, 8, 8)
        del x  # it would stay in memory to the end
        mix_out = self.head(mix_out)                    # (B, 10)
        return mix_out


def build_model() -> nn.Module:
    """The network with fresh weights, for images of 3×32×32."""
    return Network()
