"""A profile measures with the marks of the GPU's stream and keeps to one device."""

import time
from typing import Any

import pytest
import torch

from hybridgraph import presets
from hybridgraph.jobs import ProfileJob
from hybridgraph.profiler import rates, tracing
from hybridgraph.profiler.measurement import measure
from hybridgraph.profiler.subject import prepare
from tests.devices.pretended import HERE

DESIGN = presets.build("pocket-moat", image_size=8, channels_in=1, classes=10)


class Event:
    """What torch.cuda.Event would say of a stream whose work is done at once."""

    def __init__(self, *, enable_timing: bool) -> None:
        self._is_timed = enable_timing

    def record(self, _stream: object) -> None:
        self._at = time.perf_counter()

    def elapsed_time(self, end: Any) -> float:
        assert self._is_timed
        return 1e3 * (end._at - self._at)


def test_every_node_is_timed_in_both_passes(gpu: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _device: None)
    monkeypatch.setattr(torch.cuda.memory, "_record_memory_history", lambda *_, **__: None)
    monkeypatch.setattr(torch.cuda.memory, "_snapshot", lambda: {"device_traces": [[]]})
    recording = tracing._recording  # of kernels of the GPU there is none to make
    monkeypatch.setattr(tracing, "_recording", lambda _device: recording(HERE))
    monkeypatch.setitem(rates._SHAPES, "cuda", (2**16, 32))
    job = ProfileJob(device="cuda", batch=2, precision="fp32", repeats=2, seconds=1.0)
    result = measure(prepare(DESIGN, job, None), job, lambda: False)
    assert result is not None
    assert result.device == "cuda (a pretended GPU)"
    assert result.training is not None
    blocks = {("stem",), ("stage1", "mbconv"), ("stage2", "moat"), ("classifier",)}
    assert blocks <= {node.path for node in result.nodes if node.forward.median_us > 0}
    assert blocks <= {
        node.path for node in result.nodes if node.training and node.training.backward.median_us > 0
    }
