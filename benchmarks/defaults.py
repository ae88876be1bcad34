"""What layout, optimizer and number format that a run chooses by itself gain over a plain step, on a processor."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.timing import Pair, Row, interleaved
from hybridgraph import compiler, designs
from hybridgraph.recipes import Recipe
from hybridgraph.train.device import Format, autocast, choose_precision, memory_format
from hybridgraph.train.optimizer import build_optimizer, set_rate

DEFAULTS = (("coatnet-0", 224, 3, 2, 0.85), ("moat-0", 224, 3, 2, 0.85), ("pocket-moat", 28, 1, 64, 0.85),
            ("pocket-coatnet", 28, 1, 64, 0.85), ("swin-t", 224, 3, 2, 1.0))  # fmt: skip
"""Preset, side and channels of the pictures, batch, and the share of a plain step's time that the defaults may take."""
_PLAIN = Recipe(weight_decay=0.05, clip_norm=0.0)


def measure(device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark; a GPU has its own in `training`."""
    rows: list[Row] = []
    for name, side, channels, batch, wanted in DEFAULTS if device.type == "cpu" else ():
        rows += _rows(name, (batch, channels, side, side), wanted, device, rounds)
    return rows


def _rows(
    name: str, shape: tuple[int, int, int, int], wanted: float, device: torch.device, rounds: int
) -> list[Row]:
    """A step in the layout, with the optimizer and in the format that a run chooses, in turn with a plain eager one."""
    batch, channels, side, _ = shape
    torch.manual_seed(0)
    first = compiler.compile(designs.build(name, image_size=side, channels_in=channels, classes=10)).train()
    images, labels = torch.randn(shape), torch.randint(10, (batch,))
    layout = memory_format(first, device)
    model = copy.deepcopy(first).to(memory_format=layout)  # type: ignore[call-overload]
    ready = images.contiguous(memory_format=layout)
    chosen = choose_precision("auto", model, ready, labels)

    def pair_in(precision: Format) -> tuple[Pair, float]:
        works = _Steps(first, images, labels, "fp32"), _Steps(model, ready, labels, precision, is_fused=True)
        found = interleaved(*works, pairs=rounds, device=device)
        apart = max(
            abs(a - b) / abs(a) for a, b in zip(works[0].losses[:3], works[1].losses[:3], strict=True)
        )
        return found, apart

    rows = []
    for precision in dict.fromkeys(("fp32", chosen)):
        pair, apart = pair_in(precision)
        rows.append(
            Row(name=f"{name}: the defaults in {precision} over a plain step", value=pair.ratio, unit="×",
                note=f"{pair.second * 1e3:.0f} ms against {pair.first * 1e3:.0f} ms, batch {batch}; processor time "
                f"{pair.cpu_ratio:.3f}; the first three losses differ by {apart:.1e}; auto takes {chosen}; at most "
                f"{wanted}")
        )  # fmt: skip
    return rows


class _Steps:
    """Steps of a copy on one batch, and their losses."""

    def __init__(
        self, model: nn.Module, images: Tensor, labels: Tensor, precision: Format, *, is_fused: bool = False
    ) -> None:
        self._model, self._images, self._labels = copy.deepcopy(model), images, labels
        self._precision = precision
        self._optimizer = build_optimizer(self._model, _PLAIN, is_fused=is_fused)
        set_rate(self._optimizer, 1e-5)
        self.losses: list[float] = []

    def __call__(self) -> None:
        torch.manual_seed(len(self.losses))  # the same paths are dropped in both
        with autocast(self._images.device, self._precision):
            logits = self._model(self._images)
        loss = F.cross_entropy(logits.float(), self._labels)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self.losses.append(loss.item())
