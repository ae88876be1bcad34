"""The layouts between convolution alone and attention alone, one stage at a time from the last one on."""

import pytest

from hybridgraph import patterns, presets
from hybridgraph.patterns import lever, parse, write


@pytest.mark.parametrize(
    ("pattern", "at", "stops"),
    [
        ("C-C-T-T", 2, ["C-C-C-C", "C-C-C-T", "C-C-T-T", "C-T-T-T", "T-T-T-T"]),
        ("C2·64 M3·128(window=7)", 1, ["C2·64 C3·128", "C2·64 M3·128(window=7)", "M2·64 M3·128(window=7)"]),
        ("R3·256 R4·512", 0, ["R3·256 R4·512", "R3·256 T4·512", "T3·256 T4·512"]),
        ("T2·96 C2·192 drop=0.1", 1, ["C2·96 C2·192 drop=0.1", "T2·96 C2·192 drop=0.1", "T2·96 T2·192 drop=0.1"]),
        ("E12·768", 1, ["C12·768", "E12·768"]),
    ],
)  # fmt: skip
def test_each_stop_lets_one_more_stage_attend(pattern: str, at: int, stops: list[str]) -> None:
    found = lever(parse(pattern))
    assert found.at == at
    assert [write(stop) for stop in found.stops] == stops


def test_a_head_of_the_last_stage_goes_with_it() -> None:
    conv, kept, both = lever(parse("C2·64 T2·128 H(dropout=0.1)")).stops
    assert conv.head is None
    assert kept.head == both.head is not None


@pytest.mark.parametrize("name", ["pocket-moat", "swin-t", "cvt-13", "deit-s", "aa-resnet-50"])
def test_every_stop_of_a_design_can_be_built(name: str) -> None:
    graph = presets.build(name)
    pattern = patterns.read(graph).pattern
    assert pattern is not None
    for stop in lever(pattern).stops:
        made = patterns.read(patterns.rebuild(graph, write(stop))).pattern
        assert made is not None
        assert made.letters == stop.letters
        assert [part.width for part in patterns.numbered(made).stages] == [
            part.width for part in patterns.numbered(stop).stages
        ]
