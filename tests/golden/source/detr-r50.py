"""detr-r50, made with HybridGraph: (B, 3, 800, 800) -> (B, 6, 100, 96)."""

from torch import Tensor, nn, stack

from hybridgraph.blocks.detr import DetrDecoderLayer, DetrEncoderLayer
from hybridgraph.blocks.detr_ends import DetrHeads, DetrProjection, ObjectQueries, SinePositions
from hybridgraph.blocks.glue import MapToTokens
from hybridgraph.blocks.resnet import ResNetBottleneck, ResNetStem


class Stage1(nn.Module):
    """Stage 1: Residual bottleneck × 3, giving (B, 256, 200, 200)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=64 if i == 0 else 256, channels=256, expansion=4, stride=1, stride_in_first=False,
                norm="frozen", attention="none", reduction=16,
            )
            for i in range(3)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 256, 200, 200)
        return x


class Stage2(nn.Module):
    """Stage 2: Residual bottleneck × 4, giving (B, 512, 100, 100)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=256 if i == 0 else 512, channels=512, expansion=4, stride=2 if i == 0 else 1,
                stride_in_first=False, norm="frozen", attention="none", reduction=16,
            )
            for i in range(4)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 512, 100, 100)
        return x


class Stage3(nn.Module):
    """Stage 3: Residual bottleneck × 6, giving (B, 1024, 50, 50)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=512 if i == 0 else 1024, channels=1024, expansion=4, stride=2 if i == 0 else 1,
                stride_in_first=False, norm="frozen", attention="none", reduction=16,
            )
            for i in range(6)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 1024, 50, 50)
        return x


class Stage4(nn.Module):
    """Stage 4: Residual bottleneck × 3, giving (B, 2048, 25, 25)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResNetBottleneck(
                in_channels=1024 if i == 0 else 2048, channels=2048, expansion=4, stride=2 if i == 0 else 1,
                stride_in_first=False, norm="frozen", attention="none", reduction=16,
            )
            for i in range(3)
        )

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)                                # (B, 2048, 25, 25)
        return x


class Encoder(nn.Module):
    """Encoder: DETR encoder layer × 6, giving (B, 625, 256)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            DetrEncoderLayer(channels=256, head_dim=32, expansion=8, dropout=0.1)
            for _ in range(6)
        )

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x, positions)                     # (B, 625, 256)
        return x


class Decoder(nn.Module):
    """Decoder: DETR decoder layer × 6, giving (B, 6, 100, 256)."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            DetrDecoderLayer(channels=256, memory_channels=256, head_dim=32, expansion=8, dropout=0.1)
            for _ in range(6)
        )

    def forward(self, x: Tensor, memory: Tensor, queries: Tensor, positions: Tensor) -> Tensor:
        y_of_each = []
        for block in self.blocks:
            x = block(x, memory, queries, positions)    # (B, 100, 256)
            y_of_each.append(x)
        return stack(y_of_each, dim=1)                  # (B, 6, 100, 256)


class Network(nn.Module):
    """detr-r50: (B, 3, 800, 800) -> (B, 6, 100, 96)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = ResNetStem(in_channels=3, channels=64, kernel=7, stride=2, pool=True, norm="frozen")
        self.stage1 = Stage1()
        self.stage2 = Stage2()
        self.stage3 = Stage3()
        self.stage4 = Stage4()
        self.projection = DetrProjection(in_channels=2048, channels=256)
        self.positions = SinePositions(channels=256)
        self.tokens = MapToTokens()
        self.encoder = Encoder()
        self.object_queries = ObjectQueries(channels=256, queries=100)
        self.decoder = Decoder()
        self.heads = DetrHeads(channels=256, classes=91)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)                                # (B, 64, 200, 200)
        x = self.stage1(x)                              # (B, 256, 200, 200)
        x = self.stage2(x)                              # (B, 512, 100, 100)
        x = self.stage3(x)                              # (B, 1024, 50, 50)
        x = self.stage4(x)                              # (B, 2048, 25, 25)
        x = self.projection(x)                          # (B, 256, 25, 25)
        positions_out = self.positions(x)               # (B, 625, 256)
        x = self.tokens(x)                              # (B, 625, 256)
        x = self.encoder(x, positions_out)              # (B, 625, 256)
        targets, queries = self.object_queries(x)       # (B, 100, 256), (B, 100, 256)
        targets = self.decoder(targets, x, queries, positions_out)  # (B, 6, 100, 256)
        del x, queries, positions_out  # it would stay in memory to the end
        targets = self.heads(targets)                   # (B, 6, 100, 96)
        return targets


def build_model() -> nn.Module:
    """The network with fresh weights, for images of 3×800×800."""
    return Network()
