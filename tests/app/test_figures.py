"""Drawings as files: the same picture in every format, whole or not at all, and the dialog that asks for them."""

import errno
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QRawFont
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import assets
from app import theme as themes
from app.canvas.view import CanvasView
from app.exporting.dialog import ExportDialog
from app.figures import output
from app.figures.artwork import Choice, artwork
from app.figures.options import FigureOptions
from app.figures.output import Artwork, render, write
from app.session import Heat, Session
from app.theme import DARK, LIGHT
from hybridgraph.analysis import Analysis, Cost, NodeReport
from hybridgraph.errors import DocumentError, ExportError
from hybridgraph.figures.drawing import Box
from hybridgraph.figures.look import COLUMN, PAGE, SLIDE, Size, look
from hybridgraph.figures.opentype import face
from hybridgraph.graph import edits, frames
from hybridgraph.graph.model import Frame, digest
from hybridgraph.shapes import ImageMap, Vector
from tests.app.conftest import CATALOGUE, small_graph

SVG = "{http://www.w3.org/2000/svg}"
STAGES, CANVAS = Choice(size=COLUMN), Choice(subject="canvas", size=PAGE)


class NoRuns:
    """A desk without runs."""

    def runs(self, kind: str) -> list[Any]:
        return []


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    themes.apply(qapp, DARK)
    made = Session(CATALOGUE, small_graph())
    made.accept_analysis(analysis_of(made))
    yield made
    qapp.setStyleSheet("")


def analysis_of(session: Session) -> Analysis:
    shapes = {"image": ImageMap(1, 28, 28), "stem": ImageMap(64, 28, 28), "stage1": ImageMap(96, 14, 14)}
    reports = {
        (name,): NodeReport(
            path=(name,), outputs={"y": shapes.get(name, Vector(10))}, cost=Cost(params=1000, macs=2_000_000)
        )
        for name in session.graph.nodes
    }
    return Analysis(digest=digest(session.graph), nodes=reports, total=Cost(params=4000, macs=8_000_000))


def pixels(art: Artwork, width: int = 900) -> np.ndarray:
    image = QImage(QSize(width, round(width * art.height / art.width)), QImage.Format.Format_RGBA8888)
    image.fill(0)
    painter = QPainter(image)
    render(art, painter, image.size())
    painter.end()
    return array_of(image)


def array_of(image: QImage) -> np.ndarray:
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(float)


# -- files


@pytest.mark.parametrize("choice", [STAGES, CANVAS], ids=["stages", "canvas"])
def test_an_svg_shows_what_is_painted_without_any_font(
    session: Session, tmp_path: Path, choice: Choice
) -> None:
    art = artwork(session, choice)
    write(art, "svg", tmp_path / "a.svg")
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert root.get("width") == str(choice.size)
    texts = list(root.iter(f"{SVG}text"))
    assert {"Stage 1", "Image"} <= {each.text for each in texts}
    assert {each.get("fill") for each in texts} == {"none"}
    for parent in root.iter():
        for child in [each for each in parent if each.tag == f"{SVG}text"]:
            parent.remove(child)
    (tmp_path / "b.svg").write_text(ET.tostring(root, encoding="unicode"))
    painted = pixels(art)
    renderer = QSvgRenderer(str(tmp_path / "b.svg"))
    assert renderer.isValid()
    image = QImage(QSize(painted.shape[1], painted.shape[0]), QImage.Format.Format_RGBA8888)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert np.abs(array_of(image) - painted).mean() < 4.0


