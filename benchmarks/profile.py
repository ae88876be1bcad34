"""Whether the times of the nodes add up to that of the whole network, in inference and in a step of training."""

from __future__ import annotations

import torch

from benchmarks.timing import Row
from hybridgraph import presets
from hybridgraph.profiler import profile

DESIGNS = (("pocket-moat", 28, 16), ("tiny-moat-0", 64, 8), ("swin-t", 224, 1))
"""Preset, side of the pictures, batch."""
TARGET = 0.05


def measure(device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark: sums of the nodes over the whole, medians over pairs of neighbouring passes."""
    rows = []
    for name, side, batch in DESIGNS:
        result = profile(
            presets.build(name, image_size=side),
            device=device.type,
            batch=batch,
            precision="fp32",
            repeats=rounds,
        )  # type: ignore[arg-type]
        wholes = [("inference", result.inference), ("a step of training", result.training)]
        for what, whole in wholes:
            if whole is not None:
                verdict = "within" if abs(whole.covered - 1) <= TARGET else "beyond"
                note = (
                    f"{whole.times.median_us / 1e3:.1f} ms (middle 80 %: {whole.times.p10_us / 1e3:.1f} to "
                    f"{whole.times.p90_us / 1e3:.1f}), {whole.repeats} pairs; {verdict} {TARGET:.0%}"
                )
                rows.append(
                    Row(name=f"{name}, {what}: nodes over whole", value=whole.covered, unit="×", note=note)
                )
    return rows
