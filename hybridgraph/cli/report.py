"""The command that tells all that is known of a design or a run, on one sheet."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hybridgraph import catalog, designs
from hybridgraph.cli.options import AsJson, ChannelsIn, Classes, ImageSize, open_design, print_json, say
from hybridgraph.errors import RunError
from hybridgraph.graph import files
from hybridgraph.jobs import JOB_FILE
from hybridgraph.runs.store import open_run

if TYPE_CHECKING:
    from hybridgraph.graph.model import Graph
    from hybridgraph.report.evidence import Evidence
    from hybridgraph.runs.store import Run

_ANY = "A run folder, a design file, the name of a preset, or a pattern."
_CARD = "A model card: a TOML file as --new-card writes it, or any text."


def report(
    target: Annotated[str | None, typer.Argument(metavar="[RUN or DESIGN]", help=_ANY)] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write: .html, .md or .tex.")] = None,
    *,
    run: Annotated[Path | None, typer.Option(help="The training run of DESIGN.")] = None,
    profile: Annotated[Path | None, typer.Option(help="A profile run, for the time of a forward pass.")] = None,
    card: Annotated[Path | None, typer.Option(help=_CARD)] = None,
    new_card: Annotated[Path | None, typer.Option(help="Write a model card to fill in, and nothing else.")] = None,
    image_size: ImageSize = None,
    channels_in: ChannelsIn = None,
    classes: Classes = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write a report: figure, stages, costs, curves, confusion, exports, data, environment, digests, model card."""
    from hybridgraph.report.card import write_template
    from hybridgraph.report.writing import write_report

    if new_card is not None:
        write_template(new_card)
        print_json({"card": str(new_card)}) if as_json else say(
            f"Wrote {new_card}; fill it in, then name it with --card."
        )
        return
    if target is None or output is None:
        raise typer.BadParameter("name a run or a design, and the file to write with -o")
    if is_run(target) and run is not None:
        raise RunError(f"Both {target} and --run name a run.", "Give one of the two.")
    folder = Path(target) if is_run(target) else run
    found = open_run(folder) if folder is not None else None
    graph = None
    if found is None or not (is_run(target) or designs.is_variant(target)):
        graph = open_design(target, image_size=image_size, channels_in=channels_in, classes=classes)
    evidence = gather(graph, found, name=Path(target).name, profile=profile, card=card)
    written = write_report(evidence, output)
    print_json({**asdict(written), "path": str(written.path)}) if as_json else typer.echo(str(written))


def is_run(target: str) -> bool:
    """Whether this names the folder of a run."""
    return designs.is_file(target) and (Path(target) / JOB_FILE).is_file()


def gather(
    graph: Graph | None, run: Run | None, *, name: str, profile: Path | None = None, card: Path | None = None
) -> Evidence:
    """All that is known of a design, called `name` where it has none, and its run; without a graph it is the run's own.

    Raises RunError where the run was made with another design.
    """
    from hybridgraph.engine import Engine  # torch is imported by the commands that need it
    from hybridgraph.graph.model import digest
    from hybridgraph.report.card import Card, load_card
    from hybridgraph.report.evidence import Evidence, design_of, read_latency, read_training

    if run is not None:
        own = design_of(run)
        if graph is not None and digest(graph) != digest(own):
            raise RunError(
                f"The run {run.path} was made with another design.",
                "Name the run alone to have the design it trained reported.",
            )
        graph = own
    assert graph is not None
    return Evidence(
        name=graph.name or name.removesuffix(files.SUFFIX),
        graph=graph,
        analysis=Engine().analyze(graph),
        catalogue=catalog.known(),
        card=load_card(card) if card is not None else Card(),
        training=read_training(run) if run is not None else None,
        latency=read_latency(open_run(profile), graph) if profile is not None else None,
    )
