"""The forecast of memory against what is alive in a real step, and what a forecast takes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from benchmarks.timing import Follower, Row, clocks, threads
from hybridgraph import compiler, designs
from hybridgraph.engine import Engine
from hybridgraph.forecast.forecaster import Forecaster
from hybridgraph.forecast.values import Format
from hybridgraph.graph.model import Graph
from hybridgraph.recipes import Recipe
from hybridgraph.train.device import autocast, memory_format
from hybridgraph.train.freezing import marked_blocks
from hybridgraph.train.optimizer import build_optimizer, has_fused
from hybridgraph.train.recomputing import recompute

DESIGNS: tuple[tuple[str, int, int, Format], ...] = (
    ("pocket-moat", 28, 8, "fp32"),
    ("pocket-moat", 28, 8, "bf16"),
    ("coatnet-0", 64, 4, "fp32"),
    ("coatnet-0", 64, 4, "bf16"),
    ("moat-0", 64, 2, "fp32"),
    ("swin-t", 224, 1, "fp32"),
    ("swinv2-t-w8", 256, 1, "fp32"),
    ("convnext-t", 64, 2, "fp32"),
    ("efficientnet-b0", 64, 2, "fp32"),
    ("deit-ti", 224, 1, "fp32"),
    ("cvt-13", 224, 1, "fp32"),
    ("aa-resnet-34", 64, 1, "fp32"),
    ("cbam-resnet-18-cifar", 32, 2, "fp32"),
    ("se-resnet-20-cifar", 32, 8, "fp32"),
)
"""Preset, side of the picture, batch and format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """The largest sums of living tensors in a forward pass for inference and in a training step."""

    inference: int
    training: int


def living(graph: Graph, batch: int, precision: Format, engine: Engine) -> Living:
    """Take two training steps as a run takes them, follow the second, then follow a forward pass of inference."""
    device = torch.device("cpu")
    plan, network = compiler.planned(graph, engine), compiler.compile(graph, engine=engine)
    layout = memory_format(network, device)
    recompute(marked_blocks(network, graph, "recompute"))
    network = network.to(memory_format=layout).train()  # type: ignore[call-overload]
    optimizer = build_optimizer(network, Recipe(), is_fused=has_fused(device))
    images = torch.randn(batch, *plan.input.dims).contiguous(memory_format=layout)
    labels = torch.zeros(batch, dtype=torch.int64)

    def step() -> None:
        with autocast(device, precision):
            logits = network(images)
        loss = F.cross_entropy(logits.float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    step()
    states = [value for state in optimizer.state.values() for value in state.values()]
    weights = list(network.parameters())
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    with Follower() as training:
        training.give([images, *weights, *network.buffers(), *gradients, *states])
        del gradients, states
        step()
    optimizer.zero_grad(set_to_none=True)
    network.eval()
    with Follower() as inference, torch.no_grad():
        inference.give([images, *weights, *network.buffers()])
        with autocast(device, precision):
            network(images)
    return Living(inference=inference.peak, training=training.peak)


def measure(_: torch.device, *, rounds: int) -> list[Row]:  # noqa: ARG001  (memory needs no repeating)
    """The rows of this benchmark."""
    rows: list[Row] = []
    engine = Engine()
    with threads(1):
        for name, side, batch, precision in DESIGNS:
            graph = designs.build(name, image_size=side)
            engine.analyze(graph)
            first = clocks(lambda graph=graph, p=precision: Forecaster(engine).forecast(graph, precision=p))  # type: ignore[misc]
            told = Forecaster(engine).forecast(graph, batch=batch, precision=precision)
            real = living(graph, batch, precision, engine)
            rows += [
                Row(name=f"{name}, {side} px, batch {batch}, {precision}: {what}", value=said / found, unit="×",
                    note=f"{said / 1e6:.2f} MB forecast, {found / 1e6:.2f} MB alive; a forecast takes "
                    f"{first[1] * 1e3:.0f} ms of processor time")
                for what, said, found in (
                    ("training", told.training.bytes, real.training),
                    ("inference", told.inference.bytes, real.inference),
                )
            ]  # fmt: skip
    return rows
