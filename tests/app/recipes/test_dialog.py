"""Recipes in the window: choosing, changing, resetting, keeping, comparing, and training with one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme as themes
from app.panels.editors import ChoiceField, Switch, TextField
from app.panels.trainform import TrainForm
from app.recipes.curve import STEPS, points
from app.recipes.dialog import RecipeDialog
from app.recipes.draft import Draft
from app.recipes.words import TITLES, parameter
from app.session import Session
from app.theme import DARK, LIGHT
from hybridgraph.recipes import DEFAULT, Recipe, card, cards, find, learning_rate, own
from hybridgraph.recipes.settings import settings

CLICK = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def styled(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(own.PLACE, str(tmp_path / "recipes"))
    themes.apply(qapp, DARK)
    yield
    qapp.setStyleSheet("")


@pytest.fixture
def taken() -> list[Recipe]:
    return []


@pytest.fixture
def dialog(qtbot: QtBot, taken: list[Recipe]) -> RecipeDialog:
    made = RecipeDialog(card("swin").recipe, epochs=30, batch=256, use=taken.append, theme=DARK)
    qtbot.addWidget(made)
    made.show()
    return made


def write(qtbot: QtBot, dialog: RecipeDialog, name: str, text: str) -> None:
    """Type a value into the field of a setting."""
    field = dialog.rows[name].field
    assert isinstance(field, TextField)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Tab)


def choose(qtbot: QtBot, dialog: RecipeDialog, name: str) -> None:
    """Click a card of the list."""
    for row in range(dialog.cards.count()):
        item = dialog.cards.item(row)
        if name in item.text() or name == getattr(item.data(Qt.ItemDataRole.UserRole), "name", ""):
            dialog.cards.scrollToItem(item)
            place = dialog.cards.visualItemRect(item).center()
            qtbot.mouseClick(dialog.cards.viewport(), CLICK, pos=place)
            return
    pytest.fail(f"no card {name}")


def test_every_setting_has_a_name_a_field_and_its_documentation(dialog: RecipeDialog) -> None:
    assert set(dialog.rows) == {setting.name for setting in settings()} == set(TITLES)
    for setting in settings():
        row = dialog.rows[setting.name]
        assert setting.doc in row.field.toolTip()
        assert row.field.accessibleName()
        if setting.low is not None and setting.kind != "list":
            assert (parameter(setting).minimum, parameter(setting).maximum) == (setting.low, setting.high)
    assert dialog.cards.count() == len(cards())
    assert "2103.14030" in dialog.about.text()


def test_a_value_is_changed_says_so_and_one_click_takes_it_back(qtbot: QtBot, dialog: RecipeDialog) -> None:
    row = dialog.rows["mixup"]
    assert row.origin.text() == "card"
    assert dialog.rows["beta1"].origin.text() == "default"
    assert not row.reset.isVisible()
    write(qtbot, dialog, "mixup", "0.2")
    assert dialog.draft.recipe.mixup == 0.2
    assert row.origin.text() == "changed"
    assert "MixUp" in dialog.changes.text()
    qtbot.mouseClick(row.reset, CLICK)
    assert dialog.draft.recipe.mixup == 0.8
    assert row.origin.text() == "card"
    assert row.field.text() == "0.8"
    assert not dialog.reset_all.isEnabled()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [("mixup", "11", "above the limit"), ("mixup", "much", "much"), ("drops", "0.5, 2", "Choose a value"),
     ("drops", "a", "holds"), ("warmup", "0.1, then 0.2", "one value"), ("mixup", "0 -> 0.2", "one value")],
)  # fmt: skip
def test_what_no_recipe_may_hold_is_refused_under_its_field(
    qtbot: QtBot, dialog: RecipeDialog, name: str, text: str, sentence: str
) -> None:
    before = dialog.draft.recipe
    if name == "drops":
        dialog._take("schedule", "step")
        before = dialog.draft.recipe
    write(qtbot, dialog, name, text)
    assert dialog.draft.recipe == before
    assert sentence in dialog.rows[name].holder._sentence.text()
    assert dialog.rows[name].holder._sentence.isVisible()


def test_lists_choices_and_switches_are_taken(qtbot: QtBot, dialog: RecipeDialog) -> None:
    assert not dialog.rows["drops"].field.isEnabled()
    schedule = dialog.rows["schedule"].field
    assert isinstance(schedule, ChoiceField)
    schedule.setFocus()
    while schedule.currentText() != "step":
        qtbot.keyClick(schedule, Qt.Key.Key_Down)
    assert dialog.draft.recipe.schedule == "step"
    assert dialog.rows["drops"].field.isEnabled()
    write(qtbot, dialog, "drops", "0.5, 0.75")
    assert dialog.draft.recipe.drops == (0.5, 0.75)
    optimizer = dialog.rows["optimizer"].field
    assert isinstance(optimizer, ChoiceField)
    assert not dialog.rows["nesterov"].field.isEnabled()
    optimizer.setFocus()
    qtbot.keyClick(optimizer, Qt.Key.Key_Down)
    assert dialog.draft.recipe.optimizer == "sgd"
    switch = dialog.rows["nesterov"].field
    assert isinstance(switch, Switch)
    qtbot.mouseClick(switch, CLICK)
    assert dialog.draft.recipe.nesterov is True
    assert dialog.rows["beta1"].origin.text() == "idle"
    qtbot.mouseClick(dialog.reset_all, CLICK)
    assert dialog.draft.recipe == card("swin").recipe


def test_the_curve_is_that_of_the_training(dialog: RecipeDialog) -> None:
    recipe = card("swin").recipe
    drawn = points(recipe, 256)
    assert [rate for _, rate in drawn] == [learning_rate(step, STEPS, recipe, 256) for step in range(STEPS)]
    assert max(rate for _, rate in drawn) == pytest.approx(0.25e-3)
    assert (drawn[0][0], drawn[-1][0]) == (0.0, 1.0)
    assert "0.00025" in dialog.curve.accessibleDescription()
    before = dialog.curve.grab().toImage()
    dialog._take("warmup", 0.5)
    assert dialog.curve.grab().toImage() != before


def test_another_card_is_chosen_and_trained_with(
    qtbot: QtBot, dialog: RecipeDialog, taken: list[Recipe]
) -> None:
    choose(qtbot, dialog, "plain")
    assert dialog.title.text() == "Plain"
    write(qtbot, dialog, "warmup", "0.3")
    dialog.rows["flip"].field.setFocus()
    dialog.rows["flip"].field.selectAll()  # type: ignore[union-attr]
    qtbot.keyClicks(dialog.rows["flip"].field, "0.25")  # and not left: it counts all the same
    dialog.use.click()
    assert taken == [Draft(card("plain"), Recipe(**{**_values("plain"), "warmup": 0.3, "flip": 0.25})).recipe]
    assert not dialog.isVisible()


def test_what_is_refused_keeps_the_dialog_open(
    qtbot: QtBot, dialog: RecipeDialog, taken: list[Recipe]
) -> None:
    write(qtbot, dialog, "mixup", "11")
    dialog.use.click()
    assert taken == []
    assert dialog.isVisible()
    write(qtbot, dialog, "mixup", "1")
    dialog.use.click()
    assert [recipe.mixup for recipe in taken] == [1.0]


def _values(name: str) -> dict[str, object]:
    return {setting.name: getattr(card(name).recipe, setting.name) for setting in settings()}


def test_leaving_changes_nothing(qtbot: QtBot, dialog: RecipeDialog, taken: list[Recipe]) -> None:
    write(qtbot, dialog, "mixup", "0.2")
    qtbot.mouseClick(dialog.cancel, CLICK)
    assert taken == []


def test_a_recipe_is_kept_found_and_removed(qtbot: QtBot, dialog: RecipeDialog, tmp_path: Path) -> None:
    write(qtbot, dialog, "mixup", "0.2")
    qtbot.mouseClick(dialog.save, CLICK)
    assert "needs a name" in dialog.complaint.text()
    qtbot.keyClicks(dialog.name, "Swin")
    qtbot.mouseClick(dialog.save, CLICK)
    assert "bundled recipe" in dialog.complaint.text()
    dialog.name.clear()
    qtbot.keyClicks(dialog.name, "My leaves!")
    qtbot.keyClicks(dialog.meant, "Leaves.")
    qtbot.mouseClick(dialog.save, CLICK)
    assert not dialog.complaint.isVisible()
    assert find("my-leaves").recipe.mixup == 0.2
    assert (find("my-leaves").title, find("my-leaves").purpose) == ("My leaves!", "Leaves.")
    assert dialog.title.text() == "My leaves!"
    assert dialog.rows["mixup"].origin.text() == "card"
    assert dialog.cards.count() == len(cards()) + 1
    qtbot.mouseClick(dialog.remove, CLICK)
    assert not (tmp_path / "recipes" / "my-leaves.toml").exists()
    assert dialog.draft.card.name == DEFAULT
    assert dialog.draft.recipe.mixup == 0.2


def test_a_broken_file_stands_in_the_list_with_its_reason(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "torn.toml").write_text("[settings")
    made = RecipeDialog(card("plain").recipe, epochs=3, batch=8, use=lambda _: None, theme=LIGHT)
    qtbot.addWidget(made)
    made.show()
    item = made.cards.item(0)
    assert "not valid TOML" in item.toolTip()
    qtbot.mouseClick(made.cards.viewport(), CLICK, pos=made.cards.visualItemRect(item).center())
    assert made.title.text() == "Plain"
    assert not made.grab().isNull()


def test_the_training_form_shows_and_takes_the_recipe(qtbot: QtBot, session: Session) -> None:
    form = TrainForm(session, DARK)
    qtbot.addWidget(form)
    form.show()
    assert form.recipe == card(DEFAULT).recipe
    assert form.recipe_field.accessibleName() == "Recipe: Small data"
    qtbot.mouseClick(form.recipe_field, CLICK)
    dialog = next(
        one for one in QApplication.topLevelWidgets() if isinstance(one, RecipeDialog) and one.isVisible()
    )
    choose(qtbot, dialog, "swin")
    write(qtbot, dialog, "ema", "0.9")
    dialog.use.click()
    assert form.recipe.card == "swin"
    assert form.recipe.ema == 0.9
    assert form.recipe_field.accessibleName() == (
        "Recipe: Swin Transformer, ImageNet-1K from fresh weights · 1 changed"
    )
    form.recipe = card("plain").recipe
    assert form.recipe_field.accessibleName() == "Recipe: Plain"


def test_a_recipe_whose_card_is_gone_is_shown_as_changes_of_the_default() -> None:
    draft = Draft.of(Recipe(card="gone", mixup=0.7))
    assert draft.card.name == DEFAULT
    assert draft.changes["mixup"] == (0.0, 0.7)
