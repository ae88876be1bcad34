"""What is done to pictures in training: each operation, each mixture, and that only (seed, epoch, index) decide."""

import math
from typing import Literal

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from hybridgraph.data import Batch, Dataset, MemoryPictures, crop, erase, mix_pictures
from hybridgraph.data.randaugment import OPERATIONS, apply, randaugment
from hybridgraph.recipes import Recipe
from hybridgraph.train.inputs import Inputs
from hybridgraph.train.targets import class_weights, confidences, guessing, loss_of, picture_losses


@pytest.fixture
def pictures() -> torch.Tensor:
    smooth = np.random.default_rng(3).integers(20, 200, (6, 3, 4, 4)).astype(np.uint8)
    return torch.nn.functional.interpolate(torch.from_numpy(smooth).float(), 16, mode="bilinear").to(
        torch.uint8
    )


def changed(
    pictures: torch.Tensor, name: str, strength: float = 1.0, *, negative: bool = False
) -> torch.Tensor:
    count = len(pictures)
    kinds = torch.full((count,), OPERATIONS.index(name))
    return apply(
        pictures, kinds, torch.full((count,), strength, dtype=torch.float64), torch.full((count,), negative)
    )


def as_pillow(picture: torch.Tensor) -> Image.Image:
    return Image.fromarray(picture.permute(1, 2, 0).numpy())


@pytest.mark.parametrize(
    ("name", "work"),
    [
        ("equalize", ImageOps.equalize),
        ("identity", lambda image: image),
        ("autocontrast", ImageOps.autocontrast),
        ("posterize", lambda image: ImageOps.posterize(image, 4)),
        ("solarize", lambda image: ImageOps.solarize(image, 0)),
    ],
)
def test_colours_change_as_pillow_changes_them(pictures: torch.Tensor, name: str, work) -> None:
    found = changed(pictures, name)
    for index, picture in enumerate(pictures):
        expected = torch.from_numpy(np.array(work(as_pillow(picture)))).permute(2, 0, 1)
        assert (found[index].int() - expected.int()).abs().max() <= 1


def test_blends_go_to_their_ends(pictures: torch.Tensor) -> None:
    grey = changed(pictures, "color", negative=True).float()
    assert (grey.amax(1) - grey.amin(1)).max() < (
        pictures.float().amax(1) - pictures.float().amin(1)
    ).max() / 5
    assert changed(pictures, "brightness", negative=True).float().mean() < pictures.float().mean() / 5
    assert changed(pictures, "contrast", negative=True).float().std() < pictures.float().std() / 3
    assert not torch.equal(changed(pictures, "sharpness"), pictures)
    for name in ("color", "brightness", "contrast", "sharpness", "rotate", "shear-x", "translate-y"):
        assert torch.equal(changed(pictures, name, 0.0), pictures), name


def test_moves_move(pictures: torch.Tensor) -> None:
    quarter = changed(pictures, "rotate", 3.0)  # 90 degrees
    assert min((quarter.int() - pictures.rot90(turn, (2, 3)).int()).abs().max() for turn in (1, 3)) <= 1
    right = changed(pictures, "translate-x", 0.25 / 0.45)
    assert torch.equal(right[..., :12], pictures[..., 4:])
    assert not right[..., 12:].any()
    turned = changed(pictures.mT.contiguous(), "shear-x").mT
    assert (turned.int() - changed(pictures, "shear-y").int()).abs().max() <= 1


def test_a_picture_is_changed_alike_in_any_company(pictures: torch.Tensor) -> None:
    indices = torch.tensor([5, 900, 7, 3, 1, 12])
    settings = {"seed": 3, "epoch": 2, "operations": 3, "magnitude": 9.0, "spread": 0.5}
    whole = randaugment(pictures, indices, **settings)
    apart = torch.cat([randaugment(pictures[i : i + 1], indices[i : i + 1], **settings) for i in range(6)])
    assert torch.equal(whole, apart)
    assert not torch.equal(whole, randaugment(pictures, indices, **{**settings, "epoch": 3}))
    whole = crop(pictures, indices, seed=1, epoch=0, smallest=0.08)
    apart = torch.cat(
        [crop(pictures[i : i + 1], indices[i : i + 1], seed=1, epoch=0, smallest=0.08) for i in range(6)]
    )
    assert torch.equal(whole, apart)


