"""DETR: a ResNet, a transformer over its last map, and a set of boxes (Carion et al. 2020, arXiv:2005.12872)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hybridgraph.graph.model import Edge, Graph, Group, Item, Node, frozen
from hybridgraph.graph.values import Ref, Value
from hybridgraph.presets import resnet
from hybridgraph.presets.lane import block, image, lane
from hybridgraph.presets.preset import Preset
from hybridgraph.presets.resnet import ResNet


@dataclass(frozen=True, slots=True, kw_only=True)
class Detr:
    """The numbers of one variant; `expansion` is how much wider the feed-forward parts are inside."""

    backbone: ResNet
    channels: int = 256
    head_dim: int = 32
    expansion: int = 8
    dropout: float = 0.1
    encoder: int = 6
    decoder: int = 6
    queries: int = 100


def build(name: str, v: Detr, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design. The picture need not be square: change the image's height and width."""
    shared: dict[str, Value] = {"head_dim": v.head_dim, "expansion": v.expansion, "dropout": v.dropout}
    encoder = _stage("encoder", "detr_encoder", ("x", "positions"), repeat=v.encoder, shared=shared)
    decoder = _stage(
        "decoder", "detr_decoder", ("x", "memory", "queries", "positions"), repeat=v.decoder, shared=shared, collect=True
    )  # fmt: skip
    begin = lane(
        name,
        [
            image(channels_in, image_size),
            *resnet.backbone(v.backbone, image_size),
            block("projection", "detr_projection", channels=v.channels),
        ],
    )
    end: list[Item] = [
        block("positions", "sine_positions"),
        block("tokens", "map_to_tokens"),
        encoder,
        block("object_queries", "object_queries", queries=v.queries),
        decoder,
        block("heads", "detr_heads", classes=classes),
    ]
    wires = (
        Edge("projection", "y", "positions", "x"),
        Edge("projection", "y", "tokens", "x"),
        Edge("tokens", "y", "encoder", "x"),
        Edge("positions", "y", "encoder", "positions"),
        Edge("encoder", "y", "object_queries", "x"),
        Edge("object_queries", "targets", "decoder", "x"),
        Edge("encoder", "y", "decoder", "memory"),
        Edge("object_queries", "queries", "decoder", "queries"),
        Edge("positions", "y", "decoder", "positions"),
        Edge("decoder", "y", "heads", "x"),
    )
    nodes = {**begin.nodes, **{item.id: item for item in end}}
    return Graph(name=name, nodes=frozen(nodes), edges=(*begin.edges, *wires))


def _stage(
    name: str, kind: str, inputs: tuple[str, ...], *, repeat: int, shared: dict[str, Value], collect: bool = False
) -> Group:  # fmt: skip
    """A stage of one layer whose ports are the layer's; the first one is handed from repeat to repeat."""
    layer = Node(id=kind, block=kind, params=frozen({key: Ref(key) for key in shared}))
    out = block("y", "output", collect=True) if collect else block("y", "output")
    ports = [Node(id=port, block="input") for port in inputs]
    edges = [Edge(port, "y", kind, port) for port in inputs]
    body = Graph(
        nodes=frozen({node.id: node for node in (*ports, layer, out)}), edges=(*edges, Edge(kind, "y", "y", "x"))
    )  # fmt: skip
    return Group(id=name, title=name.capitalize(), body=body, repeat=repeat, params=frozen(shared))


def _variant(
    name: str, title: str, depths: tuple[int, ...], params: int, macs: float, *, dc5: bool = False
) -> Preset:
    """A variant with the paper's transformer. Counts are those of a picture of 800×800 and 91 classes."""
    v = Detr(backbone=ResNet(depths=depths, frozen=True, dilated=dc5))
    return Preset(
        name=name, title=title, paper="Carion et al. 2020 · arXiv:2005.12872", build=partial(build, v=v),
        params=params, macs=macs, image_size=800, classes=91,
    )  # fmt: skip


# Parameters leave out the frozen norms, which are buffers; those of the stem and the first stage, which the paper
# does not train either, are in.
PRESETS = (
    _variant("detr-r50", "DETR-R50", resnet.D50, 41_524_768, 60.247e9),
    _variant("detr-dc5-r50", "DETR-DC5-R50", resnet.D50, 41_524_768, 123.06e9, dc5=True),
    _variant("detr-r101", "DETR-R101", resnet.D101, 60_464_672, 107.597e9),
    _variant("detr-dc5-r101", "DETR-DC5-R101", resnet.D101, 60_464_672, 170.41e9, dc5=True),
)
