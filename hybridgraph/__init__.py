"""HybridGraph: design vision networks that combine convolution and attention.

The verbs `load`, `save`, `preset`, `pattern`, `pattern_of`, `analyze`, `source`, `compile` and `import_weights` do in
Python what the commands of the same names do in a terminal. Importing this package does not import torch; the verbs that need torch do.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybridgraph.verbs import (
        analyze,
        compile,  # noqa: A004
        import_weights,
        load,
        pattern,
        pattern_of,
        preset,
        save,
        source,
    )

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "analyze",
    "compile",
    "import_weights",
    "load",
    "pattern",
    "pattern_of",
    "preset",
    "save",
    "source",
]


def __getattr__(name: str) -> object:
    """Fetch a verb when it is first used, so that importing a small part of the package stays quick."""
    if name in __all__:
        return getattr(import_module("hybridgraph.verbs"), name)
    raise AttributeError(f"module 'hybridgraph' has no attribute {name!r}")