@pytest.mark.parametrize("choice", [STAGES, CANVAS], ids=["stages", "canvas"])
def test_an_svg_is_plain_where_style_sheets_are_not_read(
    session: Session, tmp_path: Path, choice: Choice
) -> None:
    """ImageMagick's own reader paints gradients black, ignores transparency and draws an edge round what has none."""
    hues = lambda fill: fill and replace(fill, left="#0B63B0", right="#9A5B00")  # noqa: E731
    art = artwork(session, choice)
    if art.drawing is not None:  # a design of convolutions alone has no gradient
        marks = [
            replace(m, fill=hues(m.fill), stroke=hues(m.stroke)) if isinstance(m, Box) else m
            for m in art.drawing.marks
        ]
        art = replace(art, drawing=replace(art.drawing, marks=tuple(marks)))
    write(art, "svg", tmp_path / "a.svg")
    root = ET.parse(tmp_path / "a.svg").getroot()
    sheet = root.find(f"{SVG}style")
    assert sheet is not None
    assert sheet.text
    names = {each.get("id") for each in root.iter()}
    ruled = {name for found in re.findall(r"([^{}]+)\{", sheet.text) for name in found.split(",")}
    assert ruled <= {f"#{name}" for name in names}
    assert "url(#" in sheet.text or "opacity:" in sheet.text
    assert "url(#" not in "".join(value for each in root.iter() for value in each.attrib.values())

    def look_at(element: ET.Element, stroke: str | None) -> None:
        stroke = element.get("stroke", stroke)
        assert element.get("fill-opacity", "1") == "1"
        assert stroke is not None or element.tag in {
            f"{SVG}{name}" for name in ("svg", "g", "title", "desc", "style")
        }
        for child in element:
            if child.tag != f"{SVG}defs":
                look_at(child, stroke)

    look_at(root, None)
    for text in root.iter(f"{SVG}text"):
        assert (text.get("fill"), text.get("font-size")) == ("none", "0")
        assert f"#{text.get('id')}" in sheet.text


