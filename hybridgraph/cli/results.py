"""The command that tells what came of a training, class by class and mistake by mistake."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.errors import DataError, RunError
from hybridgraph.results import Results, results_of
from hybridgraph.runs.evaluation import mean
from hybridgraph.runs.store import open_run

if TYPE_CHECKING:
    from hybridgraph.results.pictures import RunPictures
    from hybridgraph.runs.predictions import Told

_SIDE = 512  # px of a saved picture at most
_CONFUSIONS = 8


def results(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a training.")],
    *,
    most: Annotated[int, typer.Option(min=0, help="Worst mistakes that are listed.")] = 12,
    cell: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="TRUE TOLD", help="List the pictures of one class that were told to be of another instead."),
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Save the listed pictures as PNG files in this folder.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show a training's confusion, the figures of each class, calibration, and its worst mistakes."""
    found = results_of(open_run(run))
    listed = _listed(found, cell, most)
    pictures = _pictures(found, is_needed=save is not None) if listed else None
    names = {each.picture: pictures.name(each.picture) for each in listed} if pictures else {}
    saved = _save(pictures, listed, save) if pictures and save else []
    if as_json:
        print_json({**found.as_data(listed, names), "saved": [str(path) for path in saved]})
        return
    _show(found, listed, names)
    for path in saved:
        say(f"Saved {path}.")


def _listed(found: Results, cell: tuple[str, str] | None, most: int) -> list[Told]:
    if found.predictions is None:
        if cell is not None:
            raise RunError(found.remark)
        return []
    if cell is None:
        return found.predictions.mistakes(most)
    classes = found.evaluation.classes
    for name in cell:
        if name not in classes:
            raise RunError(
                f"The run has no class called {name!r}.", f"Its classes are {', '.join(classes[:20])}."
            )
    return found.predictions.of_cell(classes.index(cell[0]), classes.index(cell[1]), most)


def _pictures(found: Results, *, is_needed: bool) -> RunPictures | None:
    """The pictures at their source; None, with a sentence on standard error, where they are gone and not needed."""
    from hybridgraph.results.pictures import RunPictures

    try:
        return RunPictures(found)
    except DataError as error:
        if is_needed:
            raise
        say(str(error))
        return None


def _save(pictures: RunPictures, listed: list[Told], folder: Path) -> list[Path]:
    saved = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, each in enumerate(listed, 1):
            path = folder / f"{number:03}-{each.picture}.png"
            pictures.small(each.picture, _SIDE).save(path)
            saved.append(path)
    except OSError as error:
        raise RunError(f"Cannot save pictures in {folder}: {error.strerror or error}.") from error
    return saved


def _show(found: Results, listed: list[Told], names: dict[int, str]) -> None:
    one, console = found.evaluation, Console(width=None if sys.stdout.isatty() else 120)
    figures = one.figures()
    typer.echo(
        f"After epoch {one.epoch + 1}: top-1 {100 * one.top1:.2f} %, loss {one.loss:.4f} on {one.count:,} pictures."
    )
    if found.calibration is not None:
        typer.echo(
            f"Calibration: expected error {100 * found.calibration.ece:.2f} %, largest {100 * found.calibration.mce:.2f} %, "
            f"mean confidence {100 * found.calibration.confidence:.2f} %."
        )
    if found.remark:
        typer.echo(found.remark)
    table = _table("class", "pictures", "precision", "recall", "F1")
    for each in sorted(figures, key=lambda each: (each.f1 is not None, each.f1)):
        table.add_row(
            each.name,
            f"{each.support:,}",
            *(_percent(value) for value in (each.precision, each.recall, each.f1)),
        )
    table.add_row(
        "mean", f"{one.count:,}",
        *(_percent(mean([getattr(each, name) for each in figures])) for name in ("precision", "recall", "f1")),
    )  # fmt: skip
    console.print(table)
    confusions = one.mistakes(_CONFUSIONS)
    if confusions:
        table = _table("true class", "told to be", "pictures", texts=2)
        for true, other, count in confusions:
            table.add_row(true, other, f"{count:,}")
        console.print(table)
    if listed:
        table = _table("picture", "true class", "told to be", "confidence", "of the true", "loss", texts=3)
        for told in listed:
            table.add_row(
                names.get(told.picture, str(told.picture)),
                one.classes[told.label],
                one.classes[told.told],
                _percent(told.confidence),
                _percent(told.probability),
                f"{told.loss:.3f}",
            )
        console.print(table)


def _table(*headings: str, texts: int = 1) -> Table:
    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < texts else "right")
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"
