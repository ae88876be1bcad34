"""A block swapped at equal latency, in the window: a process measures, a table tells, nothing changes unasked."""

import json
import sys

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.choosing import matching
from app.choosing.matching import Matching
from app.choosing.swapping import BeforeAfter
from hybridgraph.analysis import Cost
from hybridgraph.profiler.latency import Matched, Request, Tried, encode
from hybridgraph.profiler.result import Spread

REQUEST = Request(before="", after="", home=("a",), name="channels", width=8, grain=8)
TIME = Spread(median_us=1.0, p10_us=1.0, p90_us=1.0)
MATCHED = Matched(
    device="cpu", batch=1, tried=(Tried(width=8, before=TIME, after=TIME, ratio=1.0, passes=5),)
)


def answers(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(matching, "COMMAND", (sys.executable, "-c", f"import sys\nsys.stdin.read()\n{code}"))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (f"print({json.dumps(encode(MATCHED))!r})", MATCHED),
        ("""print('{"error": "It has no width."}')""", "It has no width."),
        ("sys.exit('no torch here')", "The measurement broke off: no torch here"),
        ("print('{}')", "The measurement broke off: it said nothing"),
    ],
)
def test_what_the_process_says_is_told(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, code: str, told: object
) -> None:
    answers(monkeypatch, code)
    owner, heard = QObject(), []
    task = Matching(owner)
    task.start(REQUEST, heard.append, heard.append)
    qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
    assert heard == [told]


def test_a_new_measurement_ends_the_one_before(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, heard = QObject(), []
    task = Matching(owner)
    answers(monkeypatch, "import time\ntime.sleep(1000)")
    task.start(REQUEST, heard.append, heard.append)
    answers(monkeypatch, f"print({json.dumps(encode(MATCHED))!r})")
    task.start(REQUEST, heard.append, heard.append)
    qtbot.waitUntil(lambda: bool(heard), timeout=20_000)
    assert heard == [MATCHED]
    task.stop()


def test_the_table_has_a_row_for_the_latency(qtbot: QtBot) -> None:
    row = ("Stage 2 alone, one image on cpu", "2.31 ms", "2.29 ms", "-0.9 %")
    dialog = BeforeAfter("Convolution", Cost(params=10), Cost(params=20), None, more=[row])  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    assert dialog.table.rowCount() == 4
    assert tuple(dialog.table.item(3, column).text() for column in range(4)) == row
