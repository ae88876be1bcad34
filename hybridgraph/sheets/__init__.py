"""HTML files that need nothing else: one frame and one look for comparisons and reports."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib import resources

_SEALED = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may load for a sheet: nothing."""


def sheet(title: str, styles: str, body: Iterable[str]) -> str:
    """The text of an HTML file: the common look, `styles` of its own, and what stands in it."""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_SEALED}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title><style>{style('sheets', 'sheet.css')}{styles}</style></head><body><main>",
        *body,
        "</main></body></html>",
    ]
    return "\n".join(lines) + "\n"


def style(package: str, name: str) -> str:
    """The text of a style file that lies in a package of HybridGraph."""
    return (resources.files("hybridgraph") / package / name).read_text(encoding="utf-8")
