"""A training beside the bare loop of its step, and what events and norms add to one."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from benchmarks.timing import Row, Work, clocks, interleaved, seconds
from hybridgraph import compiler, designs, presets
from hybridgraph.data.randomness import epoch_order
from hybridgraph.distributed.world import World
from hybridgraph.events import EventLog, Step
from hybridgraph.graph.files import dumps
from hybridgraph.jobs import Compile, TrainJob
from hybridgraph.profiler.rates import measure_rates
from hybridgraph.recipes import card
from hybridgraph.runs.store import create_run
from hybridgraph.train.device import autocast
from hybridgraph.train.gauges import with_load
from hybridgraph.train.inputs import Inputs
from hybridgraph.train.loop import train_epoch
from hybridgraph.train.magnitudes import EVERY, measure_layers
from hybridgraph.train.optimizer import build_optimizer, has_fused, set_rate
from hybridgraph.train.progress import Progress
from hybridgraph.train.setup import Setup, prepare
from hybridgraph.train.statistics import set_memory
from hybridgraph.train.step import gradients, take_step
from hybridgraph.train.stopping import StopRequests

SMALL = (("pocket-moat", 28, 1, 64), ("pocket-coatnet", 28, 1, 64))
"""Preset, side and channels of the pictures, batch: where what surrounds a step weighs most."""
LARGE = (("moat-0", 224, 3, 256), ("coatnet-0", 224, 3, 256), ("swin-t", 224, 3, 256))
"""As above, for a GPU."""
WANTED = {"moat-0": 4000, "coatnet-0": 5000, "swin-t": 7500}
"""Pictures a second in training on an H200."""
_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Training:
    """A training that is ready to go on, and tensors for the bare loop of its steps."""

    setup: Setup
    progress: Progress
    log: EventLog
    stop: StopRequests
    fixed: Sequence[tuple[Tensor, Tensor]]


def measure(device: torch.device, *, rounds: int) -> list[Row]:
    """The rows of this benchmark; on a GPU the large networks take the place of the small ones."""
    rows: list[Row] = []
    for name, side, channels, batch in LARGE if device.type == "cuda" else SMALL:
        with _training(name, side, channels, batch, device, "small-data") as training:
            rows += _loop(name, training, rounds)
            if device.type != "cuda":
                rows.append(_around(name, training, rounds))
        if device.type != "cuda":  # there auto compiles; here it does only where that is won back
            with _training(name, side, channels, batch, device, "small-data", compiling="on") as training:
                rows += _loop(name, training, rounds)
        with _training(name, side, channels, batch, device, "plain") as training:
            rows += _step(name, training, rounds)
    return rows


@contextmanager
def _training(
    name: str,
    side: int,
    channels: int,
    batch: int,
    device: torch.device,
    recipe: str,
    compiling: Compile = "auto",
) -> Iterator[_Training]:
    """Prepare a run on the bundled pictures, drawn larger for the large networks, as the command does."""
    graph = designs.build(name, image_size=side, channels_in=channels, classes=10)
    job = TrainJob(
        data="sample", image_size=side, channels_in=channels, epochs=1000, batch=batch, checkpoint_minutes=1e6,
        recipe=card(recipe).recipe, device="cuda" if device.type == "cuda" else "cpu", precision="auto",
        compile=compiling,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="hybridgraph-training-") as place:
        run = create_run(
            Path(place) / "run", graph_text=dumps(graph), source=compiler.source(graph).text, job=job
        )
        with EventLog(run.events_path) as log, StopRequests(run.path) as stop:
            setup, progress = prepare(run.path, job, log.append, stop, device, World())
            order = epoch_order(len(setup.inputs.train.labels), 0, 0)[: _STEPS * batch]
            fixed = [
                setup.inputs.augmented(part, job.recipe, 0, 0, 0)
                for part in setup.inputs.train.batches(order, batch)
            ]
            yield _Training(setup=setup, progress=progress, log=log, stop=stop, fixed=fixed)


def _bare(training: _Training, *, compiled: bool) -> Work:
    """Forward, loss, backward, optimizer and no more, on a copy of the model with the run's format and layout."""
    setup = training.setup
    model = copy.deepcopy(setup.model).train()
    forward = torch.compile(model, dynamic=False) if compiled else model
    optimizer = build_optimizer(model, setup.job.recipe, is_fused=has_fused(setup.device))
    set_rate(optimizer, 1e-6)
    smoothing = setup.job.recipe.label_smoothing

    def work() -> None:
        for images, targets in training.fixed:
            with autocast(setup.device, setup.precision):
                logits = forward(images)
            loss = F.cross_entropy(logits.float(), targets, label_smoothing=smoothing)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    return work


