"""The design beside the pictures: what it must change to take them, whether it then works, and doing it in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.data import fitting
from app.data.found import Checkup, PictureSet
from app.language import told, tr
from app.panels.combo import Combo
from app.panels.editors import TextField
from app.theme import Theme
from hybridgraph import presets
from hybridgraph.analysis import Analysis
from hybridgraph.errors import HybridGraphError
from hybridgraph.graph.model import Graph
from hybridgraph.spec import Parameter

if TYPE_CHECKING:
    from app.window import MainWindow

_SIZE = Parameter(kind="int", name="image_size", minimum=1, maximum=4096, unit="px")
_PROBE_MS = 150


class FitBar(QWidget):
    """With a design in front: a box to agree to its changes. Without: which network to begin with."""

    changed = Signal()  # the size or the channels that the pictures are made

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__()
        self._window, self._session = window, window.session
        self._pictures: PictureSet | None = None
        self._checkup: Checkup | None = None
        self._was_sized = False
        self.has_design = window.documents.current is not None and bool(self._session.graph.nodes)
        self.fits = QCheckBox(tr("Fit the design to them"))
        self.fits.setChecked(True)
        self.network = Combo()
        self.network.setAccessibleName(tr("Network to begin with"))
        self.network.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.network.setMinimumContentsLength(14)
        for name in presets.names():
            self.network.addItem(told(presets.info(name).title), name)
        self.network.setCurrentIndex(self.network.findData(presets.SAMPLE))
        self.side = TextField(_SIZE, theme)
        self.side.setAccessibleName(tr("Image size"))
        self.side.setFixedWidth(84)
        self.word, self.trouble = QLabel(), QLabel()
        for label, role in ((self.word, "muted"), (self.trouble, "error")):
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.setMinimumWidth(80)
        begin = QLabel(tr("Begin a design with"))
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget, is_shown in (
            (self.fits, self.has_design), (begin, not self.has_design), (self.network, not self.has_design),
        ):  # fmt: skip
            row.addWidget(widget)
            widget.setVisible(is_shown)
        row.addWidget(QLabel(tr("at")))
        row.addWidget(self.side)
        row.addWidget(self.word, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.trouble)
        self._soon = QTimer(self, singleShot=True, interval=_PROBE_MS)
        self._soon.timeout.connect(self._probe)
        self.fits.toggled.connect(self._refresh)
        self.network.activated.connect(self._choose_network)
        self.side.committed.connect(self._sized)
        self.side.set_value(
            fitting.size_of(self._session.graph, self._session.catalogue)[0] or self._own_size()
        )
        self._refresh()

    @property
    def target(self) -> tuple[int, int]:
        """Side and channels of the pictures as the network takes them."""
        side, channels = fitting.size_of(self._session.graph, self._session.catalogue)
        if self.has_design and not self.fits.isChecked():
            return side or self._side(), 1 if channels == 1 else 3
        return self._side(), self._channels()

    def show_found(self, pictures: PictureSet | None, checkup: Checkup | None) -> None:
        """Take what is known of the pictures."""
        self._pictures, self._checkup = pictures, checkup
        if checkup is not None and not self._was_sized:
            self._propose()
        self._refresh()

    def apply(self) -> bool:
        """Fit the design as one step, or begin one; False where that cannot be, which has been told."""
        graph = self.candidate()
        if isinstance(graph, str):
            self.trouble.setText(graph)
            return False
        if not self.has_design:
            self._window.documents.start(graph)
        elif self.fits.isChecked():
            return self._session.apply(tr("Fit to the pictures"), lambda _graph: graph)
        return True

    def candidate(self) -> Graph | str:
        """The design as it would be, or the sentence that says why there is none."""
        found = self._pictures
        if found is None:
            return tr("The pictures have not been read yet.")
        numbers = {"classes": len(found.classes), "channels_in": self._channels(), "image_size": self._side()}
        try:
            if not self.has_design:
                return presets.build(self.network.currentData(), **numbers)
            return fitting.fitted(self._session.graph, self._session.catalogue, **numbers)
        except HybridGraphError as error:
            return str(error)

    def _side(self) -> int:
        return self.side.value if isinstance(self.side.value, int) else 1

    def _channels(self) -> int:
        return fitting.channels_for(self._pictures, self._checkup) if self._pictures is not None else 3

    def _own_size(self) -> int:
        return presets.info(self.network.currentData()).image_size

    def _choose_network(self, _index: int) -> None:
        if not self._was_sized:
            self._propose()
        self._refresh()

    def _propose(self) -> None:
        """Offer a size: that of the pictures, of the design, or what a network to begin with can make use of."""
        present = self._side() if self.has_design else max(self._own_size(), fitting.SMALL)
        self.side.set_value(fitting.side_for(self._checkup, present))

    def _sized(self, _value: object) -> None:
        self._was_sized = True
        self._refresh()

    def _refresh(self, *_: object) -> None:
        self.trouble.setText("")
        self.trouble.hide()
        wants = not self.has_design or self.fits.isChecked()
        self.side.setEnabled(wants)
        self.word.setText(self._in_words() if wants and self._pictures is not None else "")
        self.changed.emit()
        if self._pictures is not None:
            self._soon.start()

    def _in_words(self) -> str:
        graph = self.candidate()
        if isinstance(graph, str):
            return graph
        if not self.has_design:
            assert self._pictures is not None
            colours = tr("grey") if self._channels() == 1 else tr("colour")
            return tr("{classes} classes, {colours}", classes=len(self._pictures.classes), colours=colours)
        session = self._session
        lines = list(fitting.changes(session.graph, graph, session.catalogue))
        return ",  ".join(lines) if lines else tr("It takes them as it is.")

    def _probe(self) -> None:
        graph = self.candidate() if not self.has_design or self.fits.isChecked() else self._session.graph
        if isinstance(graph, str):
            return

        def answer(analysis: Analysis) -> None:
            if self.candidate() == graph and analysis.errors:
                first = analysis.errors[0]
                self.trouble.setText(
                    tr(
                        "It would not work so: {message}",
                        message=told(f"{first.message} {first.hint}".strip()),
                    )
                )
                self.trouble.show()

        self._session.probe(graph, answer)
