"""Writes `catalog.json` from the blocks: `python -m hybridgraph.catalog_writer`. Imports torch."""

from __future__ import annotations

import json
from importlib import resources

import hybridgraph.blocks  # noqa: F401  (fills the registry)
from hybridgraph import catalog
from hybridgraph.spec import REGISTRY
from hybridgraph.storage import write_atomic


def render() -> str:
    """The text of `catalog.json`."""
    entries = [catalog.encode(entry) for entry in REGISTRY.values()]
    return json.dumps({"blocks": entries}, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write `catalog.json` anew."""
    with resources.as_file(resources.files("hybridgraph") / "catalog.json") as path:
        write_atomic(path, render())


if __name__ == "__main__":
    main()
