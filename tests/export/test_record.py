"""The record of an export: what it says, where it lies, and that a damaged one is told from a whole one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hybridgraph.errors import DocumentError
from hybridgraph.export.record import (
    ExportedFile,
    ExportRecord,
    Latency,
    Port,
    Preprocessing,
    Trial,
    load_record,
    parse_record,
    record_path,
    record_text,
    run_records,
)


def trial(pictures: str, batch: int, largest: float, top1: float | None) -> Trial:
    return Trial(
        pictures=pictures, batch=batch, height=4, width=5, largest=largest, relative=largest / 10, top1=top1
    )  # type: ignore[arg-type]


RECORD = ExportRecord(
    format="onnx",
    path="/home/model.onnx",
    files=(ExportedFile(name="model.onnx", bytes=1_500_000, sha256="ab"),),
    name="net",
    design="d1",
    weights="",
    runtime="a runtime",
    precision="fp32",
    opset=20,
    inputs=(Port(name="image", dims=("batch", 3, 4, 5)),),
    outputs=(Port(name="output", dims=("batch", 2)),),
    dynamic=("batch",),
    tolerance=1e-6,
    trials=(trial("random", 1, 0.0, 1.0), trial("real", 1, 2e-6, 1.0), trial("real", 3, 1e-6, 2 / 3)),
    real="the bundled samples",
    latency=(Latency(batch=3, runtime_ms=1.0, torch_ms=2.0, ratio=0.5, pairs=7),),
    preprocessing=Preprocessing(channels=3, height=4, width=5, mean=(0.5,), classes=("cat", "dog")),
    versions={"torch": "2"},
    threads=1,
    made="2026-01-02T03:04:05.000+00:00",
    seconds=1.25,
)


def test_a_record_comes_back_from_its_json() -> None:
    assert parse_record(record_text(RECORD)) == RECORD


def test_a_record_sums_up_its_trials() -> None:
    assert (RECORD.bytes, RECORD.largest, RECORD.relative, RECORD.batches) == (1_500_000, 2e-6, 2e-7, (1, 3))
    assert RECORD.top1 == pytest.approx(3 / 4)  # of the real pictures alone
    assert str(RECORD) == (
        "/home/model.onnx: 1.5 MB, largest difference 2.0e-06 (2.0e-07 of the range) at batches of 1 and 3, "
        "same class for 75 % of the pictures, 0.50 times torch's time at batch 3"
    )
    unscored = replace(RECORD, trials=(trial("random", 1, 0.0, None),), latency=())
    assert unscored.top1 is None
    assert str(unscored) == "/home/model.onnx: 1.5 MB, bit-identical at batches of 1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "its version is 2"),
        ({"seconds": "long"}, "'long' stands"),
        ({"format": "tar"}, "'tar' stands"),
        ({"trials": []}, "nothing was tried"),
        ({"trials": [{"batch": 1}]}, "missing"),
        ({"threads": True}, "True stands"),
        ({"colour": 1}, "colour is not known"),
    ],
)
def test_a_record_that_is_none_is_told(change: dict[str, object], why: str, tmp_path: Path) -> None:
    path = tmp_path / "a.export.json"
    path.write_text(json.dumps(json.loads(record_text(RECORD)) | change))
    with pytest.raises(DocumentError, match=f"is no record of an export: .*{why}"):
        load_record(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_other_files_are_no_records(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.export.json").write_bytes(content)
    with pytest.raises(DocumentError, match="is no record of an export"):
        load_record(tmp_path / "a.export.json")


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        load_record(tmp_path / "a.export.json")


def test_the_records_of_a_run_come_newest_first_without_damaged_ones(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    newer = replace(RECORD, made="2026-02-02T00:00:00.000+00:00")
    record_path(folder / "a").write_text(record_text(RECORD))
    record_path(folder / "b").write_text(record_text(newer))
    record_path(folder / "c").write_text("{")
    assert run_records(tmp_path) == [newer, RECORD]
    assert run_records(tmp_path / "none") == []
