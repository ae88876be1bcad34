"""The command that looks at a set of pictures before anything is trained on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hybridgraph.cli.options import AsJson, print_json, say
from hybridgraph.jobs import DATA_FORMS, HELD_BACK

if TYPE_CHECKING:
    from hybridgraph.data.health import Health

_NEWS_EVERY = 4096


def data(
    data: Annotated[str, typer.Argument(metavar="DATA", help=f"Pictures: {DATA_FORMS}.")],
    *,
    seed: Annotated[int, typer.Option(help="Chooses what is held back where the data has no split.")] = 0,
    held_back: Annotated[
        float, typer.Option(min=0.01, max=0.9, help="Share of each class that is held back there.")
    ] = HELD_BACK,
    as_json: AsJson = False,
) -> None:
    """Look at every picture once: classes, sizes, what cannot be read, what is there twice or in both parts."""
    from hybridgraph.data.health import check_up

    def tell(done: int, everything: int) -> None:
        if done % _NEWS_EVERY == 0:
            say(f"{done:,} of {everything:,} pictures are looked at.")

    health = check_up(data, seed=seed, held_back=held_back, on_progress=tell)
    if as_json:
        print_json(health.as_data())
    else:
        typer.echo(_text(health))


def _text(health: Health) -> str:
    width = max(len(name) for name in health.classes)
    counts = zip(health.classes, health.train_counts, health.val_counts, strict=True)
    train, val = sum(health.train_counts), sum(health.val_counts)
    lines = [f"{health.pictures:,} pictures of {len(health.classes)} classes; {health.split}."]
    lines += [f"  {'':{width}}  training  validation"]
    lines += [f"  {name:{width}} {here:9,} {there:11,}" for name, here, there in counts]
    lines += [f"  {'':{width}} {train:9,} {val:11,}"]
    for what, sides in (("width", health.widths), ("height", health.heights)):
        lines += [
            f"{what:8} {sides.smallest:,} to {sides.largest:,} pixels, half of them below {sides.median + 1:,}"
        ]
    lines += [f"{'mean':8} {_numbers(health.mean)}", f"{'std':8} {_numbers(health.std)}"]
    if health.grey:
        lines += [f"{health.grey:,} of {health.checked:,} pictures are grey."]
    findings = [f"- {sentence}" for sentence in health.findings()]
    return "\n".join([*lines, "", *(findings or ["Nothing odd was found."])])


def _numbers(values: tuple[float, ...]) -> str:
    return "  ".join(f"{value:.4f}" for value in values)
