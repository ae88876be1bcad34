"""The command that writes a launch script: launch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hybridgraph import jobs, launch, recipes
from hybridgraph.cli.making import make_run
from hybridgraph.cli.options import AsJson, Batch, Data, Epochs, RecipeName, Settings, print_json, say
from hybridgraph.errors import RunError
from hybridgraph.runs.store import open_run
from hybridgraph.storage import write_atomic


def launch_(
    design: Annotated[str, typer.Argument(metavar="RUN|DESIGN", help="The folder of a run, or a design as for `train`, of "
                      "which a run is made.")],
    data: Data = "sample",
    *,
    nodes: Annotated[int, typer.Option(min=1, max=4096, help="Machines.")] = 1,
    gpus_per_node: Annotated[int, typer.Option(min=1, max=64, help="Processes on each, one for each GPU.")] = 1,
    scheduler: Annotated[launch.Scheduler, typer.Option(help="Slurm, or torchrun by hand.")] = "plain",
    out: Annotated[Path | None, typer.Option(help="The file to write; else the script is printed.")] = None,
    run: Annotated[Path | None, typer.Option(help="The run folder to make of a design.")] = None,
    epochs: Epochs = 3,
    batch: Batch = 128,
    recipe: RecipeName = recipes.DEFAULT,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write a script that trains on many GPUs or machines: with torchrun by hand, or under Slurm."""
    if (Path(design).expanduser() / jobs.JOB_FILE).is_file():
        made = open_run(design)
        if made.outcome == "finished":
            raise RunError(f"The run {made.path} is finished.", "Make a new one.")
    else:
        made = make_run(
            design, data, run, recipe=recipe, options={"epochs": epochs, "batch": batch}, settings=settings
        )
    asked = launch.Launch(run=made, scheduler=scheduler, nodes=nodes, gpus_per_node=gpus_per_node)
    text = launch.script(asked)
    if out is not None:
        write_atomic(out, text)
    if as_json:
        told = {"run": str(made.path), "processes": asked.processes, "out": None if out is None else str(out)}
        print_json({**told, "script": text})
    elif out is None:
        typer.echo(text, nl=False)
    else:
        start = (
            f"sbatch {out}" if scheduler == "slurm" else f"bash {out}{' NUMBER FIRST' if nodes > 1 else ''}"
        )
        say(f"Start it with: {start}")
        typer.echo(str(out))
