"""Which image sizes a design takes, said where its own does not fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from hybridgraph.analysis import Analysis, Finding
from hybridgraph.graph.model import Graph, Node, frozen
from hybridgraph.shapes import ImageMap, Tokens

TRIES = 12
"""Sizes tried on either side; each costs a run of the blocks up to the one that refuses."""
COARSE, FINE = 32, 8
"""Sizes are tried in multiples of these: pictures of 128 pixels and more, and smaller ones."""

Analyze = Callable[[Graph], Analysis]


def with_fitting_sizes(graph: Graph, analysis: Analysis, analyze: Analyze) -> Analysis:
    """The analysis with the nearest image sizes that fit in the hints of the blocks that refuse what they get.

    `analyze` plans the same graph with another image. Nothing is added where a block refuses its arguments at any
    size, or no size nearby fits.
    """
    refusals = [found for found in analysis.errors if found.code == "block"]
    picture = next((i for i in graph.nodes.values() if isinstance(i, Node) and i.block == "image"), None)
    if not refusals or picture is None or not isinstance(analysis.input, ImageMap):
        return analysis
    search = _Search(graph, picture, refusals[0], analyze)
    sizes = search.sizes(analysis.input, _reduction_at(analysis, refusals[0]))
    if not sizes:
        return analysis
    told = f"An image of {' or '.join(sizes)} fits."
    findings = tuple(
        replace(found, hint=f"{found.hint} {told}".strip()) if found in refusals else found
        for found in analysis.findings
    )
    return replace(analysis, findings=findings)


def reduction(side: int, cells: int) -> int:
    """How many times smaller than the image a map is, given the sides of both.

    Strides round, most of them up, so that several numbers can be it; a power of two is what is meant.
    """
    candidates = range(max(1, side // (cells + 1)), side + 1)
    fitting = [r for r in candidates if cells in (side // r, -(-side // r))] or [1]
    return next((r for r in fitting if r & (r - 1) == 0), fitting[0])


class _Search:
    """The search for image sizes at which no block refuses what it gets."""

    def __init__(self, graph: Graph, picture: Node, refusal: Finding, analyze: Analyze) -> None:
        self.graph, self.picture, self.refusal, self.analyze = graph, picture, refusal, analyze
        self.hopeless = False

    def sizes(self, image: ImageMap, step: int) -> list[str]:
        """The fitting sizes below and above, as texts."""
        height, width = image.grid
        if height == width:
            found = [(side, side) for side in self._near(height, step)]
        else:
            found = self._oblong(height, width, step)
        return [f"{high}×{wide}" for high, wide in found]

    def _oblong(self, height: int, width: int, step: int) -> list[tuple[int, int]]:
        """Each side is looked for by itself, as that of a square; where the two do not go together, squares are."""
        rows = [height] if self._fits(height, height) else self._near(height, step)
        columns = [width] if self._fits(width, width) else self._near(width, step)
        pairs = [(high, wide) for high in rows for wide in columns if self._fits(high, wide)]
        return pairs[:2] or [(side, side) for side in sorted({*rows, *columns})][:2]

    def _near(self, side: int, step: int) -> list[int]:
        """The nearest sides of square images that fit, one below and one above."""
        found = []
        for sides in _sides(side, math.lcm(step, COARSE if side >= 4 * COARSE else FINE)):
            fitting = next((each for each in sides if not self.hopeless and self._fits(each, each)), None)
            if fitting is not None:
                found.append(fitting)
        return found

    def _fits(self, height: int, width: int) -> bool:
        params = frozen({**self.picture.params, "height": height, "width": width})
        picture = replace(self.picture, params=params)
        nodes = frozen({**self.graph.nodes, picture.id: picture})
        refusals = [e for e in self.analyze(replace(self.graph, nodes=nodes)).errors if e.code == "block"]
        # The very same words at another size: the size has nothing to do with it.
        self.hopeless = self.hopeless or any(e.message == self.refusal.message for e in refusals)
        return not refusals


def _sides(side: int, step: int) -> tuple[Iterator[int], Iterator[int]]:
    """The multiples of `step` down to half of a side and up to twice it, the nearest first."""
    below, above = (side - 1) // step * step, (side // step + 1) * step
    down, up = range(below, max(1, side // 2) - 1, -step), range(above, 2 * side + 1, step)
    return iter(down[:TRIES]), iter(up[:TRIES])


def _reduction_at(analysis: Analysis, refusal: Finding) -> int:
    """How many times smaller than the image the map is that a block refuses."""
    report, image = analysis.nodes.get(refusal.path), analysis.input
    came = next(iter(report.inputs.values()), None) if report else None
    assert isinstance(image, ImageMap)
    if isinstance(came, ImageMap):
        return reduction(image.height, came.height)
    if isinstance(came, Tokens):
        return max(1, round(math.sqrt(image.height * image.width / came.length)))
    return 1
