"""se-resnet-50, made with HybridGraph: (B, 3, 224, 224) -> (B, 1000)."""

from torch import Tensor, nn

from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.resnet import ResNetBottleneck, ResNetStem


class Stage1(nn.Module):
    """Stage 1: Residual bottleneck × 3, giving (B, 256, 56, 56)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=64 if i == 0 else 256, channels=256, expansion=4, stride=1, stride_in_first=True,
                attention="se", reduction=16,
            )
            for i in range(3)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 256, 56, 56)
        return x


class Stage2(nn.Module):
    """Stage 2: Residual bottleneck × 4, giving (B, 512, 28, 28)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=256 if i == 0 else 512, channels=512, expansion=4, stride=2 if i == 0 else 1,
                stride_in_first=True, attention="se", reduction=16,
            )
            for i in range(4)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 512, 28, 28)
        return x


class Stage3(nn.Module):
    """Stage 3: Residual bottleneck × 6, giving (B, 1024, 14, 14)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=512 if i == 0 else 1024, channels=1024, expansion=4, stride=2 if i == 0 else 1,
                stride_in_first=True, attention="se", reduction=16,
            )
            for i in range(6)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 1024, 14, 14)
        return x


class Stage4(nn.Module):
    """Stage 4: Residual bottleneck × 3, giving (B, 2048, 7, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=1024 if i == 0 else 2048, channels=2048, expansion=4, stride=2 if i == 0 else 1,
                stride_in_first=True, attention="se", reduction=16,
            )
            for i in range(3)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 2048, 7, 7)
        return x


class Network(nn.Module):
    """se-resnet-50: (B, 3, 224, 224) -> (B, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ResNetStem(in_channels=3, channels=64, kernel=7, stride=2, pool=True)
        self.stage1 = Stage1()
        self.stage2 = Stage2()
        self.stage3 = Stage3()
        self.stage4 = Stage4()
        self.classifier = Classifier(in_channels=2048, classes=1000, norm="none")

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)                                # (B, 64, 56, 56)
        x = self.stage1(x)                              # (B, 256, 56, 56)
        x = self.stage2(x)                              # (B, 512, 28, 28)
        x = self.stage3(x)                              # (B, 1024, 14, 14)
        x = self.stage4(x)                              # (B, 2048, 7, 7)
        x = self.classifier(x)                          # (B, 1000)
        return x


def build_model() -> nn.Module:
    """The network with fresh weights, for images of 3×224×224."""
    return Network()
