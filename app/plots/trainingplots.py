"""The plots of a training: what it learns, and what it asks of the machine, as pages of cards."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.language import mark, tr
from app.plots.card import PlotCard, Tell
from app.plots.face import Form
from app.plots.lens import Lens
from app.plots.painting import Curve
from app.plots.strip import Strip
from app.quantities import digits, memory, spaced
from app.record import Record
from app.theme import Theme
from app.viewbuttons import view_buttons

Page = str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Card:
    """A card of a page: its curves by name, each with its name in the record, its colour, and whether steps have it."""

    page: Page
    title: str
    curves: tuple[tuple[str, str, str, bool], ...]
    form: Form = digits
    unit: str = ""
    can_log: bool = False
    reaches: tuple[float, ...] = ()
    tip: str = ""


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def _bytes(value: float) -> str:
    return " ".join(memory(value))


LEARNING, OPTIMIZER, MACHINE = PAGES = mark("Learning"), mark("Optimizer"), mark("Machine")
CARDS = {
    "loss": _Card(
        page=LEARNING,
        title=mark("Loss"),
        curves=(("train", "loss", "convolution", True), ("val", "val_loss", "attention", False)),
        can_log=True,
    ),
    "top1": _Card(
        page=LEARNING,
        title=mark("Top-1"),
        curves=(("train", "top1", "convolution", False), ("val", "val_top1", "attention", False)),
        form=_percent,
    ),
    "gap": _Card(
        page=LEARNING,
        title=mark("Generalisation gap"),
        curves=(("gap", "gap", "text", False),),
        tip=mark("The loss on the validation pictures less that on the training pictures"),
    ),
    "lr": _Card(
        page=OPTIMIZER,
        title=mark("Learning rate"),
        curves=(("rate", "lr", "convolution", False),),
        form=lambda value: f"{value:.2e}",
        reaches=(0.0,),
    ),
    "gradient": _Card(
        page=OPTIMIZER,
        title=mark("Gradient norm"),
        curves=(("norm", "gradient", "convolution", True),),
        can_log=True,
        tip=mark("The length of the whole gradient of each step, before it is clipped"),
    ),
    "speed": _Card(
        page=MACHINE,
        title=mark("Throughput"),
        curves=(("speed", "speed", "convolution", True),),
        form=spaced,
        unit="img/s",
        reaches=(0.0,),
    ),
    "load": _Card(
        page=MACHINE,
        title=mark("Utilisation"),
        curves=(("GPU", "gpu", "attention", False), ("CPU", "cpu", "convolution", False)),
        form=lambda value: f"{value:.0f} %",
        reaches=(0.0, 100.0),
        tip=mark("How much of the time the GPU works; how many of all cores do"),
    ),
    "memory": _Card(
        page=MACHINE,
        title=mark("Memory"),
        curves=(("GPU", "gpu_memory", "attention", False), ("RAM", "memory", "convolution", False)),
        form=_bytes,
        reaches=(0.0,),
        tip=mark("What the training reserved on the GPU; what its processes hold of the machine's memory"),
    ),
}


class TrainingPlots(QWidget):
    """The cards with one lens for all, and a strip of controls above them."""

    def __init__(self, theme: Theme, tell: Tell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lens = Lens(self)
        self.strip = Strip(self.lens, theme)
        self._record = Record()
        self.lens.changed.connect(self._fit)  # before any plot is painted anew
        self.cards = {name: self._card(name, theme, tell) for name in CARDS}
        self._pages = QStackedWidget()
        self.views = view_buttons(dict(enumerate(PAGES)), self._pages.setCurrentIndex, self, chosen=0)
        head = QHBoxLayout()
        head.setSpacing(2)
        for page, button in zip(PAGES, self.views.values(), strict=True):
            head.addWidget(button)
            self._pages.addWidget(self._page(page))
        self.results = QToolButton()
        self.results.setText(tr("Results"))
        self.results.setProperty("role", "view")
        head.addWidget(self.results)
        head.addSpacing(10)
        head.addWidget(self.strip, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addLayout(head)
        column.addWidget(self._pages, 1)

    def _card(self, name: str, theme: Theme, tell: Tell) -> PlotCard:
        card = CARDS[name]
        made = PlotCard(
            tr(card.title), self._curves(name), self.lens, theme, tell,
            unit=card.unit, form=card.form, can_log=card.can_log, reaches=card.reaches,
        )  # fmt: skip
        if card.tip:
            made.setToolTip(tr(card.tip))
        return made

    def _curves(self, name: str) -> list[Curve]:
        return [
            Curve(name=title, series=self._record.curves[key], paint=paint, is_fine=is_fine)
            for title, key, paint, is_fine in CARDS[name].curves
        ]

    def _page(self, page: Page) -> QWidget:
        widget = QWidget()
        grid = QGridLayout(widget)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(10)
        for place, card in enumerate(self.cards[name] for name in CARDS if CARDS[name].page == page):
            grid.addWidget(card, 0, place)
            grid.setColumnStretch(place, 1)
        return widget

    def set_theme(self, theme: Theme) -> None:
        """Take another theme."""
        self.strip.set_theme(theme)
        for card in self.cards.values():
            card.set_theme(theme)

    def show_record(self, record: Record) -> None:
        """Show what the log of a run said so far."""
        if record is not self._record:
            self._record = record
            self.lens.show_all()
            for name, card in self.cards.items():
                card.show_curves(self._curves(name))
        self.strip.offer_time(is_known=record.seconds > 0 or record.last is None)
        self.lens.set_per_epoch(record.per_epoch)
        self._fit()
        for card in self.cards.values():
            card.refresh()

    def _fit(self) -> None:
        """Tell the lens from where to where there are values."""
        ends = [self.lens.xs(series) for series in self._record.curves.values() if len(series)]
        if ends:
            self.lens.set_whole(min(xs[0] for xs in ends), max(xs[-1] for xs in ends))
