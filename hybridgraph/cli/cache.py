"""The command for the decoded pictures that are kept on the disk."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hybridgraph.cli.options import AsJson, print_json
from hybridgraph.errors import RunError

if TYPE_CHECKING:
    from hybridgraph.data.cache import Entry

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def cache(
    *,
    clear: Annotated[bool, typer.Option("--clear", help="Delete all of them; they are made again when needed.")] = False,
    limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="The most they may take, such as 5GB; 0 keeps none.")
    ] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show how much decoded pictures take on the disk, clear them, or limit them. Sets are decoded once and kept there."""
    from hybridgraph.data import cache

    if limit is not None:
        cache.set_limit(_bytes(limit))
    freed = cache.clear() if clear else None
    found = cache.entries()
    if as_json:
        print_json(
            {
                "folder": str(cache.folder()),
                "limit": cache.limit(),
                "bytes": sum(entry.bytes for entry in found),
                "freed": freed,
                "entries": [_content(entry) for entry in found],
            }
        )
        return
    if freed is not None:
        typer.echo(f"{_size(freed)} are free again.")
    total = sum(entry.bytes for entry in found)
    typer.echo(f"{_size(total)} of at most {_size(cache.limit())} in {cache.folder()}")
    for entry in found:
        typer.echo(f"  {_size(entry.bytes):>9}  {_pictures(entry)}, {entry.name}")


def _content(entry: Entry) -> dict[str, Any]:
    values = {**asdict(entry), "path": str(entry.path), "name": entry.name}
    match values.pop("about"):
        case {"shape": [int(count), *_]}:
            return {**values, "pictures": count, "are": "decoded"}
        case {"unpacked": dict(files)}:
            return {**values, "pictures": len(files), "are": "unpacked"}
    return {**values, "pictures": None, "are": "damaged"}


def _pictures(entry: Entry) -> str:
    match entry.about:
        case {"shape": [int(count), int(channels), int(height), int(width)]}:
            colours = "grey" if channels == 1 else "colour"
            return f"{count:,} pictures of {width}×{height} in {colours}"
        case {"unpacked": dict(files)}:
            return f"{len(files):,} pictures as files"
    return "damaged"


def _bytes(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", text.strip(), re.IGNORECASE)
    if match is None:
        raise RunError(f"{text!r} is no size.", "Write it as 5GB or 800MB.")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count / 1000:,.1f} kB"
