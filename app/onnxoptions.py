"""The choices for an ONNX file: opset, free size, half the bits."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from app.language import tr
from app.panels.editors import Switch
from app.theme import Theme

DEFAULT = 20
_LEAST, _MOST = 18, 26


class OnnxOptions(QWidget):
    """One line of choices; `arguments` are theirs on the command line."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.opset = QSpinBox()
        self.opset.setRange(_LEAST, _MOST)
        self.opset.setValue(DEFAULT)
        self.opset.setAccessibleName(tr("Opset"))
        self.opset.setToolTip(tr("The set of operators: older ones run in older runtimes."))
        self.size = Switch(theme)
        self.size.setAccessibleName(tr("Any height and width"))
        self.size.setToolTip(tr("Refused where a block belongs to one size, which is found by trying."))
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
            (tr("Any height and width"), self.size),
            (tr("fp16"), self.half),
        ):
            layout.addWidget(QLabel(text))
            layout.addWidget(field)
            layout.addSpacing(14)
        layout.addStretch(1)

    @property
    def arguments(self) -> list[str]:
        """As the command line takes them."""
        said = ["--opset", str(self.opset.value())] if self.opset.value() != DEFAULT else []
        said += ["--dynamic-size"] if self.size.isChecked() else []
        return [*said, "--fp16"] if self.half.isChecked() else said
