"""Advice: what would make the design faster or smaller and by how much, applied with one click, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.language import told, tr
from app.profiling.profiled import Profiled, graph_of
from app.profiling.views import View
from app.quantities import digits
from app.theme import Theme
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph import edits
from hybridgraph.graph.model import digest
from hybridgraph.profiler.advice import advise
from hybridgraph.profiler.advised import Advice
from hybridgraph.profiler.cells import SweepResult
from hybridgraph.profiler.files import load_sweep
from hybridgraph.profiler.result import ProfileResult
from hybridgraph.profiler.settings import compiled_pair
from hybridgraph.profiler.sides import picture_us
from hybridgraph.runs import Run

_MOST_SWEEPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """An advice that was followed: time or memory before, and after it once there is a profile of it."""

    advice: Advice
    device: str
    is_training: bool
    before: float
    after: float | None = None
    sweep: SweepResult | None = None
    """Where it comes from, if it is measured by a sweep."""


class AdviceView(View):
    """A line for each advice, and one for each that was followed."""

    def __init__(
        self,
        profiled: Profiled,
        theme: Theme,
        sweeps: Callable[[], list[Run]],
        setting: Callable[[Advice], None],
        parent: QWidget | None = None,
    ) -> None:
        """`setting` takes an advice about what runs the design, and is no edit."""
        super().__init__(parent)
        self._profiled = profiled
        self._theme = theme
        self._sweeps = sweeps
        self._setting = setting
        self._shown: tuple[object, ...] = ()
        self.advice: tuple[Advice, ...] = ()
        self.applied: list[Applied] = []
        self._body = QVBoxLayout()
        self._body.setContentsMargins(2, 4, 8, 4)
        self._body.setSpacing(6)
        self._body.setAlignment(Qt.AlignmentFlag.AlignTop)
        holder = QWidget()
        holder.setLayout(self._body)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(holder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        profiled.session.analysis_changed.connect(lambda _told: self.refresh() if self.isVisible() else None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fill()

    def refresh(self) -> None:
        """Work the advice out anew when the profile, the sweeps or the design are others."""
        self._measure()
        profiled, session = self._profiled, self._profiled.session
        analysis = session.analysis
        fits = profiled.is_here and not profiled.stale and session.is_analysis_current
        sweep = self._sweep() if fits else None
        key = (id(profiled.result), session.digest, session.is_analysis_current, id(session.document), sweep,
               tuple(self.applied))  # fmt: skip
        if key == self._shown:
            return
        self._shown = key
        self.advice = ()
        if profiled.result is not None and analysis is not None and fits:
            self.advice = advise(profiled.result, session.graph, analysis.nodes, session.catalogue, sweep)
        self._fill()

    def apply(self, advice: Advice) -> None:
        """Follow an advice: an undoable edit, or a setting of the next measurement."""
        result, session = self._profiled.result, self._profiled.session
        if result is None:
            return
        if advice.rule == "window":
            done = session.apply(
                tr("Attention in windows of {side}", side=advice.value),
                lambda graph: edits.set_param(graph, advice.path, "window", advice.value, session.catalogue),
            )
        elif advice.rule == "recompute":
            done = session.apply(
                tr("Compute again in training"), lambda graph: edits.set_recompute(graph, advice.path, True)
            )
        else:
            self._setting(advice)
            done = True
        if not done:
            return
        is_training = result.training is not None
        before = _measured(result, advice, is_training=is_training)
        sweep = self._sweep() if advice.rule == "compile" else None
        self.applied.append(
            Applied(advice=advice, device=result.device, is_training=is_training, before=before, sweep=sweep)
        )
        self.refresh()

    def _measure(self) -> None:
        """What was followed is measured once there is a profile that has it."""
        result = self._profiled.result
        if result is None or self._profiled.stale:
            return
        for at, one in enumerate(self.applied):
            same = one.device == result.device and one.is_training == (result.training is not None)
            if one.advice.rule == "compile":
                self.applied[at] = self._compiled(one, result)
            elif one.after is None and same and self._has(one.advice):
                after = _measured(result, one.advice, is_training=one.is_training)
                self.applied[at] = replace(one, after=after)

    def _compiled(self, one: Applied, result: ProfileResult) -> Applied:
        """What a later sweep measured of compiling."""
        sweep = self._sweep()
        if one.after is not None or sweep is None or sweep == one.sweep or not sweep.is_finished:
            return one
        pair = compiled_pair(result, sweep)
        if pair is None:
            return one
        plain, compiled = pair
        return replace(one, after=one.before * plain.images_per_second / compiled.images_per_second)

    def _has(self, advice: Advice) -> bool:
        """Whether the profile was taken with the advice followed."""
        result = self._profiled.result
        assert result is not None
        if advice.rule == "batch":
            return result.batch == advice.value
        if advice.rule == "precision":
            return result.precision == advice.value
        try:
            item = self._profiled.graph.item(advice.path)
        except HybridGraphError:  # the block is gone
            return False
        return item.recompute if advice.rule == "recompute" else item.params.get("window") == advice.value

    def _sweep(self) -> SweepResult | None:
        """The youngest sweep of the design that was measured."""
        profiled = self._profiled
        if profiled.result is None:
            return None
        wanted = digest(profiled.graph)
        for run in self._sweeps()[:_MOST_SWEEPS]:
            graph = graph_of(run)
            if graph is not None and digest(graph) == wanted:
                try:
                    return load_sweep(run.path)
                except HybridGraphError:  # a damaged folder is told where it is opened
                    continue
        return None

    # ------------------------------------------------------------------------------------------------- showing

    def _fill(self) -> None:
        while (old := self._body.takeAt(0)) is not None:
            widget = old.widget()
            if widget is not None:
                widget.deleteLater()
        for one in reversed(self.applied):
            self._body.addWidget(self._line(told(one.advice.words), _came(one)))
        for advice in self.advice:
            gain = _promise(advice)
            button = QPushButton(tr("Apply"))
            button.setAccessibleName(tr("Apply: {words}", words=told(advice.words)))
            button.clicked.connect(partial(self._take, advice))
            self._body.addWidget(self._line(told(advice.words), gain, button))
        if not self.advice:
            self._body.addWidget(self._line(self._why_none(), ""))

    def _take(self, advice: Advice, _checked: bool = False) -> None:
        self.apply(advice)

    def _why_none(self) -> str:
        if self._profiled.result is None:
            return tr("Measure the design first.")
        if self._profiled.stale or not self._profiled.is_here:
            return tr("The design was edited after it was measured. Profile it again for advice.")
        return tr(
            "No rule promises more than a few percent. A sweep shows what other batches and precisions give."
        )

    def _line(self, words: str, gain: str, button: QPushButton | None = None) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        label = QLabel(words)
        label.setWordWrap(True)
        row.addWidget(label, 1)
        figure = QLabel(gain)
        figure.setProperty("role", "number")
        row.addWidget(figure)
        if button is not None:
            row.addWidget(button)
        return line


def _came(one: Applied) -> str:
    """What was expected of an advice that was followed, and what came."""
    promise = _promise(one.advice)
    if one.after is None:
        return tr("{promise}, not measured yet", promise=promise)
    measured = digits(round(one.after / one.before, 3))
    return tr("{promise}, measured × {measured}", promise=promise, measured=measured)


def _promise(advice: Advice) -> str:
    ratio = digits(round(advice.expected, 3))
    if advice.measure == "memory":
        return tr("expected × {ratio} memory", ratio=ratio)
    return tr("expected × {ratio} time", ratio=ratio)


def _measured(result: ProfileResult, advice: Advice, *, is_training: bool) -> float:
    """Microseconds for a picture, or the bytes of the peak."""
    if advice.measure == "memory" and result.training_film is not None:
        return float(result.training_film.peak_bytes)
    return picture_us(result, is_training=is_training)
