"""Real pictures for trying an export: from the validation data of the run whose weights go out, or the bundled ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hybridgraph.data.decoding import UnreadablePictureError, read_picture, refuse_bombs
from hybridgraph.data.sources import Listing, PixelSet, read
from hybridgraph.errors import HybridGraphError
from hybridgraph.export.network import Network
from hybridgraph.export.parity import REAL_BATCHES, Sample
from hybridgraph.jobs import HELD_BACK, TrainJob
from hybridgraph.runs.store import open_run

BUNDLED = "the bundled samples"


def real_samples(network: Network, run: Path | None = None) -> tuple[list[Sample], str]:
    """Batches of real pictures as the network takes them, and whose they are or why there are none.

    Those of the run's validation data where it has some that can be read, else the bundled ones.
    """
    shape, count = network.plan.input, sum(REAL_BATCHES)
    if shape.channels not in (1, 3):
        return [], f"none: pictures have 1 or 3 channels, the design takes {shape.channels}"
    found, whose = _of_run(run, count, shape.channels) if run is not None else ([], "")
    if not found:
        found, whose = _of_source("sample", 0, count, shape.channels, shape.height), BUNDLED
    images = _normalised(
        torch.stack([_sized(each, shape.channels, shape.height, shape.width) for each in found]), network
    )
    images = images.repeat(-(-count // len(images)), 1, 1, 1)[:count]
    parts = torch.split(images, list(REAL_BATCHES))
    return [Sample(pictures="real", images=part.contiguous()) for part in parts], whose


def _of_run(run: Path, count: int, channels: int) -> tuple[list[Image.Image], str]:
    """Pictures of the run's validation data; none where the data has gone."""
    try:
        job = open_run(run).job
        if not isinstance(job, TrainJob):
            return [], ""
        return _of_source(
            job.data, job.seed, count, channels, job.image_size, job.held_back
        ), f"the validation data of {run.name}"
    except (HybridGraphError, OSError):
        return [], ""  # the bundled pictures do as well: it is the export that is tried, not the data


def _of_source(
    spec: str, seed: int, count: int, channels: int, side: int, held_back: float = HELD_BACK
) -> list[Image.Image]:
    """Pictures evenly over the validation part of the data."""
    found = read(spec, seed, held_back)
    if isinstance(found, PixelSet):
        images = found.val.images
        return [Image.fromarray(images[index]) for index in _spread(len(images), count)]
    return _of_files(found.val, count, channels, side)


def _of_files(part: Listing, count: int, channels: int, side: int) -> list[Image.Image]:
    refuse_bombs()
    found = []
    for index in _spread(len(part.paths), count):
        try:
            pixels = read_picture(part.paths[index], side, channels)  # (C, S, S)
        except UnreadablePictureError:
            continue
        found.append(Image.fromarray(pixels[0] if channels == 1 else pixels.transpose(1, 2, 0)))
    return found


def _spread(total: int, count: int) -> list[int]:
    """Indices evenly over a set, which may be sorted by class."""
    return [index * total // count for index in range(min(count, total))]


def _sized(picture: Image.Image, channels: int, height: int, width: int) -> Tensor:
    """A picture as (C, H, W), 0 to 1."""
    plain = picture.convert("L" if channels == 1 else "RGB").resize(
        (width, height), Image.Resampling.BILINEAR
    )
    pixels = np.array(plain, dtype=np.float32) / 255
    return torch.from_numpy(
        pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))
    )


def _normalised(images: Tensor, network: Network) -> Tensor:
    """As training did, (picture - mean) / std; by the pictures' own mean and deviation where nobody said."""
    weights, channels = network.weights, images.shape[1]
    if weights is not None and len(weights.mean) == len(weights.std) == channels:
        mean, std = torch.tensor(weights.mean), torch.tensor(weights.std)
    else:
        mean, std = images.mean(dim=(0, 2, 3)), images.std(dim=(0, 2, 3)).clamp_min(1e-3)
    return (images - mean[:, None, None]) / std[:, None, None]
