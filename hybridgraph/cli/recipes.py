"""The command that lists recipes, shows one, compares two, keeps one of a person's own, and draws a rate as data."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hybridgraph import jobs
from hybridgraph.cli.options import AsJson, pair, print_json, say
from hybridgraph.errors import RunError
from hybridgraph.recipes import Card, Recipe, cards, delete_card, find, learning_rate, own_cards, save_card
from hybridgraph.recipes.own import derived
from hybridgraph.recipes.settings import Setting, differences, settings, shown
from hybridgraph.storage import write_atomic

_POINTS = 1000


def recipes(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A recipe's name, or a TOML file of your own.")] = None,
    *,
    given: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE",
                     help="Change a setting, such as mixup=0.2.")] = None,
    against: Annotated[str | None, typer.Option(metavar="NAME", help="Say in which settings another recipe differs.")] = None,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="Keep the recipe as one of your own.")] = None,
    title: Annotated[str, typer.Option(help="With --save: its title.")] = "",
    purpose: Annotated[str, typer.Option(help="With --save: what it is for.")] = "",
    delete: Annotated[bool, typer.Option("--delete", help="Remove a recipe of your own.")] = False,
    curve: Annotated[bool, typer.Option("--curve", help="The learning rate of every step as data.")] = False,
    steps: Annotated[int, typer.Option(min=1, max=10_000_000, help="Steps of the curve.")] = _POINTS,
    batch: Annotated[int, typer.Option(min=1, help="Pictures in one step, for rates that go by the batch.")] = 128,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File for the curve: .csv or .json.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List the recipes, show one with its source and settings, compare it, keep a changed one, or give its curve."""
    if name is None:
        if curve or output is not None or given or against or save or delete:
            raise RunError(
                "Which recipe is meant is not said.", "Name one: hybridgraph recipes swin --curve."
            )
        _list(as_json=as_json)
        return
    if delete:
        delete_card(name)
        say(f"Removed {name}.")
        return
    card = _changed(find(name), given or [])
    if save is not None:
        say(f"Wrote {save_card(derived(save, find(name), card.recipe, title=title, purpose=purpose))}.")
    elif against is not None:
        _compare(card, find(against), as_json=as_json)
    elif curve or output is not None:
        _curve(card.recipe, steps, batch, output, as_json=as_json)
    elif as_json:
        print_json(_content(card))
    else:
        _show(card)


def _changed(card: Card, given: Sequence[str]) -> Card:
    if not given:
        return card
    changed = dict(map(pair, given))
    job = jobs.with_settings(jobs.TrainJob(recipe=card.recipe), changed)
    foreign = next((name for name in changed if not hasattr(job.recipe, name)), None)
    if foreign is not None:
        raise RunError(f"{foreign} is no setting of a recipe.", "It belongs to the training that uses one.")
    return replace(card, recipe=job.recipe)


def _list(*, as_json: bool) -> None:
    known: list[Card] = list(cards().values())
    for name, own in own_cards().items():
        if isinstance(own, Card):
            known.append(own)
        else:
            say(f"{name}: {own}")
    if as_json:
        print_json([_content(card) for card in known])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "optimizer", "schedule", "for"):
        table.add_column(heading, no_wrap=heading != "for")
    for card in known:
        table.add_row(card.name, card.recipe.optimizer, card.recipe.schedule, card.purpose)
    _print(table)


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
    for setting in settings():
        table.add_row(setting.name, shown(getattr(card.recipe, setting.name)), _limits(setting), setting.doc)
    _print(table)


def _compare(card: Card, other: Card, *, as_json: bool) -> None:
    found = differences(card.recipe, other.recipe)
    if as_json:
        print_json({name: [one, two] for name, (one, two) in found.items()})
    elif not found:
        typer.echo(f"{card.name} and {other.name} do not differ.")
    else:
        table = Table(
            "setting", "this" if card.name == other.name else card.name, other.name, box=None, pad_edge=False
        )
        for name, values in found.items():
            table.add_row(name, *map(shown, values))
        _print(table)


def _print(table: Table) -> None:
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def _content(card: Card) -> dict[str, Any]:
    return {
        "name": card.name,
        "is_own": card.name not in cards(),
        "title": card.title,
        "purpose": card.purpose,
        "paper": card.paper,
        "section": card.section,
        "notes": list(card.notes),
        "epochs": card.epochs,
        "batch": card.batch,
        "settings": [_setting(card.recipe, one) for one in settings()],
    }


def _setting(recipe: Recipe, setting: Setting) -> dict[str, Any]:
    """A setting with its value, documentation and limits."""
    value = getattr(recipe, setting.name)
    found = {
        "name": setting.name,
        "value": list(value) if isinstance(value, tuple) else value,
        "doc": setting.doc,
    }
    if setting.choices:
        return {**found, "choices": list(setting.choices)}
    return found if setting.low is None else {**found, "low": setting.low, "high": setting.high}


def _limits(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(setting.choices)
    return "true, false" if setting.low is None else f"{setting.low:g} to {setting.high:g}"


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
