"""The papers' variants as tables of numbers over a few builders, never as copies.

`names` lists them, `build` gives one as a design for any picture size and number of classes, `info` says what
the paper reports of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hybridgraph.errors import DocumentError
from hybridgraph.graph.model import Graph
from hybridgraph.presets import coatnet, moat, pocket, resnet, swin

SAMPLE = "pocket-moat"
"""The preset of the sample design."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One variant: the picture it is meant for and what is known of it.

    `params` and `macs` are those of the reference at that picture size with `classes` classes; `top1` is the
    paper's ImageNet-1K accuracy in percent, None where there is none.
    """

    name: str
    title: str
    paper: str
    build: Callable[..., Graph]
    params: int
    macs: float
    top1: float | None = None
    image_size: int = 224
    channels_in: int = 3
    classes: int = 1000


def _table() -> dict[str, Preset]:
    yang, dai = "Yang et al. 2022 · arXiv:2210.01820", "Dai et al. 2021 · arXiv:2106.04803"
    liu, hu = "Liu et al. 2021 · arXiv:2103.14030", "Hu et al. 2018 · arXiv:1709.01507"
    woo, he = "Woo et al. 2018 · arXiv:1807.06521", "He et al. 2016 · arXiv:1512.03385"
    moat_0 = moat.Moat(stem=64, depths=(2, 3, 7, 2), channels=(96, 192, 384, 768), drop_path=0.2)
    tiny_moat_0 = moat.Moat(stem=32, depths=(2, 3, 7, 2), channels=(32, 64, 128, 256), drop_path=0.0)
    coatnet_0 = coatnet.CoAtNet(stem=64, depths=(2, 3, 5, 2), channels=(96, 192, 384, 768), drop_path=0.2)
    swin_t = swin.Swin(channels=96, depths=(2, 2, 6, 2), drop_path=0.2)
    plain = resnet.ResNet(depths=(3, 4, 6, 3))
    se = resnet.ResNet(depths=(3, 4, 6, 3), attention="se", stride_in_first=True)
    cbam = resnet.ResNet(depths=(3, 4, 6, 3), attention="cbam")
    small = pocket.Pocket(stem=24, depths=(1, 2), channels=(48, 96), drop_path=0.05)
    presets = [
        Preset(name="moat-0", title="MOAT-0", paper=yang, build=partial(moat.build, v=moat_0),
               params=27_846_892, macs=5.6381e9, top1=83.3),
        Preset(name="tiny-moat-0", title="tiny-MOAT-0", paper=yang, build=partial(moat.build, v=tiny_moat_0),
               params=3_355_348, macs=0.775e9, top1=75.5),
        Preset(name="coatnet-0", title="CoAtNet-0", paper=dai, build=partial(coatnet.build, v=coatnet_0),
               params=25_036_948, macs=4.1419e9, top1=81.6),
        Preset(name="swin-t", title="Swin-T", paper=liu, build=partial(swin.build, v=swin_t),
               params=28_288_354, macs=4.4906e9, top1=81.3),
        Preset(name="se-resnet-50", title="SE-ResNet-50", paper=hu, build=partial(resnet.build, v=se),
               params=28_088_024, macs=3.86e9, top1=76.71),
        Preset(name="cbam-resnet-50", title="CBAM-ResNet-50", paper=woo, build=partial(resnet.build, v=cbam),
               params=28_089_624, macs=4.0956e9, top1=77.34),
        Preset(name="resnet-50", title="ResNet-50", paper=he, build=partial(resnet.build, v=plain),
               params=25_557_032, macs=4.0892e9, top1=76.2),
        Preset(name=SAMPLE, title="Pocket MOAT", paper="", build=partial(pocket.build, v=small),
               params=169_108, macs=0.012269e9, image_size=28, channels_in=1, classes=10),
    ]  # fmt: skip
    return {preset.name: preset for preset in presets}


PRESETS = _table()


def names() -> list[str]:
    """The names of all presets."""
    return list(PRESETS)


def info(name: str) -> Preset:
    """What is known of a preset. Raises DocumentError with near names when there is none."""
    if name not in PRESETS:
        raise DocumentError(f"There is no preset called {name!r}.", f"There are: {', '.join(PRESETS)}.")
    return PRESETS[name]


def build(
    name: str, *, image_size: int | None = None, channels_in: int | None = None, classes: int | None = None
) -> Graph:
    """A preset as a design, for its own picture size and classes where nothing else is asked for."""
    preset = info(name)
    return preset.build(
        name,
        image_size=image_size or preset.image_size,
        channels_in=channels_in or preset.channels_in,
        classes=classes or preset.classes,
    )
