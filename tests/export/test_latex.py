"""Figures and tables of the stages from the command line: their text is whole, escaped and the same everywhere."""

import json
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import hybridgraph
from hybridgraph import catalog, cli
from hybridgraph.analysis import Analysis
from hybridgraph.errors import ExportError
from hybridgraph.figures import latex, layout, look, ranks
from hybridgraph.figures.drawing import Box, Drawing, Text, Wire
from hybridgraph.figures.figure import MOST_STAGES, figure
from hybridgraph.figures.opentype import face
from hybridgraph.figures.svg import svg
from hybridgraph.graph.model import Edge, Graph, Node, frozen
from tests.export.designs import tiny_moat

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
HOSTILE = r"50% & more_of {it} #1 $x$ ~ ^ \ <a> | [b] *c* “q” × ² → ü"


@pytest.fixture(scope="module")
def design() -> tuple[Graph, Analysis]:
    graph = tiny_moat()
    return graph, hybridgraph.analyze(graph)


def drawn(design: tuple[Graph, Analysis], width: str = "174mm", **more: object) -> Drawing:
    return figure(
        *design, catalog.load(), look=look.look("light"), size=look.size(width), **{"numbers": True, **more}
    )


def retitled(graph: Graph, title: str) -> Graph:
    first = next(iter(graph.nodes))
    return replace(
        graph, name=title, nodes=frozen({**graph.nodes, first: replace(graph.nodes[first], title=title)})
    )


# -- LaTeX


def check_tex(text: str) -> list[list[str]]:
    """What a TeX engine would stop at: environments, braces, math shifts, alignment; gives the cells."""
    bare = re.sub(r"(?<!\\)%.*", "", text)
    open_ones: list[str] = []
    for verb, name in re.findall(r"\\(begin|end)\{(\w+)\}", bare):
        if verb == "begin":
            open_ones.append(name)
        else:
            assert open_ones.pop() == name
    assert open_ones == []
    plain = re.sub(r"\\\\|\\[{}$&#%_]", "", bare)
    depth = 0
    for letter in plain:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0
    assert depth == 0
    outside = re.sub(r"\$[^$]*\$", "", plain)
    assert not set("$^#<>|") & set(outside)
    known = {
        "begin", "end", "centering", "caption", "label", "toprule", "midrule", "bottomrule", "times", "textbackslash",
        "textasciicircum", "footnotesize", "setlength", "tabcolsep", "abovetopsep", "textasciitilde", "textless", "textgreater", "textbar", "cdot", "rightarrow", "dots",
    }  # fmt: skip
    assert set(re.findall(r"\\([A-Za-z]+)", bare)) <= known
    layout_of = re.search(r"\\begin\{tabular\}\{@\{\}(\w+)@\{\}\}", bare)
    assert layout_of
    body = bare.split("\\toprule")[1].split("\\bottomrule")[0].replace("\\midrule", "")
    rows = [row.strip() for row in re.split(r"\\\\\s*\n", body) if row.strip()]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)&", row)] for row in rows]
    assert {len(row) for row in cells} == {len(layout_of[1])}
    assert not any(row[0].startswith(("[", "*")) for row in cells)
    return cells


def test_the_table_has_a_row_for_each_stage_and_adds_up(design: tuple[Graph, Analysis]):
    graph, analysis = design
    cells = check_tex(latex.table(graph, analysis, catalog.load()))
    assert cells[0] == ["Stage", "Block", "Repeat", "Output", "Channels", "Params", "MACs"]
    assert len(cells) == len(graph.nodes) + 3
    factor = {"(k)": 1e3, "(M)": 1e6, "(G)": 1e9}[cells[1][5]]
    numbers = [float(row[5].strip("$<")) for row in cells[2:-1] if row[5] != "--"]
    assert sum(numbers) * factor == pytest.approx(analysis.total.params, rel=0.01)
    assert float(cells[-1][5].strip("$")) * factor == pytest.approx(analysis.total.params, rel=0.001)


