"""Filters, order, groups of seeds and intervals."""

from __future__ import annotations

import time

import pytest
from scipy import stats

from hybridgraph.errors import RunError
from hybridgraph.runs.columns import COLUMNS, find_column, ordered
from hybridgraph.runs.filters import filtered
from hybridgraph.runs.groups import contestants, front, seed_groups
from hybridgraph.runs.intervals import of_mean, of_share, t_95
from hybridgraph.runs.summary import Summary

DAY = 86_400.0
NOW = time.time()


def _run(name: str, **given: object) -> Summary:
    facts: dict[str, object] = {
        "kind": "train",
        "status": "finished",
        "digest": "d",
        "group": "g",
        "seed": 0,
        "design": "moat-0",
    }
    return Summary(name=name, **{**facts, **given})  # type: ignore[arg-type]


RUNS = [
    _run(
        "a",
        top1=0.9,
        tags=("leaf", "Night"),
        params=27_800_000,
        data="folder:/x/flowers",
        made_at=NOW - DAY / 2,
    ),
    _run(
        "b",
        top1=0.7,
        design="coatnet-0",
        status="failed",
        note="too cloudy, left out",
        made_at=NOW - 3 * DAY,
        seconds=7200.0,
    ),
    _run(
        "c",
        kind="profile",
        latency_us=2500.0,
        design="MOAT-tiny",
        made_at=NOW - 30 * DAY,
        size_bytes=3_000_000,
        seed=None,
    ),
]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "abc"),
        ("top1>0.8", "a"),
        ("top1>80%", "a"),
        ("top1>80", "a"),
        ("top1<=0.7", "b"),
        ("accuracy>0.5", "ab"),
        ("tag:leaf", "a"),
        ("tag:lea", ""),
        ("tag:lea*", "a"),
        ("tag:night", "a"),
        ("-tag:leaf", "bc"),
        ("preset:moat*", "ac"),
        ("design=moat-0", "a"),
        ("design!=moat-0", "bc"),
        ("status:failed,finished kind:profile", "c"),
        ("params>20M", "a"),
        ("latency<3ms", "c"),
        ("latency<2ms", ""),
        ("duration>=2h", "b"),
        ("disk>2MB", "c"),
        ("age<1d", "a"),
        ("age>1w", "c"),
        ("made>2000-01-01", "abc"),
        ("flowers", "a"),
        ("CLOUDY", "b"),
        ('note:"left out"', "b"),
        ('"too cloudy"', "b"),
        ("top1>0.8 tag:leaf preset:moat* -status:failed", "a"),
        ("seed:none", "c"),
        ("seed=0", "ab"),
    ],
)
def test_a_filter_lets_through_what_it_says(text: str, names: str) -> None:
    assert "".join(run.name for run in filtered(RUNS, text)) == names


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("top2>0.8", "Runs have no 'top2'. Did you mean top1?"),
        ("top1>", "The term 'top1>' ends too early"),
        ("top1>many", "'many' is no number"),
        ("params>3ms", "'3ms' is no number"),
        ("design>a", "design is a text"),
        ('note:"open', "quotation mark has no partner"),
        ("made>yesterday", "is no day"),
    ],
)
def test_a_wrong_filter_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RunError) as caught:
        filtered(RUNS, text)
    assert sentence in str(caught.value)


def test_every_column_sorts_and_what_is_missing_comes_last() -> None:
    for column in COLUMNS:
        for is_descending in (False, True):
            found = ordered(RUNS, column, is_descending=is_descending)
            assert sorted(run.name for run in found) == ["a", "b", "c"]
            has = [column.get(run) not in (None, "", ()) for run in found]
            assert has == sorted(has, reverse=True)
    assert [run.name for run in ordered(RUNS, find_column("top1"), is_descending=True)] == ["a", "b", "c"]


def test_intervals_agree_with_scipy() -> None:
    for freedom in (1, 2, 3, 4, 5, 9, 10, 29, 100):
        assert t_95(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)
    values = [0.81, 0.84, 0.79, 0.83]
    mean, reach = of_mean(values)
    low, high = stats.t.interval(0.95, 3, loc=mean, scale=stats.sem(values))
    assert (mean - (reach or 0), mean + (reach or 0)) == pytest.approx((low, high))
    assert of_mean([0.5]) == (0.5, None)
    expected = stats.binomtest(80, 100).proportion_ci(method="wilson")
    assert of_share(0.8, 100) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_seeds_of_one_experiment_are_put_together() -> None:
    runs = [_run(f"s{seed}", seed=seed, best_top1=0.8 + seed / 100, made_at=seed) for seed in range(3)]
    runs += [_run("again", seed=2, best_top1=0.9, made_at=10.0), _run("going on", seed=7, status="running")]
    runs.append(_run("other", group="h", best_top1=0.5))
    first, second = seed_groups(runs)
    assert [run.name for run in first.runs] == ["s0", "s1", "again"]
    assert first.seeds == (0, 1, 2)
    assert first.best is not None
    assert first.best.mean == pytest.approx((0.8 + 0.81 + 0.9) / 3)
    assert first.best.low is not None
    assert first.best.low < first.best.mean
    assert second.best is not None
    assert (second.best.low, second.best.count) == (None, 1)


def test_designs_compete_by_what_all_their_runs_found_out() -> None:
    runs = [
        _run("m0", seed=0, best_top1=0.80, params=10), _run("m1", seed=1, best_top1=0.84, params=10),
        _run("m-profile", kind="profile", latency_us=900.0, batch=8, precision="fp32", device="cpu"),
        _run("c", digest="e", design="coatnet-0", group="h", best_top1=0.9, held_back=100, params=20),
        _run("slow", digest="f", design="cvt", group="i", best_top1=0.7, params=30),
        _run("new", digest="z", design="new", group="j", status="new"),
    ]  # fmt: skip
    found = contestants(runs)
    assert [(one.design, one.seeds, one.over) for one in found] == [
        ("coatnet-0", 1, "pictures"), ("moat-0", 2, "seeds"), ("cvt", 1, "seeds"),
    ]  # fmt: skip
    assert (found[0].low, found[0].high) == of_share(0.9, 100)
    assert found[1].accuracy == pytest.approx(0.82)
    assert found[1].latency_us == 900.0
    assert found[1].setting == "batch 8, fp32 on cpu"
    assert front(found, "params") == {"d", "e"}
    assert front(found, "latency_us") == {"d"}
