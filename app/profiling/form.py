"""What a measurement is asked for: one setting in depth, or a sweep over many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.language import mark, tr
from app.panels.combo import Combo
from app.panels.devices import device_choices
from app.panels.editors import TextField
from app.panels.trainform import compact_form, muted
from app.theme import Theme
from hybridgraph.errors import RunError
from hybridgraph.jobs import ProfileJob, SweepJob
from hybridgraph.spec import Parameter

_BATCH = Parameter(
    kind="int", name="batch", minimum=1, maximum=1_000_000, doc=mark("Pictures in one forward pass.")
)
_REPEATS = Parameter(
    kind="int", name="repeats", minimum=1, maximum=100_000, doc=mark("Measurements; the median is shown.")
)
_PASSES = {"training": mark("Training and inference"), "inference": mark("Inference alone")}
_COMPILES = {
    "off": mark("Not compiled"),
    "on": mark("Compiled"),
    "both": mark("Both"),
}


class ProfileForm(QWidget):
    """One setting: device, batch, number format, repeats, what is measured, and whether a trace is kept."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        plain = ProfileJob()
        self.device = Combo()
        self.device.addItems(device_choices({}))
        self.precision = Combo()
        self.precision.addItems(["auto", "fp32", "bf16", "fp16"])
        self.passes = Combo()
        for name, title in _PASSES.items():
            self.passes.addItem(tr(title), name)
        self.batch, self.repeats = TextField(_BATCH, theme), TextField(_REPEATS, theme)
        self.batch.set_value(plain.batch)
        self.repeats.set_value(plain.repeats)
        self.trace = QCheckBox(tr("Keep a trace"))
        self.trace.setToolTip(tr("Of one pass, to be exported for chrome://tracing or Perfetto."))
        self.export_trace = QPushButton(tr("Export…"))
        self.export_trace.setToolTip(tr("Write the trace of the profile that is shown to a file."))
        self.export_trace.setProperty("role", "quiet")
        tracing = QHBoxLayout()
        tracing.addWidget(self.trace, 1)
        tracing.addWidget(self.export_trace)
        form = compact_form()
        for title, widget in (
            (tr("Device"), self.device),
            (tr("Batch"), self.batch),
            (tr("Precision"), self.precision),
            (tr("Repeats"), self.repeats),
            (tr("Passes"), self.passes),
        ):
            widget.setAccessibleName(title)
            form.addRow(muted(title), widget)
        form.addRow(tracing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addStretch(1)

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        for field in (self.batch, self.repeats):
            field.theme = theme
            field.update()

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer the devices the engine found."""
        _offer(self.device, hello)

    def show_job(self, job: ProfileJob) -> None:
        """Show what a measurement of before was asked for, so that the next one can be compared with it."""
        self.device.setCurrentText(job.device)
        self.precision.setCurrentText(job.precision)
        self.batch.set_value(job.batch)
        self.repeats.set_value(job.repeats)
        self.passes.setCurrentIndex(self.passes.findData(job.passes))
        self.trace.setChecked(job.trace)

    def set_up(self, name: str, value: int | str) -> None:
        """Take a batch or a precision, as an advice has it."""
        if name == "batch":
            self.batch.set_value(value)
        else:
            self.precision.setCurrentText(str(value))

    def job(self) -> ProfileJob:
        """What the fields say. Raises RunError."""
        self.batch.commit()
        self.repeats.commit()
        return ProfileJob(
            device=self.device.currentText(),  # type: ignore[arg-type]
            precision=self.precision.currentText(),  # type: ignore[arg-type]
            batch=int(str(self.batch.value)),
            repeats=int(str(self.repeats.value)),
            passes=self.passes.currentData(),
            trace=self.trace.isChecked(),
        )


class SweepForm(QWidget):
    """A sweep: batches, sizes of the pictures, number formats, compiled or not, and a limit of memory."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        plain = SweepJob()
        self.device = Combo()
        self.device.addItems(device_choices({}))
        self.passes = Combo()
        for name, title in _PASSES.items():
            self.passes.addItem(tr(title), name)
        self.batches = QLineEdit(", ".join(map(str, plain.batches)))
        self.sizes, self.precisions = QLineEdit(), QLineEdit(", ".join(plain.precisions))
        self.sizes.setPlaceholderText(tr("as designed"))
        self.compiles = Combo()
        for name, title in _COMPILES.items():
            self.compiles.addItem(tr(title), name)
        self.compile_limit = QLineEdit()
        self.compile_limit.setPlaceholderText(tr("s; empty: {seconds}", seconds=f"{plain.compile_limit:g}"))
        self.compile_limit.setToolTip(
            tr("Compiling that takes longer is given up. On a processor it takes minutes for each cell.")
        )
        self.limit = QLineEdit()
        self.limit.setPlaceholderText(tr("MB; empty: what is free"))
        self.limit.setToolTip(
            tr("Most memory of a cell beside torch itself. With a limit the largest batch is looked for.")
        )
        form = compact_form()
        for title, widget in (
            (tr("Device"), self.device),
            (tr("Batches"), self.batches),
            (tr("Sizes"), self.sizes),
            (tr("Precisions"), self.precisions),
            (tr("Compile"), self.compiles),
            (tr("At most"), self.compile_limit),
            (tr("Memory"), self.limit),
            (tr("Passes"), self.passes),
        ):
            widget.setAccessibleName(title)
            if isinstance(widget, QLineEdit):
                widget.setProperty("role", "number")
            form.addRow(muted(title), widget)
        self.compiles.currentIndexChanged.connect(
            lambda _: form.setRowVisible(self.compile_limit, self.compiles.currentData() != "off")
        )
        form.setRowVisible(self.compile_limit, False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        layout.addStretch(1)

    def set_theme(self, theme: Theme) -> None:
        """Nothing here is painted by itself."""

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer the devices the engine found."""
        _offer(self.device, hello)

    def show_job(self, job: SweepJob) -> None:
        """Show what a sweep of before was asked for."""
        self.device.setCurrentText(job.device)
        self.batches.setText(", ".join(map(str, job.batches)))
        self.sizes.setText(", ".join(map(str, job.image_sizes)))
        self.precisions.setText(", ".join(job.precisions))
        self.compiles.setCurrentIndex(
            self.compiles.findData("both" if len(job.compiles) > 1 else job.compiles[0])
        )
        limit = "" if job.compile_limit == SweepJob().compile_limit else f"{job.compile_limit:g}"
        self.compile_limit.setText(limit)
        self.limit.setText(str(job.memory_limit or ""))
        self.passes.setCurrentIndex(self.passes.findData(job.passes))

    def set_up(self, batch: int) -> None:
        """Ask for this batch with torch.compile and without, as an advice has it."""
        self.batches.setText(str(batch))
        self.compiles.setCurrentIndex(self.compiles.findData("both"))

    def job(self) -> SweepJob:
        """What the fields say. Raises RunError."""
        compiles = self.compiles.currentData()
        seconds = _numbers(tr("At most"), self.compile_limit.text())[:1] or (SweepJob().compile_limit,)
        return SweepJob(
            device=self.device.currentText(),  # type: ignore[arg-type]
            batches=_numbers(tr("Batches"), self.batches.text()),
            image_sizes=_numbers(tr("Sizes"), self.sizes.text()),
            precisions=tuple(_words(self.precisions.text())),  # type: ignore[arg-type]
            compiles=("off", "on") if compiles == "both" else (compiles,),
            compile_limit=float(seconds[0]),
            passes=self.passes.currentData(),
            memory_limit=sum(_numbers(tr("Memory"), self.limit.text())[:1]),
        )


def _offer(device: Combo, hello: Mapping[str, Any]) -> None:
    chosen = device.currentText()
    device.clear()
    device.addItems(device_choices(hello))
    device.setCurrentText(chosen)


def _words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").replace(";", " ").split() if word]


def _numbers(field: str, text: str) -> tuple[int, ...]:
    words = _words(text)
    wrong = next((word for word in words if not (word.isascii() and word.isdigit())), None)
    if wrong is not None:
        raise RunError(
            tr("{field}: {wrong} is no whole number.", field=field, wrong=wrong),
            tr("Write numbers with commas between them."),
        )
    return tuple(map(int, words))
