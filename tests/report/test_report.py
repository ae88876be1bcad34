"""Reports: what they say, that they need nothing else, and that they say what is missing."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hybridgraph import cli
from hybridgraph.digests import digest_of
from hybridgraph.errors import DocumentError, RunError
from hybridgraph.events import EpochFinished, EventLog, Failed, RunStarted, Step
from hybridgraph.figures.drawing import Line, Text
from hybridgraph.figures.look import look
from hybridgraph.report import charts
from hybridgraph.report.card import FIELDS, load_card, write_template
from hybridgraph.results import results_of
from hybridgraph.runs import Run
from hybridgraph.runs.evaluation import Evaluation, load_evaluation, mean, save_evaluation
from hybridgraph.runs.intervals import of_share
from hybridgraph.runs.lock import hold
from tests.report.conftest import NAMES, MakeRun
from tests.strategies import is_sentence

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Reads a page, checks that its tags are closed in order, and collects what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if (
                name in ("src", "href", "xlink:href", "data", "action", "poster")
                and value
                and value[0] != "#"
            ):
                self.fetched.append(value)
            if name == "id" and value:
                self.ids.append(value)
        assert tag not in ("script", "link", "iframe", "object", "img", "image")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _written(run: Path, ending: str, *more: str) -> str:
    target = run.parent / f"{run.name}-report{ending}"
    assert cli.run(["report", str(run), "-o", str(target), *more]) == 0
    return target.read_text()


def test_the_page_tells_everything_and_fetches_nothing(trained: Run) -> None:
    text = _written(trained.path, ".html")
    page = Page(text)
    said = " ".join(page.words)
    assert page.fetched == []
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)
    assert "@import" not in text
    without_names = re.sub(r'xmlns(:xlink)?="[^"]*"', "", text)
    assert not re.search(r"https?://", without_names)
    assert len(set(page.ids)) == len(page.ids)  # drawings in one page must not take each other's letters
    for word in (
        *NAMES,
        "Finished after 2 epochs",
        "AdamW",
        "Wilson",
        "Model card",
        "Known limits",
        "BLAKE2b",
    ):
        assert word in said
    for heading in ("Design", "Training", "Results", "Data", "Environment", "Digests"):
        assert f"<h2>{heading}</h2>" in text
    assert "<h2>Exports</h2>" not in text  # there is none
    assert digest_of(trained.path / "graph.hybrid.json") in said


def test_every_use_of_a_letter_in_the_page_has_its_outline(trained: Run) -> None:
    text = _written(trained.path, ".html")
    assert set(re.findall(r'xlink:href="#([^"]+)"', text)) <= set(re.findall(r' id="([^"]+)"', text))
    assert "prefers-color-scheme: dark" in text


def test_markdown_has_its_figures_beside_it(trained: Run) -> None:
    text = _written(trained.path, ".md")
    names = re.findall(r"!\[[^\]]*\]\(<([^>]+)>\)", text)
    assert len(names) == 4
    for name in names:
        ET.parse(trained.path.parent / name)
    assert r"dog\|wolf" in text
    assert r"\<b\>cat\</b\> \& co" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_latex_tables_are_closed_and_escaped(trained: Run) -> None:
    text = _written(trained.path, ".tex")
    begun, ended = (re.findall(rf"\\{word}{{(\w+)}}", text) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended)
    assert r"dog\textbar{}wolf" in text
    assert r"owl\_{*}" in text
    labels = re.findall(r"\\label{([^}]+)}", text)
    assert len(set(labels)) == len(labels) >= 5


def test_a_design_alone_has_its_figure_and_costs(tmp_path: Path) -> None:
    assert cli.run(["report", "pocket-moat", "-o", str(tmp_path / "x.html")]) == 0
    text = (tmp_path / "x.html").read_text()
    assert "A design, not trained." in text
    assert "169,108" in text
    assert "<h2>Training</h2>" not in text
    Page(text)


def test_export_knows_reports_too(trained: Run, tmp_path: Path) -> None:
    target = tmp_path / "x.md"
    arguments = ["export", "pocket-moat", "--run", str(trained.path), "--format", "report", "-o", str(target)]
    assert cli.run(arguments) == 0
    assert "Finished after 2 epochs" in target.read_text()


def test_a_run_that_failed_or_goes_on_says_so(make_run: MakeRun) -> None:
    run = make_run()
    assert "has not been started" in _written(run.path, ".html")
    with EventLog(run.events_path) as log:
        log.append(
            RunStarted(
                kind="train", device="cpu", precision="fp32", params=1, epochs=2, steps_per_epoch=2, pid=1
            )
        )
        for step in range(3):
            log.append(
                Step(
                    epoch=0, step=step, loss=float("nan") if step == 1 else 1.0, lr=0.1, images_per_second=1.0
                )
            )
        with hold(run.path):
            assert "in progress: 0 of 2 epochs" in _written(run.path, ".html")
        assert "no epoch is finished yet" in _written(run.path, ".html")
        log.append(Failed(message="The disk is full."))
    text = _written(run.path, ".html")
    assert "failed after 0 of 2 epochs: The disk is full." in text
    assert "<h2>Results</h2>" not in text
    Page(text)


def test_a_run_of_an_older_version_says_what_was_not_kept(copied: Run) -> None:
    (copied.path / "evaluation.json").unlink()
    lines = copied.events_path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"environment"' not in line and '"data_opened"' not in line]
    copied.events_path.write_text("".join(kept))
    text = _written(copied.path, ".html")
    assert "kept no confusion matrix" in text
    assert "kept no record of its environment" in text
    assert "fingerprint of the pictures was not recorded" in text


def test_calibration_is_drawn_and_told(trained: Run) -> None:
    text = _written(trained.path, ".md")
    assert "Expected calibration error" in text
    found = results_of(trained).calibration
    assert found is not None
    assert f"error {100 * found.ece:.2f} %" in text


def test_many_classes_fit_on_a_page(copied: Run) -> None:
    names = tuple(f"class {index}" for index in range(300))
    pairs = tuple((index, (index * 7) % 300, 3 + index % 5) for index in range(300))
    save_evaluation(copied.path, Evaluation(epoch=1, loss=1.0, classes=names, pairs=pairs))
    text = _written(copied.path, ".html")
    assert "of 300 classes with the lowest F1" in text
    assert len(text) < 300_000


# -- a card


def test_a_card_says_what_people_know(trained: Run, tmp_path: Path) -> None:
    card = tmp_path / "card.toml"
    assert cli.run(["report", "--new-card", str(card)]) == 0
    assert load_card(card).fields == {}
    text = card.read_text().replace('intended_use = ""', 'intended_use = "Teaching <b>bold</b> students"')
    card.write_text(text)
    assert set(re.findall(r"^(\w+) =", text, re.MULTILINE)) == set(FIELDS)
    page = _written(trained.path, ".html", "--card", str(card))
    assert "Teaching &lt;b&gt;bold" in page
    assert "Not stated: authors" in page
    with pytest.raises(DocumentError, match="already a file"):
        write_template(card)
    free = tmp_path / "card.txt"
    free.write_text("Made for fun.\n\nNot for harm.")
    page = _written(trained.path, ".html", "--card", str(free))
    assert "<p>Made for fun.</p>" in page
    assert "Not stated" not in page


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("a.toml", b"intended_ues = 'x'", "Did you mean intended_use?"),
        ("b.toml", b"caveats = 3", "a text is needed"),
        ("c.toml", b"= = =", "no TOML"),
        ("d.txt", b"\xff\xfe", "not UTF-8"),
        ("e.txt", None, "cannot be read"),
    ],
)
def test_a_wrong_card_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes | None, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    target = tmp_path / "x.html"
    assert cli.run(["report", "pocket-moat", "-o", str(target), "--card", str(tmp_path / name)]) == 1
    said = capsys.readouterr().err.strip()
    assert is_sentence(said)
    assert part in said
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["pocket-moat", "-o", "x.docx"], 1, ".html, .md or .tex"),
        (["no-such-thing", "-o", "x.html"], 1, "no-such-thing"),
        (["pocket-moat"], 2, "-o"),
        (["pocket-moat", "-o", "no/folder/x.html"], 1, "folder does not exist"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], code: int, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert cli.run(["report", *arguments]) == code
    assert part in capsys.readouterr().err


def test_a_run_of_another_design_is_refused(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tmp_path / "other.hybrid.json"
    assert cli.run(["new", "pocket-moat", "-o", str(files)]) == 0
    assert cli.run(["report", str(files), "--run", str(trained.path), "-o", str(tmp_path / "x.html")]) == 1
    assert "made with another design" in capsys.readouterr().err


# -- figures


def test_figures_of_classes_are_those_of_the_definition() -> None:
    pairs = ((0, 0, 8), (0, 1, 2), (1, 0, 1), (1, 1, 3), (2, 1, 5))
    found = Evaluation(epoch=0, loss=0.5, classes=("a", "b", "c"), pairs=pairs)
    one, two, three = found.figures()
    assert (one.precision, one.recall) == (8 / 9, 8 / 10)
    assert one.f1 == pytest.approx(2 * (8 / 9) * 0.8 / (8 / 9 + 0.8))
    assert (two.precision, two.recall) == (3 / 10, 3 / 4)
    assert (three.precision, three.recall, three.f1) == (None, 0.0, 0.0)
    assert (found.count, found.top1) == (19, 11 / 19)
    assert found.matrix() == [[8, 2, 0], [1, 3, 0], [0, 5, 0]]
    assert found.mistakes(1) == [("c", "b", 5)]
    assert mean([one.precision, None]) == one.precision
    assert mean([]) is None


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        (0, 10, 0.0000000, 0.2775328),
        (7, 10, 0.3967781, 0.8922087),
        (776, 1000, 0.7491311, 0.8007566),
        (10, 10, 0.7224672, 1.0000000),
    ],
)
def test_the_interval_is_that_of_another_implementation(
    right: int, count: int, low: float, high: float
) -> None:
    """As scipy 1.17 says: `binomtest(right, count).proportion_ci(0.95, method="wilson")`."""
    assert of_share(right / count, count) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"format": "hybridgraph-evaluation", "epoch": 0}',
                                     b'{"format":"hybridgraph-evaluation","epoch":0,"loss":1,"classes":["a"],"pairs":[[0,1,1]]}'])  # fmt: skip
def test_a_damaged_evaluation_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "evaluation.json").write_bytes(content)
    with pytest.raises(RunError) as caught:
        load_evaluation(tmp_path)
    assert is_sentence(str(caught.value))


def test_an_evaluation_survives_its_file(tmp_path: Path) -> None:
    kept = Evaluation(epoch=3, loss=float("inf"), classes=("ä", "b"), pairs=((0, 1, 4),))
    save_evaluation(tmp_path, kept)
    assert load_evaluation(tmp_path) == kept
    assert json.loads((tmp_path / "evaluation.json").read_text())["pairs"] == [[0, 1, 4]]


def test_curves_stay_inside_their_plot_however_long_they_are() -> None:
    steps = [
        Step(epoch=0, step=step, loss=5.0 / (1 + step), lr=0.1, images_per_second=1.0) for step in range(5000)
    ]
    epochs = [
        EpochFinished(epoch=epoch, train_loss=1.0, train_top1=0.5, val_loss=float("inf"), val_top1=0.5, seconds=1.0,
                      images_per_second=1.0, eta_seconds=0.0)
        for epoch in range(50)
    ]  # fmt: skip
    drawing = charts.curves(steps, epochs, 100, look("light"))
    points = [point for mark in drawing.marks if isinstance(mark, Line) for point in mark.points]
    assert len(points) < 1200
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)
    texts = [mark for mark in drawing.marks if isinstance(mark, Text)]
    assert all(mark.left >= -0.5 and mark.left + mark.width <= drawing.width + 0.5 for mark in texts)
