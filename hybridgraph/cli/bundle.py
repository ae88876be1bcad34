"""The commands that pack a run for others and run it again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hybridgraph import jobs
from hybridgraph.cli.options import AsJson, print_json
from hybridgraph.cli.train import follow
from hybridgraph.errors import RunError
from hybridgraph.runs.store import default_root, open_run


def bundle(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a training run.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The zip to write.")],
    *,
    with_data: Annotated[bool, typer.Option("--with-data", help="Pack the pictures too, up to 512 MiB.")] = False,
    with_weights: Annotated[bool, typer.Option("--with-weights", help="Pack the best weights too.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Pack a training run into one zip that `reproduce` runs again."""
    from hybridgraph.reproduction.bundle import write_bundle

    written = write_bundle(open_run(run), output, with_data=with_data, with_weights=with_weights)
    print_json({**asdict(written), "path": str(written.path)}) if as_json else typer.echo(str(written))


def reproduce(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A zip that `bundle` wrote.")],
    run: Annotated[Path | None, typer.Option(help="The run folder to make; else one in the store of runs.")] = None,
    *,
    data: Annotated[str | None, typer.Option(help="Where its pictures lie: idx:PATH or folder:PATH.")] = None,
    device: Annotated[jobs.Device | None, typer.Option(help="Where to compute; else as the first time.")] = None,
    exact: Annotated[bool, typer.Option("--exact", help="Fail unless the curves are equal to the last bit.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Run a bundle again in a new folder, and say whether the curves are the same, and what differs."""
    from hybridgraph.reproduction.again import reproduce as work

    stamp = f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    folder = run or default_root() / f"{bundle.stem}-again-{stamp}"
    with follow() as tell:
        verdict = work(bundle, folder, data=data, device=device, on_event=tell)
    if as_json:
        print_json(asdict(verdict))
    else:
        for sentence in verdict.sentences():
            typer.echo(sentence)
        typer.echo(f"Run: {verdict.run}")
    if exact and not verdict.is_equal:
        raise RunError("The run was not reproduced exactly.")
