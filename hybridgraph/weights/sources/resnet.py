"""ResNets as torchvision names them, and timm after it; SE-ResNets and ResNeXts of timm have the same names."""

from __future__ import annotations

from hybridgraph.weights.rows import Row, Source, layers
from hybridgraph.weights.transforms import to_linear

STEM = {"conv": "conv1", "norm": "bn1"}
BLOCK = {
    f"{kind}{number}": f"{theirs}{number}"
    for kind, theirs in (("conv", "conv"), ("norm", "bn"))
    for number in (1, 2, 3)
}
GATE = {"reduce": "fc1", "expand": "fc2"}


def trunk(theirs: str = "") -> tuple[Row, ...]:
    """The rows of everything in front of the head, under a prefix of theirs."""
    block = ("stage{s}.blocks.{b}.", theirs + "layer{s}.{b}.")
    return (
        *layers("stem.", theirs, STEM),
        *layers(*block, BLOCK),
        *layers(*block, {"shortcut.0": "downsample.0", "shortcut.1": "downsample.1"}),
        *layers(f"{block[0]}attention.gate.", f"{block[1]}se.", GATE, by=to_linear),
    )


TORCHVISION = Source(
    name="torchvision-resnet",
    title="ResNet of torchvision or timm, also timm's SE-ResNet",
    marks=("conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight", "layer4.{b}.bn2.weight"),
    rows=(*trunk(), *layers("classifier.", "", {"linear": "fc"})),
    presets=("resnet-50", "se-resnet-50-timm", "se-resnext-50"),
)
