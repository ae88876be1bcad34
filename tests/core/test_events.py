"""Events: the round trip through a line, the log, its reader, and what a crash or a newer version leaves."""

import dataclasses
import math
import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridgraph.errors import RunError
from hybridgraph.events import (
    EVENT_TYPES,
    Event,
    EventLog,
    Finished,
    Note,
    Step,
    UnknownEvent,
    decode,
    encode,
    read_events,
)

_VALUES: dict[object, st.SearchStrategy[object]] = {
    int: st.integers(-(2**62), 2**62),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    str: st.text(),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
    tuple[int, ...]: st.lists(st.integers(0, 2**62)).map(tuple),
    tuple[float, ...]: st.lists(st.floats(allow_nan=False)).map(tuple),
}


def _events(cls: type[Event]) -> st.SearchStrategy[Event]:
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type]
    return st.builds(cls, **{name: _VALUES[hints[name]] for name in names})


ANY_EVENT = st.sampled_from(sorted(EVENT_TYPES)).flatmap(lambda name: _events(EVENT_TYPES[name]))


@given(ANY_EVENT)
def test_every_event_survives_its_line(event: Event) -> None:
    line = encode(event)
    assert "\n" not in line
    assert decode(line) == event


@given(st.text())
def test_any_text_decodes_to_an_event_or_none(line: str) -> None:
    assert decode(line) is None or isinstance(decode(line), Event)


def test_a_number_that_json_lacks_survives() -> None:
    event = decode(encode(Step(epoch=0, step=0, loss=math.nan, lr=math.inf, images_per_second=1)))
    assert isinstance(event, Step)
    assert math.isnan(event.loss)
    assert event.lr == math.inf


def test_an_event_of_a_newer_version_is_kept_and_written_back() -> None:
    line = '{"type":"teleported","to":[1,2]}'
    event = decode(line)
    assert event == UnknownEvent(name="teleported", content={"to": [1, 2]})
    assert encode(event) == line


def test_unknown_fields_are_ignored_and_missing_ones_make_the_event_unknown() -> None:
    assert decode('{"type":"note","message":"hi","colour":"red"}') == Note(message="hi")
    for line in ('{"type":"note"}', '{"type":"note","message":3}', '{"type":"step","epoch":true}'):
        assert isinstance(decode(line), UnknownEvent)


def test_the_reader_follows_a_growing_log(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert read_events(path) == ([], 0)
    with EventLog(path) as log:
        log.append(Note(message="one"))
        events, offset = read_events(path)
        assert events == [Note(message="one")]
        log.append(Note(message="zwei\u2028ü"))
        events, end = read_events(path, offset)
        assert events == [Note(message="zwei\u2028ü")]
        assert read_events(path, end) == ([], end)


def test_a_torn_last_line_waits_until_complete_and_never_spoils_the_next(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(path) as log:
        log.append(Note(message="one"))
    with path.open("ab") as file:
        file.write(b'{"type":"note","mess')
    events, offset = read_events(path)
    assert events == [Note(message="one")]
    with EventLog(path) as log:  # another process takes the run up again
        log.append(Note(message="two"))
    assert read_events(path, offset)[0] == [Note(message="two")]


def test_a_replaced_log_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(encode(Note(message="new")) + "\n")
    assert read_events(path, 10_000)[0] == [Note(message="new")]


def test_a_log_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="missing") as caught:
        EventLog(tmp_path / "missing" / "events.jsonl")
    assert caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_named() -> None:
    with EventLog(Path("/dev/full")) as log, pytest.raises(RunError, match="the disk is full"):
        log.append(Finished(top1=1, loss=0, epochs=1, images_per_second=1))
