"""ResNets as torchvision names them, and timm after it, also its SE-ResNets and ResNeXts; those of Hugging Face."""

from __future__ import annotations

from hybridgraph.weights.rows import Row, Source, layers
from hybridgraph.weights.transforms import to_linear

TRUNK_BLOCKS = ("resnet_stem", "resnet_basic", "resnet_bottleneck")
_STEM = {"conv": "conv1", "norm": "bn1"}
_BLOCK = {
    **{f"conv{number}": f"conv{number}" for number in (1, 2, 3)},
    **{f"norm{number}": f"bn{number}" for number in (1, 2, 3)},
    "shortcut.0": "downsample.0",
    "shortcut.1": "downsample.1",
}
_GATE = {"reduce": "fc1", "expand": "fc2"}
_STEM_OF_FACE = {"conv": "convolution", "norm": "normalization"}
_BLOCK_OF_FACE = {
    **{f"conv{number}": f"layer.{number - 1}.convolution" for number in (1, 2, 3)},
    **{f"norm{number}": f"layer.{number - 1}.normalization" for number in (1, 2, 3)},
    "shortcut.0": "shortcut.convolution",
    "shortcut.1": "shortcut.normalization",
}


def trunk(theirs: str = "") -> tuple[Row, ...]:
    """Everything in front of the head in torchvision's names, under a prefix of theirs."""
    block = f"{theirs}layer{{s}}.{{b}}."
    return (
        *layers("stem.", theirs, _STEM),
        *layers("stage{s}.blocks.{b}.", block, _BLOCK),
        *layers("stage{s}.blocks.{b}.attention.gate.", f"{block}se.", _GATE, by=to_linear),
    )


def trunk_of_face(theirs: str) -> tuple[Row, ...]:
    """Everything in front of the head in Hugging Face's names, under a prefix of theirs."""
    return (
        *layers("stem.", f"{theirs}embedder.embedder.", _STEM_OF_FACE),
        *layers("stage{s+1}.blocks.{b}.", f"{theirs}encoder.stages.{{s}}.layers.{{b}}.", _BLOCK_OF_FACE),
    )


TORCHVISION = Source(
    name="torchvision-resnet",
    title="ResNet of torchvision or timm, also timm's SE-ResNet and SE-ResNeXt",
    marks=("conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight", "layer4.{b}.bn2.weight"),
    rows=(*trunk(), *layers("classifier.", "", {"linear": "fc"})),
    blocks=(*TRUNK_BLOCKS, "classifier"),
    presets=("resnet-50", "se-resnet-50-timm", "se-resnext-50"),
)

HUGGING_FACE = Source(
    name="hf-resnet",
    title="ResNet of Hugging Face",
    marks=("resnet.embedder.embedder.convolution.weight",),
    rows=(*trunk_of_face("resnet."), *layers("classifier.", "", {"linear": "classifier.1"})),
    blocks=(*TRUNK_BLOCKS, "classifier"),
    presets=("resnet-50", "resnet-101"),
)
