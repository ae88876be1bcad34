"""Recipes of a person's own: kept, found by name, changed, compared, and broken in every way."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hybridgraph.cli import run
from hybridgraph.errors import RunError
from hybridgraph.recipes import Card, Recipe, card, cards, delete_card, find, own, own_cards, save_card
from hybridgraph.recipes.own import derived
from hybridgraph.recipes.recipe import names
from hybridgraph.recipes.settings import SECTIONS, chips, counts, differences, settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(own.PLACE, str(tmp_path / "recipes"))
    return tmp_path / "recipes"


def test_every_setting_stands_in_one_section_with_its_limits() -> None:
    listed = [name for section in SECTIONS.values() for name in section]
    assert sorted(listed) == sorted(set(names()) - {"card"})
    assert [setting.name for setting in settings()] == listed
    for setting in settings():
        assert setting.doc.endswith(".")
        assert setting.kind in ("choice", "bool") or setting.low is not None


def test_a_kept_recipe_comes_back_to_the_bit_and_says_where_it_is_from(folder: Path) -> None:
    changed = replace(card("swin").recipe, mixup=1 / 3, drops=(0.1, 2 / 3), nesterov=True, clip_norm=1e-05)
    kept = derived(
        "leaves.v2", card("swin"), changed, title='Leaves "à la carte"\\\x7f\t', purpose="Ein Zweck."
    )
    assert save_card(kept) == folder / "leaves.v2.toml"
    found = find("leaves.v2")
    assert found == kept
    assert found.recipe == replace(changed, card="leaves.v2")
    assert found.notes[0] == "Made from swin; 4 settings changed."
    assert list(own_cards()) == ["leaves.v2"]
    delete_card("leaves.v2")
    assert not own_cards()
    with pytest.raises(RunError, match=r"There is no recipe 'leaves\.v2'"):
        find("leaves.v2")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("swin", "bundled recipe"),
        ("../x", "cannot be called"),
        ("", "cannot be called"),
        (".x", "cannot be called"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, sentence: str, folder: Path) -> None:
    with pytest.raises(RunError, match=sentence):
        save_card(derived(name, card("plain"), Recipe()))
    assert not folder.exists() or not any(folder.iterdir())


def test_a_broken_file_is_a_sentence_and_hides_no_other(folder: Path) -> None:
    save_card(derived("good", card("plain"), card("plain").recipe))
    (folder / "torn.toml").write_text("[settings")
    (folder / "wrong.toml").write_bytes(b"[settings]\nflip = 3\n")
    (folder / "swin.toml").write_text("")  # the bundled one of that name is meant by everyone
    found = own_cards()
    assert list(found) == ["good", "torn", "wrong"]
    assert isinstance(found["good"], Card)
    assert "is not valid TOML" in str(found["torn"])
    assert "flip is 3" in str(found["wrong"])
    with pytest.raises(RunError, match="not valid TOML"):
        find("torn")
    assert find("swin") == cards()["swin"]


def test_a_folder_that_cannot_be_written_is_a_sentence(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file in the way")
    with pytest.raises(RunError, match="cannot be saved"):
        save_card(derived("mine", card("plain"), Recipe()))
    assert own_cards() == {}


def test_what_does_nothing_beside_the_others_is_known() -> None:
    assert not counts(Recipe(), "momentum")
    assert counts(Recipe(optimizer="sgd"), "momentum")
    assert not counts(Recipe(optimizer="sgd"), "beta1")
    assert counts(Recipe(optimizer="lamb"), "beta2")
    assert not counts(Recipe(), "drops")
    assert counts(Recipe(schedule="step", drops=(0.5,)), "drop_factor")
    assert not counts(Recipe(schedule="constant"), "final_learning_rate")
    assert not counts(Recipe(), "magnitude")


def test_chips_and_differences_say_what_is_in_a_recipe() -> None:
    assert chips(card("swin").recipe)[:3] == ("AdamW", "cosine", "rate 0.001")
    assert {"MixUp 0.8", "CutMix 1", "RandAugment 2", "erasing 0.25"} <= set(chips(card("swin").recipe))
    assert differences(Recipe(), Recipe(ema=0.9, card="x")) == {"ema": (0.0, 0.9)}


def test_the_command_changes_compares_keeps_and_removes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change = ["--set", "mixup=0.2", "--set", "drops=0.5,0.75"]
    assert run(["recipes", "swin", *change, "--against", "swin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"mixup": [0.2, 0.8], "drops": [[0.5, 0.75], []]}
    assert run(["recipes", "swin", *change, "--save", "mine", "--title", "Mine"]) == 0
    assert find("mine").recipe.drops == (0.5, 0.75)
    capsys.readouterr()
    (folder / "torn.toml").write_text("[")
    assert run(["recipes", "--json"]) == 0
    told = capsys.readouterr()
    listed = {one["name"]: one["is_own"] for one in json.loads(told.out)}
    assert listed["mine"] is True
    assert listed["swin"] is False
    assert "torn" in told.err
    assert run(["recipes", "mine", "--delete"]) == 0
    for wrong in (["mine"], ["swin", "--delete"], ["swin", "--set", "epochs=3"], ["swin", "--set", "flip"]):
        capsys.readouterr()
        assert run(["recipes", *wrong]) == 1
        assert capsys.readouterr().err.count("\n") == 1
