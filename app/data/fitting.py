"""What a design must change to take these pictures, and whether it then still works."""

from __future__ import annotations

from collections.abc import Iterator

from app.data.found import Checkup, PictureSet
from app.language import told, tr
from hybridgraph.graph import edits
from hybridgraph.graph.model import Graph, Node, image
from hybridgraph.spec import Catalogue

SMALL = 64
"""Sides up to which pictures of one size are trained at that size; larger ones at what the design is made for."""


def size_of(graph: Graph, catalogue: Catalogue) -> tuple[int, int]:
    """Side and channels of the pictures that a design takes; 0 where it has no image."""
    node = image(graph)
    if node is None:
        return 0, 0
    plain = catalogue["image"].defaults() if "image" in catalogue else {}
    values = [node.params.get(name, plain.get(name, 0)) for name in ("height", "channels")]
    return int(str(values[0])), int(str(values[1]))


def channels_for(pictures: PictureSet, checkup: Checkup | None) -> int:
    """1 where every picture that was looked at is grey, else what the set says."""
    if (
        checkup is not None
        and checkup.grey
        and checkup.grey == checkup.checked - checkup.troubles.get("unreadable", 0)
    ):
        return 1
    return pictures.channels_in


def side_for(checkup: Checkup | None, present: int) -> int:
    """The side that suits the pictures: their own where all are small and alike, else the design's present one."""
    if checkup is None:
        return present
    shortest = [min(pair) for pair in zip(checkup.widths, checkup.heights, strict=True)]
    return shortest[0] if shortest[0] == shortest[2] <= SMALL else present


def fitted(graph: Graph, catalogue: Catalogue, *, classes: int, channels_in: int, image_size: int) -> Graph:
    """The design for these pictures. Raises GraphError."""
    return edits.fit(graph, catalogue, image_size=image_size, channels_in=channels_in, classes=classes)


def changes(before: Graph, after: Graph, catalogue: Catalogue) -> Iterator[str]:
    """What differs between a design and the fitted one, a line for each number."""
    for name, item in after.nodes.items():
        former = before.nodes.get(name)
        if not isinstance(item, Node) or not isinstance(former, Node) or item.params == former.params:
            continue
        spec = catalogue.get(item.block)
        plain = spec.defaults() if spec is not None else {}
        is_square = item.params.get("height") == item.params.get("width")
        for key, value in item.params.items():
            old = former.params.get(key, plain.get(key))
            if old != value and not (key == "width" and is_square):
                word = tr("image size") if key == "height" and is_square else told(key.replace("_", " "))
                yield tr("{what} {old} → {new}", what=word, old=old, new=value)
