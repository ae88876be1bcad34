"""A toy catalogue and a small design for the tests of the desktop side."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.session import Session
from hybridgraph.graph.model import Edge, Graph, Group, Node, frozen
from hybridgraph.graph.values import First, Ref
from hybridgraph.spec import STRUCTURAL, BlockSpec, Catalogue, Parameter, Port


def _int(name: str, default: int, low: int, high: int, **more: object) -> Parameter:
    return Parameter(kind="int", name=name, default=default, minimum=low, maximum=high, **more)


CONV = BlockSpec(
    id="conv", title="Conv block", family="convolution", symbol="C", paper="", card="{channels} · k{kernel}",
    summary="A convolution with a norm.", doc="A convolution with a norm.\n\nIt looks at a neighbourhood.",
    aliases=("convolution",), inputs=(Port(name="x", kind="image"),), outputs=(Port(name="y", kind="image"),),
    wired={"in_channels": "x.channels"},
    params={
        "channels": _int("channels", 64, 1, 4096, unit="", doc="Channels that come out."),
        "kernel": _int("kernel", 3, 1, 31, unit="px", doc="Side of the kernel."),
        "stride": _int("stride", 1, 1, 8, doc="Step of the kernel."),
        "drop_path": Parameter(kind="float", name="drop_path", default=0.0, minimum=0, maximum=0.9, inert=True),
        "se": Parameter(kind="bool", name="se", default=False, doc="Channel gate."),
        "norm": Parameter(kind="choice", name="norm", default="batch", choices=("batch", "layer")),
        "groups": _int("groups", None, 1, 4096, optional=True),
    },
)  # fmt: skip
GATE = BlockSpec(
    id="gate", title="Squeeze-and-Excitation", family="extrinsic", symbol="SE", card="r{reduction}",
    paper="Hu et al. 2018 · arXiv 1709.01507", equation="y = x · σ(W₂ δ(W₁ mean(x)))",
    summary="Weighs channels.", doc="Weighs channels.",
    aliases=("channel attention",), inputs=(Port(name="x", kind="image"),),
    outputs=(Port(name="y", kind="image"),), params={"reduction": _int("reduction", 16, 1, 64)},
)  # fmt: skip
HEAD = BlockSpec(
    id="classifier", title="Classifier", family="head", symbol="CL", card="{classes} classes",
    inputs=(Port(name="x", kind="any"),), outputs=(Port(name="y", kind="vector"),),
    params={"classes": _int("classes", 1000, 2, 100000)},
)  # fmt: skip
CATALOGUE: Catalogue = {**STRUCTURAL, **{spec.id: spec for spec in (CONV, GATE, HEAD)}}


def small_graph() -> Graph:
    """Image → stem → stage of two convolutions → classifier."""
    body = Graph(
        nodes=frozen(
            {
                "x": Node(id="x", block="input"),
                "conv": Node(
                    id="conv",
                    block="conv",
                    params=frozen({"channels": Ref("channels"), "stride": First(2, 1)}),
                ),
                "y": Node(id="y", block="output", x=200),
            }
        ),
        edges=(Edge("x", "y", "conv", "x"), Edge("conv", "y", "y", "x")),
    )
    nodes = (
        Node(id="image", block="image", params=frozen({"channels": 1, "height": 28, "width": 28})),
        Node(id="stem", block="conv", x=200),
        Group(id="stage1", title="Stage 1", body=body, repeat=2, params=frozen({"channels": 96}), x=400),
        Node(id="head", block="classifier", params=frozen({"classes": 10}), x=800),
    )
    edges = (
        Edge("image", "y", "stem", "x"),
        Edge("stem", "y", "stage1", "x"),
        Edge("stage1", "y", "head", "x"),
    )
    return Graph(name="small", nodes=frozen({node.id: node for node in nodes}), edges=edges)


PATIENCE_MS = 60_000
"""How long a test waits for what is to come: only a test that fails waits so long, and a busy machine is no failure."""


class HoldingBot(QtBot):
    """Keeps the widgets of a test until they are closed, and waits with patience.

    The stock bot knows them by weak references: what a test function alone held could be collected, with all its
    children, while a timer of such a child was at work.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__(request)
        self._held: list[QWidget] = []

    def addWidget(self, widget: QWidget, **options: object) -> None:
        self._held.append(widget)
        super().addWidget(widget, **options)

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(
        self, signal: object, *, timeout: int = PATIENCE_MS, raising: bool | None = None, **options: object
    ) -> object:
        if raising is not False:  # else silence is what is waited for
            timeout = max(timeout, PATIENCE_MS)
        return super().waitSignal(signal, timeout=timeout, raising=raising, **options)

    def waitSignals(self, signals: object, *, timeout: int = PATIENCE_MS, **options: object) -> object:
        return super().waitSignals(signals, timeout=max(timeout, PATIENCE_MS), **options)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> Iterator[QtBot]:
    yield HoldingBot(request)
    # What was closed is deleted now, not when an event loop next runs: with every window left over, the next is slower.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def session(qapp: object) -> Iterator[Session]:
    session = Session(CATALOGUE, small_graph())
    yield session
    session.undo_stack.clear()


@pytest.fixture
def notices(session: Session) -> list[tuple[str, str]]:
    seen: list[tuple[str, str]] = []
    session.notified.connect(lambda severity, text: seen.append((severity, text)))
    return seen


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of eight pictures: dark and light ones."""
    draw = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 128)):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(8):
            noise = draw.integers(low, low + 128, (28, 28), dtype=np.uint8)
            Image.fromarray(noise).save(folder / f"{number}.png")
    return tmp_path / "pictures"
