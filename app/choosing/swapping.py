"""Changing a block's type: what may stand in its place, and at which width the design costs what it did."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import quantities
from app.canvas import insertion
from app.choosing.choosers import Trial, offer_of, survey
from app.choosing.matching import Matching
from app.dialogs import Chooser
from app.language import mark, told, tr
from app.panels import facts
from app.panels.combo import Combo
from app.theme import number_font
from hybridgraph.analysis import Analysis, Cost
from hybridgraph.balance import Balanced, Measure, balance, width_of, written
from hybridgraph.errors import GraphError
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph, Path
from hybridgraph.profiler.latency import Matched, Request
from hybridgraph.spec import BlockSpec

if TYPE_CHECKING:
    from app.window import MainWindow

KEEP: tuple[tuple[str, Measure | Literal["latency"] | None], ...] = (
    (mark("the width"), None),
    (mark("the parameters"), "params"),
    (mark("the MACs"), "macs"),
    (mark("the latency here"), "latency"),
)


def offer_swaps(window: MainWindow, path: Path) -> None:
    """Offer the blocks that can take a node's place with the wires it has, and what each would change."""
    session = window.session
    graph, catalogue = session.graph, session.catalogue
    own = graph.item(path)

    def swapped(spec: BlockSpec) -> tuple[Graph, Path]:
        return insertion.swapped(graph, path, spec, catalogue), path

    trials: dict[str, Trial] = {}
    for spec in catalogue.values():
        if not spec.structural and spec.id != getattr(own, "block", ""):
            with contextlib.suppress(GraphError):
                swapped(spec)
                trials[spec.id] = partial(swapped, spec)
    keep = Combo()
    for title, measure in ((tr(title), measure) for title, measure in KEEP):
        keep.addItem(title, measure)
    keep.setAccessibleName(tr("What stays as it is"))
    foot = QWidget()
    form = QFormLayout(foot)
    form.setContentsMargins(4, 4, 4, 0)
    form.addRow(tr("Keep"), keep)
    offers = [
        offer_of(catalogue[name], window.theme, partial(_take, window, path, catalogue[name], keep))
        for name in trials
    ]
    chooser = Chooser(
        offers, tr("Change {title_of} to", title_of=facts.title_of(own, catalogue)), window, foot=foot
    )
    chooser.show()
    survey(window, chooser, trials)


def _take(window: MainWindow, path: Path, spec: BlockSpec, keep: Combo) -> None:
    measure = cast("Measure | Literal['latency'] | None", keep.currentData())
    session, before = window.session, window.session.analysis
    if measure is None or before is None:
        window.canvas.editor.swap_block(spec.id, path)
        return
    if measure == "latency":
        _match(window, path, spec, before.total)
        return
    graph = session.graph
    target = before.total.params if measure == "params" else before.total.macs
    swapped = insertion.swapped(graph, path, spec, session.catalogue)

    def found(best: Balanced) -> None:
        if session.graph is not graph:
            session.notified.emit(
                "info", tr("The design was changed meanwhile, so the block was not swapped.")
            )
            return
        title = tr("{title} with {width} channels", title=told(spec.title), width=best.width)
        dialog = BeforeAfter(title, before.total, best.cost, window)
        dialog.accepted.connect(
            lambda: session.apply(tr("Change to {title}", title=title), lambda _: best.graph)
        )
        dialog.show()

    session.notified.emit(
        "info", tr("Looking for the width at which {title} costs the same…", title=told(spec.title))
    )
    search = balance(swapped, path, target, measure, session.catalogue)
    window.surveyor.pursue(search, found, lambda sentence: session.notified.emit("error", sentence))


