"""Jobs: what is accepted, what is refused and with which sentence."""

import dataclasses
import json
from pathlib import Path

import pytest

from hybridgraph.errors import RunError
from hybridgraph.jobs import (
    ProfileJob,
    SweepJob,
    TrainJob,
    load_job,
    save_job,
    split_data,
    with_absolute_data,
    with_settings,
)
from hybridgraph.recipes import Recipe, card


@pytest.mark.parametrize(
    "job",
    [TrainJob(), TrainJob(recipe=card("swin").recipe, seed=7), ProfileJob(batch=2), SweepJob(batches=(1, 3))],
)
def test_a_job_survives_its_file(tmp_path: Path, job: TrainJob | ProfileJob | SweepJob) -> None:
    save_job(tmp_path / "job.json", job)
    assert load_job(tmp_path / "job.json") == job


def test_names_of_a_newer_version_are_ignored_and_missing_ones_take_defaults(tmp_path: Path) -> None:
    content = {"format": "hybridgraph-job", "version": 1, "kind": "train", "epochs": 9, "teleport": True}
    (tmp_path / "job.json").write_text(json.dumps(content))
    assert load_job(tmp_path / "job.json") == TrainJob(epochs=9)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[1]", "is not a HybridGraph job"),
        ('{"format":"hybridgraph-job","version":99,"kind":"train"}', "version 99"),
        ('{"format":"hybridgraph-job","version":1,"kind":"bake"}', "unknown kind 'bake'"),
        ('{"format":"hybridgraph-job","version":1,"kind":"train","epochs":0}', "epochs is 0"),
        (
            '{"format":"hybridgraph-job","version":1,"kind":"train","epochs":1e400}',
            "a whole number is needed",
        ),
        ('{"format":"hybridgraph-job","version":1,"kind":"train","recipe":3}', "recipe is 3"),
        ('{"format":"hybridgraph-job","version":1,"kind":"train","recipe":{"flip":NaN}}', "flip is nan"),
        ('{"format":"hybridgraph-job","version":1,"kind":"train","device":"tpu"}', "'tpu'"),
        ('{"format":"hybridgraph-job","version":1,"kind":"train","seed":1%s}' % ("0" * 400), "seed is 1000"),
        ('{"format":"hybridgraph-job","version":1,"kind":"train","data":"zip:a"}', "'zip:a'"),
    ],
)
def test_a_wrong_job_file_is_refused_with_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(content)
    with pytest.raises(RunError, match=sentence) as caught:
        load_job(path)
    assert str(path) in caught.value.message
    assert caught.value.message.endswith(".")


def test_a_missing_job_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file"):
        load_job(tmp_path / "job.json")


def test_settings_given_as_text_reach_the_job_and_its_recipe() -> None:
    job = with_settings(TrainJob(), {"epochs": "4", "learning_rate": "3e-4", "device": "cpu"})
    assert (job.epochs, job.recipe.learning_rate, job.device) == (4, 3e-4, "cpu")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("epoch", "3", "Did you mean epochs"),
        ("epochs", "many", "a whole number, not 'many'"),
        ("flip", "2", "flip is 2.0"),
        ("recipe", "plain", "no setting 'recipe'"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(name: str, text: str, sentence: str) -> None:
    with pytest.raises(RunError) as caught:
        with_settings(TrainJob(), {name: text})
    assert sentence in str(caught.value)


def test_channels_must_be_grey_or_colour() -> None:
    with pytest.raises(RunError, match="1 channel"):
        TrainJob(channels_in=2)


def test_every_number_has_limits_that_hold_its_default_and_every_field_is_documented() -> None:
    for cls in (TrainJob, ProfileJob, SweepJob, Recipe):
        for field in dataclasses.fields(cls):
            assert field.metadata["doc"].endswith(".")
            if type(field.default) in (int, float):
                assert field.metadata["low"] <= field.default <= field.metadata["high"]


def test_data_is_split_and_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert split_data("sample") == ("sample", None)
    assert split_data("idx:a:b") == ("idx", Path("a:b"))
    assert with_absolute_data(TrainJob(data="folder:cats")).data == f"folder:{tmp_path / 'cats'}"
    assert with_absolute_data(ProfileJob()) == ProfileJob()


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(RunError) as caught:
        card("secret")
    assert "standard" in caught.value.hint
