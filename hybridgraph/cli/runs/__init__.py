"""The commands for the store of runs: `hybridgraph runs`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from hybridgraph.cli.runs import bakeoff, comparing, deleting, labels, listing
from hybridgraph.cli.runs.naming import is_run


class _Group(TyperGroup):
    """`runs` alone lists; `runs FOLDER` shows that run; `runs FILTER` lists those that pass."""

    def parse_args(
        self, ctx: Any, args: list[str]
    ) -> list[str]:  # typer keeps the type of a context to itself
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            first = next((word for word in args if not word.startswith("-")), "")
            args = ["show" if first and is_run(Path(first)) else "list", *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(
    cls=_Group,
    help="List, filter, label, compare and delete runs. Without a command: list, or show the RUN that is named.",
    add_completion=False,
    rich_markup_mode=None,
)

commands.command("list")(listing.list_)
for command in (
    listing.show,
    labels.tag,
    labels.untag,
    labels.note,
    comparing.compare,
    bakeoff.bakeoff,
    deleting.delete,
    deleting.rebuild,
):
    commands.command()(command)
