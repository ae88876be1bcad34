"""The tables are complete: every key of a published layout has its place, every tensor of the preset gets a value.

`layouts/` lists keys and shapes: those of timm's networks printed from timm, the releases' written out from the
modules they consist of. {a-b} stands for each number from a to b. Counters of batch norms are left out.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from hybridgraph import compiler, presets
from hybridgraph.engine import Engine
from hybridgraph.weights.files import Weights
from hybridgraph.weights.mapping import map_weights
from hybridgraph.weights.sources import SOURCES, find_source, recognise
from tests.export.designs import DESIGNS

FOLDER = Path(__file__).parent / "layouts"
RANGE = re.compile(r"\{(\d+)-(\d+)\}")
FITTING = [
    ("timm_coatnet_nano_rw", "timm-coatnet", "coatnet-nano-rw"),
    ("timm_coatnet_0_rw", "timm-coatnet", "coatnet-0-rw"),
    ("timm_coatnet_bn_0_rw", "timm-coatnet", "coatnet-bn-0-rw"),
    ("timm_coatnet_2_rw", "timm-coatnet", "coatnet-2-rw"),
    ("timm_coatnet_3_rw", "timm-coatnet", "coatnet-3-rw"),
    ("timm_coatnet_rmlp_nano_rw", "timm-coatnet", "coatnet-rmlp-nano-rw"),
    ("timm_seresnet50", "torchvision-resnet", "se-resnet-50-timm"),
    ("timm_resnet18", "torchvision-resnet", "resnet-18"),
    ("timm_resnet50", "torchvision-resnet", "resnet-50"),
    ("timm_swin_tiny_patch4_window7", "timm-swin", "swin-t"),
    ("swin_tiny_release", "swin", "swin-t"),
    ("timm_deit_tiny_patch16", "timm-vit", "deit-ti"),
    ("cvt_13_release", "cvt", "cvt-13"),
    ("detr_r50_release", "detr", "detr-r50"),
]


def layout(name: str) -> dict[str, torch.Tensor]:
    """Tensors of the listed shapes that take no memory."""
    found = {}
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        key, sizes = line.split()
        shape = [int(size) for size in sizes.split("x")]
        numbers = RANGE.search(key)
        every = range(int(numbers[1]), int(numbers[2]) + 1) if numbers else [0]
        found |= {RANGE.sub(str(number), key): torch.zeros(()).expand(shape) for number in every}
    return found


@pytest.mark.parametrize(("name", "source", "preset"), FITTING)
def test_every_key_has_its_place(name: str, source: str, preset: str) -> None:
    tensors, engine = layout(name), Engine()
    plan = compiler.planned(presets.build(preset), engine)
    with torch.device("meta"):
        module = compiler.compile(presets.build(preset), engine=engine)
    known = recognise(tensors.keys(), module.state_dict().keys(), is_ours=False, origin=name)
    assert known.name == source
    mapped = map_weights(Weights(tensors=tensors, origin=name), known, module, plan)
    assert {entry.state for entry in mapped.entries} == {"kept"}
    assert {key for key in tensors if key not in mapped.used and not known.drops(key)} == set()


def test_the_presets_of_a_layout_exist() -> None:
    assert {preset for source in SOURCES for preset in source.presets} <= set(presets.names())
    assert len({source.name for source in SOURCES}) == len(SOURCES)


@pytest.mark.parametrize("family", DESIGNS)
def test_every_tensor_has_a_block(family: str) -> None:
    """Also in stages within stages: our own names come back through the report."""
    graph, engine = DESIGNS[family](), Engine()
    module = compiler.compile(graph, engine=engine)
    own = Weights(tensors=module.state_dict(), origin="own")
    mapped = map_weights(own, find_source("hybridgraph"), module, compiler.planned(graph, engine))
    assert all(entry.name.startswith(f"{entry.block}.") for entry in mapped.entries)
    assert len(mapped.entries) == len(module.state_dict())