def _match(window: MainWindow, path: Path, spec: BlockSpec, before: Cost) -> None:
    """Have the width measured at which the new block takes as long as the old one, alone on its real input."""
    session, catalogue = window.session, window.session.catalogue
    graph = session.graph
    swapped = insertion.swapped(graph, path, spec, catalogue)
    try:
        home, name, grain = width_of(swapped, path, catalogue)
    except GraphError as error:
        session.notified.emit("error", str(error))
        return

    def found(matched: Matched) -> None:
        best = matched.best
        changed = edits.set_param(swapped, home, name, best.width, catalogue)
        window.surveyor.start([("", lambda: changed)], lambda _, analysis: show(analysis, matched, changed))

    def show(analysis: Analysis, matched: Matched, changed: Graph) -> None:
        if session.graph is not graph:
            session.notified.emit(
                "info", tr("The design was changed meanwhile, so the block was not swapped.")
            )
            return
        title = tr("{title} with {width} channels", title=told(spec.title), width=matched.best.width)
        what = facts.title_of(changed.item(home), catalogue)
        row = _latency_row(what, matched)
        note = tr(
            "Medians of {passes} passes each, measured in turn; the change is the median of their ratios.",
            passes=matched.best.passes,
        )
        dialog = BeforeAfter(title, before, analysis.total, window, more=[row], note=note)
        dialog.accepted.connect(
            lambda: session.apply(tr("Change to {title}", title=title), lambda _: changed)
        )
        dialog.show()

    session.notified.emit(
        "info", tr("Measuring at which width {title} takes as long…", title=told(spec.title))
    )
    request = Request(
        before=files.dumps(graph),
        after=files.dumps(swapped),
        home=home,
        name=name,
        width=written(swapped, home, name),
        grain=grain,
    )
    task = window.findChild(Matching) or Matching(window)
    task.start(request, found, lambda sentence: session.notified.emit("error", sentence))


def _latency_row(what: str, matched: Matched) -> tuple[str, str, str, str]:
    """The times of the block alone, medians of passes in turn, and the median of their ratios."""
    best = matched.best
    name = tr("{what} alone, one image on {device}", what=what, device=matched.device)
    before, after = (f"{quantities.digits(one.median_us / 1e3)} ms" for one in (best.before, best.after))
    return name, before, after, f"{best.ratio - 1:+.1%}".replace("%", " %")


class BeforeAfter(QDialog):
    """What a design costs before and after a change, to agree to or not; `more` rows are texts, with a note on them."""

    def __init__(
        self,
        title: str,
        before: Cost,
        after: Cost,
        parent: QWidget,
        more: Sequence[tuple[str, str, str, str]] = (),
        note: str = "",
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        rows = (
            (tr("Parameters"), before.params, after.params, quantities.count),
            (tr("MACs for one image"), before.macs, after.macs, quantities.count),
            (
                tr("Activations for one image"),
                before.activation_bytes,
                after.activation_bytes,
                quantities.memory,
            ),
        )
        self.table = QTableWidget(len(rows) + len(more), 4)
        self.table.setAccessibleName(tr("Cost before and after"))
        self.table.setHorizontalHeaderLabels([tr("Whole design"), tr("Before"), tr("After"), tr("Change")])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setFocusPolicy(
            Qt.FocusPolicy.NoFocus
        )  # all of it is in view: there is nothing to do in it
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        lines = [
            (
                name,
                " ".join(words(old)),
                " ".join(words(new)),
                f"{(new - old) / old:+.1%}".replace("%", " %") if old else "",
            )
            for name, old, new, words in rows
        ]
        for row, line in enumerate([*lines, *more]):
            for column, text in enumerate(line):
                item = QTableWidgetItem(text.strip())
                if row >= len(lines):
                    item.setToolTip(note)
                if column:
                    item.setFont(number_font(11))
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
        buttons = QDialogButtonBox()
        buttons.addButton(tr("Change"), QDialogButtonBox.ButtonRole.AcceptRole).setProperty("role", "primary")
        buttons.addButton(tr("Leave as it is"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(520 + 180 * bool(more), 210 + 34 * len(more))
