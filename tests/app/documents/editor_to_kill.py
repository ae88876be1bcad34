"""Edits and saves until it is killed; a server that forks one editor for each line it reads, to import Qt once.

A line is `FOLDER SEED`. The editor's id is printed; in FOLDER/log it writes "begin HASH" before each edit and
"done HASH" after it, where HASH names the graph that the edit leads to.
"""

import hashlib
import os
import random
import sys
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QWidget

from app.documents.asking import Question
from app.documents.desk import Documents
from app.session import Session
from hybridgraph.graph import edits, files
from hybridgraph.graph.model import Graph, Node
from tests.app.conftest import CATALOGUE


def name_of(graph: Graph) -> str:
    return hashlib.sha256(files.dumps(graph).encode()).hexdigest()[:16]


class Nobody:
    """Nobody is there to ask."""

    def ask(self, parent: QWidget, question: Question) -> str:
        return "cancel"


def edit(folder: Path, seed: int) -> None:
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    draw = random.Random(seed)
    application = QApplication.instance() or QApplication(["editor"])
    window = QWidget()
    session = Session(CATALOGUE)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    documents = Documents(session, window, settings, Nobody(), folder / "state")
    documents.open(folder / "design.hybrid.json")
    stack, known = session.undo_stack, {0: session.graph}
    for number in range(1_000_000):
        kind = draw.choices(("number", "drag", "add", "undo", "redo", "save"), (6, 3, 3, 2, 1, 3))[0]
        if kind == "save":
            assert documents.saving.save()
            continue
        moves = 5 if kind == "drag" else 1
        for move in range(moves):
            if kind == "undo":
                after = known.get(stack.index() - 1)
            elif kind == "redo":
                after = known.get(stack.index() + 1) if stack.canRedo() else None
            elif kind == "add":
                after = edits.add_node(session.graph, Node(id=f"n{number}", block="gate", x=float(number)))
            else:
                value = draw.randrange(1, 4097)
                after = edits.set_param(session.graph, ("stem",), "channels", value, catalogue=CATALOGUE)
            if after is None or after == session.graph:
                break
            if move == 0:
                os.write(log, f"begin {name_of(after)}\n".encode())
            if kind == "undo":
                stack.undo()
            elif kind == "redo":
                stack.redo()
            else:
                session.apply(kind, lambda _graph, to=after: to, merge=f"{number}" if kind == "drag" else "")
            known[stack.index()] = session.graph
        session.settle()
        os.write(log, f"done {name_of(session.graph)}\n".encode())
        application.processEvents()


def main() -> None:
    for line in sys.stdin:
        folder, seed = line.split()
        child = os.fork()
        if child == 0:
            edit(Path(folder), int(seed))
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
