"""The inspector says whether both counts agree, in which unit they are, and what a training step will take."""

from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from app.forecasting import ForecastDesk
from app.panels.inspector import Inspector
from app.session import Session
from app.statusline import StatusLine
from app.theme import DARK
from hybridgraph import catalog, forecast, presets
from hybridgraph.analysis import Analysis, Cost, NodeReport, Second
from hybridgraph.forecast import Forecast, NodeForecast, Peak
from hybridgraph.graph.model import digest
from hybridgraph.shapes import Vector

STEM = ("stem",)
MACS = 12_300_000


class Engine:
    """Answers when it is told to; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Any] = []

    def request(self, method: str, answer: Any, refusal: Any, **content: Any) -> None:
        assert method == "forecast"
        assert callable(refusal)
        self.asked.append(content)
        self.answers.append(answer)


@pytest.fixture
def session() -> Session:
    made = Session(catalog.load())
    made.new(presets.build("pocket-moat"))
    return made


def analysed(session: Session, second: Second) -> None:
    cost = Cost(params=1000, macs=MACS, activation_bytes=4000, second=second)
    session.accept_analysis(
        Analysis(
            digest=digest(session.graph),
            nodes={STEM: NodeReport(path=STEM, cost=cost)},
            total=cost,
            output=Vector(10),
        )
    )


def told(session: Session, batch: int) -> Forecast:
    return Forecast(
        digest=digest(session.graph), batch=batch, precision="fp32", device="cpu", training_macs=3 * MACS,
        inference=Peak(bytes=5_000_000, weights=5_000_000, path=STEM),
        training=Peak(bytes=9_000_000, weights=4_000_000, activations=5_000_000, path=STEM),
        nodes={STEM: NodeForecast(path=STEM, training_macs=MACS, inference_bytes=2, training_bytes=4_500_000)},
        limit_bytes=10**9, largest_batch=77,
    )  # fmt: skip


AGREEING = Second(params=1000, macs=MACS, blocks=1)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (AGREEING, "✓ Counted twice, both agree"),
        (Second(params=1000, macs=2 * MACS, blocks=1, gap=0.5), "24\u202f600\u202f000"),
        (Second(lone=1, lone_params=1000, lone_macs=MACS), "Counted once"),
        (Second(params=900, macs=MACS, blocks=1, lone=2, lone_params=100), "2 blocks counted once"),
    ],
)
def test_the_verdict_of_both_counts_is_shown(qapp: Any, session: Session, second: Second, words: str) -> None:
    widget = Inspector(session, DARK)
    analysed(session, second)
    assert words in widget._costs.verdict.text()


def test_the_unit_is_one_for_the_whole_window_and_kept(qapp: Any, session: Session, tmp_path: Any) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    widget = Inspector(session, DARK, settings=settings)
    line = StatusLine(session, DARK, units=widget.units)
    analysed(session, AGREEING)
    assert "12.3 M MACs" in line.totals.text()
    widget._costs.unit.setFocus()
    QTest.keyClick(widget._costs.unit, Qt.Key.Key_Down)
    assert "24.6 M FLOPs" in line.totals.text()
    assert widget._costs.bars["MACs"].name == "FLOPs"
    assert widget._costs.bars["MACs"].number == "24.6"
    assert Inspector(session, DARK, settings=settings).units.name == "FLOPs"


def test_a_forecast_is_asked_for_once_editing_pauses_and_shown(qtbot: Any, session: Session) -> None:
    engine, widget = Engine(), Inspector(session, DARK)
    desk = ForecastDesk(session, engine, widget.memory)  # type: ignore[arg-type]
    analysed(session, AGREEING)
    qtbot.waitUntil(lambda: len(engine.asked) == 1)
    assert (engine.asked[0]["batch"], engine.asked[0]["precision"]) == (32, "fp32")
    engine.answers[0]({"forecast": forecast.encode(told(session, 32))})
    bars = widget.memory.bars
    assert (bars["Peak in training"].number, bars["Peak in training"].unit) == ("9", "MB")
    assert "77 pictures" in widget.memory.word.text()
    session.select([STEM])
    assert (bars["Peak in training"].number, bars["Peak in training"].share) == ("4.50", 0.5)
    field = widget.memory.field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "64")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(engine.asked) == 2)
    assert engine.asked[1]["batch"] == 64
    assert desk.parent() is None


def test_a_folded_section_asks_nothing(qtbot: Any, session: Session) -> None:
    engine, widget = Engine(), Inspector(session, DARK)
    desk = ForecastDesk(session, engine, widget.memory)  # type: ignore[arg-type]
    widget.memory.head.setChecked(False)
    analysed(session, AGREEING)
    desk._ask()
    assert engine.asked == []
    widget.memory.head.setChecked(True)
    qtbot.waitUntil(lambda: len(engine.asked) == 1)
