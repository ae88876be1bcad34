"""The seal on an export: a green tick with what was measured, or a red sign with the sentence that says why not."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.icons import icon
from app.language import tr
from app.theme import Theme
from hybridgraph.export.record import FORMAT_NAMES, ExportRecord, Latency, Trial

_ICON = 26


class Seal(QFrame):
    """Shows the record of an export, or why there is none. Hidden as long as there is nothing to say."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setProperty("role", "card")
        self.sign = QLabel()
        self.sign.setFixedSize(_ICON, _ICON)
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.title.setWordWrap(True)
        self.word = QLabel()
        self.word.setWordWrap(True)
        self.word.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.figures = QWidget()
        self._grid = QGridLayout(self.figures)
        self._grid.setContentsMargins(0, 4, 0, 0)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(3)
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(self.title)
        text.addWidget(self.word)
        text.addWidget(self.figures)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(12)
        layout.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(text, 1)
        self.hide()

    def show_record(self, record: ExportRecord) -> None:
        """Green: what the export gave beside the design's network."""
        self._clear()
        self._head(self.theme.head, "check", tr("Runs, and computes what the design computes"))
        self.word.setText(_summary(record))
        self._table(record)
        self.figures.show()
        self.setAccessibleName(tr("Export verified"))
        self.setAccessibleDescription(str(record))
        self.show()

    def show_failure(self, sentence: str) -> None:
        """Red: the sentence that says what is wrong."""
        self._clear()
        self._head(self.theme.error, "x", tr("Not exported"))
        self.word.setText(sentence)
        self.figures.hide()
        self.setAccessibleName(tr("Export failed"))
        self.setAccessibleDescription(sentence)
        self.show()

    def _head(self, colour: str, name: str, title: str) -> None:
        self.sign.setPixmap(_stamp(colour, name, self.theme.panel, self.devicePixelRatio()))
        self.title.setText(title)

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()

    def _table(self, record: ExportRecord) -> None:
        """One line for each batch that was run; those that were timed say how long it took."""
        timed = {one.batch: one for one in record.latency}
        heads = [tr("Pictures"), tr("Batch"), tr("Largest difference"), tr("Of the range"), tr("Same class")]
        heads += [tr("Time"), tr("In torch")] if timed else []
        for column, text in enumerate(heads):
            self._put(0, column, text, "small")
        for row, trial in enumerate(record.trials, start=1):
            for column, text in enumerate(_cells(trial, timed.pop(trial.batch, None))):
                self._put(row, column, text, "number" if column else "")
        self._grid.setColumnStretch(len(heads), 1)

    def _put(self, row: int, column: int, text: str, role: str) -> None:
        label = QLabel(text)
        label.setProperty("role", role)
        if column:
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(label, row, column)


def _stamp(colour: str, name: str, on_colour: str, scale: float) -> QPixmap:
    """A disc with an icon on it."""
    pixmap = QPixmap(round(_ICON * scale), round(_ICON * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(0, 0, _ICON, _ICON)
    inside = _ICON - 10
    painter.drawPixmap(5, 5, icon(name, on_colour, inside).pixmap(inside, inside))
    painter.end()
    return pixmap


def _summary(record: ExportRecord) -> str:
    size = f"{record.bytes / 1e6:,.1f} MB" if record.bytes >= 1e6 else f"{record.bytes / 1e3:,.1f} kB"
    names = ", ".join(file.name for file in record.files if "/" not in file.name) or Path(record.path).name
    kind = FORMAT_NAMES[record.format]
    if record.opset is not None:
        kind = tr(
            "{kind} opset {opset}, {precision}", kind=kind, opset=record.opset, precision=record.precision
        )
    lines = [
        tr("{names}: {kind}, {size}, in {seconds} s.", names=names, kind=kind, size=size,
           seconds=f"{record.seconds:.1f}"),
        tr("Run by {runtime}.", runtime=record.runtime),
        tr("Any {axes}; at most {tolerance} of the range is allowed.", axes=", ".join(record.dynamic),
           tolerance=f"{record.tolerance:.0e}")
        if record.tolerance else tr("Any {axes}; nothing but the same bits is allowed.",
                                    axes=", ".join(record.dynamic)),
        tr("Real pictures: {real}.", real=record.real),
    ]  # fmt: skip
    return "\n".join(lines)


def _cells(trial: Trial, timed: Latency | None) -> list[str]:
    kind = tr("real") if trial.pictures == "real" else tr("random")
    cells = [
        f"{kind} {trial.height}×{trial.width}",
        str(trial.batch),
        f"{trial.largest:.1e}" if trial.largest else "0",
        f"{trial.relative:.1e}" if trial.relative else "0",
        f"{100 * trial.top1:.4g} %" if trial.top1 is not None else "–",
    ]
    return [*cells, f"{timed.runtime_ms:.2f} ms", f"{timed.torch_ms:.2f} ms"] if timed else cells
