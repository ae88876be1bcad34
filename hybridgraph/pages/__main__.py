"""Writes `docs/blocks/` in the repository this is run in: `python -m hybridgraph.pages`."""

from pathlib import Path

from hybridgraph import catalog
from hybridgraph.pages.reference import write

if __name__ == "__main__":
    write(catalog.load(), Path("docs") / "blocks")
