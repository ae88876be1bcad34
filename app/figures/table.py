"""The table of the stages for a paper, with its caption and label."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.language import tr
from app.session import Session
from hybridgraph.errors import ExportError, HybridGraphError
from hybridgraph.figures import latex


class TableOptions(QWidget):
    """Asks for caption and label, and shows the text that will be written."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.caption = QLineEdit()
        self.caption.setPlaceholderText(tr("Names the design and its units"))
        self.label = QLineEdit()
        self.label.setPlaceholderText(tr("tab: and the name of the design"))
        self.shown = QPlainTextEdit(readOnly=True)
        self.shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.shown.setProperty("role", "number")  # columns that stand below one another
        self.shown.setAccessibleName(tr("LaTeX of the table"))
        self.shown.setMinimumHeight(200)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(10)
        form.addRow(tr("Caption"), self.caption)
        form.addRow(tr("Label"), self.label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(form)
        layout.addWidget(self.shown, 1)
        for field in (self.caption, self.label):
            field.textChanged.connect(self.refresh)
        session.graph_changed.connect(self.refresh)
        session.analysis_changed.connect(self.refresh)
        self.refresh()

    def text(self) -> str:
        """The LaTeX of the design in front. Raises ExportError."""
        session = self._session
        if session.analysis is None or not session.is_analysis_current:
            raise ExportError(
                tr("The engine has not yet said what the stages cost."), tr("Try again in a moment.")
            )
        return latex.table(
            session.graph,
            session.analysis,
            session.catalogue,
            caption=self.caption.text().strip(),
            label=self.label.text().strip(),
        )

    def refresh(self, *_: object) -> None:
        """Show the text anew."""
        try:
            self.shown.setPlainText(self.text())
        except HybridGraphError as error:
            self.shown.setPlainText(str(error))