def _loop(name: str, training: _Training, rounds: int) -> list[Row]:
    """The last steps of an epoch as a run takes them, in turn with the bare loop."""
    setup, progress = training.setup, training.progress
    emit = with_load(training.log.append, setup.device)
    is_compiled = setup.forward is not setup.wrapped.forward

    def whole() -> None:
        progress.epoch_step = setup.steps_per_epoch - _STEPS
        train_epoch(setup, progress, emit, training.stop)

    bare = _bare(training, compiled=is_compiled)
    pair = interleaved(whole, bare, pairs=rounds, device=setup.device)
    pictures = _STEPS * setup.batch
    form = f"{'compiled' if is_compiled else 'eager'}, {setup.precision}, batch {setup.batch}"
    rows = [
        Row(name=f"{name}: speed of the whole loop over the bare one", value=pair.ratio, unit="×",
            note=f"{pictures / pair.first:,.0f} pictures/s against {pictures / pair.second:,.0f}; {form}; processor "
            f"time {pair.cpu_ratio:.3f}; at least 0.97")
    ]  # fmt: skip
    if setup.device.type == "cuda":
        rows += _on_gpu(name, training, pictures / pair.first)
    return rows


def _around(name: str, training: _Training, rounds: int) -> Row:
    """What a run does around a bare step, each part by itself and added up: less than what disturbs a whole step.

    The least processor time of many calls, as other programs only ever add to it.
    """
    setup, inputs, recipe = training.setup, training.setup.inputs, training.setup.job.recipe
    order = epoch_order(len(inputs.train.labels), 0, 0)[: setup.batch]
    (images, targets), (batch,) = training.fixed[0], inputs.train.batches(order, setup.batch)
    weights = list(setup.model.parameters())

    def fill() -> None:
        gradients(setup, training.progress, images, targets, batch.labels)

    fill()
    length = get_total_norm([weight.grad for weight in weights if weight.grad is not None])
    event = Step(epoch=0, step=0, loss=0.5, lr=1e-3, images_per_second=100.0, gradient_norm=1.0)
    parts: dict[str, Work] = {
        "pictures": lambda: inputs.augmented(
            next(iter(inputs.train.batches(order, setup.batch))), recipe, 0, 0, 0
        ),
        "norm of the gradient": lambda: get_total_norm(
            [w.grad for w in weights if w.grad is not None]
        ).item(),
        "clipping": lambda: clip_grads_with_norm_(weights, recipe.clip_norm, length),
        "running mean": lambda: setup.average.follow(1000) if setup.average else None,
        "memory of norms": lambda: set_memory(setup.norms, 1000, 0.5),
        "event": lambda: training.log.append(event),
    }
    each = {what: _least(part, 5 * rounds) for what, part in parts.items()}
    layers = _least(lambda: training.log.append(measure_layers(setup.model, 0)), 5 * rounds) / EVERY
    bare = _least(fill, rounds) + _least(setup.optimizer.step, 5 * rounds)
    told = ", ".join(f"{what} {1e3 * time:.2f}" for what, time in each.items())
    return Row(
        name=f"{name}: the same from its parts", value=bare / (bare + sum(each.values()) + layers), unit="×",
        note=f"least processor time in ms: bare step {1e3 * bare:.0f}, {told}, layers {1e3 * layers:.2f} (one in {EVERY} "
        f"steps); events and norms alone {1 + (each['norm of the gradient'] + each['event'] + layers) / bare:.4f}",
    )  # fmt: skip


