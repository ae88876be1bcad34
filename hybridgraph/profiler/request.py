"""What a cell's process is asked, as the JSON it reads. The module needs no torch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from hybridgraph.jobs import COMPILE_SECONDS, Device, Passes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Build the network of a source and measure it once in one setting.

    `image` is (channels, height, width), `frozen` the names of modules that are not trained, with {i} for a repeat,
    and `recomputed` of those whose activations are computed again in the backward pass.
    `limit_bytes` is what the process may take beyond what it holds once torch is loaded; None sets no limit.
    `compile_limit` are seconds after which compiling for one kind of pass is given up. A probe takes one pass and no times.
    """

    source: str
    image: tuple[int, int, int]
    batch: int
    precision: str
    compiled: bool
    device: Device
    passes: Passes
    repeats: int
    seconds: float
    frozen: tuple[str, ...] = ()
    recomputed: tuple[str, ...] = ()
    limit_bytes: int | None = None
    compile_limit: float = COMPILE_SECONDS
    is_probe: bool = False


def encode(request: Request) -> str:
    """The request as one line of JSON."""
    return json.dumps(asdict(request))


def decode(text: str) -> Request:
    """The inverse of `encode`."""
    values: dict[str, Any] = json.loads(text)
    values |= {name: tuple(values[name]) for name in ("image", "frozen", "recomputed")}
    return Request(**values)
