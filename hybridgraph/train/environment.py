"""What a training computes with: versions, machine and threads, as far as they decide the bits of a result."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from pathlib import Path

import numpy as np
import torch

import hybridgraph
from hybridgraph.events import Environment

_PACKAGE = Path(hybridgraph.__file__).parent
_COMPUTING = ("blocks", "data", "train", "detection")
"""The parts of HybridGraph whose code reaches the numbers of a training."""


def environment(device: torch.device) -> Environment:
    """The environment of this process for a training on that device."""
    is_cuda = device.type == "cuda"
    return Environment(
        hybridgraph=hybridgraph.__version__,
        code=code_digest(),
        python=platform.python_version(),
        torch=torch.__version__,
        numpy=np.__version__,
        system=platform.platform(),
        processor=processor(),
        instructions=torch.backends.cpu.get_cpu_capability(),
        cores=os.cpu_count() or 0,
        threads=torch.get_num_threads(),
        memory_bytes=_memory(),
        accelerator=torch.cuda.get_device_name(device)
        if is_cuda
        else device.type
        if device.type != "cpu"
        else "",
        cuda=(torch.version.cuda or "") if is_cuda else "",
        cudnn=str(torch.backends.cudnn.version() or "") if is_cuda else "",
    )


@cache
def code_digest() -> str:
    """A SHA-256 over the modules that compute a training: equal versions of equal code give equal digests."""
    digest = hashlib.sha256()
    for part in _COMPUTING:
        for path in sorted((_PACKAGE / part).rglob("*.py")):
            data = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(data)}\n".encode())
            digest.update(data)
    return digest.hexdigest()


@cache
def processor() -> str:
    """The processor's own name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:  # not Linux: Python asks the system in its own way
        pass
    return platform.processor() or platform.machine()


def _memory() -> int:
    import psutil

    return int(psutil.virtual_memory().total)
