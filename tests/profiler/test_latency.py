"""Equal latency: few widths are tried, the nearest is taken, and what is measured is the block alone."""

import math
from collections.abc import Callable

import pytest

from hybridgraph import catalog, presets
from hybridgraph.balance import width_of
from hybridgraph.errors import GraphError
from hybridgraph.graph import files
from hybridgraph.graph.model import Graph, Node
from hybridgraph.graph.values import Ref
from hybridgraph.profiler.latency import MOST_TRIES, Matched, Request, Tried, decode, encode, search
from hybridgraph.profiler.matching import match
from hybridgraph.profiler.result import Spread

PATH = ("stage2", "moat")


def machine(time_of: Callable[[int], float], old: float) -> Callable[[int], Tried]:
    """A machine on which a width takes so long."""

    def measure(width: int) -> Tried:
        before, after = (Spread(median_us=time, p10_us=time, p90_us=time) for time in (old, time_of(width)))
        return Tried(width=width, before=before, after=after, ratio=time_of(width) / old, passes=5)

    return measure


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("goal", [8, 40, 96, 200, 1000])
def test_the_width_of_equal_time_is_found_in_few_tries(power: float, goal: int) -> None:
    tried = search(96, 8, machine(lambda width: width**power, goal**power), lambda: False)
    best = Matched(device="", batch=1, tried=tuple(tried)).best
    assert len(tried) <= MOST_TRIES
    assert abs(best.width - goal) <= max(8, 0.12 * goal)
    assert all(one.width % 8 == 0 for one in tried)
    assert len({one.width for one in tried}) == len(tried)


def test_times_that_jump_about_end_too() -> None:
    tried = search(96, 32, machine(lambda width: 2 + math.sin(width), 2.0), lambda: False)
    assert 1 <= len(tried) <= MOST_TRIES
    assert len(search(96, 32, machine(lambda _: 5.0, 1.0), lambda: True)) == 1
    narrowest = search(32, 32, machine(lambda _: 5.0, 1.0), lambda: False)
    assert [one.width for one in narrowest] == [32]  # nothing is narrower


def swapped(block: str) -> tuple[Graph, Graph]:
    before = presets.build("pocket-moat")
    node = Node(id=PATH[-1], block=block, params={"channels": Ref("channels"), "stride": Ref("stride")})
    return before, before.with_body(PATH[:-1], before.at(PATH[:-1]).with_item(node))


def request(block: str) -> Request:
    before, after = swapped(block)
    home, name, grain = width_of(after, PATH, catalog.load())
    return Request(before=files.dumps(before), after=files.dumps(after), home=home, name=name, width=96, grain=grain, seconds=0.2)  # fmt: skip


def test_a_swapped_stage_is_measured_alone_against_the_old_one() -> None:
    asked = request("mbconv")
    assert asked.home == ("stage2",)  # the width is the stage's, so the stage is measured
    matched = match(asked)
    assert matched.tried[0].width == 96
    assert all(one.passes >= 5 and one.before.median_us > 0 < one.after.median_us for one in matched.tried)
    assert decode(encode(matched)) == matched


def test_what_does_not_run_is_a_sentence() -> None:
    asked = request("mbconv")
    with pytest.raises(GraphError, match="no image"):
        match(Request(**{name: getattr(asked, name) for name in ("after", "home", "name", "width", "grain")}, before=files.dumps(Graph(name="empty"))))  # fmt: skip
