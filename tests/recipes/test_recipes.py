"""Recipes: the cards, their files, and the learning rate as a function of the step."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from hybridgraph.cli import run
from hybridgraph.errors import RunError
from hybridgraph.jobs import TrainJob, load_job, save_job
from hybridgraph.recipes import DEFAULT, Recipe, card, cards, find, highest_rate, learning_rate
from hybridgraph.recipes.recipe import names


def test_every_card_says_what_it_is_for_and_papers_have_a_source() -> None:
    assert list(cards())[:4] == ["small-data", "standard", "plain", "fine-tune"]
    assert DEFAULT in cards()
    for name, one in cards().items():
        assert one.title
        assert one.purpose.endswith(".")
        assert all(note.endswith(".") for note in one.notes)
        assert one.recipe.card == name
        if one.epochs or one.batch:
            assert "arXiv" in one.paper


def test_the_papers_cards_say_what_the_papers_do() -> None:
    swin, resnet = card("swin"), card("resnet")
    assert (swin.epochs, swin.batch) == (300, 1024)
    assert (swin.recipe.mixup, swin.recipe.cutmix, swin.recipe.erasing) == (0.8, 1.0, 0.25)
    assert (resnet.recipe.optimizer, resnet.recipe.schedule) == ("sgd", "step")
    rates = [learning_rate(step, 90, resnet.recipe, 256) for step in range(90)]
    assert [rates.count(pytest.approx(rate)) for rate in (0.1, 0.01, 0.001)] == [30, 30, 30]


def test_standard_is_what_an_older_job_means() -> None:
    assert replace(card("standard").recipe, card="") == Recipe()


def test_all_values_are_kept_with_the_job_and_an_older_job_loads(tmp_path: Path) -> None:
    path, job = tmp_path / "job.json", TrainJob(recipe=card("bam-cifar").recipe)
    save_job(path, job)
    content = json.loads(path.read_text())
    assert set(content["recipe"]) == set(names()) == {item.name for item in fields(Recipe)}
    assert load_job(path) == job
    content["recipe"] = {"learning_rate": 0.5, "flip": 0.0}
    path.write_text(json.dumps(content))
    assert load_job(path).recipe == Recipe(learning_rate=0.5, flip=0.0)  # type: ignore[union-attr]


def test_a_recipe_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\n[settings]\nschedule = "step"\ndrops = [0.5, 0.75]\nlearning_rate = 1\n')
    mine = find(str(path))
    assert (mine.name, mine.title, mine.recipe.drops, mine.recipe.learning_rate) == (
        "mine", "Mine", (0.5, 0.75), 1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[settings", "is not valid TOML"),
        ("\xff", "is not valid TOML"),
        ("[settings]\nlearning_rat = 1", "Did you mean learning_rate"),
        ("[settings]\nflip = 2", "flip is 2"),
        ("[settings]\nflip = nan", "flip is nan"),
        ("[settings]\ndrops = [0]", "strictly between 0 and 1"),
        ("[settings]\ndrops = ['a']", "holds 'a'"),
        ("[settings]\noptimizer = 'lion'", "Choose one of adamw, sgd"),
        ("flip = 1", "'flip' that is not understood"),
        ("epochs = 'many'", "epochs of another kind"),
        ("settings = 3", "'settings' that is not understood"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RunError) as caught:
        find(str(path))
    assert sentence in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_wrong_name_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file"):
        find(str(tmp_path / "no.toml"))
    with pytest.raises(RunError) as caught:
        find("swim")
    assert "Did you mean swin?" in caught.value.hint


def _rates(steps: int = 100, **settings: object) -> list[float]:
    recipe = Recipe(**settings)  # type: ignore[arg-type]
    return [learning_rate(step, steps, recipe, 32) / recipe.learning_rate for step in range(steps)]


def test_the_rate_rises_then_falls_and_ends_where_the_recipe_says() -> None:
    rates = _rates()
    assert rates[:6] == sorted(rates[:6])
    assert max(rates) == rates[5] == 1.0
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] == pytest.approx(Recipe().final_learning_rate)
    assert _rates(1) == [1.0]


def test_each_schedule_has_its_form() -> None:
    assert set(_rates(schedule="constant", warmup=0.0)) == {1.0}
    linear = _rates(schedule="linear", warmup=0.0, final_learning_rate=0.0)
    assert linear[33] == pytest.approx(1 - 33 / 99)
    cycle = _rates(schedule="one-cycle", warmup=0.3)
    assert cycle[0] == pytest.approx(1 / 25)
    assert cycle.index(max(cycle)) == 30
    assert cycle[15] == pytest.approx((1 + 1 / 25) / 2)
    falling = _rates(schedule="exponential", warmup=0.0, final_learning_rate=0.01)
    assert falling[33] == pytest.approx(0.01 ** (33 / 99))
    assert falling[-1] == pytest.approx(0.01)
    with pytest.raises(RunError, match="never reaches a rate of 0"):
        Recipe(schedule="exponential", final_learning_rate=0.0)
    steps = _rates(schedule="step", warmup=0.0, drops=(0.5, 0.8), drop_factor=0.5)
    assert (steps[49], steps[50], steps[79], steps[80]) == (1.0, 0.5, 0.5, 0.25)


def test_a_rate_meant_for_another_batch_is_scaled() -> None:
    recipe = Recipe(learning_rate=0.8, rate_batch=256)
    assert highest_rate(recipe, 64) == pytest.approx(0.2)
    assert highest_rate(Recipe(learning_rate=0.8), 64) == 0.8


def test_the_command_lists_shows_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipes", "--json"]) == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == list(cards())
    assert run(["recipes", "swin"]) == 0
    assert "2103.14030" in capsys.readouterr().out
    assert run(["recipes", "swin", "--json"]) == 0
    settings = {one["name"]: one for one in json.loads(capsys.readouterr().out)["settings"]}
    assert settings["mixup"]["value"] == 0.8
    assert (settings["mixup"]["low"], settings["mixup"]["high"]) == (0, 10)
    assert run(["recipes", "resnet", "--curve", "--steps", "90", "--batch", "256"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[1], len(lines)) == ("step,learning_rate", "0,0.1", 91)
    assert run(["recipes", "swin", "--curve", "--steps", "4", "-o", str(tmp_path / "curve.json")]) == 0
    assert len(json.loads((tmp_path / "curve.json").read_text())["learning_rate"]) == 4
    capsys.readouterr()
    for wrong in (["recipes", "nothing"], ["recipes", "--curve"]):
        assert run(wrong) == 1
        assert capsys.readouterr().err.count("\n") == 1
