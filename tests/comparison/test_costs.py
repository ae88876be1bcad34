"""Numbers of both designs, matched by stage; what runs add to them."""

from __future__ import annotations

from pathlib import Path as File

import pytest

from hybridgraph.comparison import compare, wording
from hybridgraph.comparison.costs import Amount, Known, costs
from hybridgraph.comparison.results import results
from hybridgraph.errors import DocumentError, RunError
from hybridgraph.events import EpochFinished, EventLog, NodeTimed, ProfileFinished, RunStarted
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph
from hybridgraph.jobs import ProfileJob
from hybridgraph.runs.store import Run, create_run
from tests.core.toys import analyzed, chain, group, node

BEFORE = chain(
    node("a", channels=8),
    group("stage", node("p", channels=8), wires="x > p, p > y", repeat=2),
    node("j", "judge"),
)
AFTER = chain(
    node("n", channels=8),
    group("body", node("q", channels=8), wires="x > q, q > y", repeat=4),
    node("late", "split"),
    node("k", "judge"),
)


def epoch(number: int, top1: float) -> EpochFinished:
    return EpochFinished(
        epoch=number, train_loss=1, train_top1=0, val_loss=1, val_top1=top1, seconds=1, images_per_second=1,
        eta_seconds=0,
    )  # fmt: skip


def a_run(where: File, design: Graph, *events: object) -> Run:
    run = create_run(where, graph_text=files.dumps(design), source="", job=ProfileJob())
    with EventLog(run.events_path) as log:
        for event in events:
            log.append(event)  # type: ignore[arg-type]
    return run


TIMED = (
    RunStarted(kind="profile", device="cpu", precision="fp32", params=1, pid=1),
    NodeTimed(path="stage", forward_us_median=400),
    NodeTimed(path="stage/p", forward_us_median=300),
    ProfileFinished(total_us_median=800, batch=4),
)


def test_stages_under_other_ids_stand_in_one_row():
    found = costs(compare(BEFORE, AFTER), Known(analysis=analyzed(BEFORE)), Known(analysis=analyzed(AFTER)))
    assert [(row.before, row.after, row.sign) for row in found.stages] == [
        (("image",), ("image",), None),
        (("a",), ("n",), "moved"),
        (("stage",), ("body",), "changed"),
        (None, ("late",), "added"),
        (("j",), ("k",), "moved"),
    ]
    stage = found.stages[2].amounts["params"]
    assert (stage.before, stage.after, stage.ratio) == (128, 256, 1.0)
    assert found.stages[3].amounts["params"].before is None


def test_the_whole_is_the_sum_of_its_rows_on_both_sides():
    known = Known(analysis=analyzed(BEFORE)), Known(analysis=analyzed(AFTER))
    found = costs(compare(BEFORE, AFTER), *known)
    for side in ("before", "after"):
        for measure in ("params", "macs", "activation_bytes"):
            parts = [
                getattr(row.amounts[measure], side) or 0 for row in found.stages if measure in row.amounts
            ]
            assert sum(parts) == getattr(found.total.amounts[measure], side)


def test_the_other_way_round_differences_change_their_sign():
    known = Known(analysis=analyzed(BEFORE)), Known(analysis=analyzed(AFTER))
    there, back = costs(compare(BEFORE, AFTER), *known), costs(compare(AFTER, BEFORE), known[1], known[0])
    for name, amount in there.total.amounts.items():
        assert amount.difference == -(back.total.amounts[name].difference or 0)
    assert {row.before for row in there.stages} == {row.after for row in back.stages}


def test_runs_tell_latency_for_one_picture_and_the_best_accuracy(tmp_path: File):
    runs = [
        a_run(tmp_path / "p", BEFORE, *TIMED),
        a_run(tmp_path / "t", BEFORE, epoch(0, 0.5), epoch(1, 0.75), epoch(2, float("nan"))),
    ]
    found = results(runs, BEFORE)
    assert (found.top1, found.total_us, found.forward_us["stage", "p"]) == (0.75, 200, 75)
    table = costs(compare(BEFORE, AFTER), Known(results=found))
    assert table.total.amounts["latency_us"] == Amount(before=200)
    assert table.stages[2].amounts["latency_us"] == Amount(before=100)
    assert table.notes == ("Latency for one picture, measured with a batch of 4 in fp32 on cpu.",)


def test_epochs_that_a_later_process_took_again_do_not_count(tmp_path: File):
    again = RunStarted(kind="train", device="cpu", precision="fp32", params=1, pid=2, epoch=1, step=9)
    run = a_run(tmp_path / "t", BEFORE, epoch(0, 0.5), epoch(1, 0.9), again, epoch(1, 0.6))
    assert results([run], BEFORE).top1 == 0.6


def test_a_run_of_another_version_is_named(tmp_path: File):
    other = edits.set_title(AFTER, ("n",), "Only a title")
    run = a_run(tmp_path / "fast", AFTER, *TIMED)
    assert results([run], other).notes == ()
    assert "The run fast was made with another version" in results([run], BEFORE).notes[0]


def test_times_of_two_machines_are_not_passed_off_as_alike(tmp_path: File):
    slow = results([a_run(tmp_path / "a", BEFORE, *TIMED)], BEFORE)
    fast = results([a_run(tmp_path / "b", BEFORE, *TIMED[1:])], BEFORE)
    (note,) = costs(compare(BEFORE, BEFORE), Known(results=slow), Known(results=fast)).notes
    assert note.startswith("The two were timed differently")


def test_a_run_without_its_design_or_log_is_refused_or_empty(tmp_path: File):
    run = a_run(tmp_path / "p", BEFORE)
    assert results([run], BEFORE).top1 is None
    (run.path / "graph.hybrid.json").unlink()
    with pytest.raises(DocumentError, match="holds no design"):
        results([run], BEFORE)
    (run.path / "graph.hybrid.json").write_text(files.dumps(BEFORE))
    run.events_path.unlink()
    run.events_path.mkdir()
    with pytest.raises(RunError):
        results([run], BEFORE)


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        ("params", 0, "0"),
        ("params", 999, "999"),
        ("params", 27_850_000, "27.85 M"),
        ("macs", 5_638_000_000, "5.638 G"),
        ("activation_bytes", 6152, "6.152 kB"),
        ("activation_bytes", 12, "12 B"),
        ("latency_us", 4213, "4.213 ms"),
        ("latency_us", 0.4, "0.000400 ms"),
        ("top1", 0.79614, "79.61 %"),
        ("params", None, "–"),
        ("top1", float("nan"), "n/a"),
    ],
)
def test_numbers_have_units_and_four_digits(measure: str, value: float | None, text: str):
    assert wording.number(measure, value) == text  # type: ignore[arg-type]


def test_differences_have_a_sign_and_a_share():
    assert wording.difference("params", Amount(before=1000, after=1500)) == ("+500", "+50.0 %")
    assert wording.difference("params", Amount(before=1000, after=500)) == ("−500", "−50.0 %")
    assert wording.difference("params", Amount(before=5, after=5)) == ("=", "")
    assert wording.difference("params", Amount(before=0, after=5)) == ("+5", "")
    assert wording.difference("top1", Amount(before=0.7, after=0.72)) == ("+2.00 points", "")
    assert wording.difference("macs", Amount(after=3)) == ("", "")
