"""The cases of every block in the catalogue; how they are made is part of the product, for blocks of a person's own."""

from hybridgraph.custom.cases import (
    Case,
    asking,
    design,
    engine,
    one_by_one,
    outputs,
    small,
    together,
    values,
)
from hybridgraph.spec import REGISTRY

ENGINE = engine()
SPECS = {id_: spec for id_, spec in REGISTRY.items() if not spec.structural}

__all__ = [
    "ENGINE",
    "SPECS",
    "Case",
    "asking",
    "design",
    "one_by_one",
    "outputs",
    "small",
    "together",
    "values",
]
