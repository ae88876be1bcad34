"""The results of a run on the command line, and the pictures behind them: there, moved, and gone."""

import json
from array import array
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hybridgraph import presets
from hybridgraph.cli import run as command
from hybridgraph.errors import DataError, RunError
from hybridgraph.graph import files
from hybridgraph.jobs import TrainJob
from hybridgraph.results import results_of
from hybridgraph.results.pictures import RunPictures
from hybridgraph.runs import Run, create_run
from hybridgraph.runs.evaluation import Evaluation, save_evaluation
from hybridgraph.runs.predictions import Predictions
from hybridgraph.viewing.__main__ import Viewer

CLASSES = ("dark", "light")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes with three validation pictures each, whose shade is their place in the validation set."""
    for part, count in (("train", 2), ("val", 3)):
        for label, name in enumerate(CLASSES):
            folder = tmp_path / "pictures" / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                shade = 40 * (3 * label + number) if part == "val" else 255
                Image.fromarray(np.full((4, 4), shade, np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "pictures"


def run_on(tmp_path: Path, data: str, *, has_predictions: bool = True, epoch: int = 1) -> Run:
    job = TrainJob(data=data, classes=2, image_size=4, channels_in=1)
    run = create_run(
        tmp_path / "run", graph_text=files.dumps(presets.build("pocket-moat")), source="", job=job
    )
    told = Predictions(
        epoch=epoch,
        data="",
        pictures=array("i", range(6)),
        labels=array("i", [0, 0, 0, 1, 1, 1]),
        told=array("i", [0, 1, 0, 1, 0, 0]),
        confidence=array("f", [0.9, 0.6, 0.8, 0.7, 0.75, 0.9]),
        losses=array("f", [0.1, 0.9, 0.2, 0.35, 1.4, 2.3]),
    )
    save_evaluation(
        run.path,
        Evaluation(
            epoch=1, loss=0.875, classes=CLASSES, pairs=((0, 0, 2), (0, 1, 1), (1, 0, 2), (1, 1, 1)),
            predictions=told if has_predictions else None,
        ),
    )  # fmt: skip
    return run


def test_the_command_tells_classes_mistakes_and_calibration(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_on(tmp_path, f"folder:{pictures}")
    assert command(["results", str(run.path), "--json", "--most", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["epoch"], told["top1"], told["pictures"]) == (2, 50.0, 6)
    assert told["classes"][0] == {"name": "dark", "support": 3, "precision": 0.5, "recall": pytest.approx(2 / 3), "f1": pytest.approx(4 / 7)}  # fmt: skip
    assert [(one["name"], one["true"], one["told"]) for one in told["mistakes"]] == [
        (str(Path("val", "light", "2.png")), "light", "dark"),
        (str(Path("val", "light", "1.png")), "light", "dark"),
    ]
    assert told["mistakes"][0]["probability"] == pytest.approx(0.1, abs=0.01)
    assert told["calibration"]["accuracy"] == 0.5
    assert command(["results", str(run.path)]) == 0
    text = capsys.readouterr().out
    assert "After epoch 2: top-1 50.00 %, loss 0.8750 on 6 pictures." in text
    assert "57.14 %" in text


def test_the_pictures_of_a_cell_are_saved(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_on(tmp_path, f"folder:{pictures}")
    target = tmp_path / "saved"
    assert (
        command(["results", str(run.path), "--cell", "dark", "light", "--save", str(target), "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["saved"] == [str(target / "001-1.png")]
    assert Image.open(target / "001-1.png").getpixel((0, 0)) == (40, 40, 40)
    assert command(["results", str(run.path), "--cell", "dark", "green"]) == 1
    assert "no class called 'green'" in capsys.readouterr().err


def test_the_viewing_process_gives_the_pictures_of_a_run(tmp_path: Path, pictures: Path) -> None:
    run = run_on(tmp_path, f"folder:{pictures}")
    viewer = Viewer(lambda _: None)
    opened = viewer.answer(json.dumps({"id": 1, "method": "open", "run": str(run.path)}))
    assert opened["places"] == [4, 5, 6, 7, 8, 9]
    [shown] = viewer.answer(
        json.dumps({"id": 2, "method": "small", "places": [opened["places"][3]], "side": 9})
    )["pictures"]
    assert shown[1:4] == [str(Path("val", "light", "0.png")), 4, 4]


def test_pictures_counted_among_all_files_are_found(tmp_path: Path, pictures: Path) -> None:
    run = run_on(tmp_path, f"folder:{pictures}")
    evaluation = results_of(run).evaluation
    told = Predictions(
        epoch=1, data="", counted="files", pictures=array("i", [5, 9]), labels=array("i", [0, 1]),
        told=array("i", [1, 1]), confidence=array("f", [0.5, 0.5]), losses=array("f", [0.5, 0.5]),
    )  # fmt: skip
    save_evaluation(
        run.path, Evaluation(epoch=1, loss=0.5, classes=evaluation.classes, pairs=(), predictions=told)
    )
    found = RunPictures(results_of(run))
    assert [found.name(picture) for picture in told.pictures] == [
        str(Path("val", "dark", "1.png")),
        str(Path("val", "light", "2.png")),
    ]


def test_pictures_that_changed_or_went_are_a_sentence_and_the_rest_is_told(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_on(tmp_path, f"folder:{pictures}")
    (pictures / "val" / "dark" / "0.png").unlink()
    with pytest.raises(DataError, match="are others than when the run was trained"):
        RunPictures(results_of(run))
    for child in sorted(pictures.rglob("*"), reverse=True):
        child.unlink() if child.is_file() else child.rmdir()
    assert command(["results", str(run.path), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["mistakes"][0]["name"] is None
    assert len(err.strip().splitlines()) == 1
    assert command(["results", str(run.path), "--save", str(tmp_path / "saved")]) == 1
    assert not (tmp_path / "saved").exists()


def test_runs_without_results_or_predictions_say_so(
    tmp_path: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = run_on(tmp_path, f"folder:{pictures}", has_predictions=False)
    assert command(["results", str(run.path)]) == 0
    assert "kept no prediction" in capsys.readouterr().out
    assert command(["results", str(run.path), "--cell", "dark", "light"]) == 1
    (run.path / "evaluation.json").unlink()
    with pytest.raises(RunError, match="no results yet"):
        results_of(run)
    assert command(["results", str(tmp_path)]) == 1


def test_predictions_of_another_epoch_are_not_mixed_in(tmp_path: Path, pictures: Path) -> None:
    found = results_of(run_on(tmp_path, f"folder:{pictures}", epoch=0))
    assert found.predictions is None
    assert "another epoch" in found.remark
