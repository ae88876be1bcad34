"""The texts of the window in another language: a made-up one, with accents and a third longer."""

import gettext
import importlib.util
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QDockWidget,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from app import language
from app import theme as themes
from app.composition import compose
from app.data.wizard import DataWizard
from app.exporting.dialog import ExportDialog
from app.labels import ElidedLabel
from app.newdesign import NewDialog
from app.recipes.dialog import RecipeDialog
from app.settings.preferences import PREFERENCES
from app.settings.shortcut_sheet import ShortcutSheet
from app.start.startpage import StartPage
from app.theme import DARK
from app.versionsdialog import VersionsDialog
from app.window import MainWindow
from hybridgraph import presets
from hybridgraph.recipes import card

ROOT = Path(__file__).resolve().parents[2]


def _tool():
    spec = importlib.util.spec_from_file_location("messages", ROOT / "packaging" / "messages.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["messages"] = module
    spec.loader.exec_module(module)
    return module


messages = _tool()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, qapp) -> Path:
    root = tmp_path_factory.mktemp("locale")
    messages.pretend(messages.collected(), root)
    return root


@pytest.fixture
def pretended(folder: Path, monkeypatch: pytest.MonkeyPatch, qapp) -> Iterator[None]:
    monkeypatch.setenv(language.FOLDER, str(folder))
    assert language.speak(["eo"]) == "eo"
    yield
    language.speak(["en"])


def test_texts_are_filled_in_and_counted(pretended) -> None:
    assert language.tr("Saved {path}.", path="x.json") == "[Šávéd x.json.~]"
    assert language.counted("{number} edit", "{number} edits", 1).startswith("[1 édít")
    assert language.counted("{number} edit", "{number} edits", 4).startswith("[4 édítš")
    assert language.mark("Saved {path}.") == "Saved {path}."


def test_sentences_of_the_core_are_recognised(pretended) -> None:
    """Those with numbers in them, and two that follow one another."""
    told = language.told("Reducing 8 channels by 16 leaves no hidden unit.")
    assert told.startswith("[Rédúçíñg 8 çháññélš bý 16")
    both = language.told("Reducing 8 channels by 16 leaves no hidden unit. Add an Image block.")
    assert both.count("[") == 2
    assert language.told("No sentence of anybody.") == "No sentence of anybody."


def test_a_translation_with_a_wrong_field_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "Content-Type: text/plain; charset=UTF-8\n"
    messages.write({"": header, "Saved {path}.": "Gesichert: {pfad}."}, tmp_path, "de")
    monkeypatch.setenv(language.FOLDER, str(tmp_path))
    assert language.speak(["de_AT"]) == "de"
    assert language.tr("Saved {path}.", path="x") == "Saved x."
    assert language.speak(["fr", "en"]) == "en"


def test_the_language_of_the_option_comes_before_the_settings_and_those_before_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    assert language.wished(settings)  # whatever the system says
    settings.setValue("language", "pt-BR")
    assert language.wished(settings) == ["pt_BR"]
    assert language.wished(settings, "de") == ["de"]


def test_the_languages_there_are_can_be_set(pretended) -> None:
    (choice,) = (one for one in PREFERENCES if one.id == "language")
    assert [code for code, _ in choice.choices()] == [language.SYSTEM, "en", "eo"]
    assert language.named("eo") == "Esperanto"


def test_a_translation_is_read_as_it_was_written() -> None:
    text = messages.template([messages.Message(text='A "b"\nc {d}', context="core", place="x"),
                              messages.Message(text="{number} e", many="{number} es", place="y")])  # fmt: skip
    text = (
        text.replace('{d}"\nmsgstr ""', '{d}"\nmsgstr "Ä"')
        .replace('[0] ""', '[0] "1"')
        .replace('[1] ""', '[1] "2"')
    )
    catalogue = gettext.GNUTranslations(io.BytesIO(messages.compiled(messages.parsed(text))))
    assert catalogue.pgettext("core", 'A "b"\nc {d}') == "Ä"
    assert catalogue.ngettext("{number} e", "{number} es", 5) == "2"


def test_an_unfinished_translation_leaves_english() -> None:
    text = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr ""\n'
    assert messages.parsed(text).keys() == {""}


# -------------------------------------------------------------------------------------------------- the whole window

SAME = {
    "HybridGraph",
    presets.SAMPLE,
    "auto",
    "cpu",
    "Stage 1",
    "Stage 2",
    "MACs",
    "FLOPs",
}  # the design's own names too
QTS_OWN = {
    "Float",
    "Close",
    "Scroll Left",
    "Scroll Right",
    "Press shortcut",
}  # translated by qtbase, where it can


