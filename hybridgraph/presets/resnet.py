"""ResNets of basic blocks or bottlenecks, plain, with SE or CBAM in every block or BAM between the stages.

He et al. 2016 (arXiv:1512.03385), Hu et al. 2018 (arXiv:1709.01507), Woo et al. 2018 (arXiv:1807.06521), Park et
al. 2018 (arXiv:1807.06514).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from hybridgraph.graph.model import Graph, Item, Node, frozen
from hybridgraph.graph.values import First, Value
from hybridgraph.presets.lane import SMALLEST_GRID, block, image, lane, stage
from hybridgraph.presets.preset import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class ResNet:
    """The numbers of one variant: `widths` are those of the 3×3 convolutions, four times less than a bottleneck's.

    SE-ResNets carry the stride in the first 1×1 convolution, later ones in the 3×3. `plain_stem` begins with a 3×3
    convolution at full resolution whatever the picture's size, as the networks for CIFAR do. `bam` puts a BAM behind
    every stage but the last. `expansion` says how much narrower than its block a 3×3 convolution is in fact. `deep`
    is SENet-154's form: three convolutions to begin with, a halved first 1×1, 3×3 shortcuts, dropout. `frozen` norms
    never change, and `dilated` gives up the last stage's stride for a wider view (DC5), both for detectors.
    """

    depths: tuple[int, ...]
    widths: tuple[int, ...] = (64, 128, 256, 512)
    bottleneck: bool = True
    attention: str = "none"
    reduction: int = 16
    attention_bias: bool = True
    stride_in_first: bool = False
    plain_stem: bool = False
    bam: bool = False
    expansion: int = 4
    groups: int = 1
    deep: bool = False
    frozen: bool = False
    dilated: bool = False


def build(name: str, v: ResNet, *, image_size: int, channels_in: int, classes: int) -> Graph:
    """The variant as a design; small pictures lose the stem's pooling first, then its stride."""
    head = block("classifier", "classifier", classes=classes, norm="none")
    if v.deep:
        head = block("classifier", "classifier", classes=classes, norm="none", dropout=0.2)
    return lane(name, [image(channels_in, image_size), *backbone(v, image_size), head])


def backbone(v: ResNet, image_size: int) -> list[Item]:
    """Stem and stages of the variant, without its classifier."""
    norm: dict[str, Value] = {"norm": "frozen"} if v.frozen else {}
    start = stem(v.widths[0], 0 if v.plain_stem else image_size, norm)
    items: list[Item] = deep_stem(image_size) if v.deep else [start]
    for index, depth in enumerate(v.depths):
        last = v.dilated and index == len(v.depths) - 1
        shared: dict[str, Value] = {"channels": v.widths[index]}
        if v.bottleneck:
            shared = {"channels": 4 * v.widths[index], "expansion": v.expansion}
        shared["stride"] = First(2, 1) if index and not last else 1
        if v.bottleneck:
            shared["stride_in_first"] = v.stride_in_first
        if last:
            shared["dilation"] = First(1, 2)
        if v.groups > 1:
            shared["groups"] = v.groups
        if v.deep:
            shared |= {"first_narrower": 2, "shortcut_kernel": 3}
        shared |= {"attention": v.attention, "reduction": v.reduction, **norm}
        if not v.attention_bias:
            shared["attention_bias"] = False
        kind = "resnet_bottleneck" if v.bottleneck else "resnet_basic"
        items.append(
            stage(f"stage{index + 1}", kind, repeat=depth, title=f"Stage {index + 1}", shared=shared)
        )
        if v.bam and index < len(v.depths) - 1:
            items.append(block(f"bam{index + 1}", "bam", reduction=v.reduction))
    return items


