"""File > Import program…: an ONNX file or a program of torch.export as a design, with how much of it was recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from app.language import counted, mark, told, tr
from app.quantities import percent, spaced
from app.taskdialog import PathField, TaskDialog
from hybridgraph.errors import DocumentError
from hybridgraph.opening.report import OpeningReport, report_of

if TYPE_CHECKING:
    from app.window import MainWindow

_PROGRAMS = "*.onnx *.pt2"
_ROWS_SHOWN = 8
_PROGRESS = re.compile(r"\s*(\d+) % ")
_COLUMNS = (mark("Part of the program"), mark("Operations"), mark("Parameters"), mark("Has become"))


class ImportDialog(TaskDialog):
    """Asks for the program and where its design goes, opens it in a tab, and shows what was recognised."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Import a program"), tr("Import"), window)
        self._window = window
        self.program = PathField(tr("Program"), _PROGRAMS)
        self.program.line.setPlaceholderText(tr("An ONNX file, or a .pt2 file of torch.export.save"))
        self.target = PathField(tr("Design to write"), "*.hybrid.json", is_new=True)
        self.target.line.setPlaceholderText(tr("Beside the program"))
        self.rows.addRow(tr("Program"), self.program)
        self.rows.addRow(tr("Design to write"), self.target)
        self.table = QTreeWidget()
        self.table.setAccessibleName(tr("What was recognised"))
        self.table.setHeaderLabels([tr(title) for title in _COLUMNS])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.header().setStretchLastSection(True)
        self.table.hide()
        layout = self.layout()
        assert layout is not None
        layout.insertWidget(layout.indexOf(self.command), self.table)  # type: ignore[attr-defined]
        self.program.line.textChanged.connect(self._suggest)

    def arguments(self) -> list[str]:
        program, target = self.program.path, self.target.path
        if program is None:
            raise DocumentError(tr("Choose the program to import."))
        if target is None:
            raise DocumentError(tr("The design needs a name."))
        if self._window.documents.of(target) is not None:
            raise DocumentError(tr("{name} is open in a tab. Choose another name.", name=target.name))
        self.table.hide()
        return ["open-program", str(program), "-o", str(target)]

    def heard(self, line: str) -> None:
        found = _PROGRESS.match(line)
        if found:
            self.busy.setRange(0, 100)
            self.busy.setValue(int(found[1]))
        self.say(told(line.strip()))

    def told(self, result: Mapping[str, Any]) -> str:
        """Open the design and show the report."""
        self.busy.setRange(0, 0)
        report = report_of(result)
        self._fill(report)
        self._window.documents.open(Path(report.path))
        return "\n".join(_sentences(report))

    def _fill(self, report: OpeningReport) -> None:
        catalogue = self._window.session.catalogue
        self.table.clear()
        for one in report.opaque:
            numbers = (spaced(one.operations), spaced(one.params))
            row = QTreeWidgetItem([one.node, *numbers, tr("Operations: {why}", why=told(one.why))])
            row.setToolTip(3, told(one.why))
            self.table.addTopLevelItem(row)
        for block, known in report.blocks.items():
            title = told(catalogue[block].title) if block in catalogue else block
            times = counted("{number} block", "{number} blocks", known.count)
            cells = [f"{title} × {known.count}", spaced(known.operations), spaced(known.params), times]
            self.table.addTopLevelItem(QTreeWidgetItem(cells))
        height = self.table.sizeHintForRow(0) * min(self.table.topLevelItemCount(), _ROWS_SHOWN)
        self.table.setMinimumHeight(height + self.table.header().sizeHint().height() + 8)
        self.table.show()
        self.setMinimumWidth(760)

    def _suggest(self) -> None:
        """A name beside the program that is free."""
        program = self.program.path
        if program is None or not program.name:
            return
        path, number = program.with_name(f"{program.stem}.hybrid.json"), 2
        while path.exists():
            path, number = program.with_name(f"{program.stem}-{number}.hybrid.json"), number + 1
        self.target.line.setText(str(path))


def _sentences(report: OpeningReport) -> Iterator[str]:
    shares = {
        "operations": percent(report.operations.share),
        "params": percent(report.params.share),
        "macs": percent(report.macs.share),
    }
    yield tr(
        "Recognised as blocks: {operations} of the operations, {params} of the parameters, {macs} of the multiply-adds.",
        **shares,
    )
    yield tr(
        "Compared with {against} at batches of {batches}: the largest difference is {difference} of the outputs' range.",
        against=told(report.against),
        batches=", ".join(map(str, report.batches)),
        difference=f"{report.relative:.1e}",
    )
    yield tr("Written with its weights: {path}", path=report.path)


def offer_import(window: MainWindow) -> None:
    """Ask which program to import."""
    ImportDialog(window).open()