def untranslated(root: QWidget) -> list[str]:
    """What a person reads below a widget that did not go through the catalogue."""
    found = []

    def look(what: str, text: str) -> None:
        plain = text.replace("&", "")
        if (
            sum(map(str.isalpha, plain)) > 2
            and "~]" not in plain
            and plain not in SAME | QTS_OWN
            and not plain.startswith("<p><i>")  # a formula
            and "hybridgraph " not in plain
        ):
            found.append(f"{what}: {text!r}")

    for widget in [root, *root.findChildren(QWidget)]:
        if widget.property("role") in ("number", "mono") or isinstance(widget.parent(), QDialogButtonBox):
            continue
        name = type(widget).__name__
        if isinstance(widget, QLabel | QAbstractButton):
            look(name, widget.text())
        if isinstance(widget, QLineEdit):
            look(name, widget.placeholderText())
        if isinstance(widget, QGroupBox):
            look(name, widget.title())
        if isinstance(widget, QDockWidget):
            look(name, widget.windowTitle())
        if isinstance(widget, QTabBar):
            for index in range(widget.count()):
                look(name, widget.tabText(index))
        if isinstance(widget, QComboBox):
            for index in range(widget.count()):
                look(name, widget.itemText(index))
        look(f"{name}, tooltip", widget.toolTip())
        look(f"{name}, accessible name", widget.accessibleName())
    for action in root.findChildren(QAction):
        look("QAction", action.text())
    return found


@pytest.fixture(scope="module")
def whole(folder: Path, qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """One window for all that is looked at."""
    place = tmp_path_factory.mktemp("window")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(language.FOLDER, str(folder))
        language.speak(["eo"])
    themes.apply(qapp, DARK)
    settings = QSettings(str(place / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(DARK, settings)
    compose(made, place / "runs", state=place / "state", with_engine=False)
    made.resize(1400, 900)
    made.show()
    made.documents.start(presets.build(presets.SAMPLE))
    qapp.processEvents()
    yield made
    made.session.undo_stack.setClean()
    made.close()
    made.deleteLater()
    qapp.processEvents()
    qapp.setStyleSheet("")


@pytest.fixture
def window(pretended, whole: MainWindow) -> MainWindow:
    return whole


def test_the_window_says_nothing_in_english(window: MainWindow, qapp: QApplication) -> None:
    """Menus, bars, docks and panels, with a block and with a stage selected."""
    for path in ((), ("stem",), ("stage2",), ("stage2", "moat")):
        window.session.select([path] if path else [])
        qapp.processEvents()
        assert not (left := untranslated(window)), f"{path}: {left}"


def test_rows_of_lists_are_translated(window: MainWindow) -> None:
    model = window.palette_panel.list.model()
    rows = [
        str(model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(model.rowCount())
    ]
    assert len(rows) > 20
    assert [row for row in rows if row != "None" and "~]" not in row] == []


@pytest.mark.parametrize("name", ["new", "export", "shortcuts", "versions", "start", "tour"])
def test_dialogs_say_nothing_in_english(
    window: MainWindow, qapp: QApplication, tmp_path: Path, name: str
) -> None:
    if name == "new":
        shown: QWidget = NewDialog(window.theme, window)
    elif name == "export":
        shown = ExportDialog(window.session, window.canvas, window.desk, window)
    elif name == "shortcuts":
        shown = ShortcutSheet(window.actions_set, window)
    elif name == "versions":
        shown = VersionsDialog(window.documents, window.session, window.theme, window)
    elif name == "start":
        window.documents.go_home()
        shown = window.findChild(StartPage, "startpage")
        shown.fill()
    else:
        window.tour.begin()
        shown = window.tour
    shown.show()
    qapp.processEvents()
    assert not (left := untranslated(shown)), str(left)


def test_the_layout_survives_longer_texts(window: MainWindow, qapp: QApplication) -> None:
    """At 1400×900 nothing grows out of the window, and no label or button of a panel is cut."""
    assert window.width() == 1400
    cut = [
        f"{widget.text()!r} needs {widget.sizeHint().width()}, has {widget.width()}"
        for widget in window.findChildren(QWidget)
        if isinstance(widget, QLabel | QAbstractButton) and not isinstance(widget, ElidedLabel)
        if widget.isVisible()
        and len(widget.text()) > 2
        and not (isinstance(widget, QLabel) and widget.wordWrap())
        if widget.width() < widget.sizeHint().width()
    ]
    assert cut == []


def test_the_wizard_for_pictures_says_nothing_in_english(window: MainWindow) -> None:
    wizard = DataWizard(window)
    for names in (wizard.augment.recipes, wizard.fit.network):  # of recipes and networks, which are names
        names.clear()
    assert not untranslated(wizard)
    wizard.overview.verdicts.show_findings([])
    assert not untranslated(wizard.overview)
    wizard.deleteLater()


def test_recipes_say_nothing_in_english(window: MainWindow) -> None:
    recipe = replace(card("swin").recipe, mixup=0.2, optimizer="sgd")
    dialog = RecipeDialog(recipe, epochs=3, batch=8, use=lambda _: None, theme=window.theme, parent=window)
    assert not untranslated(dialog)
    dialog.deleteLater()