def test_what_runs_once_has_a_row_of_its_own():
    graph = hybridgraph.preset("swin-t")
    cells = check_tex(latex.table(graph, Analysis(digest="", nodes={}), catalog.load()))
    place = next(index for index, row in enumerate(cells) if row[0] == "Stage 2")
    assert cells[place][:3] == ["Stage 2", "Patch merging", "$1$"]
    assert cells[place + 1][:3] == ["", "Swin block", "$2$"]


@pytest.mark.parametrize("title", [HOSTILE, "*star", "[x]", "{", "}}", "\\", "a\nb\tc", "%"])
def test_no_title_breaks_the_table(design: tuple[Graph, Analysis], title: str):
    graph, analysis = design
    text = latex.table(retitled(graph, title), analysis, catalog.load(), caption=title, label=title)
    check_tex(text)
    label = re.search(r"\\label\{(.*)\}", text)
    assert label
    assert re.fullmatch(r"[A-Za-z0-9:.-]+", label[1])


def test_of_a_broken_design_there_is_no_table(tmp_path: Path):
    graph = Graph(
        nodes=frozen({"image": Node(id="image", block="image"), "head": Node(id="head", block="classifier")})
    )
    with pytest.raises(ExportError, match="the design has an error"):
        latex.table(graph, hybridgraph.analyze(graph), catalog.load())
    with pytest.raises(ExportError, match="empty"):
        latex.table(Graph(), Analysis(digest="", nodes={}), catalog.load())


# -- the figure


@pytest.mark.parametrize("width", ["84mm", "174mm", "1920px", "60mm", "600mm"])
@pytest.mark.parametrize("numbers", [True, False])
def test_everything_lies_on_the_paper_and_texts_in_their_boxes(
    design: tuple[Graph, Analysis], width: str, numbers: bool
):
    drawing = drawn(design, width, numbers=numbers)
    frames = [mark for mark in drawing.marks if isinstance(mark, Box) and min(mark.w, mark.h) > 15]
    assert len(frames) == len(design[0].nodes)
    for mark in drawing.marks:
        if isinstance(mark, Wire):
            xs, ys = zip(*mark.points, strict=True)
        elif isinstance(mark, Box):
            xs, ys = (mark.x, mark.x + mark.w), (mark.y, mark.y + mark.h)
        else:
            xs, ys = (mark.left, mark.left + mark.width), (mark.y - mark.size, mark.y)
            inside = [
                frame
                for frame in frames
                if frame.x <= mark.left <= frame.x + frame.w and frame.y < mark.y < frame.y + frame.h
            ]
            assert all(mark.left + mark.width < frame.x + frame.w for frame in inside)
        assert min(xs) >= 0
        assert max(xs) <= drawing.width + 0.01
        assert min(ys) >= 0
        assert max(ys) <= drawing.height + 0.01
    shown = {mark.text for mark in drawing.marks if isinstance(mark, Text)}
    assert any("parameters" in text for text in shown) is numbers
    assert any("%" in text for text in shown) is numbers


def tangled(seed: int) -> Graph:
    draw = random.Random(seed)
    count = draw.randint(2, 22)
    feeds = {
        each: draw.sample(range(each), k=min(each, draw.choice((1, 1, 2, 3)))) for each in range(1, count)
    }
    edges = tuple(Edge(f"n{one}", "y", f"n{each}", "x") for each, found in feeds.items() for one in found)
    return Graph(nodes=frozen({f"n{i}": Node(id=f"n{i}", block="add") for i in range(count)}), edges=edges)


