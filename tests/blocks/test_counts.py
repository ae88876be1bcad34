"""Parameters to the last digit and multiply-adds of the papers' networks, in total and stage by stage.

The expected numbers are the published ones where printed, else counts of the authors' code (see each row).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.blocks import assemble

MOAT_0, TINY_MOAT_0 = [64, 96, 192, 384, 768], [32, 32, 64, 128, 256]


def build(make: Callable[[], nn.Sequential]) -> nn.Sequential:
    with torch.device("meta"):
        return make().eval()


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def macs_by_stage(net: nn.Sequential, size: int) -> list[float]:
    """Multiply-adds of each stage for one picture, in 10⁹."""
    x = torch.empty(1, 3, size, size, device="meta")
    found = []
    with torch.no_grad():
        for part in net:
            with FlopCounterMode(display=False) as counter:
                x = part(x)
            found.append(counter.get_total_flops() / 2e9)
    return found


NETS: dict[str, tuple[Callable[[], nn.Sequential], int, list[int], float]] = {
    "moat-0": (
        lambda: assemble.moat(MOAT_0),
        27846892,
        [38848, 189584, 1084752, 12390324, 13372848, 1536 + 769000],
        5.6381,
    ),
    "tiny-moat-0": (
        lambda: assemble.moat(TINY_MOAT_0),
        3355348,
        [10208, 24272, 128112, 1426748, 1508496, 512 + 257000],
        0.775,
    ),
    "coatnet-0": (
        lambda: assemble.coatnet(MOAT_0),
        25036948,
        [38848, 189584, 1084752, 8768604, 13594032, 1536 + 590592 + 769000],
        4.1419,
    ),
    "coatnet-0-dconv": (
        lambda: assemble.coatnet(MOAT_0, stride_in="depthwise"),
        25036948,
        [38848, 189584, 1084752, 8768604, 13594032, 1536 + 590592 + 769000],
        4.5465,
    ),
    "swin-t": (
        assemble.swin,
        28288354,
        [4896, 299190, 1188204, 11841672, 14183856, 1536 + 769000],
        4.4906,
    ),
    # Caffe release; the four stages are ResNet-50's with N * (2 C² / 16 + C + C / 16) for the gates.
    "se-resnet-50": (
        lambda: assemble.resnet50("se", stride_in_first=True),
        28088024,
        [9536, 215808 + 3 * 8464, 1219584 + 4 * 33312, 7098368 + 6 * 132160, 14964736 + 3 * 526464, 2049000],
        3.860,
    ),
    "cbam-resnet-50": (
        lambda: assemble.resnet50("cbam", stride_in_first=False),
        28089624,
        [9536, 215808 + 3 * 8564, 1219584 + 4 * 33412, 7098368 + 6 * 132260, 14964736 + 3 * 526564, 2049000],
        4.0956,
    ),
    "cbam-resnet-50, strides as in the paper": (
        lambda: assemble.resnet50("cbam", stride_in_first=True),
        28089624,
        [9536, 215808 + 3 * 8564, 1219584 + 4 * 33412, 7098368 + 6 * 132260, 14964736 + 3 * 526564, 2049000],
        3.8644,
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_counts_of_the_papers_networks(name: str) -> None:
    make, total, stages, macs = NETS[name]
    net = build(make)
    assert [count(part) for part in net] == stages
    assert count(net) == total
    assert sum(macs_by_stage(net, 224)) == pytest.approx(macs, rel=5e-4)


@pytest.mark.parametrize(
    ("make", "size", "expected"),
    [
        (lambda: assemble.moat(MOAT_0), 224, [0.4841, 0.6961, 0.8402, 2.7833, 0.8338]),
        (lambda: assemble.moat(TINY_MOAT_0, 256), 256, [0.1652, 0.1269, 0.1266, 0.4969, 0.1249]),
        (lambda: assemble.coatnet(MOAT_0), 224, [0.4841, 0.4649, 0.6668, 1.8527, 0.6721]),
    ],
    ids=["moat-0", "tiny-moat-0", "coatnet-0"],
)
def test_multiply_adds_of_each_stage(
    make: Callable[[], nn.Sequential], size: int, expected: list[float]
) -> None:
    assert macs_by_stage(build(make), size)[:5] == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize(("size", "macs"), [(256, 7.449), (384, 17.786)])
def test_moat_grows_with_the_picture_and_keeps_its_parameters(size: int, macs: float) -> None:
    net = build(lambda: assemble.moat(MOAT_0, size))
    assert count(net) == 27846892
    assert sum(macs_by_stage(net, size)) == pytest.approx(macs, rel=5e-4)