@pytest.mark.parametrize("choice", [STAGES, CANVAS], ids=["stages", "canvas"])
def test_a_pdf_has_its_size_and_its_fonts_inside(session: Session, tmp_path: Path, choice: Choice) -> None:
    art = artwork(session, choice)
    write(art, "pdf", tmp_path / "a.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box
    assert float(box[1]) == pytest.approx(art.size.points, abs=1)
    assert float(box[2]) == pytest.approx(art.size.points * art.height / art.width, abs=1)
    fonts = set(re.findall(rb"/FontName /\w+\+([\w-]+)", data))
    assert {b"Inter-Regular", b"Inter-SemiBold", b"JetBrainsMono-Regular"} <= fonts
    assert data.count(b"/FontFile") >= len(fonts)
    inside = b"".join(
        zlib.decompress(part)
        for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
        if part[:1] == b"x"
    )
    assert b" Tj" in inside or b" TJ" in inside


@pytest.mark.parametrize(
    ("size", "dpi", "width"), [(COLUMN, 300, 992), (COLUMN, 600, 1984), (PAGE, 300, 2055), (SLIDE, 600, 1920)]
)
def test_a_png_has_the_pixels_that_were_asked_for(
    session: Session, tmp_path: Path, size: Size, dpi: int, width: int
) -> None:
    write(artwork(session, replace(STAGES, size=size, dpi=dpi)), "png", tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == width
        assert picture.info["dpi"][0] == pytest.approx(96 if size == SLIDE else dpi, abs=0.1)


@pytest.mark.parametrize("subject", ["stages", "canvas"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_colours_and_background_are_as_asked(session: Session, subject: Any, colours: Any) -> None:
    choice = Choice(subject=subject, size=PAGE, colours=colours)
    corner = pixels(artwork(session, choice))[0, 0]
    paper = look(colours).paper
    assert tuple(corner) == (*(int(paper[at : at + 2], 16) for at in (1, 3, 5)), 255)
    clear = pixels(artwork(session, replace(choice, transparent=True)))
    assert clear[0, 0, 3] == 0
    assert clear[..., 3].max() == 255


def test_the_canvas_is_drawn_without_what_is_selected_and_stays_as_it_is(
    qtbot: QtBot, session: Session
) -> None:
    canvas = CanvasView(session, DARK)
    qtbot.addWidget(canvas)
    canvas.zoom_to(0.3)
    plain = pixels(artwork(session, CANVAS))
    session.select([("stage1",)])
    assert np.array_equal(pixels(artwork(session, CANVAS)), plain)
    assert session.selection == {("stage1",)}
    assert canvas.zoom == pytest.approx(0.3)
    assert not np.array_equal(pixels(artwork(session, replace(CANVAS, numbers=False))), plain)


def test_the_canvas_keeps_the_numbers_that_stand_at_its_cards(session: Session) -> None:
    def drawn(overlay: Any) -> np.ndarray:
        return pixels(artwork(session, replace(CANVAS, overlay=overlay)))

    assert not np.array_equal(drawn("macs"), drawn("params"))
    session.show_heat(
        Heat(title="Time", unit="ms", values={("stem",): 0.5}, digest=digest(session.graph), stale=False)
    )
    assert not np.array_equal(drawn("heat"), drawn("none"))


def test_numbers_of_another_design_are_not_shown(session: Session) -> None:
    def said() -> str:
        drawing = artwork(session, STAGES).drawing
        assert drawing is not None
        return drawing.description

    assert "96×14×14" in said()
    session.apply("Delete", lambda graph: edits.remove(graph, ["stem"]))
    assert "96×14×14" not in said()


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_what_cannot_be_written_is_a_sentence_and_spoils_nothing(
    session: Session, tmp_path: Path, form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    art = artwork(session, STAGES)
    with pytest.raises(DocumentError, match="folder does not exist"):
        write(art, form, tmp_path / "gone" / "a")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DocumentError, match=r"Cannot write .*folder"):
        write(art, form, tmp_path / "folder")
    target = tmp_path / f"kept.{form}"
    target.write_text("the former file")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DocumentError, match="disk is full"):
        write(art, form, target)
    assert target.read_text() == "the former file"
    assert {file.name for file in tmp_path.iterdir()} == {"folder", target.name}


def test_a_writer_that_gives_up_leaves_the_former_file(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_pdf", lambda art, target: False)
    (tmp_path / "a.pdf").write_text("the former file")
    with pytest.raises(ExportError, match="Cannot write"):
        write(artwork(session, STAGES), "pdf", tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_text() == "the former file"


def test_a_picture_too_large_is_refused_with_another_way(session: Session, tmp_path: Path) -> None:
    wide = Choice(size=Size(amount=600.0, unit="mm"), dpi=900)
    with pytest.raises(ExportError, match="SVG or PDF"):
        write(artwork(session, wide), "png", tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


# -- what the two sides must agree on


def test_outlines_are_those_that_qt_draws(qapp: QApplication) -> None:
    for weight, name in (("text", "Inter-Regular.otf"), ("strong", "Inter-SemiBold.otf"), ("number", "JetBrainsMono-Regular.ttf")):  # fmt: skip
        own = face(weight)  # type: ignore[arg-type]
        raw = QRawFont(str(assets.path("fonts", name)), own.units_per_em)
        for code in (*range(33, 127), *range(161, 256), 0x391, 0x416, *map(ord, "×→–²…≤")):
            letter = chr(code)
            if not own.has(letter):
                continue
            glyph = raw.glyphIndexesForString(letter)[0]
            path = QPainterPath()
            for kind, points in own.outline(letter):
                flat = [value for point in points for value in point]
                {"M": path.moveTo, "L": path.lineTo, "Q": path.quadTo, "C": path.cubicTo}[kind](*flat)
            mine, theirs = path.boundingRect(), raw.pathForGlyph(glyph).boundingRect()
            assert mine.left() == pytest.approx(theirs.left(), abs=2), letter
            assert mine.right() == pytest.approx(theirs.right(), abs=2), letter
            assert mine.bottom() == pytest.approx(-theirs.top(), abs=2), letter
            assert mine.top() == pytest.approx(-theirs.bottom(), abs=2), letter
            assert own.advance(letter) == pytest.approx(raw.advancesForGlyphIndexes([glyph])[0].x(), abs=1)


def test_figures_have_the_hues_of_the_window_and_can_be_read() -> None:
    for theme in (LIGHT, DARK):
        own = look(theme.name)
        for family in ("convolution", "attention", "glue", "head"):
            assert own.strong(family).left == getattr(theme, family)
        for family in ("convolution", "attention", "intrinsic", "extrinsic", "head", "glue"):
            pale = own.pale(family)
            for ground in {pale.left, pale.right or pale.left, own.paper}:
                for ink in (own.text, own.muted):
                    assert themes.contrast(ink, ground) >= 4.5


# -- the dialog


def test_what_was_painted_before_a_figure_does_not_colour_it(session: Session) -> None:
    art = artwork(session, replace(CANVAS, numbers=False))
    pictures = []
    for brush in (Qt.BrushStyle.NoBrush, QColor("red")):
        picture = QImage(400, 200, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        painter.setBrush(brush)
        render(art, painter, picture.size())
        painter.end()
        pictures.append(picture)
    assert pictures[0] == pictures[1]


def test_the_preview_follows_the_choices(qtbot: QtBot, session: Session) -> None:
    options = FigureOptions(session, DARK)
    qtbot.addWidget(options)
    options.show()
    options.refresh()
    assert options.preview.art is not None
    assert options.preview.art.size == PAGE
    assert options.size_box.findData("natural") < 0
    options.size_box.setCurrentIndex(options.size_box.findData("own"))
    assert options.own.isVisible()
    options.own.setValue(60)
    options.subject.setCurrentIndex(options.subject.findData("canvas"))
    qtbot.waitUntil(lambda: options.preview.art is not None and options.preview.art.drawing is None)
    assert options.preview.art.size.amount == 60
    assert "smallest letters" in options.note.text()
    options.size_box.setCurrentIndex(options.size_box.findData("natural"))
    options.refresh()
    assert options.preview.art.size.unit == "px"
    options.subject.setCurrentIndex(0)
    assert options.choice.size == PAGE
    options.transparent.click()
    options.numbers.click()
    assert (options.choice.transparent, options.choice.numbers) == (True, False)
    assert not options.preview.grab().isNull()


@pytest.mark.parametrize("form", ["svg", "pdf", "png", "latex"])
def test_the_dialog_writes_and_says_what_it_wrote(
    qtbot: QtBot, session: Session, tmp_path: Path, form: str
) -> None:
    canvas = CanvasView(session, DARK)
    qtbot.addWidget(canvas)
    session.save(tmp_path / "mine.hybrid.json")
    dialog = ExportDialog(session, canvas, NoRuns(), canvas)  # type: ignore[arg-type]
    dialog.show()
    dialog.form.setCurrentIndex(dialog.form.findData(form))
    assert dialog.figure.isVisible() is (form != "latex")
    assert dialog.table.isVisible() is (form == "latex")
    assert not dialog.weights.isVisible()
    assert dialog.figure.dpi.isVisible() is (form == "png")
    target = Path(dialog.target.line.text())
    assert target.suffix == (".tex" if form == "latex" else f".{form}")
    dialog.begin()
    assert target.stat().st_size > 500
    assert dialog.word.text() == f"{target}: {target.stat().st_size / 1e3:,.1f} kB"
    assert dialog.command.text().startswith("hybridgraph export") is (form in ("svg", "latex"))
    dialog.target.line.setText(str(tmp_path))
    dialog.begin()
    assert dialog.word.property("role") == "error"
    dialog.form.setCurrentIndex(0)
    assert dialog.weights.isVisible()
    assert not dialog.figure.isVisible()


def test_caption_and_label_reach_the_table(qtbot: QtBot, session: Session) -> None:
    canvas = CanvasView(session, DARK)
    qtbot.addWidget(canvas)
    dialog = ExportDialog(session, canvas, NoRuns(), canvas)  # type: ignore[arg-type]
    dialog.table.caption.setText("Ours & theirs")
    dialog.table.label.setText("tab:ours")
    shown = dialog.table.shown.toPlainText()
    assert r"\caption{Ours \& theirs}" in shown
    assert r"\label{tab:ours}" in shown
    session.apply("Delete", lambda graph: edits.remove(graph, ["stem"]))
    assert dialog.table.shown.toPlainText().startswith("The engine has not yet said")


def test_a_figure_of_the_canvas_draws_comment_frames(session: Session, tmp_path: Path) -> None:
    remark = Frame(id="frame", x=-40, y=-400, w=300, h=120, title="Where it begins", colour="green")
    write(artwork(session, CANVAS), "svg", tmp_path / "without.svg")
    session.apply("comment", lambda graph: frames.add(graph, remark)[0])
    write(artwork(session, CANVAS), "svg", tmp_path / "with.svg")
    sides = []
    for name in ("without.svg", "with.svg"):
        root = ET.parse(tmp_path / name).getroot()
        sides.append((float(root.get("height", "0").rstrip("mpt")), len(root.findall(f".//{SVG}path"))))
    assert sides[1] > sides[0]  # taller by the frame, whose letters are outlines
