"""Every preset has the parameters of its paper and its multiply-adds, here and at the other sizes it was run at."""

from __future__ import annotations

import pytest

from hybridgraph import presets
from hybridgraph.engine import Engine
from hybridgraph.graph import edits
from hybridgraph.presets import aaconv, coatnet
from hybridgraph.shapes import Detections, Vector
from hybridgraph.spec import REGISTRY, Literal_
from tests.strategies import is_sentence

ENGINE = Engine()

# Name, picture size, parameters, multiply-adds in 10⁹: counted from the authors' code or from the paper's tables.
COUNTED = [
    ("se-resnet-50", 224, 28_088_024, 3.86),
    ("se-resnet-50-nobias", 224, 28_071_976, 4.092),
    ("se-resnet-152", 224, 66_821_848, 11.289),
    ("se-resnet-18", 224, 11_778_592, 1.814),
    ("se-resnet-34", 224, 21_958_868, 3.664),
    ("cbam-resnet-18", 224, 11_779_392, 1.815),
    ("cbam-resnet-50", 224, 28_089_624, 4.0956),
    ("cbam-resnet-18-cifar", 32, 11_310_012, 0.5559),
    ("cbam-resnet-50-cifar", 32, 26_237_844, 1.3035),
    ("se-resnet-20-cifar", 32, 274_847, 0.040815),
    ("se-resnet-56-cifar", 32, 862_889, 0.125754),
    ("coatnet-1", 224, 42_225_904, 8.239),
    ("layout-c-t-t-t", 224, 25_304_374, 5.195),
    ("coatnet-0", 224, 25_036_948, 4.1419),
    ("coatnet-0-dconv", 224, 25_036_948, 4.5465),
    ("coatnet-2", 224, 74_685_000, 15.5023),
    ("coatnet-2-dconv", 224, 74_685_000, 16.4271),
    ("coatnet-0", 384, 25_036_948, 13.0515),
    ("coatnet-2", 384, 74_685_000, 48.746),
    ("coatnet-2", 512, 74_685_000, 93.3514),
    ("coatnet-6", 512, 1_471_125_616, 1495.4898),
    ("swin-t", 224, 28_288_354, 4.4906),
    ("swin-b", 224, 87_768_224, 15.4309),
    ("swin-b-w12", 384, 87_903_584, 47.0831),
    ("swin-t-w12", 384, 28_338_034, 13.9938),
    ("moat-0", 224, 27_846_892, 5.6381),
    ("moat-2", 224, 73_422_408, 17.0455),
    ("moat-0", 384, 27_846_892, 17.786),
    ("moat-2", 384, 73_422_408, 53.283),
    ("moat-2", 512, 73_422_408, 101.418),
    ("moat-4", 512, 483_214_184, 636.272),
    ("tiny-moat-0", 224, 3_355_348, 0.775),
    ("tiny-moat-2", 224, 9_772_741, 2.239),
    ("tiny-moat-0", 256, 3_355_348, 1.0407),
    ("tiny-moat-2", 256, 9_772_741, 2.9746),
    ("moat-0", 256, 27_846_892, 7.449),
    ("moat-0", 512, 27_846_892, 34.173),
    ("moat-2", 256, 73_422_408, 22.487),
    ("moat-4", 224, 483_214_184, 112.404),
    ("moat-4", 256, 483_214_184, 147.699),
    ("moat-4", 384, 483_214_184, 342.977),
    ("tiny-moat-0", 384, 3_355_348, 2.683),
    ("tiny-moat-0", 512, 3_355_348, 5.622),
    ("tiny-moat-2", 384, 9_772_741, 7.291),
    ("tiny-moat-2", 512, 9_772_741, 14.451),
    ("resnet-50", 224, 25_557_032, 4.0892),
    ("bam-resnet-18", 224, 11_712_503, 1.819),
    ("bam-resnet-50", 224, 25_915_099, 4.1713),
    ("bam-resnet-50-cifar", 32, 24_063_319, 1.325),
    ("aa-resnet-34", 224, 20_745_072, 3.605),
    ("aa-resnet-50", 224, 25_777_392, 4.189),
    ("vit-p-1gf", 224, 4_830_376, 1.079),
    ("vit-p-18gf", 224, 86_567_656, 17.564),
    ("vit-p-36gf", 224, 178_364_392, 35.972),
    ("vit-c-1gf", 224, 4_567_936, 1.076),
    ("vit-c-4gf", 224, 17_754_136, 3.959),
    ("vit-p-72gf", 224, 352_954_216, 71.162),
    ("vit-c-72gf", 224, 354_949_288, 72.744),
    ("cvt-13", 224, 19_997_480, 4.5661),
    ("cvt-13", 384, 19_997_480, 16.2694),
    ("vit-b-16", 224, 86_567_656, 17.5638),
    ("vit-b-16", 384, 86_859_496, 55.4844),
    ("vit-l-16", 224, 304_326_632, 61.555),
    ("deit-s", 224, 22_050_664, 4.599),
    ("deit-ti", 224, 5_717_416, 1.2537),
    ("deit-b", 224, 86_567_656, 17.5638),
    ("deit-b", 384, 86_859_496, 55.4844),
    ("mobilenetv2-1.0", 224, 3_504_872, 0.3008),
    ("mobilenetv2-1.4", 224, 6_108_776, 0.5822),
    ("efficientnet-b0", 224, 5_288_548, 0.3858),
    ("efficientnet-b1", 240, 7_794_184, 0.6868),
    ("efficientnet-b2", 260, 9_109_994, 0.9936),
    ("efficientnet-b3", 300, 12_233_232, 1.8271),
    ("efficientnet-b4", 380, 19_341_616, 4.3938),
    ("efficientnet-b5", 456, 30_389_784, 10.2664),
    ("efficientnet-b6", 528, 43_040_704, 19.0676),
    ("efficientnet-b7", 600, 66_347_960, 37.7459),
    ("convnext-t", 224, 28_589_128, 4.4555),
    ("convnext-s", 224, 50_223_688, 8.6837),
    ("convnext-b", 224, 88_591_464, 15.3547),
    ("convnext-l", 224, 197_767_336, 34.3614),
    ("se-resnext-50", 224, 27_559_896, 4.233),
    ("senet-154", 224, 115_088_984, 20.688),
    ("se-resnet-110-cifar", 32, 1_744_664, 0.253162),
    ("se-resnet-164-cifar", 32, 1_904_882, 0.24784),
    ("swinv2-t-w8", 256, 28_347_154, 5.9397),
    ("swinv2-t-w16", 256, 28_347_154, 6.6606),
    ("swinv2-s-w8", 256, 49_728_418, 11.5459),
    ("swinv2-s-w16", 256, 49_728_418, 12.7831),
    ("swinv2-b-w8", 256, 87_918_816, 20.3251),
    ("swinv2-b-w16", 256, 87_918_816, 21.9692),
    ("swinv2-b-w24", 384, 87_918_816, 55.1483),
    ("swinv2-l-w24", 384, 196_739_932, 115.9914),
    ("efficientnetv2-s", 384, 21_458_488, 8.3656),
    ("efficientnetv2-m", 480, 54_139_356, 24.5825),
    ("efficientnetv2-l", 480, 118_515_272, 56.0797),
    ("maxvit-t", 224, 30_916_528, 5.5518),
]  # fmt: skip

