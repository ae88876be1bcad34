"""A pretended GPU around a test."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.devices.pretended import CUDA, HERE, Gpu
from tests.train.conftest import _one_thread, idx_folder, make_run

__all__ = ["_one_thread", "idx_folder", "make_run"]

_ANSWERS: dict[str, Any] = {
    "_lazy_init": None,
    "device_count": 1,
    "empty_cache": None,
    "get_device_name": "a pretended GPU",
    "is_available": True,
    "is_bf16_supported": True,
    "manual_seed": None,
    "mem_get_info": (60 << 30, 80 << 30),
    "memory_reserved": 1 << 30,
    "set_device": None,
    "synchronize": None,
    "utilization": 50,
}
"""What torch.cuda says of it."""


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """A GPU that is not there; answers its device."""
    torch._C._ensureCUDADeviceGuardSet()
    for name, answer in _ANSWERS.items():
        monkeypatch.setattr(torch.cuda, name, lambda *_, answer=answer, **__: answer)
    for module in ("train.loop", "preflight.memory", "preflight.inspection", "profiler.subject"):
        # torch resolves "cuda" to a number on its C++ side, where there is none
        monkeypatch.setattr(f"hybridgraph.{module}.choose_device", {"cuda": CUDA, "cpu": HERE}.__getitem__)
    before = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        with Gpu():
            yield CUDA
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)
