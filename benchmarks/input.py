"""How fast pictures reach a network: the input path alone, beside a DataLoader, in a training, and against a model."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

import assets
from benchmarks.loaders import PictureByPicture, loaded
from benchmarks.timing import Row
from hybridgraph.data import Dataset, open_dataset
from hybridgraph.data.randomness import epoch_order
from hybridgraph.data.sources.idx import read_idx
from hybridgraph.recipes import Recipe, card
from hybridgraph.train.inputs import Inputs

FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package puts it; the bundled part of it serves where it is not."""
BATCH = 128
WANTED = 100_000
"""Pictures a second that two cores should ready."""
_OURS, _THEIRS = 8192, 640
"""Pictures in one measurement of the input alone, of ours and of the loader."""
_STEPS = 8
_PHOTOS, _SIDE = 600, 96

Batches = Iterator[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rate:
    """Pictures a second, on the wall's clock and of the processor time of this process and its workers."""

    wall: float
    cpu: float


def measure(device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark."""
    rounds = max(3, rounds // 2)
    recipe = card("small-data").recipe
    folder = FASHION if FASHION.is_dir() else Path(assets.path("samples"))
    fashion = open_dataset(f"idx:{folder}", image_size=28, channels_in=1, seed=0)
    found = read_idx(folder).train
    usual = PictureByPicture(found.images, found.labels.tolist(), recipe, 28, fashion.mean, fashion.std)
    rows = [*_alone(fashion, usual, recipe, device, rounds), *_training("Fashion-MNIST", fashion, usual, recipe, device, rounds)]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="hybridgraph-input-") as place:
        os.environ["HYBRIDGRAPH_CACHE"] = str(Path(place) / "cache")
        photos = _write_photos(Path(place) / "photos")
        started = time.perf_counter()
        data = open_dataset(f"folder:{photos}", image_size=_SIDE, channels_in=3, seed=0)
        decoding = time.perf_counter() - started
        paths = sorted(photos.rglob("*.jpg"))
        labels = [int(path.parent.name) for path in paths]
        slow = PictureByPicture(paths, labels, recipe, _SIDE, data.mean, data.std)
        rows += _training(f"JPEGs at {_SIDE} px", data, slow, recipe, device, rounds)
        rows.append(
            Row(name="decoding them once", value=len(paths) / decoding, unit="pictures/s",
                note=f"{decoding:.1f} s for {len(paths):,} pictures of 320×240, kept for every later training")
        )  # fmt: skip
        del os.environ["HYBRIDGRAPH_CACHE"]
    return rows


def _alone(
    data: Dataset, usual: PictureByPicture, recipe: Recipe, device: torch.device, rounds: int
) -> list[Row]:
    """The input path with nothing behind it, in turn with the loader."""
    ours, theirs = _ours(data, recipe, device), loaded(usual, BATCH)
    pairs = _in_turn(lambda: _walk(ours, _OURS, device), lambda: _walk(theirs, _THEIRS, device), rounds)
    fast, slow = median(one.wall for one, _ in pairs), median(other.wall for _, other in pairs)
    each = median(one.cpu for one, _ in pairs)
    return [
        Row(name="Fashion-MNIST with small-data's changes", value=fast, unit="pictures/s",
            note=f"{each:,.0f} for each second of processor time; {_verdict(fast >= WANTED, f'{WANTED:,}')}"),
        Row(name="over a DataLoader with two workers and Pillow", value=_ratio(pairs), unit="×",
            note=f"{slow:,.0f} pictures/s, {_of_processor(pairs)}; {_verdict(_ratio(pairs) >= 10, '10 ×')}"),
    ]  # fmt: skip


def _training(
    what: str, data: Dataset, usual: PictureByPicture, recipe: Recipe, device: torch.device, rounds: int
) -> list[Row]:
    """Steps of a small network, fed by us and by the loader in turn, and the input's pace against the network's."""
    model, channels = _network(len(data.mean), len(data.classes), usual.side).to(device), len(data.mean)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)
    ours, theirs = _ours(data, recipe, device), loaded(usual, BATCH)

    def steps(batches: Batches) -> _Rate:
        def work() -> None:
            for images, labels in itertools.islice(batches, _STEPS):
                _step(model, optimizer, images.to(device), labels.to(device))

        return _timed(work, _STEPS * BATCH, device)

    pairs = _in_turn(lambda: steps(ours), lambda: steps(theirs), rounds)
    fast, slow = median(one.wall for one, _ in pairs), median(other.wall for _, other in pairs)
    images = torch.randn(BATCH, channels, usual.side, usual.side, device=device)
    labels = torch.arange(BATCH, device=device) % len(data.classes)
    paces = _in_turn(
        lambda: _walk(ours, _STEPS * BATCH, device),
        lambda: _timed(
            lambda: [_step(model, optimizer, images, labels) for _ in range(_STEPS)], _STEPS * BATCH, device
        ),
        rounds,
    )
    inputs, steady = median(one.wall for one, _ in paces), median(other.wall for _, other in paces)
    count = sum(parameter.numel() for parameter in model.parameters())
    return [
        Row(name=f"{what}: training a network of {count / 1e6:.2f} M, over the loader's", value=_ratio(pairs), unit="×",
            note=f"{fast:,.0f} against {slow:,.0f} pictures/s, {_of_processor(pairs)}; {_verdict(_ratio(pairs) >= 2, '2 ×')}"),
        Row(name=f"{what}: input over the network's own pace", value=_ratio(paces), unit="×",
            note=f"{inputs:,.0f} pictures/s readied, {steady:,.0f} trained on the same tensors"),
    ]  # fmt: skip


def _ours(data: Dataset, recipe: Recipe, device: torch.device) -> Batches:
    inputs = Inputs(data, device, torch.contiguous_format)
    for epoch in itertools.count():
        order = epoch_order(len(data.train.labels), 0, epoch)
        for batch in inputs.train.batches(order[: len(order) // BATCH * BATCH], BATCH):
            yield inputs.augmented(batch, recipe, 0, epoch, 0)


def _walk(batches: Batches, pictures: int, device: torch.device) -> _Rate:
    def work() -> None:
        for _ in itertools.islice(batches, pictures // BATCH):
            pass

    return _timed(work, pictures, device)


def _timed(work: Callable[[], object], pictures: int, device: torch.device) -> _Rate:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    wall, cpu = time.perf_counter(), _processor_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return _Rate(
        wall=pictures / (time.perf_counter() - wall), cpu=pictures / max(1e-9, _processor_time() - cpu)
    )


def _processor_time() -> float:
    """Seconds of this process and its workers."""
    times = [child.cpu_times() for child in psutil.Process().children()]
    return time.process_time() + sum(one.user + one.system for one in times)


def _in_turn(
    first: Callable[[], _Rate], second: Callable[[], _Rate], rounds: int
) -> list[tuple[_Rate, _Rate]]:
    """Both in turn, the order swapped each time, after each has run once."""
    first(), second()
    pairs = []
    for number in range(rounds):
        if number % 2:
            late = second()
            pairs.append((first(), late))
        else:
            pairs.append((first(), second()))
    return pairs


def _ratio(pairs: list[tuple[_Rate, _Rate]]) -> float:
    return median(one.wall / other.wall for one, other in pairs)


def _of_processor(pairs: list[tuple[_Rate, _Rate]]) -> str:
    """The ratio by processor time, which other programs on the machine disturb less."""
    return f"processor time {median(one.cpu / other.cpu for one, other in pairs):.2f} ×"


def _verdict(reached: bool, wanted: str) -> str:
    return f"at least {wanted} is {'reached' if reached else 'missed'}"


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()


def _network(channels: int, classes: int, side: int) -> nn.Module:
    """Patches and two layers, about 0.3 M weights: quick enough that the input matters."""
    patch = side // 4
    return nn.Sequential(
        nn.Conv2d(channels, 64, patch, patch), nn.ReLU(), nn.Flatten(),  # 4×4 patches
        nn.Linear(16 * 64, 256), nn.ReLU(), nn.Linear(256, classes),
    )  # fmt: skip


def _write_photos(folder: Path) -> Path:
    """Colour JPEGs of 320×240 in ten class folders: real pictures of the bundled set, many on each."""
    found = read_idx(assets.path("samples")).train
    draws = np.random.default_rng(0)
    for index in range(_PHOTOS):
        label = index % 10
        of_class = np.flatnonzero(found.labels == label)
        tiles = found.images[draws.choice(of_class, 12)].reshape(3, 4, 28, 28)
        grey = Image.fromarray(tiles.transpose(0, 2, 1, 3).reshape(84, 112)).resize(
            (320, 240), Image.Resampling.BICUBIC
        )
        tints = draws.uniform(0.5, 1.0, 3)
        colour = Image.merge(
            "RGB", [grey.point([int(value * tint) for value in range(256)]) for tint in tints]
        )
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        colour.save(place / f"{index}.jpg", quality=90)
    return folder
