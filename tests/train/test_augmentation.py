"""Flip and shift: what they may do to a picture, and that they depend on nothing but their place."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hybridgraph.data import augment, normalise
from hybridgraph.data.randomness import epoch_order, mix, uniform


def _pictures(count: int, side: int = 8, channels: int = 2) -> torch.Tensor:
    size = (count, channels, side, side)
    return torch.from_numpy(np.random.default_rng(0).integers(1, 256, size, dtype=np.uint8))


def _shifted(picture: torch.Tensor, dy: int, dx: int) -> torch.Tensor:
    """The naive way: copy what is left in the frame."""
    _, height, width = picture.shape
    result = torch.zeros_like(picture)
    for y in range(height):
        for x in range(width):
            if 0 <= y + dy < height and 0 <= x + dx < width:
                result[:, y, x] = picture[:, y + dy, x + dx]
    return result


def test_each_picture_becomes_one_of_its_flips_and_shifts_and_each_of_them_occurs() -> None:
    pictures = _pictures(1).expand(300, -1, -1, -1)
    results = augment(pictures, torch.arange(300), seed=1, epoch=0, flip=0.5, shift=1 / 8)
    allowed = {
        (mirrored, dy, dx): _shifted(source, dy, dx)
        for mirrored, source in ((False, pictures[0]), (True, pictures[0].flip(-1)))
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    }
    met = {next(name for name, one in allowed.items() if torch.equal(one, result)) for result in results}
    assert met == allowed.keys()


@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))
    ),
    st.integers(0, 2**53),
    st.integers(0, 1000),
)
def test_flip_alone_keeps_every_picture_or_mirrors_it(pixels: np.ndarray, seed: int, epoch: int) -> None:
    pictures = torch.from_numpy(pixels)
    results = augment(pictures, torch.arange(len(pixels)), seed=seed, epoch=epoch, flip=0.5, shift=0.0)
    for before, after in zip(pictures, results, strict=True):
        assert torch.equal(before, after) or torch.equal(before.flip(-1), after)


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    pictures, indices = _pictures(40), torch.arange(100, 140)
    whole = augment(pictures, indices, seed=5, epoch=2)
    order = torch.randperm(40)
    for part in torch.split(order, 7):
        assert torch.equal(augment(pictures[part], indices[part], seed=5, epoch=2), whole[part])


@pytest.mark.parametrize("other", [{"seed": 6, "epoch": 2}, {"seed": 5, "epoch": 3}])
def test_another_seed_or_epoch_moves_the_pictures_otherwise(other: dict[str, int]) -> None:
    pictures, indices = _pictures(40), torch.arange(40)
    assert not torch.equal(augment(pictures, indices, seed=5, epoch=2), augment(pictures, indices, **other))


def test_nothing_asked_is_nothing_done() -> None:
    pictures = _pictures(3)
    assert augment(pictures, torch.arange(3), seed=0, epoch=0, flip=0.0, shift=0.0) is pictures
    mirrored = augment(pictures, torch.arange(3), seed=0, epoch=0, flip=1.0, shift=0.0)
    assert torch.equal(mirrored, pictures.flip(-1))


def test_normalised_pictures_have_mean_0_and_deviation_1() -> None:
    pictures = _pictures(50)
    numbers = pictures.double() / 255
    mean, std = numbers.mean((0, 2, 3)), numbers.std((0, 2, 3), correction=0)
    result = normalise(pictures, mean.float(), std.float())
    expected = (numbers - mean.view(-1, 1, 1)) / std.view(-1, 1, 1)
    assert (result - expected).abs().max() < 1e-5


def test_the_numbers_are_spread_evenly_and_unrelated() -> None:
    draws = uniform(mix(1, 2), torch.arange(20_000), 3)  # (3, 20000)
    counts = torch.stack([torch.histc(row, 10, 0, 1) for row in draws])
    assert ((counts - 2000).abs() < 200).all()
    assert torch.corrcoef(draws).triu(1).abs().max() < 0.03
    neighbours = torch.corrcoef(torch.stack((draws[0, 1:], draws[0, :-1])))
    assert neighbours[0, 1].abs() < 0.03


def _splitmix(state: int) -> int:
    """The published generator, one number from one state."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB % 2**64
    return state ^ (state >> 31)


def test_the_numbers_are_splitmix64_and_so_the_same_on_every_machine() -> None:
    assert _splitmix(0) == 16294208416658607535  # the generator's first number from seed 0
    assert mix(0) == _splitmix(0) >> 1
    key, indices = mix(7), torch.tensor([0, 1, 10**9])
    golden = 0x9E3779B97F4A7C15
    expected = [
        [(_splitmix((key + (index * 2 + draw) * golden) % 2**64) >> 11) / 2**53 for index in indices.tolist()]
        for draw in range(2)
    ]
    assert uniform(key, indices, 2).tolist() == expected


def test_an_order_visits_every_picture_once() -> None:
    order = epoch_order(1000, 3, 4)
    assert torch.equal(order.sort().values, torch.arange(1000))
    assert torch.equal(order, epoch_order(1000, 3, 4))
    assert not torch.equal(order, epoch_order(1000, 3, 5))
