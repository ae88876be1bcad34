"""A field finds what is near a place as a look at every rectangle would, and never changes."""

import random

import pytest

from app.canvas.field import Field
from app.canvas.geometry import Rect


def random_rect(dice: random.Random) -> Rect:
    size = dice.choice([40, 300, 3000, 2e6])
    return Rect(
        dice.uniform(-4000, 4000), dice.uniform(-4000, 4000), dice.uniform(0, size), dice.uniform(0, 300)
    )


def looked_for(rects: dict[int, Rect], area: Rect) -> set[int]:
    return {
        key
        for key, rect in rects.items()
        if rect.x <= area.right and rect.right >= area.x and rect.y <= area.bottom and rect.bottom >= area.y
    }


@pytest.mark.parametrize("seed", range(5))
def test_what_is_near_is_found_once_after_any_changes(seed: int) -> None:
    dice = random.Random(seed)
    rects = {key: random_rect(dice) for key in range(60)}
    field = Field(rects)
    for _ in range(30):
        gone = dice.sample(sorted(rects), 3)
        put = {dice.randrange(90): random_rect(dice) for _ in range(4)}
        before, kept = field, dict(rects)
        field = field.changed(gone, put)
        rects = {**{key: rect for key, rect in rects.items() if key not in gone}, **put}
        area = random_rect(dice)
        found = [key for key, _ in field.near(area)]
        assert len(found) == len(set(found))
        assert set(found) == looked_for(rects, area)
        assert {key for key, _ in before.near(area)} == looked_for(kept, area)


def test_a_point_on_the_line_between_two_cells_finds_both_sides() -> None:
    field = Field({"left": Rect(500, 0, 12, 10), "right": Rect(512, 0, 8, 10)})
    assert {key for key, _ in field.near(Rect(512, 5, 0, 0))} == {"left", "right"}
