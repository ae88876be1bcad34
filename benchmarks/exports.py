"""Exports: how long one takes beside torch's own, and how fast the file runs beside that of hand-written code."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.handwritten import HandWritten, drawn
from benchmarks.timing import Row, interleaved
from hybridgraph import designs
from hybridgraph.export import onnx, tracing
from hybridgraph.export.network import Network, prepare
from hybridgraph.export.onnx import Runtime

DESIGN = "coatnet-0"
SIZE = (32, 32, 32)
BATCHES = (1, 8)
TARGET, LATENCY = 0.5, 1.0


def measure(_device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark; everything is on the processor, where exports are made."""
    network = prepare(designs.build(DESIGN))
    torch.manual_seed(0)
    hand = HandWritten(SIZE[0]).eval()
    small = prepare(drawn(*SIZE))
    small.module.load_state_dict(hand.state_dict())
    with tempfile.TemporaryDirectory(prefix="hybridgraph-") as name:
        folder = Path(name)
        images = torch.randn(2, *network.plan.input.dims)
        ours = folder / "ours.onnx"
        plain = folder / "plain.onnx"
        pair = interleaved(
            lambda: _plain(network.module, images, plain),
            lambda: _ours(network, ours),
            pairs=max(2, rounds // 4),
        )
        rows = [
            Row(name=f"{DESIGN}: our ONNX export over torch's of the same module", value=pair.ratio, unit="×",
                note=f"{pair.second:.1f} s against {pair.first:.1f} s, on the disk, unchecked; processor time "
                f"{pair.cpu_ratio:.3f} ×; at most {TARGET}"),
        ]  # fmt: skip
        rows += _latency(f"{DESIGN} in ONNX Runtime, our file over torch's", ours, plain, images, rounds)
        _plain(hand, torch.randn(2, *SIZE), plain)
        _ours(small, ours)
        rows += _latency("hand-written net in ONNX Runtime, our file over its own", ours, plain,
                         torch.randn(2, *SIZE), rounds * 5)  # fmt: skip
    return rows


def _plain(module: nn.Module, images: Tensor, path: Path) -> None:
    """Torch's exporter as its documentation says."""
    with tracing.silence(), torch.no_grad():
        program = torch.onnx.export(
            module, (images,), dynamo=True, opset_version=onnx.OPSET, input_names=["image"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
        )  # fmt: skip
        if program is None:
            raise RuntimeError("torch gave no program")
        program.save(path)


def _ours(network: Network, path: Path) -> None:
    onnx.saved(onnx.traced(network), network, path)


def _latency(name: str, ours: Path, plain: Path, images: Tensor, rounds: int) -> list[Row]:
    first, second = Runtime(plain), Runtime(ours)
    rows = []
    for batch in BATCHES:
        pictures = images[:1].repeat(batch, 1, 1, 1)
        pair = interleaved(_run(first, pictures), _run(second, pictures), pairs=max(5, rounds))
        rows.append(
            Row(name=f"{name}, batch {batch}", value=pair.ratio, unit="×",
                note=f"{pair.second * 1e3:.2f} ms against {pair.first * 1e3:.2f} ms; processor time "
                f"{pair.cpu_ratio:.3f} ×; at most {LATENCY}")
        )  # fmt: skip
    return rows


def _run(runtime: Runtime, pictures: Tensor) -> Callable[[], object]:
    return lambda: runtime(pictures)
