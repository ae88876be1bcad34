"""A curve of any length: what is cut is gone, no extreme is lost, smoothing is the mean it says."""

import math
import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.raster import covered
from app.plots.series import Series

VALUES = st.lists(st.floats(-1e6, 1e6), max_size=300)


def made(values: list[float]) -> Series:
    series = Series()
    for number, value in enumerate(values):
        series.add(number + 1, value, number / 2)
    return series


@given(VALUES, st.data())
def test_the_pyramid_tells_what_the_values_tell(values: list[float], data: st.DataObject) -> None:
    series = made(values)
    kept = data.draw(st.integers(0, len(values)))
    series.cut(kept + 1)
    values = [*values[:kept], 7.0, -7.0, 0.0]
    for number in range(3):
        series.add(kept + number + 1, values[kept + number])
    start = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    assert list(series.values) == values
    assert series.extremes(start, stop) == (min(values[start:stop]), max(values[start:stop]))
    columns = series.columns(series.steps, start, stop, data.draw(st.integers(1, 20)))
    assert (min(columns.lows), max(columns.highs)) == series.extremes(start, stop)
    assert list(columns.xs) == sorted(columns.xs)
    assert columns.xs[0] >= start + 1
    assert columns.xs[-1] <= stop


@given(VALUES.filter(bool), st.integers(0, 400), st.integers(2, 40), st.data())
def test_smoothing_is_the_mean_of_the_neighbours(
    values: list[float], reach: int, most: int, data: st.DataObject
) -> None:
    series = made(values)
    start = data.draw(st.integers(0, len(values) - 1))
    means = series.means(series.steps, start, len(values), reach, most)
    assert len(means.xs) <= most + 2
    assert means.xs[-1] == len(values)
    for x, mean in zip(means.xs, means.lows, strict=True):
        at = int(x) - 1
        window = values[max(at - reach, 0) : at + reach + 1]
        assert mean == pytest.approx(math.fsum(window) / len(window), abs=1e-6)


def test_a_long_curve_is_told_in_a_few_columns_and_a_short_one_by_its_points() -> None:
    random.seed(2)
    values = [random.random() for _ in range(100_000)]
    values[70_001] = 9.0
    series = made(values)
    columns = series.columns(series.steps, 0, len(series), 200)
    assert 200 <= len(columns.xs) <= 402
    assert max(columns.highs) == 9.0
    spike = columns.highs.index(9.0)
    assert columns.xs[spike] == pytest.approx(70_002, abs=100_000 / 200)
    near = series.columns(series.steps, 69_990, 70_010, 200)
    assert near.are_points
    assert near.xs[near.highs.index(9.0)] == 70_002


def test_what_is_no_number_is_left_out_and_a_step_taken_again_replaces_the_rest() -> None:
    series = made([1.0, math.nan, 3.0, math.inf, 5.0])
    assert (list(series.steps), series.left_out) == ([1, 3, 5], 2)
    series.add(3, 8.0)
    assert (list(series.steps), list(series.values)) == ([1, 3], [1.0, 8.0])


def test_the_nearest_value_and_the_stretch_around_a_view() -> None:
    series = made([0.0] * 5)
    assert [series.nearest(series.steps, x) for x in (-9, 1.4, 1.6, 99)] == [0, 0, 1, 4]
    assert Series().nearest(array("d"), 1.0) is None
    assert series.stretch(series.steps, 2.5, 3.5) == (1, 4)
    assert series.stretch(series.times, 0.0, 2.0) == (0, 5)


def test_a_curve_covers_the_columns_that_its_line_goes_through() -> None:
    upper, lower = covered([0.5, 3.5, 4.2], [10.0, 40.0, 5.0], [10.0, 40.0, 5.0], 6)
    assert upper[:4] == [10.0, 15.0, 25.0, 35.0]
    assert lower[:3] == [15.0, 25.0, 35.0]
    assert (upper[4], lower[4]) == (5.0, 40.0)  # long enough to meet its neighbour
    assert upper[5] == math.inf
    assert covered([-50.0, 50.0], [0.0, 100.0], [0.0, 100.0], 2)[0] == [50.0, 51.0]