# The same as printed by papers that give no more digits: parameters in 10⁶, and a cost which holds a few per cent
# of element-wise work beside the multiply-adds.
PRINTED = [
    ("cbam-resnet-34", 224, "21.96", 3.665),
    ("cbam-resnet-101", 224, "49.33", 7.581),
    ("coatnet-1", 224, "42", 8.4),
    ("coatnet-1-dconv", 224, "42", 8.8),
    ("coatnet-3", 224, "168", 34.7),
    ("coatnet-1", 384, "42", 27.4),
    ("coatnet-3", 384, "168", 107.4),
    ("coatnet-3", 512, "168", 203.1),
    ("coatnet-4", 384, "275", 189.5),
    ("coatnet-4", 512, "275", 360.9),
    ("coatnet-3-dconv", 384, "168", 114),
    ("coatnet-3-dconv", 512, "168", 214),
    ("coatnet-5", 512, "688", 812),
    ("coatnet-7", 512, "2440", 2586),
    ("swin-s", 224, "50", 8.7),
    ("swin-l", 224, "197", 34.5),
    ("swin-l-w12", 384, "197", 103.9),
    ("moat-1", 224, "41.6", 9.1),
    ("moat-3", 224, "190.0", 44.9),
    ("moat-1", 384, "41.6", 29.6),
    ("moat-3", 384, "190.0", 141.2),
    ("moat-1", 512, "41.6", 58.7),
    ("moat-3", 512, "190.0", 271.0),
    ("tiny-moat-1", 224, "5.1", 1.2),
    ("tiny-moat-3", 224, "19.5", 4.5),
    ("tiny-moat-1", 256, "5.1", 1.6),
    ("tiny-moat-3", 256, "19.5", 6.0),
    ("moat-1", 256, "41.6", None),
    ("moat-3", 256, "190.0", None),
    ("tiny-moat-1", 384, "5.1", None),
    ("tiny-moat-1", 512, "5.1", None),
    ("tiny-moat-3", 384, "19.5", None),
    ("tiny-moat-3", 512, "19.5", None),
    ("bam-resnet-101", 224, "44.91", 7.65),
    ("aa-resnet-101", 224, "45.4", 8.05),
    ("aa-resnet-152", 224, "61.6", 11.9),
    ("vit-p-4gf", 224, "18.5", 3.9),
    ("vit-c-18gf", 224, "81.6", 17.7),
    ("vit-c-36gf", 224, "167.8", 35.0),
    ("cvt-13-nas", 224, "18", 4.1),
    ("cvt-21", 224, "31.54", 7.13),
    ("cvt-21", 384, "32", 24.9),
    ("cvt-w24", 224, "276.7", 60.86),
    ("cvt-w24", 384, "277", 193.2),
]  # fmt: skip

