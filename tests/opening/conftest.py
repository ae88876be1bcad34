from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn


class Small(nn.Module):
    """A network by somebody else: a plain unit, a part no block is, a residual block, a head."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.odd, self.group = nn.Conv2d(8, 12, 4, stride=2, padding=1), nn.GroupNorm(3, 12)
        self.conv2, self.norm2 = nn.Conv2d(12, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12)
        self.conv3, self.norm3 = nn.Conv2d(12, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12)
        self.head = nn.Linear(12, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm1(self.conv1(x)).relu()
        x = nn.functional.leaky_relu(self.group(self.odd(x)))
        x = (x + self.norm3(self.conv3(self.norm2(self.conv2(x)).relu()))).relu()
        return self.head(x.mean((2, 3)))


@pytest.fixture(scope="session")
def network() -> nn.Module:
    torch.manual_seed(0)
    made = Small().eval()
    for part in made.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2.0)
            nn.init.uniform_(part.weight, 0.5, 2.0)
    return made


@pytest.fixture(scope="session")
def saved(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The network as a file: "free.pt2" for any batch, "one.pt2" for a batch of one, or "free.onnx"."""
    folder = tmp_path_factory.mktemp("programs")
    batch = torch.export.Dim("batch", min=1)

    def save(name: str) -> Path:
        path = folder / name
        if not path.exists():
            if name == "free.onnx":
                torch.onnx.export(
                    network, (torch.randn(2, 3, 16, 16),), str(path), dynamo=True, external_data=False, verbose=False,
                    dynamic_shapes=({0: batch},),
                )  # fmt: skip
            else:
                shapes = ({0: batch},) if name == "free.pt2" else None
                example = torch.randn(2 if shapes else 1, 3, 16, 16)
                torch.export.save(torch.export.export(network, (example,), dynamic_shapes=shapes), str(path))
        return path

    return save