def test_rectangles_are_erased_to_the_mean_as_often_as_asked() -> None:
    images = torch.ones(500, 1, 32, 32)
    erased = erase(images.clone(), torch.arange(500), seed=0, epoch=0, chance=0.25)
    gone = (erased == 0).flatten(1).float().mean(1)
    assert 0.18 < (gone > 0).float().mean() < 0.32
    assert gone.max() <= 0.4
    assert gone[gone > 0].min() > 0.01
    rows = (erased == 0).any(3)[:, 0]
    assert (rows.int().diff(dim=1).abs().sum(1) <= 2).all()  # one rectangle, whole


@pytest.mark.parametrize(("mixup", "cutmix"), [(0.8, 0.0), (0.0, 1.0), (0.8, 1.0)])
def test_targets_hold_the_shares_that_are_in_the_picture(mixup: float, cutmix: float) -> None:
    count = 40
    labels = torch.arange(count)
    images = (
        torch.eye(count)[:, :, None, None].expand(-1, -1, 16, 16).contiguous()
    )  # a channel for each picture
    mixed, targets = mix_pictures(images, labels, count, seed=1, step=4, mixup=mixup, cutmix=cutmix)
    assert torch.allclose(mixed.mean((2, 3)), targets, atol=1e-5)
    assert torch.allclose(targets.sum(1), torch.ones(count))
    is_box = ((mixed == 0) | (mixed == 1)).flatten(1).all(1)
    assert is_box.float().mean() == pytest.approx(0.5 if mixup and cutmix else float(cutmix > 0), abs=0.25)
    again = mix_pictures(images, labels, count, seed=1, step=4, mixup=mixup, cutmix=cutmix)[0]
    other = mix_pictures(images, labels, count, seed=1, step=5, mixup=mixup, cutmix=cutmix)[0]
    assert torch.equal(mixed, again)
    assert not torch.equal(mixed, other)


def test_balanced_weights_make_classes_count_alike() -> None:
    labels = torch.tensor([0] * 8 + [1] * 2)
    weights = class_weights(Recipe(class_weights="balanced"), labels, 2)
    assert weights is not None
    assert weights.tolist() == pytest.approx([10 / 16, 10 / 4])
    assert weights[labels].mean() == pytest.approx(1.0)
    assert class_weights(Recipe(class_weights="balanced"), torch.tensor([0, 1]), 2) is None
    assert class_weights(Recipe(), labels, 2) is None