def deep_stem(image_size: int) -> list[Item]:
    """Three 3×3 convolutions and a maximum, which small pictures do without."""
    pool = -(-image_size // 32) >= SMALLEST_GRID
    stride = 2 if pool or -(-image_size // 16) >= SMALLEST_GRID else 1
    items: list[Item] = [
        block("stem1", "conv_norm_act", channels=64, stride=stride),
        block("stem2", "conv_norm_act", channels=64),
        block("stem3", "conv_norm_act", channels=128),
    ]
    return [*items, block("pool", "pool", mode="max", kernel=3, stride=2)] if pool else items


def stem(channels: int, image_size: int, norm: Mapping[str, Value] = MappingProxyType({})) -> Item:
    """The 7×7 stem with pooling; without it, then a plain 3×3, where four stages would leave too little."""
    pool = -(-image_size // 32) >= SMALLEST_GRID
    stride = 2 if pool or -(-image_size // 16) >= SMALLEST_GRID else 1
    kernel = 7 if stride == 2 else 3
    params = {"channels": channels, "pool": pool, "stride": stride, "kernel": kernel, **norm}
    return Node(id="stem", block="resnet_stem", params=frozen(params))


HE, HU = "He et al. 2016 · arXiv:1512.03385", "Hu et al. 2018 · arXiv:1709.01507"
WOO, PARK = "Woo et al. 2018 · arXiv:1807.06521", "Park et al. 2018 · arXiv:1807.06514"
D18, D34, D101, D152 = (2, 2, 2, 2), (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3)
D50 = D34
SMALL = (16, 32, 64)


def _title(name: str) -> str:
    """The paper's way to write the name of a preset."""
    for plain, written in (
        ("se-", "SE-"),
        ("cbam-", "CBAM-"),
        ("bam-", "BAM-"),
        ("resnet", "ResNet"),
        ("resnext", "ResNeXt"),
        ("senet", "SENet"),
        ("-nobias", " without biases"),
    ):
        name = name.replace(plain, written)
    return name


def _variant(name: str, paper: str, v: ResNet, params: int, macs: float, top1: float | None) -> Preset:
    return Preset(
        name=name,
        title=_title(name),
        paper=paper,
        build=partial(build, v=v),
        params=params,
        macs=macs,
        top1=top1,
    )


def _cifar(name: str, title: str, paper: str, v: ResNet, params: int, macs: float, classes: int) -> Preset:
    """For pictures of 32 pixels; the papers' accuracies on CIFAR are no ImageNet figures and stay out."""
    made = partial(build, v=v)
    return Preset(
        name=name,
        title=title,
        paper=paper,
        build=made,
        params=params,
        macs=macs,
        image_size=32,
        classes=classes,
    )


def _plain(depths: tuple[int, ...], *, bottleneck: bool = True) -> ResNet:
    return ResNet(depths=depths, bottleneck=bottleneck)


def _se(depths: tuple[int, ...], *, bottleneck: bool = True) -> ResNet:
    return ResNet(depths=depths, bottleneck=bottleneck, attention="se", stride_in_first=True)


def _cbam(depths: tuple[int, ...], *, bottleneck: bool = True) -> ResNet:
    return ResNet(depths=depths, bottleneck=bottleneck, attention="cbam")


def _bam(depths: tuple[int, ...], *, bottleneck: bool = True) -> ResNet:
    return ResNet(depths=depths, bottleneck=bottleneck, bam=True)


def _narrow_se(depth: int) -> ResNet:
    """Three stages of basic blocks for CIFAR."""
    return ResNet(depths=(depth,) * 3, widths=SMALL, bottleneck=False, attention="se", plain_stem=True)


def _next(depths: tuple[int, ...]) -> ResNet:
    """SE-ResNeXt, 32 groups of 4 channels."""
    return ResNet(depths=depths, attention="se", expansion=2, groups=32)


_154 = ResNet(depths=D152, attention="se", expansion=1, groups=64, deep=True)
_NO_BIAS = ResNet(depths=D50, attention="se", attention_bias=False)

PRESETS = (
    _variant("resnet-18", HE, _plain(D18, bottleneck=False), 11_689_512, 1.814e9, None),
    _variant("resnet-34", HE, _plain(D34, bottleneck=False), 21_797_672, 3.664e9, None),
    _variant("resnet-50", HE, _plain(D50), 25_557_032, 4.0892e9, 76.2),
    _variant("resnet-101", HE, _plain(D101), 44_549_160, 7.8014e9, None),
    _variant("resnet-152", HE, _plain(D152), 60_192_808, 11.5136e9, None),
    _variant("se-resnet-18", HU, _se(D18, bottleneck=False), 11_778_592, 1.814e9, 71.742),
    _variant("se-resnet-34", HU, _se(D34, bottleneck=False), 21_958_868, 3.664e9, 74.788),
    _variant("se-resnet-50", HU, _se(D50), 28_088_024, 3.86e9, 76.71),
    _variant("se-resnet-50-nobias", HU, _NO_BIAS, 28_071_976, 4.092e9, 77.06),
    _variant("se-resnet-101", HU, _se(D101), 49_326_872, 7.5749e9, 77.62),
    _variant("se-resnet-152", HU, _se(D152), 66_821_848, 11.289e9, 78.43),
    _variant("se-resnext-50", HU, _next(D50), 27_559_896, 4.233e9, 78.9),
    _variant("se-resnext-101", HU, _next(D101), 48_955_416, 7.9747e9, 79.3),
    _variant("senet-154", HU, _154, 115_088_984, 20.688e9, 81.32),
    _variant("cbam-resnet-18", WOO, _cbam(D18, bottleneck=False), 11_779_392, 1.815e9, 70.73),
    _variant("cbam-resnet-34", WOO, _cbam(D34, bottleneck=False), 21_960_468, 3.6654e9, 74.01),
    _variant("cbam-resnet-50", WOO, _cbam(D50), 28_089_624, 4.0956e9, 77.34),
    _variant("cbam-resnet-101", WOO, _cbam(D101), 49_330_172, 7.8126e9, 78.49),
    _variant("bam-resnet-18", PARK, _bam(D18, bottleneck=False), 11_712_503, 1.819e9, 71.12),
    _variant("bam-resnet-34", PARK, _bam(D34, bottleneck=False), 21_820_663, 3.6689e9, None),
    _variant("bam-resnet-50", PARK, _bam(D50), 25_915_099, 4.1713e9, 75.98),
    _variant("bam-resnet-101", PARK, _bam(D101), 44_907_227, 7.8836e9, 77.56),
    _cifar(
        "bam-resnet-50-cifar",
        "BAM-ResNet-50 for CIFAR-100",
        PARK,
        _bam(D50),
        24_063_319,
        1.325e9,
        classes=100,
    ),
    _cifar(
        "se-resnet-20-cifar", "SE-ResNet-20 for CIFAR-10", HU, _narrow_se(3), 274_847, 0.040815e9, classes=10
    ),
    _cifar(
        "se-resnet-56-cifar", "SE-ResNet-56 for CIFAR-10", HU, _narrow_se(9), 862_889, 0.125754e9, classes=10
    ),
    _cifar(
        "cbam-resnet-18-cifar",
        "CBAM-ResNet-18 for CIFAR-100",
        WOO,
        _cbam(D18, bottleneck=False),
        11_310_012,
        0.5559e9,
        classes=100,
    ),
    _cifar(
        "cbam-resnet-50-cifar",
        "CBAM-ResNet-50 for CIFAR-100",
        WOO,
        _cbam(D50),
        26_237_844,
        1.3035e9,
        classes=100,
    ),
)
