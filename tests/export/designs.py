"""One tiny design for each family of blocks, at 32 pixels, and weights that hide nothing."""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from hybridgraph import compiler
from hybridgraph.graph.model import Edge, Graph, Group, Node, frozen
from hybridgraph.graph.values import Cycle, First, Ramp
from hybridgraph.presets.lane import block, image, lane, stage

SIDE, CLASSES = 32, 5
HEAD = block("classifier", "classifier", classes=CLASSES, norm="none")


def tiny_moat() -> Graph:
    """A stem, one MBConv and two MOAT blocks, the first of which halves the map."""
    items = [
        block("stem", "conv_stem", channels=8, stride=2),
        stage("stage1", "mbconv", repeat=1, title="Stage 1", shared={"channels": 16, "stride": 2}),
        stage("stage2", "moat", repeat=2, title="Stage 2", shared={
            "channels": 32, "stride": First(2, 1), "head_dim": 16, "drop_path": Ramp(0.0, 0.2, "net"),
        }),
    ]  # fmt: skip
    return lane("tiny-moat", [image(3, SIDE), *items, HEAD])


def tiny_coatnet() -> Graph:
    """Relative transformer blocks, with a table of biases that is resized to the grid."""
    shared = {"channels": 32, "stride": First(2, 1), "head_dim": 16, "bias_size": 7, "pool": "max"}
    items = [
        block("stem", "conv_stem", channels=8, stride=4),
        stage("stage1", "coatnet_transformer", repeat=2, title="Stage 1", shared=shared),
    ]
    return lane("tiny-coatnet", [image(3, SIDE), *items, HEAD])


def tiny_swin() -> Graph:
    """Plain and shifted windows in turn, before and after a merging of patches."""
    shared = {"head_dim": 8, "window": 4, "shift": Cycle((0, 2))}
    items = [
        block("patch_embed", "patch_embed", channels=16, patch=4),
        stage("stage1", "swin_block", repeat=2, title="Stage 1", shared=shared),
        stage("stage2", "swin_block", repeat=1, title="Stage 2", shared={**shared, "window": 2, "shift": 1},
              entry=block("merge", "patch_merging")),
    ]  # fmt: skip
    head = block("classifier", "classifier", classes=CLASSES, norm="positions")
    return lane("tiny-swin", [image(3, SIDE), *items, head])


def tiny_resnet() -> Graph:
    """Bottlenecks with SE, then with CBAM."""
    stem = block("stem", "resnet_stem", channels=8, pool=True, stride=1, kernel=3)
    stages = [
        stage(f"stage_{kind}", "resnet_bottleneck", repeat=2, title=f"With {kind}", shared={
            "channels": 32, "expansion": 4, "stride": First(2, 1), "attention": kind, "reduction": 4,
        })
        for kind in ("se", "cbam")
    ]  # fmt: skip
    return lane("tiny-resnet", [image(3, SIDE), stem, *stages, HEAD])


def tiny_vit() -> Graph:
    steps = [
        block("patch_embed", "patch_embed", channels=16, patch=8),
        block("tokens", "map_to_tokens"),
        block("position", "position_embedding"),
        stage("encoder", "transformer", repeat=2, title="Encoder", shared={"head_dim": 8, "expansion": 2}),
        block("map", "tokens_to_map"),
    ]
    return lane("tiny-vit", [image(3, SIDE), *steps, HEAD])


def tiny_branches() -> Graph:
    """A concatenation, windowed attention beside a gate, and a stage of several nodes with a skip, in a stage."""
    inner = Group(
        id="inner", repeat=2, title="Inner",
        body=Graph(
            nodes=frozen({
                "x": Node(id="x", block="input"),
                "attention": block("attention", "relative_attention", head_dim=8, window=4),
                "sum": block("sum", "add"),
                "y": Node(id="y", block="output"),
            }),
            edges=(Edge("x", "y", "attention", "x"), Edge("x", "y", "sum", "a"), Edge("attention", "y", "sum", "b"),
                   Edge("sum", "y", "y", "x")),
        ),
    )  # fmt: skip
    outer = Group(
        id="outer", repeat=2, title="Outer",
        body=Graph(
            nodes=frozen({
                "x": Node(id="x", block="input"), "inner": inner, "gate": block("gate", "se", reduction=4),
                "y": Node(id="y", block="output"),
            }),
            edges=(Edge("x", "y", "inner", "x"), Edge("inner", "y", "gate", "x"), Edge("gate", "y", "y", "x")),
        ),
    )  # fmt: skip
    nodes = [
        image(3, SIDE),
        block("left", "conv_norm_act", channels=8, stride=2),
        block("right", "conv_norm_act", channels=8, stride=2, kernel=5),
        block("join", "concat"),
        block("pool", "pool", kernel=2, stride=2),
        outer,
        HEAD,
    ]
    edges = (
        Edge("image", "y", "left", "x"), Edge("image", "y", "right", "x"), Edge("left", "y", "join", "a"),
        Edge("right", "y", "join", "b"), Edge("join", "y", "pool", "x"), Edge("pool", "y", "outer", "x"),
        Edge("outer", "y", "classifier", "x"),
    )  # fmt: skip
    return Graph(name="tiny-branches", nodes=frozen({node.id: node for node in nodes}), edges=edges)


DESIGNS: dict[str, Callable[[], Graph]] = {
    "moat": tiny_moat,
    "coatnet": tiny_coatnet,
    "swin": tiny_swin,
    "resnet": tiny_resnet,
    "vit": tiny_vit,
    "branches": tiny_branches,
}


def stir(module: nn.Module) -> nn.Module:
    """Give every weight and statistic a value of its own, so that none can be lost or swapped unseen."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                noise = torch.rand(tensor.shape, generator=generator)
                tensor.copy_(0.5 + noise if name.endswith("running_var") else tensor + 0.2 * (noise - 0.5))
    return module


def stirred_weights(graph: Graph, folder: Path) -> Path:
    """A safetensors file of somebody else, with weights that fit the design."""
    path = folder / "weights.safetensors"
    save_file(stir(compiler.compile(graph)).state_dict(), path)
    return path
