"""The command that opens programs made elsewhere: open-program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hybridgraph.cli.options import AsJson, print_json


def open_program(
    file: Annotated[Path, typer.Argument(help="A .onnx file, or a .pt2 file of torch.export.save.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The design to write; its weights go beside it.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Open an ONNX or torch.export program as a design with its weights.

    Blocks of the catalogue are recognised by what they compute; the rest becomes nodes of plain operations that run
    and train all the same. The design is compared with the file at two sizes of the batch before it is written. No
    code in a file is run.
    """
    from hybridgraph.opening.opening import open_program as work
    from hybridgraph.opening.opening import save_opened

    said = ""

    def tell(share: float, what: str) -> None:
        nonlocal said
        line = f"{100 * share:3.0f} % {what}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{line:<56}")
        elif line[:5] != said[:5]:  # a log or a window: a line for each percent
            print(line, file=sys.stderr, flush=True)
        said = line

    opened = work(file, tell=tell)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    target = output if output is not None else Path(f"{file.stem}.hybrid.json")
    report = save_opened(opened, target)
    if as_json:
        print_json(report.as_data())
    else:
        typer.echo(f"{report}\nWrote {report.path} and {report.weights}.")