def _least(work: Work, times: int) -> float:
    work()
    return min(clocks(work)[1] for _ in range(times))


def _on_gpu(name: str, training: _Training, speed: float) -> list[Row]:
    """How much of the chip's own rate that is, and how fast a plain loop is: fp32, eager, one tensor at a time."""
    setup = training.setup
    flops = (
        2 * 3 * presets.info(name).macs
    )  # a step: forward, and backward to the activations and to the weights
    rate = measure_rates(setup.device, setup.precision).matmul.median
    model = copy.deepcopy(setup.model).to(memory_format=torch.contiguous_format)
    plain = _plain(model.train(), training.fixed)
    plain()
    slow = _STEPS * setup.batch / median(seconds(plain, setup.device) for _ in range(3))
    return [
        Row(name=f"{name}: training", value=speed, unit="pictures/s", note=f"at least {WANTED[name]:,} on an H200"),
        Row(name=f"{name}: share of the measured matrix rate", value=speed * flops / rate, unit="×",
            note=f"{speed * flops / 1e12:.1f} of {rate / 1e12:.1f} TFLOP/s in {setup.precision}"),
        Row(name=f"{name}: over a plain eager loop", value=speed / slow, unit="×", note=f"{slow:,.0f} pictures/s"),
    ]  # fmt: skip


def _plain(model: nn.Module, fixed: Sequence[tuple[Tensor, Tensor]]) -> Work:
    """The loop that everybody writes first."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, weight_decay=0.05)
    batches = [(images.contiguous(memory_format=torch.contiguous_format), labels) for images, labels in fixed]

    def work() -> None:
        for images, labels in batches:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return work


class _Fixed(Inputs):
    """Pictures that are ready, in turn."""

    def __init__(self, setup: Setup, fixed: Sequence[tuple[Tensor, Tensor]]) -> None:
        super().__init__(setup.data, setup.device, torch.contiguous_format)
        self._fixed = fixed

    def augmented(self, *given: object) -> tuple[Tensor, Tensor]:
        """The pictures of the step whose number is given last."""
        return self._fixed[int(str(given[-1])) % len(self._fixed)]


def _step(name: str, training: _Training, rounds: int) -> list[Row]:
    """Steps with their events, the norm of the gradient and once those of all layers, in turn with bare ones."""
    setup, progress = training.setup, training.progress
    job = replace(setup.job, recipe=replace(setup.job.recipe, clip_norm=0.0))
    setup = replace(setup, job=job, inputs=_Fixed(setup, training.fixed))
    order = epoch_order(len(setup.inputs.train.labels), 0, 0)[: _STEPS * setup.batch]
    batches = list(setup.inputs.train.batches(order, setup.batch))

    def told() -> None:
        progress.step = EVERY  # layers are measured in the first of these steps: more often than in a run
        for batch in batches:
            taken = take_step(setup, progress, batch, 1e-6, training.log.append)
            training.log.append(Step(epoch=0, step=progress.step, loss=taken.loss, lr=1e-6, images_per_second=0.0,
                                     gradient_norm=taken.gradient_norm))  # fmt: skip
            progress.step += 1

    is_compiled = setup.forward is not setup.wrapped.forward
    pair = interleaved(_bare(training, compiled=is_compiled), told, pairs=rounds, device=setup.device)
    return [
        Row(name=f"{name}: a step with events and norms over a bare one", value=pair.ratio, unit="×",
            note=f"{pair.second / _STEPS * 1e3:.2f} ms against {pair.first / _STEPS * 1e3:.2f} ms; processor time "
            f"{pair.cpu_ratio:.3f}; at most 1.02")
    ]  # fmt: skip