# Here the printed figure is not that of the printed configuration, which has so many parameters.
NEARLY = {
    "coatnet-3": 166_966_648,
    "coatnet-3-dconv": 166_966_648,
    "coatnet-5": 687_053_336,
    "cvt-21": 31_622_696,
    "cvt-w24": 277_196_392,
    "aa-resnet-152": 61_549_536,
}


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_keeps_its_promise(name: str) -> None:
    known, analysis = presets.info(name), ENGINE.analyze(presets.build(name))
    # Some sizes of EfficientNet are no multiples of 32, which is worth an advice and nothing more.
    expected = {("advice", "stride")} if known.image_size % 32 else set()
    assert {(found.severity, found.code) for found in analysis.findings} <= expected
    assert analysis.total.params == known.params
    assert analysis.total.macs == pytest.approx(known.macs, rel=0.005)
    detects = Detections(queries=100, classes=known.classes, layers=6)
    assert analysis.output == (detects if name.startswith("detr") else Vector(known.classes))


@pytest.mark.parametrize(("name", "size", "params", "macs"), COUNTED)
def test_the_counts_are_the_references(name: str, size: int, params: int, macs: float) -> None:
    total = ENGINE.analyze(presets.build(name, image_size=size)).total
    assert total.params == params
    assert total.macs / 1e9 == pytest.approx(macs, rel=0.005)


@pytest.mark.parametrize(("name", "size", "millions", "cost"), PRINTED)
def test_the_counts_round_to_the_papers(name: str, size: int, millions: str, cost: float | None) -> None:
    total = ENGINE.analyze(presets.build(name, image_size=size)).total
    if name in NEARLY:
        assert total.params == NEARLY[name] == pytest.approx(float(millions) * 1e6, rel=0.012)
    else:
        # 2440 stands for 2.44 · 10⁹, so that its last digit is no digit of the paper's.
        step = 10 if float(millions) > 1000 else 10 ** -len(millions.partition(".")[2].rstrip("0"))
        assert total.params / 1e6 == pytest.approx(float(millions), abs=0.51 * step)
    if cost is not None:
        assert 0.955 * cost < total.macs / 1e9 < 1.035 * cost


ANY_SIZE = [
    "moat-0", "tiny-moat-0", "coatnet-0", "coatnet-6", "layout-vit-rel", "swin-t", "swin-b-w12", "resnet-18",
    "se-resnet-50", "se-resnet-20-cifar", "pocket-moat", "pocket-coatnet", "bam-resnet-18", "aa-resnet-34", "vit-p-1gf", "vit-c-18gf", "cvt-13",
    "efficientnet-b0", "convnext-t", "swinv2-t-w8", "swinv2-b-w24", "se-resnet-164-cifar", "aa-wrn-28-10-cifar", "cvt-13-nas",
    "efficientnetv2-s", "maxvit-t",
]  # fmt: skip


@pytest.mark.parametrize("side", [28, 32, 48, 97])  # of 160, tests/contracts asks more, and of every preset
@pytest.mark.parametrize("name", ANY_SIZE)
def test_presets_take_any_picture_or_say_what_does_not_fit(name: str, side: int) -> None:
    analysis = ENGINE.analyze(presets.build(name, image_size=side, channels_in=1, classes=10))
    assert analysis.output == Vector(10) or analysis.errors
    for found in analysis.findings:
        assert is_sentence(found.message)
        assert found.path


