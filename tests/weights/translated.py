"""Small designs and their weights under the names of others."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hybridgraph import compiler
from hybridgraph.graph.model import Graph
from hybridgraph.presets import resnet, swin
from hybridgraph.weights.rows import Source, fields_of, filled, single

SIZE, CLASSES = 64, 5


def small_resnet(classes: int = CLASSES, width: int = 4, channels_in: int = 3) -> Graph:
    """Four stages, the first and last of one block alone."""
    variant = resnet.ResNet(depths=(1, 2, 2, 1), widths=(width, 8, 8, 16), bottleneck=False)
    return resnet.build("small", variant, image_size=SIZE, channels_in=channels_in, classes=classes)


def small_swin(size: int = SIZE, classes: int = CLASSES) -> Graph:
    """Windows of 4 positions at 64 pixels, where patches have 2."""
    variant = swin.Swin(channels=8, depths=(1, 2, 1, 1), drop_path=0.0, head_dim=8)
    return swin.build("small", variant, image_size=size, channels_in=3, classes=classes)


def stirred(graph: Graph) -> nn.Module:
    """The network of a design with weights that hide nothing."""
    module = compiler.compile(graph).eval()
    torch.manual_seed(5)
    with torch.no_grad():
        for value in module.state_dict().values():
            if value.is_floating_point():
                value.copy_(torch.rand_like(value) + 0.1)
    return module


def translated(module: nn.Module, source: Source) -> dict[str, Tensor]:
    """The state of a module under the names of a source, as far as they hold the same tensors."""
    found = {}
    for own_name, value in module.state_dict().items():
        name = own_name.replace(".resnet_basic.", ".blocks.0.").replace(".swin_block.", ".blocks.0.")
        for row in source.rows:
            values = fields_of(row.ours, name)
            if values is not None and row.transform is single:
                found[filled(row.theirs[0], values)] = value.clone()
                break
    return found
