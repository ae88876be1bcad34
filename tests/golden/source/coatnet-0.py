"""coatnet-0, made with HybridGraph: (B, 3, 224, 224) -> (B, 1000)."""

from torch import Tensor, nn

from hybridgraph.blocks.coatnet import CoAtNetTransformer
from hybridgraph.blocks.conv_stem import ConvStem
from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.mbconv import MBConv


class Stage1(nn.Module):
    """Stage 1: MBConv × 2, giving (B, 96, 56, 56)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            MBConv(
                in_channels=64 if i == 0 else 96, channels=96, expansion=4, stride=2 if i == 0 else 1,
                stride_in="expand", pool="max", drop_path=0.0 if i == 0 else 0.018182,
            )
            for i in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 96, 56, 56)
        return x


class Stage2(nn.Module):
    """Stage 2: MBConv × 3, giving (B, 192, 28, 28)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            MBConv(
                in_channels=96 if i == 0 else 192, channels=192, expansion=4, stride=2 if i == 0 else 1,
                stride_in="expand", pool="max", drop_path=(0.036364, 0.054545, 0.072727)[i],
            )
            for i in range(3)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 192, 28, 28)
        return x


class Stage3(nn.Module):
    """Stage 3: CoAtNet transformer × 5, giving (B, 384, 14, 14)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            CoAtNetTransformer(
                in_channels=192 if i == 0 else 384, grid=(28, 28) if i == 0 else (14, 14), channels=384,
                expansion=4, stride=2 if i == 0 else 1, head_dim=32, bias_size=14,
                drop_path=(0.090909, 0.109091, 0.127273, 0.145455, 0.163636)[i],
            )
            for i in range(5)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 384, 14, 14)
        return x


class Stage4(nn.Module):
    """Stage 4: CoAtNet transformer × 2, giving (B, 768, 7, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            CoAtNetTransformer(
                in_channels=384 if i == 0 else 768, grid=(14, 14) if i == 0 else (7, 7), channels=768,
                expansion=4, stride=2 if i == 0 else 1, head_dim=32, bias_size=7,
                drop_path=0.181818 if i == 0 else 0.2,
            )
            for i in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 768, 7, 7)
        return x


class Network(nn.Module):
    """coatnet-0: (B, 3, 224, 224) -> (B, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvStem(in_channels=3, channels=64, stride=2)
        self.stage1 = Stage1()
        self.stage2 = Stage2()
        self.stage3 = Stage3()
        self.stage4 = Stage4()
        self.classifier = Classifier(in_channels=768, classes=1000, norm="pooled", hidden=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)                                # (B, 64, 112, 112)
        x = self.stage1(x)                              # (B, 96, 56, 56)
        x = self.stage2(x)                              # (B, 192, 28, 28)
        x = self.stage3(x)                              # (B, 384, 14, 14)
        x = self.stage4(x)                              # (B, 768, 7, 7)
        x = self.classifier(x)                          # (B, 1000)
        return x


def build_model() -> nn.Module:
    """The network with fresh weights, for images of 3×224×224."""
    return Network()