def test_wires_stay_on_the_paper_and_pass_boxes_at_their_side():
    for graph in (hybridgraph.preset("detr-r50"), *map(tangled, range(60))):
        rows, wires = ranks.ranks(graph), ranks.links(graph)
        for width, placed in (
            (493.0, layout.across(rows, wires, 493.0, 52.0)),
            (238.0, layout.down(rows, wires, 238.0, 25.0)),
        ):
            assert len(placed.ways) == len(wires)
            for (source, target), way in zip(wires, placed.ways, strict=True):
                assert all(0 <= x <= width and 0 <= y <= placed.height for x, y in way)
                for name, spot in placed.spots.items():
                    for (ax, ay), (bx, by) in pairwise(way):
                        apart = (
                            max(ax, bx) <= spot.x + 0.01
                            or min(ax, bx) >= spot.x + spot.w - 0.01
                            or max(ay, by) <= spot.y + 0.01
                            or min(ay, by) >= spot.y + spot.h - 0.01
                        )
                        assert apart, f"{source} → {target} crosses {name}"


def test_a_circle_and_too_many_blocks_are_no_traceback():
    nodes = {name: Node(id=name, block="add") for name in "abc"}
    edges = tuple(Edge(one, "y", other, "x") for one, other in ("ab", "bc", "ca"))
    circle = Graph(nodes=frozen(nodes), edges=edges)
    for width in ("84mm", "174mm"):
        assert drawn((circle, None), width).marks
    many = Graph(nodes=frozen({f"n{i}": Node(id=f"n{i}", block="add") for i in range(MOST_STAGES + 1)}))
    with pytest.raises(ExportError, match="Make stages"):
        drawn((many, None))


def test_the_svg_draws_each_letter_and_keeps_the_text(design: tuple[Graph, Analysis]):
    graph = retitled(design[0], "Größe <&> A→B")
    drawing = drawn((graph, design[1]))
    root = ET.fromstring(svg(drawing))
    names = {each.get("id") for each in root.iter(f"{SVG}path") if each.get("id")}
    used = [each.get(LINK) or "" for each in root.iter(f"{SVG}use")]
    assert {name.removeprefix("#") for name in used} == names
    texts = [mark for mark in drawing.marks if isinstance(mark, Text)]
    assert len(used) == sum(len(mark.text.replace(" ", "")) for mark in texts)
    assert [each.text for each in root.iter(f"{SVG}text")] == [mark.text for mark in texts]
    assert all(each.get("fill") == "none" for each in root.iter(f"{SVG}text"))


def test_what_the_fonts_do_not_have_is_left_to_the_program(design: tuple[Graph, Analysis]):
    root = ET.fromstring(svg(drawn((retitled(design[0], "画像\x07"), design[1]))))
    seen = [each.text for each in root.iter(f"{SVG}text") if each.get("fill") != "none"]
    assert seen == ["画像"]


def test_letters_have_the_width_and_height_of_the_font():
    own = face("number")
    assert {own.advance(letter) for letter in "0aW×→"} == {600}
    heights = {
        letter: max(y for _, points in face("text").outline(letter) for _, y in points) for letter in "xH"
    }
    assert heights["x"] < heights["H"] < face("text").units_per_em


# -- the command


def test_the_command_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert (
        cli.run(["export", "pocket-moat", "--format", "latex", "-o", str(tmp_path / "t.tex"), "--json"]) == 0
    )
    said = json.loads(capsys.readouterr().out)
    assert said["format"] == "latex"
    assert said["bytes"] == (tmp_path / "t.tex").stat().st_size
    check_tex((tmp_path / "t.tex").read_text(encoding="utf-8"))
    more = ["--width", "84mm", "--colours", "dark", "--transparent", "--no-numbers"]
    assert cli.run(["export", "pocket-moat", "--format", "svg", "-o", str(tmp_path / "f.svg"), *more]) == 0
    root = ET.parse(tmp_path / "f.svg").getroot()
    assert root.get("width") == "84mm"
    assert root.find(f"{SVG}rect[@fill='{look.look('dark').paper}']") is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--format", "pdf"], "written by the window"),
        (["--format", "svg", "--width", "wide"], "is no width"),
        (["--format", "svg", "--width", "9mm"], "out of range"),
        (["--format", "svg", "-o", "/nowhere/at/all.svg"], "folder does not exist"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert cli.run(["export", "pocket-moat", "-o", str(tmp_path / "f"), *arguments]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
