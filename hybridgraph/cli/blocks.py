"""The commands about blocks of a person's own: blocks list, agree, forget, new, check."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.custom import agreements
from hybridgraph.custom.folder import BlockFile, find, folder, listed
from hybridgraph.custom.template import write_template
from hybridgraph.errors import DocumentError

commands = typer.Typer(help="Blocks of your own: Python files that run after you agreed to their content.")
File = Annotated[str, typer.Argument(metavar="FILE", help="The name of a file in the folder of your blocks.")]


@commands.callback(invoke_without_command=True)
def blocks(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Blocks of your own: Python files that run after you agreed to their content. Alone, it lists them."""
    if context.invoked_subcommand is None:
        list_(as_json=as_json)


@commands.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the block files and whether you agreed to each as it is. Nothing of them is run."""
    files = listed()
    if as_json:
        print_json(
            {
                "folder": str(folder()),
                "agreements": str(agreements.place()),
                "files": [*map(_described, files)],
            }
        )
        return
    if not files:
        typer.echo(f"There is no block file in {folder()}. hybridgraph blocks new NAME writes one.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("file", "state", "blocks", "bytes", "SHA-256"):
        table.add_column(heading, justify="right" if heading == "bytes" else "left")
    for file in files:
        table.add_row(file.name, file.state, ", ".join(file.blocks), f"{file.size:,}", file.digest[:16])
    Console(width=None if sys.stdout.isatty() else 120, markup=False).print(table)
    for file in files:
        if file.fault:
            typer.echo(f"✗ {file.fault}")


@commands.command()
def agree(
    file: File,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Agree without being asked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Agree to a file as it is now. It then runs on this computer; with another content it is asked for again."""
    found = _usable(file)
    say(f"{found.path}: {found.size:,} bytes, SHA-256 {found.digest}, declares {', '.join(found.blocks)}.")
    say("It is Python code: it can do what you can do on this computer.")
    if not yes:
        if not sys.stdin.isatty():
            raise DocumentError(f"Nobody is there to agree to {found.name}.", "Read it, and add --yes.")
        if not typer.confirm("Have you read it, and may it run?", err=True):
            raise typer.Exit(1)
    agreements.agree(found.name, found.digest)
    again = find(file)
    if as_json:
        print_json(_described(again))
    else:
        typer.echo(f"Agreed to {again.name}.")


@commands.command()
def forget(file: File, *, as_json: AsJson = False) -> None:
    """Take back what you agreed to for a file, which may be gone."""
    name = file.rpartition("/")[2].removesuffix(".py") + ".py"
    if not agreements.forget(name):
        raise DocumentError(f"You have not agreed to {name}.", "hybridgraph blocks lists the files.")
    if as_json:
        print_json({"forgotten": name})
    else:
        typer.echo(f"{name} does not run any more.")


@commands.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The id of the block: small letters, digits, _.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Write a block file to begin with, which works as it is."""
    path = write_template(name)
    if as_json:
        print_json({"path": str(path)})
    else:
        typer.echo(f"Wrote {path}. Change it, then: hybridgraph blocks agree {path.name}")


@commands.command()
def check(file: File, *, as_json: AsJson = False) -> None:
    """Hold the blocks of a file you agreed to to the contract of ours: shapes, gradients, weights, source, ONNX."""
    found = _usable(file)
    if found.state != "agreed":
        raise DocumentError(
            f"{found.name} is run to check it, and you have not agreed to it as it is.",
            f"Read it, then: hybridgraph blocks agree {found.name}",
        )
    from hybridgraph.custom.checking import checked  # torch is imported by the commands that need it
    from hybridgraph.custom.loading import load
    from hybridgraph.spec import REGISTRY

    load(found)
    promises = []
    for block in found.blocks:
        for promise in checked(REGISTRY[block]):
            promises.append(promise)
            if not as_json:
                mark = "✗" if promise.fault else "✓"
                typer.echo(
                    f"{mark} {promise.block} {promise.promise}{': ' if promise.fault else ''}{promise.fault}"
                )
    if as_json:
        print_json([{"block": one.block, "promise": one.promise, "fault": one.fault} for one in promises])
    broken = sum(bool(one.fault) for one in promises)
    if broken:
        say(f"{found.name} breaks {broken} of {len(promises)} promises.")
        raise typer.Exit(1)


def _usable(name: str) -> BlockFile:
    file = find(name)
    if file.fault:
        raise DocumentError(file.fault)
    return file


def _described(file: BlockFile) -> dict[str, object]:
    return {
        "name": file.name, "path": str(file.path), "state": file.state, "size": file.size, "sha256": file.digest,
        "blocks": list(file.blocks), "fault": file.fault,
    }  # fmt: skip
