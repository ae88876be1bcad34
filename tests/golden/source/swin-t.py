"""swin-t, made with HybridGraph: (B, 3, 224, 224) -> (B, 1000)."""

from torch import Tensor, nn

from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.patches import PatchEmbed, PatchMerging
from hybridgraph.blocks.swin import SwinBlock


class Stage1(nn.Module):
    """Stage 1: Swin block × 2, giving (B, 96, 56, 56)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            SwinBlock(
                channels=96, grid=(56, 56), head_dim=32, window=7, shift=0 if i == 0 else 3, expansion=4,
                drop_path=0.0 if i == 0 else 0.018182,
            )
            for i in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 96, 56, 56)
        return x


class Stage2(nn.Module):
    """Stage 2: Swin block × 2, giving (B, 192, 28, 28)."""

    def __init__(self) -> None:
        super().__init__()
        self.merge = PatchMerging(in_channels=96, grid=(56, 56))
        self.blocks = nn.ModuleList(
            SwinBlock(
                channels=192, grid=(28, 28), head_dim=32, window=7, shift=0 if i == 0 else 3, expansion=4,
                drop_path=0.036364 if i == 0 else 0.054545,
            )
            for i in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.merge(x)                               # (B, 192, 28, 28)
        for block in self.blocks:
            x = block(x)                                # (B, 192, 28, 28)
        return x


class Stage3(nn.Module):
    """Stage 3: Swin block × 6, giving (B, 384, 14, 14)."""

    def __init__(self) -> None:
        super().__init__()
        self.merge = PatchMerging(in_channels=192, grid=(28, 28))
        self.blocks = nn.ModuleList(
            SwinBlock(
                channels=384, grid=(14, 14), head_dim=32, window=7, shift=(0, 3)[i % 2], expansion=4,
                drop_path=(0.072727, 0.090909, 0.109091, 0.127273, 0.145455, 0.163636)[i],
            )
            for i in range(6)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.merge(x)                               # (B, 384, 14, 14)
        for block in self.blocks:
            x = block(x)                                # (B, 384, 14, 14)
        return x


class Stage4(nn.Module):
    """Stage 4: Swin block × 2, giving (B, 768, 7, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self.merge = PatchMerging(in_channels=384, grid=(14, 14))
        self.blocks = nn.ModuleList(
            SwinBlock(
                channels=768, grid=(7, 7), head_dim=32, window=7, shift=0 if i == 0 else 3, expansion=4,
                drop_path=0.181818 if i == 0 else 0.2,
            )
            for i in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.merge(x)                               # (B, 768, 7, 7)
        for block in self.blocks:
            x = block(x)                                # (B, 768, 7, 7)
        return x


class Network(nn.Module):
    """swin-t: (B, 3, 224, 224) -> (B, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(in_channels=3, grid=(224, 224), channels=96, patch=4)
        self.stage1 = Stage1()
        self.stage2 = Stage2()
        self.stage3 = Stage3()
        self.stage4 = Stage4()
        self.classifier = Classifier(in_channels=768, classes=1000, norm="positions")

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x)                         # (B, 96, 56, 56)
        x = self.stage1(x)                              # (B, 96, 56, 56)
        x = self.stage2(x)                              # (B, 192, 28, 28)
        x = self.stage3(x)                              # (B, 384, 14, 14)
        x = self.stage4(x)                              # (B, 768, 7, 7)
        x = self.classifier(x)                          # (B, 1000)
        return x


def build_model() -> nn.Module:
    """The network with fresh weights, for images of 3×224×224."""
    return Network()
