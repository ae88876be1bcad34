"""The command that lists recipes, shows one, and draws its learning rate as data."""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.errors import RunError
from hybridgraph.recipes import Card, Recipe, cards, find, learning_rate
from hybridgraph.recipes.recipe import content
from hybridgraph.storage import write_atomic

_POINTS = 1000


def recipes(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A recipe's name, or a TOML file of your own.")] = None,
    *,
    curve: Annotated[bool, typer.Option("--curve", help="The learning rate of every step as data.")] = False,
    steps: Annotated[int, typer.Option(min=1, max=10_000_000, help="Steps of the curve.")] = _POINTS,
    batch: Annotated[int, typer.Option(min=1, help="Pictures in one step, for rates that go by the batch.")] = 128,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File for the curve: .csv or .json.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List the recipes, show one with its source and settings, or give its learning-rate curve as data."""
    if name is None:
        if curve or output is not None:
            raise RunError("--curve needs a recipe.", "Name one: hybridgraph recipes swin --curve.")
        _list(as_json=as_json)
        return
    card = find(name)
    if curve or output is not None:
        _curve(card.recipe, steps, batch, output, as_json=as_json)
    elif as_json:
        print_json(_content(card))
    else:
        _show(card)


def _list(*, as_json: bool) -> None:
    if as_json:
        print_json([_content(card) for card in cards().values()])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "optimizer", "schedule", "for"):
        table.add_column(heading, no_wrap=heading != "for")
    for card in cards().values():
        table.add_row(card.name, card.recipe.optimizer, card.recipe.schedule, card.purpose)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def _show(card: Card) -> None:
    typer.echo(f"{card.title}\n{card.purpose}")
    if card.paper:
        typer.echo(f"Source: {card.paper}{f', {card.section}' if card.section else ''}.")
    said = [f"{card.epochs} epochs"] if card.epochs else []
    said += [f"batches of {card.batch:,}"] if card.batch else []
    if said:
        typer.echo(f"The source trains {' in '.join(said)}.")
    for note in card.notes:
        typer.echo(f"· {note}")
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "limits", "meaning"):
        table.add_column(heading, no_wrap=heading == "setting")
    for setting in _settings(card.recipe):
        table.add_row(setting["name"], _text(setting["value"]), _limits(setting), setting["doc"])
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def _content(card: Card) -> dict[str, Any]:
    return {
        "name": card.name,
        "title": card.title,
        "purpose": card.purpose,
        "paper": card.paper,
        "section": card.section,
        "notes": list(card.notes),
        "epochs": card.epochs,
        "batch": card.batch,
        "settings": _settings(card.recipe),
    }


def _settings(recipe: Recipe) -> list[dict[str, Any]]:
    """Each setting with its value, documentation and limits."""
    values = content(recipe)
    found = []
    for item in fields(Recipe):
        if item.name != "card":
            limits = item.metadata.get("each", item.metadata)
            known = {key: limits[key] for key in ("low", "high", "choices") if key in limits}
            found.append(
                {"name": item.name, "value": values[item.name], "doc": item.metadata["doc"], **known}
            )
    return found


def _limits(setting: dict[str, Any]) -> str:
    if "choices" in setting:
        return ", ".join(setting["choices"])
    return f"{setting['low']:g} to {setting['high']:g}" if "low" in setting else "true, false"


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"{one:g}" for one in value) or "–"
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def _curve(recipe: Recipe, steps: int, batch: int, output: Path | None, *, as_json: bool) -> None:
    rates = [learning_rate(step, steps, recipe, batch) for step in range(steps)]
    is_json = as_json or (output is not None and output.suffix == ".json")
    data = json.dumps({"steps": steps, "batch": batch, "learning_rate": rates}, indent=1) + "\n"
    rows = "".join(f"{step},{rate!r}\n" for step, rate in enumerate(rates))
    text = data if is_json else f"step,learning_rate\n{rows}"
    if output is None:
        sys.stdout.write(text)
    else:
        write_atomic(output, text)
        say(f"Wrote {output}.")
