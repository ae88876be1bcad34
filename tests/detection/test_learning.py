"""The blocks, the match and the losses together: a small detector learns where the objects of two pictures are."""

from __future__ import annotations

import torch

from hybridgraph import compiler
from hybridgraph.detection import Target, generalized_iou, predictions, set_loss, to_corners
from hybridgraph.presets.detr import Detr, build
from hybridgraph.presets.resnet import ResNet


def test_a_small_detector_learns_two_pictures_by_heart() -> None:
    torch.manual_seed(0)
    variant = Detr(
        backbone=ResNet(depths=(1, 1, 1, 1), widths=(4, 4, 4, 4)), channels=32, head_dim=16, expansion=2, dropout=0.0,
        encoder=1, decoder=2, queries=5,
    )  # fmt: skip
    network = compiler.compile(build("small", variant, image_size=32, channels_in=1, classes=2))
    boxes = torch.tensor([[0.25, 0.25, 0.3, 0.3], [0.7, 0.6, 0.4, 0.5], [0.5, 0.75, 0.6, 0.3]])
    targets = [
        Target(labels=torch.tensor([0, 1]), boxes=boxes[:2]),
        Target(labels=torch.tensor([1]), boxes=boxes[2:]),
    ]
    images = torch.randn(2, 1, 32, 32)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    before = set_loss(network(images), targets).total.item()
    for _ in range(150):
        loss = set_loss(network(images), targets).total
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 0.1)
        optimizer.step()
    assert loss.item() < before / 5
    answer = predictions(network(images).detach())
    for index, target in enumerate(targets):
        best = answer.scores[index].topk(len(target)).indices
        overlap = generalized_iou(answer.boxes[index, best][:, None], to_corners(target.boxes)[None])
        assert float(overlap.max(dim=0).values.min()) > 0.6
        assert sorted(answer.labels[index, best].tolist()) == sorted(target.labels.tolist())