# Parameters of Wide ResNets with 10 and 100 classes; without gates, as their own paper counts them.
@pytest.mark.parametrize(
    ("name", "classes", "params"),
    [
        ("se-wrn-16-8-cifar", 10, 11_049_290),
        ("se-wrn-16-8-cifar", 100, 11_095_460),
        ("aa-wrn-28-10-cifar", 100, 36_312_660),
    ],
)
def test_wide_networks_have_the_known_parameters(name: str, classes: int, params: int) -> None:
    assert ENGINE.analyze(presets.build(name, classes=classes)).total.params == params


def test_attention_in_a_wide_network_costs_less_than_the_papers_listing() -> None:
    """The listing multiplies every query by all 2W - 1 offsets of an axis, here by the W that its row has."""
    spared = 4 * sum(2 * side**2 * (side - 1) * 160 for side in (32, 16, 8))
    total = ENGINE.analyze(presets.build("aa-wrn-28-10-cifar")).total
    assert (total.macs + spared) / 1e9 == pytest.approx(6.221, rel=1e-3)


@pytest.mark.parametrize("name", [name for name in presets.names() if name.startswith("layout-")])
def test_the_layouts_are_of_one_size(name: str) -> None:
    assert presets.info(name).params == pytest.approx(25.3e6, rel=0.02)


@pytest.mark.parametrize(
    ("share", "params"), [(0.25, 24_303_728), (0.5, 22_342_680), (0.75, 20_735_496), (1.0, 19_383_560)]
)
def test_larger_shares_of_attention_save_parameters(share: float, params: int) -> None:
    variant = aaconv.AAResNet(depths=(3, 4, 6, 3), kappa=share, nu=share)
    graph = aaconv.build("aa", variant, image_size=224, channels_in=3, classes=1000)
    assert ENGINE.analyze(graph).total.params == params


@pytest.mark.parametrize(
    ("changes", "params"),
    [
        ({"reduction": 2}, 45_676_584),
        ({"reduction": 4}, 35_616_808),
        ({"reduction": 8}, 30_586_920),
        ({"reduction": 32}, 26_814_504),
        ({"attention_at": "inner"}, 25_714_216),
        ({"attention_at": "shortcut"}, 28_071_976),
        ({"attention_at": "sum"}, 28_071_976),
    ],
)
def test_the_variants_of_se_have_the_papers_parameters(changes: dict[str, Literal_], params: int) -> None:
    graph = presets.build("se-resnet-50-nobias")
    for number in (1, 2, 3, 4):
        stage = f"stage{number}"
        for name, value in changes.items():
            path = (stage,) if name in graph.nodes[stage].params else (stage, "resnet_bottleneck")
            graph = edits.set_param(graph, path, name, value, REGISTRY)
    assert ENGINE.analyze(graph).total.params == params


# Parameters and multiply-adds in 10⁹ of the layouts at equal depths and widths, type of block alone changed.
STUDY = [
    (coatnet.SMALL, (2, 3, 5, 2), 64, "CCCC", 20_942_440, 3.169),
    (coatnet.SMALL, (2, 3, 5, 2), 64, "CCCT", 23_533_720, 3.417),
    (coatnet.SMALL, (2, 6, 14, 2), 64, "CCCC", 35_558_296, 5.987),
    (coatnet.SMALL, (2, 6, 14, 2), 64, "CCCT", 38_149_576, 6.235),
    (coatnet.SMALL, (2, 6, 14, 2), 64, "CTTT", 42_742_324, 10.33),
    (coatnet.WIDE, (2, 6, 14, 2), 128, "CCCC", 62_747_432, 11.668),
    (coatnet.WIDE, (2, 6, 14, 2), 128, "CCCT", 67_382_120, 12.106),
    (coatnet.WIDE, (2, 6, 14, 2), 128, "CTTT", 75_578_360, 18.605),
]  # fmt: skip


@pytest.mark.parametrize(("channels", "depths", "stem", "layout", "params", "macs"), STUDY)
def test_other_layouts_have_the_known_counts(
    channels: tuple[int, ...], depths: tuple[int, ...], stem: int, layout: str, params: int, macs: float
) -> None:
    variant = coatnet.CoAtNet(stem=stem, depths=depths, channels=channels, drop_path=0.0, layout=layout)
    total = ENGINE.analyze(
        coatnet.build("layout", variant, image_size=224, channels_in=3, classes=1000)
    ).total
    assert total.params == params
    assert total.macs / 1e9 == pytest.approx(macs, rel=0.005)
