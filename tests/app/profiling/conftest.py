"""A profile of the small design, made by hand, and the panel that shows it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.profiling.panel import ProfilePanel
from app.runs import RunDesk
from app.session import Session
from app.theme import DARK
from hybridgraph.events import EventLog, ProfileFinished
from hybridgraph.graph import files
from hybridgraph.jobs import ProfileJob
from hybridgraph.profiler.files import save
from hybridgraph.profiler.film import Film, Frame, Held, Holder
from hybridgraph.profiler.result import (
    NodeProfile,
    ProfileResult,
    RepeatProfile,
    Spread,
    StepTimes,
    WarmUp,
    Whole,
)
from hybridgraph.profiler.roofline import Rate, Rates, dot
from hybridgraph.runs import Run, create_run


@pytest.fixture(autouse=True, scope="module")
def styled(qapp: QApplication) -> Iterator[None]:
    themes.apply(qapp, DARK)
    yield
    qapp.setStyleSheet("")


def spread(us: float) -> Spread:
    return Spread(median_us=us, p10_us=0.9 * us, p90_us=1.1 * us)


def step(us: float) -> StepTimes:
    return StepTimes(
        forward=spread(us * 0.3), backward=spread(us * 0.6), optimizer=spread(us * 0.1), total=spread(us)
    )


def node(path: str, us: float, whole: float, **more: object) -> NodeProfile:
    values = {"params": 100, "macs": 1000, "activation_bytes": 4000, "moved_bytes": 8000, "calls": 1}
    title = {"stem": "Stem", "stage1": "Stage 1", "stage1/conv": "Conv block", "head": "Classifier"}[path]
    share = us / whole
    return NodeProfile(
        path=tuple(path.split("/")), title=title, is_group=path == "stage1", forward=spread(us / 3), share=share,
        training=step(us), training_share=share, **{**values, **more},  # type: ignore[arg-type]
    )  # fmt: skip


def made(**scale: float) -> ProfileResult:
    """Two nodes and a stage of two repeats; `scale` multiplies the time of a node."""
    times = {"stem": 2000.0, "stage1": 7000.0, "stage1/conv": 7000.0, "head": 1000.0}
    for name, factor in scale.items():
        for path in times:
            if path.split("/")[-1] == name or (name == "conv" and path == "stage1"):
                times[path] *= factor
    whole = sum(us for path, us in times.items() if "/" not in path)
    repeats = tuple(
        RepeatProfile(index=(at,), forward=spread(us / 3), training=step(us))
        for at, us in enumerate((times["stage1"] * 2 / 7, times["stage1"] * 5 / 7))
    )
    more = {"stage1/conv": {"repeats": repeats, "calls": 2, "macs": 50_000, "params": 9000}}
    nodes = tuple(node(path, us, whole, **more.get(path, {})) for path, us in times.items())
    rates = Rates(
        bandwidth=Rate(median=1e9, p10=9e8, p90=1.1e9), matmul=Rate(median=1e10, p10=9e9, p90=1.1e10),
        copied_bytes=10**8, matmul_side=512,
    )  # fmt: skip
    frames = tuple(
        Frame(phase=phase, path=path, index=(), held=Held(parameters=1000, activations=kept, gradients=grad))
        for phase, path, kept, grad in (
            ("forward", ("stem",), 2000, 0),
            ("forward", ("stage1", "conv"), 9000, 0),
            ("backward", ("stage1", "conv"), 8000, 4000),
            ("optimizer", (), 0, 4000),
        )
    )
    film = Film(frames=frames, peak=2, holders=(
        Holder(path=("stage1", "conv"), kind="activations", bytes=8000),
        Holder(path=("stem",), kind="gradients", bytes=4000), Holder(path=(), kind="parameters", bytes=1000),
    ))  # fmt: skip
    warm = WarmUp(passes=2, seconds=0.5)
    return ProfileResult(
        device="cpu", precision="fp32", batch=8, image=(1, 28, 28), nodes=nodes, rates=rates,
        inference=Whole(times=spread(whole / 3), covered=1.0, repeats=5, warm_up=warm),
        training=Whole(times=spread(whole), covered=1.0, repeats=5, warm_up=warm), step=step(whole),
        inference_film=film, training_film=film,
        roofline=tuple(
            dot(one.path, one.title, rates, is_group=one.is_group, flops=2 * 8 * one.macs,
                moved_bytes=one.moved_bytes, time_us=one.forward.median_us)
            for one in nodes
        ),
    )  # fmt: skip


@pytest.fixture
def keep(session: Session, tmp_path: Path) -> Callable[..., Run]:
    """Keep a result as a finished run of the design."""

    def keep(result: ProfileResult, name: str = "p") -> Run:
        run = create_run(
            tmp_path / "runs" / name, graph_text=files.dumps(session.graph), source="", job=ProfileJob()
        )
        save(run.path, result)
        with EventLog(run.events_path) as log:
            log.append(ProfileFinished(total_us_median=result.total.median_us, batch=result.batch))
        return run

    return keep


@pytest.fixture
def panel(qtbot: QtBot, session: Session, tmp_path: Path) -> ProfilePanel:
    panel = ProfilePanel(session, RunDesk(session, tmp_path / "runs"), DARK)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1100, 320)
    panel.show()
    return panel


@pytest.fixture
def shown(qtbot: QtBot, panel: ProfilePanel, keep: Callable[..., Run]) -> ProfilePanel:
    """The panel with a profile in it."""
    panel.open_run(keep(made()))
    qtbot.waitUntil(lambda: panel.profiled.result is not None, timeout=3000)
    return panel
