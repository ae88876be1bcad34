"""Taking the trace of a profile home."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.language import tr
from app.session import Session


def ask_and_copy(trace: Path, session: Session, parent: QWidget) -> None:
    """Ask for a file and write the trace there; what the disk refuses is told."""
    wish = str((session.file.parent if session.file else Path.home()) / f"{session.title}.trace.json")
    chosen, _ = QFileDialog.getSaveFileName(parent, tr("Export the trace"), wish, tr("Traces (*.json)"))
    if chosen:
        copy(trace, Path(chosen), session)


def copy(trace: Path, target: Path, session: Session) -> None:
    """Write the trace to `target`; say so, or why not."""
    try:
        shutil.copyfile(trace, target)
    except OSError as error:
        session.notified.emit(
            "error",
            tr(
                "The trace cannot be written to {target}: {reason}.",
                target=target,
                reason=error.strerror or error,
            ),
        )
    else:
        session.notified.emit(
            "info", tr("Wrote {target}. Perfetto and chrome://tracing open it.", target=target)
        )
