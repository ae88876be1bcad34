"""From a pattern to a design: stages as groups with a repeat, in one lane from the image to the head."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hybridgraph import catalog
from hybridgraph.graph.model import Graph, Item, Node, frozen
from hybridgraph.graph.values import First, Ramp, Value
from hybridgraph.patterns.grids import EMBEDDING
from hybridgraph.patterns.model import Pattern
from hybridgraph.patterns.net import Resolved
from hybridgraph.patterns.parser import parse
from hybridgraph.patterns.resolve import resolve
from hybridgraph.presets.lane import image, lane, stage

IMAGE_SIZE, CHANNELS_IN, CLASSES = 224, 3, 1000
"""What the papers' presets are built for where nothing else is asked for."""


def build(
    pattern: Pattern | str,
    *,
    image_size: int | None = None,
    channels_in: int | None = None,
    classes: int | None = None,
) -> Graph:
    """The pattern as a design for square pictures, called by its letters. Raises PatternError."""
    pattern = parse(pattern) if isinstance(pattern, str) else pattern
    size = image_size or IMAGE_SIZE
    net = resolve(pattern, size)
    items: list[Item] = [image(channels_in or CHANNELS_IN, size)]
    if net.stem is not None:
        start = "patch_embed" if net.stem.letter.name == "P" else "stem"
        items.append(_block(start, net.stem.block, net.stem.params, net.stem.shown))
    tokens = False
    for number, part in enumerate(net.stages, 1):
        items += _stage(number, part, tokens=tokens)
        tokens = part.letter.name == "E"
    params = {**net.head.params, "classes": classes or CLASSES}
    head = _block("classifier", net.head.block, params, net.head.shown)
    return lane(pattern.letters, [*items, head])


def _stage(number: int, part: Resolved, *, tokens: bool) -> list[Item]:
    """A stage, with what stands in front of it; `tokens` says that tokens come in."""
    params = dict(part.params)
    if "channels" in params:
        params |= {"channels": part.width, "stride": First(part.stride, 1) if part.stride > 1 else 1}
    made = stage(
        f"stage{number}",
        part.block,
        repeat=part.depth,
        title=f"Stage {number}",
        entry=_entry(part),
        shared=_written(part.block, params, part.shown),
    )
    return [*_front(number, part, tokens=tokens), made]


def _entry(part: Resolved) -> Node | None:
    """What runs once inside a stage, to make its grid and width."""
    if part.letter.name == "W" and part.stride > 1:
        return _block("merge", "patch_merging", {"expansion": part.width // part.before})
    if part.letter.name == "X" and (part.stride > 1 or part.width != part.before):
        return _block("down", "convnext_downsample", {"channels": part.width, "stride": part.stride})
    return None


def _front(number: int, part: Resolved, *, tokens: bool) -> list[Item]:
    """What stands in front of a stage: token embeddings, the way from a map to tokens."""
    if part.letter.name == "V":
        kernel, padding = (7, 2) if part.stride == EMBEDDING else (3, 1)
        params = {"channels": part.width, "kernel": kernel, "stride": part.stride, "padding": padding}
        embed = _block(f"embed{number}", "conv_token_embed", params, tuple(params))
        last = part.block == part.letter.last
        return [
            embed,
            *([_block("tokens", "map_to_tokens"), _block("class_token", "class_token")] if last else []),
        ]
    if part.letter.name != "E" or tokens:
        return []
    to_tokens = [
        _block("tokens", "map_to_tokens"),
        _block("class_token", "class_token"),
        _block("position", "position_embedding"),
    ]
    if part.stride == 1 and part.width == part.before:
        return [*to_tokens]
    params = {"channels": part.width, "patch": part.stride, "norm": False}
    return [_block(f"embed{number}", "patch_embed", params), *to_tokens]


def _block(
    name: str, kind: str, params: Mapping[str, Value] | None = None, shown: Collection[str] = ("channels",)
) -> Node:
    """One block with its parameters, but for those at their default that need not be shown."""
    return Node(id=name, block=kind, params=frozen(_written(kind, params or {}, shown)))


def _written(kind: str, params: Mapping[str, Value], shown: Collection[str]) -> dict[str, Value]:
    """The parameters that a design writes: those to be shown, first, and whatever is not at the block's default."""
    defaults = catalog.load()[kind].defaults()
    names = [*(name for name in shown if name in params), *(name for name in defaults if name not in shown)]
    return {
        name: params[name]
        for name in names
        if name in params and (name in shown or _plain(params[name]) != defaults[name])
    }


def _plain(value: Value) -> Value:
    """A ramp that does not rise as the number it is."""
    return value.start if isinstance(value, Ramp) and value.start == value.stop else value
