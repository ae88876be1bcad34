"""Tables follow the grid of the design: what is interpolated, from which grid to which, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import hybridgraph
from hybridgraph import presets
from hybridgraph.export import export_safetensors
from hybridgraph.graph.model import Graph
from hybridgraph.presets import coatnet, cvt, vit
from hybridgraph.presets.lane import block, image, lane
from hybridgraph.weights.files import read_weights
from hybridgraph.weights.report import ImportReport
from tests.weights.translated import small_swin, stirred

TINY_COATNET = coatnet.CoAtNet(
    stem=4, depths=(1, 1, 2, 1), channels=(8, 8, 16, 32), drop_path=0.0, head_dim=8
)
TINY_VIT = vit.VisionTransformer(channels=8, depth=1, head_dim=4)


def resized(
    before: Graph, after: Graph, folder: Path
) -> tuple[dict[str, Tensor], dict[str, Tensor], ImportReport]:
    """Weights of one design, those of the other that was given them, and the report."""
    state = stirred(before).state_dict()
    save_file(state, folder / "raw")
    export_safetensors(before, folder / "before", folder / "raw")
    report = hybridgraph.import_weights(folder / "before", after, folder / "after")
    return dict(state), dict(read_weights(folder / "after").tensors), report


def notes(report: ImportReport) -> dict[str, str]:
    assert report.count("fresh") == 0
    return {entry.name: entry.note for entry in report.entries if entry.state == "resized"}


def wide(graph: Graph, height: int, width: int) -> Graph:
    """The same design for pictures that are no squares."""
    size = {"height": height, "width": width}
    return graph.with_item(image(3, height)).with_item(block("image", "image", channels=3, **size))


def test_windows_of_another_size(tmp_path: Path) -> None:
    """Grids of 24, 12, 6 and 3 positions become 32, 16, 8 and 4; the last stage is one window."""
    before, after, report = resized(small_swin(96), small_swin(128), tmp_path)
    told = notes(report)
    table = "stage2.blocks.0.bias.bias_table"
    assert told[table] == "offsets of a 6×6 window to 4×4, bicubic"
    assert told["stage4.swin_block.bias.bias_table"] == "offsets of a 3×3 window to 4×4, bicubic"
    square = before[table].t().reshape(1, -1, 11, 11)
    expected = torch.nn.functional.interpolate(square, (7, 7), mode="bicubic")
    assert torch.equal(after[table], expected.flatten(2)[0].t())


def small_coatnet(size: int) -> Graph:
    """Tables for the real grid, since the strides are not all there."""
    return coatnet.build("small", TINY_COATNET, image_size=size, channels_in=3, classes=4)


def test_maps_of_another_grid_square_or_not(tmp_path: Path) -> None:
    _, after, report = resized(small_coatnet(32), wide(small_coatnet(32), 64, 32), tmp_path)
    told = notes(report)
    assert told["stage3.blocks.0.attention.bias.bias_table"] == "offsets of a 8×8 grid to 16×8, bilinear"
    assert after["stage3.blocks.0.attention.bias.bias_table"].shape[1:] == (31, 15)


def test_a_network_that_resizes_its_tables_itself_keeps_them(tmp_path: Path) -> None:
    """CoAtNet's presets have the tables of their 224 pixels at every size, as the authors' code does."""
    names = [name for name, _ in _tables(presets.build("coatnet-0", image_size=256))]
    shapes = {shape for _, shape in _tables(presets.build("coatnet-0", image_size=224))}
    assert {shape for _, shape in _tables(presets.build("coatnet-0", image_size=256))} == shapes
    assert len(names) == 7


def _tables(graph: Graph) -> list[tuple[str, tuple[int, ...]]]:
    with torch.device("meta"):
        state = hybridgraph.compile(graph).state_dict()
    return [(name, tuple(value.shape)) for name, value in state.items() if name.endswith("bias_table")]


def small_vit(size: int) -> Graph:
    return vit.build("small", TINY_VIT, image_size=size, channels_in=3, classes=4)


def test_positions_of_another_grid_keep_the_class_token(tmp_path: Path) -> None:
    before, after, report = resized(small_vit(64), small_vit(96), tmp_path)
    assert notes(report) == {
        "position.embedding": "positions of a 4×4 grid to 6×6, bicubic, class token kept"
    }
    assert torch.equal(after["position.embedding"][0], before["position.embedding"][0])


def test_positions_of_a_picture_that_is_no_square(tmp_path: Path) -> None:
    """Here and back again: the grid of the file comes from the picture it says it is for."""
    broad = wide(small_vit(64), 64, 128)
    _, _, report = resized(small_vit(64), broad, tmp_path)
    assert "4×4 grid to 4×8" in notes(report)["position.embedding"]
    _, _, report = resized(broad, small_vit(64), tmp_path)
    assert "4×8 grid to 4×4" in notes(report)["position.embedding"]


@pytest.mark.parametrize("pictures", [((64, 64), (96, 64)), ((64, 128), (64, 64))])
def test_a_constant_stays_constant_and_a_slope_a_slope(
    pictures: tuple[tuple[int, int], tuple[int, int]], tmp_path: Path
) -> None:
    """Whatever the interpolation, it invents neither a level nor a direction."""
    before, after = (wide(small_vit(64), *picture) for picture in pictures)
    state = stirred(before).state_dict()
    rows, columns = (side // 16 for side in pictures[0])
    state["position.embedding"][:, 0] = 2.0
    state["position.embedding"][1:, 1] = torch.arange(rows).repeat_interleave(columns)
    save_file(state, tmp_path / "raw")
    export_safetensors(before, tmp_path / "before", tmp_path / "raw")
    hybridgraph.import_weights(tmp_path / "before", after, tmp_path / "after")
    found = read_weights(tmp_path / "after").tensors["position.embedding"]
    torch.testing.assert_close(found[:, 0], torch.full_like(found[:, 0], 2.0))
    grid = found[1:, 1].reshape(pictures[1][0] // 16, -1)
    assert (grid.diff(dim=0) > 0).all()
    torch.testing.assert_close(grid, grid[:, :1].expand_as(grid))


def augmented(size: int) -> Graph:
    parts = [
        block("stem", "conv_norm_act", channels=8, stride=4),
        block("aa", "aa_conv", channels=16, heads=2, key_floor=4),
        block("classifier", "classifier", classes=3),
    ]
    return lane("augmented", [image(3, size), *parts])


def test_vectors_of_rows_and_columns_are_resized_along_their_axis(tmp_path: Path) -> None:
    _, after, report = resized(augmented(32), wide(augmented(32), 32, 64), tmp_path)
    (told,) = notes(report).items()
    assert told[0].endswith("column_table")
    assert told[1] == "offsets along 8 positions to 16, linear"
    assert after[told[0]].shape[0] == 31


def test_cvt_needs_no_resizing(tmp_path: Path) -> None:
    """Its convolutions tell attention where things are, and kernels belong to no grid."""
    tiny = cvt.Cvt(depths=(1, 1, 1), channels=(8, 8, 16), drop_path=0.0, head_dim=8)
    designs = [cvt.build("small", tiny, image_size=size, channels_in=3, classes=4) for size in (64, 96)]
    before, after, report = resized(*designs, tmp_path)
    assert notes(report) == {}
    assert all(torch.equal(value, after[name]) for name, value in before.items())
