"""The command line: everything the window does has a command.

Exit code 0 means done, 1 that the design or the input is wrong (one sentence on standard error), 2 wrong usage.
Results go to standard output, as one JSON document with `--json`; progress goes to standard error.
"""

from __future__ import annotations

import sys

import typer

from hybridgraph.cli import (
    blocks,
    bundle,
    cache,
    check,
    data,
    designs,
    diff,
    export,
    launch,
    opening,
    pattern,
    preflight,
    profile,
    queue,
    recipes,
    report,
    results,
    runs,
    train,
    weights,
    window,
)
from hybridgraph.custom import witness
from hybridgraph.errors import HybridGraphError, PatternError
from hybridgraph.threads import share_cores

commands = typer.Typer(
    name="hybridgraph",
    help="Design, train and export vision networks that mix convolution and attention.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    window.app,
    designs.presets,
    designs.new,
    pattern.pattern,
    check.check,
    diff.diff,
    designs.code,
    data.data,
    cache.cache,
    preflight.preflight,
    train.train,
    train.resume,
    recipes.recipes,
    profile.profile,
    export.export,
    opening.open_program,
    report.report,
    results.results,
    bundle.bundle,
    bundle.reproduce,
):
    commands.command()(command)
commands.command("launch")(launch.launch_)
commands.add_typer(weights.commands, name="weights")
commands.add_typer(blocks.commands, name="blocks")
commands.add_typer(runs.commands, name="runs")
commands.add_typer(queue.commands, name="queue")


def main() -> None:
    """Run the command line and leave with its exit code."""
    share_cores()
    arguments = sys.argv[1:]
    if witness.is_needed() and arguments[:1] != ["app"]:  # the window runs no such code
        sys.exit(witness.watched(lambda: run(arguments)))
    sys.exit(run(arguments))


def run(arguments: list[str]) -> int:
    """Run one command; answers its exit code. Nothing that goes wrong ends in a traceback."""
    try:
        commands(args=arguments)
    except SystemExit as end:  # typer's way to end, also for wrong usage
        return end.code if isinstance(end.code, int) else 0
    except PatternError as error:
        sys.stderr.write(f"{error.picture}\n{error}\n")
        return 1
    except HybridGraphError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except MemoryError:
        sys.stderr.write("There is not enough memory. Use a smaller design, image size or batch.\n")
        return 1
    return 0
