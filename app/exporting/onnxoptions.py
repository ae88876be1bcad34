"""The choices for an ONNX file: opset, free size, half the bits."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.language import tr
from app.panels.combo import Combo
from app.panels.editors import Switch
from app.theme import Theme

DEFAULT = 20
OPSETS = tuple(range(18, 24))
"""What torch's exporter writes and ONNX Runtime runs."""


class OnnxOptions(QWidget):
    """One line of choices; `arguments` are theirs on the command line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.opset = Combo()
        for number in OPSETS:
            self.opset.addItem(str(number), number)
        self.opset.setCurrentIndex(OPSETS.index(DEFAULT))
        self.opset.setAccessibleName(tr("Opset"))
        self.opset.setToolTip(tr("The set of operators: older ones run in older runtimes."))
        self.any_size = Switch(theme)
        self.any_size.setAccessibleName(tr("Any height and width"))
        self.any_size.setToolTip(tr("Refused where a block belongs to one size, which is found by trying."))
        self.half = Switch(theme)
        self.half.setAccessibleName(tr("fp16"))
        self.half.setToolTip(
            tr("Half as many bits for weights and arithmetic; the difference is larger and shown.")
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for text, field in (
            (tr("Opset"), self.opset),
            (tr("Any height and width"), self.any_size),
            (tr("fp16"), self.half),
        ):
            layout.addWidget(QLabel(text))
            layout.addWidget(field)
            layout.addSpacing(14)
        layout.addStretch(1)

    @property
    def arguments(self) -> list[str]:
        """As the command line takes them."""
        said = ["--opset", str(self.opset.currentData())] if self.opset.currentData() != DEFAULT else []
        said += ["--dynamic-size"] if self.any_size.isChecked() else []
        return [*said, "--fp16"] if self.half.isChecked() else said
