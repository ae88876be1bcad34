"""The catalogue of blocks as data, for everyone who must not import torch.

`catalog.json` is generated from the blocks (`python -m hybridgraph.catalog_writer`); a test says when it is stale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

from hybridgraph.spec import REGISTRY, BlockSpec, Catalogue, Parameter, Port


@cache
def load() -> Catalogue:
    """Every block by id, in the order of the palette."""
    text = (resources.files("hybridgraph") / "catalog.json").read_text(encoding="utf-8")
    return {entry["id"]: decode(entry) for entry in json.loads(text)["blocks"]}


def known() -> Catalogue:
    """As `load`, with the blocks of a person's own that this process has loaded."""
    return {**load(), **{id_: spec for id_, spec in REGISTRY.items() if spec.file}}


def find(catalogue: Catalogue, words: str) -> list[BlockSpec]:
    """The blocks a search for `words` should offer, best first.

    Every word must occur in the title, the id, the paper or an alias; a title that starts with the words wins.
    """
    wanted = words.casefold().split()

    def score(entry: BlockSpec) -> int | None:
        names = [entry.title, entry.id.replace("_", " "), *entry.aliases]
        text = " ".join([*names, entry.paper, entry.family]).casefold()
        if not all(word in text for word in wanted):
            return None
        whole = " ".join(wanted)
        if any(name.casefold() == whole for name in names):
            return 0
        return 1 if any(name.casefold().startswith(whole) for name in names) else 2

    scored = [(score(entry), entry) for entry in catalogue.values() if not entry.structural]
    return [entry for rank, entry in sorted(((r, e) for r, e in scored if r is not None), key=lambda p: p[0])]


def encode(spec: BlockSpec) -> dict[str, Any]:
    """A block as an entry of the file; only that of a person's own says where it is from."""
    entry = asdict(spec)
    return entry if spec.file else {key: entry[key] for key in entry if key not in ("file", "digest")}


def decode(data: Mapping[str, Any]) -> BlockSpec:
    """A block from its entry in the file."""
    ports = {side: tuple(Port(**port) for port in data[side]) for side in ("inputs", "outputs")}
    params = {
        name: Parameter(**{**parameter, "choices": tuple(parameter["choices"])})
        for name, parameter in data["params"].items()
    }
    return BlockSpec(**{**data, **ports, "params": params, "aliases": tuple(data["aliases"])})
