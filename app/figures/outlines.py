"""Qt writes SVG whose text needs fonts that others do not have: its letters become outlines, itself stays, unseen."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET

from PySide6.QtGui import QColor

from app.theme import NUMBER_FAMILY
from hybridgraph.figures.drawing import Text
from hybridgraph.figures.look import mixed
from hybridgraph.figures.opentype import Weight
from hybridgraph.figures.svg import Finer, Letters

_SVG = "http://www.w3.org/2000/svg"
STAGE_EDGE = 0.42
"""How opaque the canvas paints the edge of a stage."""
_STRONG = 550  # the weight in CSS from which letters are bold


def outlined(written: str, *, title: str, shown: tuple[str, str], paper: str) -> str:
    """The SVG that Qt's generator wrote, with outlines of the bundled fonts for every letter they have.

    `shown` is how wide and high it is to be seen, with units; `paper` the colour that transparent ones are mixed with
    where transparency is not known.
    """
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(written)  # noqa: S314  (our own output of a moment ago)
    _mend_edges(root)
    finer = Finer()
    _make_plain(root, paper, finer)
    letters = Letters(finer)
    for parent in list(root.iter(f"{{{_SVG}}}g")):
        for place, child in enumerate(list(parent)):
            if child.tag == f"{{{_SVG}}}text" and child.text:
                parent[place] = _replaced(child, letters)
    definitions = root.find(f"{{{_SVG}}}defs")
    if definitions is not None:
        definitions.extend(_parsed("".join(letters.definitions())))
    for sheet in _parsed("".join(finer.sheet())):
        root.insert(0, sheet)
    for name, said in (("title", title), ("desc", "")):
        found = root.find(f"{{{_SVG}}}{name}")
        if found is not None:
            found.text = said
    root.attrib.pop("baseProfile", None)
    for name, value in (("version", "1.1"), ("width", shown[0]), ("height", shown[1])):
        root.set(name, value)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _mend_edges(root: ET.Element) -> None:
    """Give stages that flow from one hue to the other their edge: Qt writes pens of two colours as black."""
    definitions = root.find(f"{{{_SVG}}}defs")
    if definitions is None:
        return
    gradients = {each.get("id"): each for each in definitions}
    for group in root.iter(f"{{{_SVG}}}g"):
        fill = group.get("fill", "")
        if group.get("stroke") != "#000000" or not fill.startswith("url(#"):
            continue
        name = fill[5:-1]
        edge = f"{name}-edge"
        if edge not in gradients and name in gradients:
            gradients[edge] = copied = copy.deepcopy(gradients[name])
            copied.set("id", edge)
            for stop in copied:
                stop.set("stop-opacity", str(STAGE_EDGE))
            definitions.append(copied)
        group.set("stroke", f"url(#{edge})")


def _make_plain(root: ET.Element, paper: str, finer: Finer) -> None:
    """Move gradients and transparency into a style sheet, and leave the plain colours that come nearest."""
    gradients = {each.get("id", ""): each for each in root.iter(f"{{{_SVG}}}linearGradient")}
    for group in root.iter(f"{{{_SVG}}}g"):
        rule = []
        for part in ("fill", "stroke"):
            colour, opacity = group.get(part, "none"), float(group.attrib.pop(f"{part}-opacity", "1"))
            if colour == "none":
                continue
            plain = _middle(gradients[colour[5:-1]], paper) if colour.startswith("url(#") else colour
            if plain != colour:
                rule.append(f"{part}:{colour}")
            if opacity < 1:
                rule += [f"{part}:{colour}", f"{part}-opacity:{opacity:.3g}"]
            group.set(part, mixed(paper, QColor(plain).name(), opacity))
        if rule:
            group.set("id", finer.name_for(";".join(rule)))


def _middle(gradient: ET.Element, paper: str) -> str:
    """The colour halfway between the ends of a gradient, on paper."""
    first, *_, last = (
        mixed(paper, stop.get("stop-color", paper), float(stop.get("stop-opacity", "1"))) for stop in gradient
    )
    return mixed(first, last, 0.5)


def _replaced(old: ET.Element, letters: Letters) -> ET.Element:
    weight: Weight = "text"
    if NUMBER_FAMILY in old.get("font-family", ""):
        weight = "number"
    elif float(old.get("font-weight", "400")) >= _STRONG:
        weight = "strong"
    text = Text(
        x=float(old.get("x", "0")),
        y=float(old.get("y", "0")),
        text=old.text or "",
        size=float(old.get("font-size", "12")),
        colour=old.get("fill", "#000000"),
        weight=weight,
    )
    group = ET.Element(f"{{{_SVG}}}g", {"stroke": "none", "fill-opacity": "1"})
    if (opacity := old.get("fill-opacity", "1")) != "1":
        group.set("opacity", opacity)
    group.extend(_parsed("".join(letters.written(text))))
    return group


def _parsed(fragment: str) -> list[ET.Element]:
    names = f'xmlns="{_SVG}" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return list(ET.fromstring(f"<g {names}>{fragment}</g>"))  # noqa: S314  (our own text, escaped)
