"""One network twice: drawn as a design, and written by hand from the same block classes."""

from __future__ import annotations

from torch import Tensor, nn

from hybridgraph.blocks.conv_stem import ConvNormAct
from hybridgraph.blocks.glue import Add, Concat, Pool
from hybridgraph.blocks.heads import Classifier
from hybridgraph.blocks.mbconv import MBConv
from hybridgraph.blocks.se import SqueezeExcite
from hybridgraph.graph.model import Edge, Graph, Node, frozen
from hybridgraph.graph.values import Value
from hybridgraph.presets.lane import stage

CLASSES, DEPTH, EXPANSION, REDUCTION = 10, 3, 2, 4


def drawn(channels: int, height: int, width: int) -> Graph:
    """The design: stem, residual branch, SE, a stage of MBConv with a skip around it, concat, pool, head."""

    def node(name: str, block: str, **params: Value) -> Node:
        return Node(id=name, block=block, params=frozen(params))

    blocks = stage("stage", "mbconv", repeat=DEPTH, title="Stage",
                   shared={"channels": channels, "expansion": EXPANSION})  # fmt: skip
    items = [
        node("image", "image", channels=channels, height=height, width=width),
        node("stem", "conv_norm_act", channels=channels),
        node("branch", "conv_norm_act", channels=channels),
        node("add", "add"),
        node("se", "se", reduction=REDUCTION),
        blocks,
        node("concat", "concat"),
        node("pool", "pool"),
        node("head", "classifier", classes=CLASSES),
    ]
    edges = [
        ("image", "y", "stem", "x"), ("stem", "y", "branch", "x"), ("branch", "y", "add", "a"), ("stem", "y", "add", "b"),
        ("add", "y", "se", "x"), ("se", "y", "stage", "x"), ("stage", "y", "concat", "a"), ("se", "y", "concat", "b"),
        ("concat", "y", "pool", "x"), ("pool", "y", "head", "x"),
    ]  # fmt: skip
    return Graph(
        name="benchmark",
        nodes=frozen({item.id: item for item in items}),
        edges=tuple(Edge(*e) for e in edges),
    )


class HandWritten(nn.Module):
    """The same network as a person would write it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = ConvNormAct(channels, channels)
        self.branch = ConvNormAct(channels, channels)
        self.add = Add()
        self.se = SqueezeExcite(channels, REDUCTION)
        self.stage = nn.Module()
        self.stage.blocks = nn.ModuleList(MBConv(channels, channels, EXPANSION) for _ in range(DEPTH))
        self.concat = Concat()
        self.pool = Pool()
        self.head = Classifier(2 * channels, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Shape: (B, channels, H, W) -> (B, classes)."""
        x = self.stem(x)  # (B, C, H, W)
        x = self.se(self.add(self.branch(x), x))
        y = x
        for block in self.stage.blocks:  # type: ignore[union-attr]
            y = block(y)
        x = self.concat(y, x)  # (B, 2C, H, W)
        return self.head(self.pool(x))  # (B, classes)
