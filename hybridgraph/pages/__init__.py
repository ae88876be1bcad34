"""A page for each block: what it does, its mathematics, its inductive bias, what it costs and when to use it.

One hand-written file for each block lies in `text/`. `page` reads it, `formula` computes and `typeset` sets the cost
formulas, `cases` finds the numbers of a node in a design to put in, and `reference` makes `docs/blocks/` of it
(`python -m hybridgraph.pages`). Needs no torch.
"""

from hybridgraph.pages.page import BIASES, Numbers, Page, Paper, load

__all__ = ["BIASES", "Numbers", "Page", "Paper", "load"]