def test_a_sigmoid_loss_asks_a_yes_or_no_of_each_class() -> None:
    logits, labels = torch.tensor([[2.0, -1.0, 0.5]]), torch.tensor([1])
    expected = -sum(math.log(p) for p in torch.tensor([-2.0, -1.0, -0.5]).sigmoid().tolist())
    assert loss_of(logits, labels, Recipe(loss="sigmoid", label_smoothing=0.0), None).item() == pytest.approx(
        expected
    )
    assert picture_losses(logits, labels, "sigmoid").tolist() == pytest.approx([expected])
    assert confidences(logits, "sigmoid").sum() != pytest.approx(1.0)
    undecided = torch.zeros(4, 7)
    for loss in ("softmax", "sigmoid"):
        said = picture_losses(undecided, torch.arange(4), loss).mean()
        assert said.item() == pytest.approx(guessing(loss, 7))


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
@pytest.mark.parametrize("weighed", [False, True])
def test_the_loss_of_parts_adds_up_to_the_whole(
    *, weighed: bool, loss: Literal["softmax", "sigmoid"]
) -> None:
    logits, labels = torch.randn(12, 3, generator=torch.Generator().manual_seed(1)), torch.arange(12) % 3
    weights = torch.tensor([0.5, 1.0, 2.0]) if weighed else None
    recipe = Recipe(label_smoothing=0.1, loss=loss)
    parts = [loss_of(logits[i : i + 4], labels[i : i + 4], recipe, weights) / 3 for i in (0, 4, 8)]
    assert torch.stack(parts).sum() == pytest.approx(
        loss_of(logits, labels, recipe, weights).item(), rel=1e-6
    )
    shares = torch.nn.functional.one_hot(labels, 3).float()
    assert loss_of(logits, shares, recipe, weights) == pytest.approx(
        loss_of(logits, labels, recipe, weights).item(), rel=1e-6
    )


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_batches_are_changed_alike_wherever_a_walk_begins(
    layout: torch.memory_format, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes are computed for several batches at once; a resumed epoch begins in the midst of them."""
    many = torch.from_numpy(np.random.default_rng(5).integers(0, 256, (90, 3, 20, 20), np.uint8))
    one = MemoryPictures(images=many, labels=torch.arange(90) % 4)
    part = MemoryPictures(
        images=many.flip(0).contiguous(), labels=one.labels, rows=torch.arange(90).flip(0)
    )  # the same pictures, in other places of a larger store
    recipe = Recipe(crop=0.5, shift=0.2, randaugment=2, magnitude=9.0, magnitude_spread=0.5, erasing=0.3)
    order = torch.randperm(90, generator=torch.Generator().manual_seed(2))

    def walked(pictures: MemoryPictures, from_batch: int, batch: int = 7) -> list[torch.Tensor]:
        data = Dataset(
            spec="", classes=tuple("abcd"), train=pictures, val=pictures, mean=torch.full((3,), 0.4),
            std=torch.full((3,), 0.2), digest="", split="",
        )  # fmt: skip
        inputs = Inputs(data, torch.device("cpu"), layout)
        walk = inputs.train.batches(order[from_batch * batch :], batch)
        return [inputs.augmented(each, recipe, 3, 1, 0)[0].clone() for each in walk]

    whole = walked(one, 0)
    assert [len(each) for each in whole] == [7] * 12 + [6]
    assert all(each.is_contiguous(memory_format=layout) for each in whole)
    for begun in (1, 5, 12):
        assert torch.equal(torch.cat(walked(one, begun)), torch.cat(whole[begun:]))
    assert torch.equal(torch.cat(walked(part, 0)), torch.cat(whole))
    monkeypatch.setattr("hybridgraph.data.pictures.AT_ONCE", 25 * 1200)
    monkeypatch.setattr("hybridgraph.train.inputs.AT_ONCE", 4 * 1200)
    assert torch.equal(torch.cat(walked(one, 0)), torch.cat(whole))
    assert torch.equal(torch.cat(walked(one, 0, 1)), torch.cat(whole))


def test_a_batch_keeps_its_changes_from_one_epoch_to_itself() -> None:
    pictures = MemoryPictures(
        images=torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8),
        labels=torch.zeros(40, dtype=torch.int64),
    )
    data = Dataset(
        spec="", classes=("a",), train=pictures, val=pictures, mean=torch.zeros(1), std=torch.ones(1),
        digest="", split="",
    )  # fmt: skip
    inputs = Inputs(data, torch.device("cpu"), torch.contiguous_format)
    first, second, *_ = inputs.train.batches(torch.arange(40), 10)
    recipe = Recipe(shift=0.3)

    def changed(batch: Batch, epoch: int) -> torch.Tensor:
        return inputs.augmented(batch, recipe, 0, epoch, 0)[0]

    assert torch.equal(changed(first, 0), changed(first, 0))
    assert not torch.equal(changed(second, 0), changed(second, 1))
    alone = Batch(images=second.images, labels=second.labels, indices=second.indices)
    assert torch.equal(changed(second, 1), changed(alone, 1))
