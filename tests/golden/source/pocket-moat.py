"""pocket-moat, made with HybridGraph: (B, 1, 28, 28) -> (B, 10)."""

from torch import Tensor, nn

from hybridgraph.blocks.conv_stem import ConvStem
from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.moat import Moat


class Stage1(nn.Module):
    """Stage 1: MBConv, giving (B, 48, 14, 14)."""

    def __init__(self) -> None:
        super().__init__()
        self.mbconv = MBConv(in_channels=24, channels=48, expansion=2, stride=1, drop_path=0.0)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mbconv(x)                              # (B, 48, 14, 14)
        return x


class Stage2(nn.Module):
    """Stage 2: MOAT block × 2, giving (B, 96, 7, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Moat(
                in_channels=48 if i == 0 else 96, grid=(14, 14) if i == 0 else (7, 7), channels=96,
                expansion=2, stride=2 if i == 0 else 1, head_dim=32, drop_path=0.025 if i == 0 else 0.05,
            )
            for i in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 96, 7, 7)
        return x


class Network(nn.Module):
    """pocket-moat: (B, 1, 28, 28) -> (B, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvStem(in_channels=1, channels=24, stride=2)
        self.stage1 = Stage1()
        self.stage2 = Stage2()
        self.classifier = Classifier(in_channels=96, classes=10, norm="pooled")

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)                                # (B, 24, 14, 14)
        x = self.stage1(x)                              # (B, 48, 14, 14)
        x = self.stage2(x)                              # (B, 96, 7, 7)
        x = self.classifier(x)                          # (B, 10)
        return x


def build_model() -> nn.Module:
    """The network with fresh weights, for images of 1×28×28."""
    return Network()
