"""The inspector's section about a training step: multiply-adds of both passes, and the most memory alive at once."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.language import mark, tr
from app.panels.combo import Combo
from app.panels.costs import CostBar
from app.panels.editors import TextField
from app.panels.facts import title_of
from app.panels.section import Section
from app.quantities import count, memory
from app.session import Session
from app.theme import Theme
from app.units import Units
from hybridgraph.errors import GraphError
from hybridgraph.forecast import Forecast, Peak
from hybridgraph.graph.model import Path
from hybridgraph.spec import Parameter

FORMATS = ("fp32", "bf16", "fp16")
_BATCH = Parameter(
    kind="int", name="batch", minimum=1, maximum=1 << 20, doc=mark("Pictures in the step that is forecast.")
)
_KEY = "costs/batch"
_DEFAULT_BATCH = 32
PARTS = {
    "weights": mark("weights"),
    "gradients": mark("gradients"),
    "optimizer": mark("optimizer"),
    "activations": mark("activations"),
    "workspace": mark("workspace"),
}
_PHASES = {"forward": mark("forward"), "backward": mark("backward"), "update": mark("update of the weights")}


class MemorySection(Section):
    """Shows a forecast for what is selected, and lets the batch and number format be chosen."""

    settings_changed = Signal()

    def __init__(
        self, session: Session, theme: Theme, units: Units, settings: QSettings | None = None
    ) -> None:
        self.bars: dict[str, CostBar] = {}
        super().__init__(tr("Training step"), theme)
        self._session = session
        self._units = units
        self._settings = settings
        self._told: Forecast | None = None
        self.field = TextField(_BATCH, theme)
        kept = str(settings.value(_KEY, _DEFAULT_BATCH) if settings is not None else _DEFAULT_BATCH)
        fits = kept.isdecimal() and _BATCH.complaint(int(kept)) is None
        self.field.set_value(int(kept) if fits else _DEFAULT_BATCH)
        self.field.setAccessibleName(tr("Batch of the forecast"))
        self.field.committed.connect(self._settle)
        self.format = Combo()
        self.format.addItems(FORMATS)
        self.format.setAccessibleName(tr("Number format of the forecast"))
        self.format.currentIndexChanged.connect(self._settle)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 2)
        row.setSpacing(8)
        label = QLabel(tr("Batch"))
        label.setProperty("role", "muted")
        row.addWidget(label)
        row.addWidget(self.field, 1)
        row.addWidget(self.format, 1)
        self.add(line)
        names = (mark("Work per image"), mark("Peak in training"), mark("Peak in inference"))
        self.bars = {name: CostBar(tr(name), theme) for name in names}
        for bar in self.bars.values():
            self.add(bar)
        self.word = QLabel()
        self.word.setProperty("role", "muted")
        self.word.setWordWrap(True)
        self.add(self.word)
        units.changed.connect(self.refresh)
        self.show_note(tr("The forecast follows when the engine has answered."))

    @property
    def batch(self) -> int:
        """Pictures in the step that is forecast."""
        return int(str(self.field.value))

    @property
    def precision(self) -> str:
        """The number format of the step."""
        return self.format.currentText()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        if self.bars:
            self.field.theme = theme
        for bar in self.bars.values():
            bar.theme = theme
            bar.update()

    def show_forecast(self, told: Forecast) -> None:
        """Show this forecast until another comes."""
        self._told = told
        self.refresh()

    def show_note(self, sentence: str) -> None:
        """Show a sentence in place of numbers."""
        self._told = None
        for bar in self.bars.values():
            bar.hide()
        self.word.setText(sentence)

    def refresh(self) -> None:
        """Show the forecast for the current selection."""
        told, analysis = self._told, self._session.analysis
        if told is None or analysis is None:
            return
        is_old = told.digest != analysis.digest or not self._session.is_analysis_current
        paths = self._session.selection
        outer = [path for path in paths if not any(path[:n] in paths for n in range(1, len(path)))]
        nodes = [told.nodes[path] for path in outer if path in told.nodes]
        if outer and not nodes:
            for bar in self.bars.values():
                bar.hide()
            self.word.setText(tr("It computes nothing in a training step."))
            return
        macs = sum(node.training_macs for node in nodes) if outer else told.training_macs
        number, prefix = count(self._units.of(macs))
        share = macs / told.training_macs if outer and told.training_macs else None
        bar = self.bars["Work per image"]
        bar.set_value(number, f"{prefix} {self._units.name}".strip(), share)
        bar.setToolTip(
            tr("The forward and the backward pass of one image: {work}", work=f"{number} {bar.unit}")
        )
        peaks = ((tr("Peak in training"), told.training, "training_bytes"), (tr("Peak in inference"), told.inference, "inference_bytes"))  # fmt: skip
        for name, peak, attribute in peaks:
            most = max((getattr(node, attribute) for node in nodes), default=0) if outer else peak.bytes
            self.bars[name].set_value(*memory(most), most / peak.bytes if outer and peak.bytes else None)
        for bar in self.bars.values():
            bar.show()
        words = (
            tr("The most that is alive in the whole network while it runs, and its share of the peak.")
            if outer
            else self._words(told)
        )
        self.word.setText(tr("Before the last edit. {words}", words=words) if is_old else words)

    def _words(self, told: Forecast) -> str:
        parts = ", ".join(
            f"{' '.join(memory(getattr(told.training, part)))} {tr(name)}"
            for part, name in PARTS.items()
            if getattr(told.training, part)
        )
        where = tr("Most is alive in {place}: {parts}.", place=self._place(told.training), parts=parts)
        limit = " ".join(memory(told.limit_bytes))
        if not told.largest_batch:
            return f"{where} " + tr("Not even one picture trains within {limit}.", limit=limit)
        most = tr(
            "Up to {batch} pictures train at once within this machine's {limit}.",
            batch=f"{told.largest_batch:,}",
            limit=limit,
        )
        return f"{where} {most}"

    def _place(self, peak: Peak) -> str:
        return f"{self._title(peak.path)}, {tr(_PHASES[peak.phase])}"

    def _title(self, path: Path) -> str:
        graph, catalogue = self._session.graph, self._session.catalogue
        try:
            items = [graph.item(path[:length]) for length in range(1, len(path) + 1)]
        except GraphError:  # it was deleted since
            return "/".join(path)
        return " › ".join(title_of(item, catalogue) for item in items)

    def _settle(self, *_: object) -> None:
        if self._settings is not None:
            self._settings.setValue(_KEY, self.batch)
        self.settings_changed.emit()
