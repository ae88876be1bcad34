"""What a training is asked for: pictures, epochs, batch, device, precision, seed. The rest comes from the design."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.language import mark, tr
from app.panels.combo import Combo
from app.panels.devices import Together, device_choices
from app.panels.editors import TextField
from app.panels.trainable import pictures_of
from app.quantities import percent
from app.recipes.beginning import BeginWith
from app.recipes.field import RecipeField
from app.session import Session
from app.theme import Theme
from hybridgraph.errors import RunError
from hybridgraph.jobs import HELD_BACK, TrainJob
from hybridgraph.recipes import DEFAULT, Recipe, card
from hybridgraph.spec import Parameter

_KINDS = {
    "sample": mark("Sample pictures"),
    "folder": mark("Folder of class folders"),
    "table": mark("Table of pictures (CSV, Parquet)"),
    "idx": mark("IDX files (MNIST's form)"),
    "cifar": mark("CIFAR files"),
    "hf": mark("Set of Hugging Face"),
    "coco": mark("COCO's annotations"),
}
_TITLES = {"epochs": mark("Epochs"), "batch": mark("Batch"), "seed": mark("Seed")}
_NUMBERS = {
    "epochs": Parameter(
        kind="int", name="epochs", minimum=1, maximum=100_000, doc=mark("Passes over the pictures.")
    ),
    "batch": Parameter(
        kind="int", name="batch", minimum=1, maximum=1_000_000, doc=mark("Pictures in one step.")
    ),
    "seed": Parameter(
        kind="int", name="seed", minimum=0, maximum=2**53, doc=mark("The same seed repeats the run.")
    ),
}


def compact_form() -> QFormLayout:
    """A form with the spacing of the panels."""
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(8)
    form.setVerticalSpacing(5)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def muted(text: str) -> QLabel:
    """A label in the muted colour."""
    label = QLabel(text)
    label.setProperty("role", "muted")
    return label


def labelled(text: str, *widgets: QWidget) -> QHBoxLayout:
    """A row of widgets behind their label."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 4, 0, 0)
    row.setSpacing(8)
    row.addWidget(muted(text))
    for widget in widgets:
        row.addWidget(widget, 1)
    return row


class TrainForm(QWidget):
    """The fields. `job` reads them together with the design."""

    changed = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._recipe: Recipe = card(DEFAULT).recipe
        self.held_back = HELD_BACK
        self.data = Combo()
        self.data.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.data.setMinimumContentsLength(10)
        self.data.setAccessibleName(tr("Data"))
        for kind, title in ((kind, tr(title)) for kind, title in _KINDS.items()):
            self.data.addItem(title, kind)
        self.path = QLineEdit()
        self.path.setPlaceholderText(tr("Path of the pictures"))
        self.path.setAccessibleName(tr("Path of the pictures"))
        self.browse = QPushButton("…")
        self.browse.setFixedWidth(34)
        self.browse.setAccessibleName(tr("Choose the folder"))
        self._place = QWidget()
        place_row = QHBoxLayout(self._place)
        place_row.setContentsMargins(0, 0, 0, 0)
        place_row.setSpacing(4)
        place_row.addWidget(self.path, 1)
        place_row.addWidget(self.browse)
        self.numbers = {name: TextField(parameter, theme) for name, parameter in _NUMBERS.items()}
        plain = TrainJob()
        for name, field in self.numbers.items():
            field.set_value(getattr(plain, name))
            field.setToolTip(tr(_NUMBERS[name].doc))
            field.setAccessibleName(tr(_TITLES[name]))
        self.device = Combo()
        self.device.addItems(device_choices({}))
        self.precision = Combo()
        self.precision.addItems(["auto", "fp32", "bf16", "fp16"])
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        self.look = QPushButton(tr("Look…"))
        self.look.setToolTip(tr("Look at the pictures: classes, what is wrong with them, augmentation"))
        self.look.setAccessibleName(tr("Look at the pictures"))
        self.kept = muted("")
        source_row = QHBoxLayout()
        source_row.setSpacing(4)
        source_row.addWidget(muted(tr("Data")))
        source_row.addWidget(self.data, 1)
        source_row.addWidget(self.look)
        grid.addLayout(source_row, 1, 0, 1, 6)
        place_column = QVBoxLayout()
        place_column.setSpacing(2)
        place_column.addWidget(self._place)
        place_column.addWidget(self.kept)
        grid.addLayout(place_column, 2, 0, 1, 6)
        for column, (name, field) in enumerate(self.numbers.items()):
            grid.addWidget(muted(tr(_TITLES[name])), 3, 2 * column, 1, 2)
            grid.addWidget(field, 4, 2 * column, 1, 2)
        self.recipe_field = RecipeField(theme)
        self.recipe_field.clicked.connect(self.choose_recipe)
        grid.addLayout(labelled(tr("Recipe"), self.recipe_field), 5, 0, 1, 6)
        for title, box in ((tr("Device"), self.device), (tr("Precision"), self.precision)):
            box.setAccessibleName(title)
            box.setToolTip(title)
        grid.addLayout(labelled(tr("Device"), self.device, self.precision), 6, 0, 1, 6)
        self.together = Together()
        self.device.currentTextChanged.connect(self.together.show_device)
        grid.addWidget(self.together, 8, 0, 1, 6)
        self.begin = BeginWith()
        grid.addLayout(labelled(tr("Begin with"), self.begin), 7, 0, 1, 6)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        session.document_changed.connect(self._offer_weights)
        session.graph_changed.connect(self._offer_weights)
        self._offer_weights()
        self.kept.hide()
        self.data.currentIndexChanged.connect(self._kind_changed)
        self.browse.clicked.connect(self._browse)
        for field in self.numbers.values():
            field.committed.connect(self._show_recipe)
        self._show_recipe()
        self._kind_changed()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.recipe_field.set_theme(theme)
        for field in self.numbers.values():
            field.theme = theme
            field.update()

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer the devices the engine found."""
        chosen = self.device.currentText()
        self.device.clear()
        self.device.addItems(device_choices(hello))
        self.device.setCurrentText(chosen)
        self.together.show_devices(hello)

    def show_job(self, job: TrainJob) -> None:
        """Fill the fields with what a run was asked for."""
        self.take_pictures(job.data, held_back=job.held_back, seed=job.seed, recipe=job.recipe)
        for name, field in self.numbers.items():
            field.set_value(getattr(job, name))
        self.device.setCurrentText(job.device)
        self.precision.setCurrentText(job.precision)
        self.together.processes = job.processes

    def take_pictures(self, spec: str, *, held_back: float, seed: int, recipe: Recipe) -> None:
        """Train on these pictures, so much of each class kept for validation, changed as the recipe says."""
        kind, _, path = spec.partition(":")
        self.data.setCurrentIndex(self.data.findData(kind))
        self.path.setText(path)
        self.numbers["seed"].set_value(seed)
        self.held_back, self.recipe = held_back, recipe
        self.kept.setText(tr("{share} of each class held back", share=percent(held_back)))
        self.kept.setVisible(held_back != HELD_BACK)
        self.changed.emit()

    @property
    def spec(self) -> str:
        """The pictures as a job names them; "" where it is not said yet where they are."""
        kind, path = self.data.currentData(), self.path.text().strip()
        return "sample" if kind == "sample" else f"{kind}:{path}" if path else ""

    @property
    def seed(self) -> int:
        """The start of every random choice."""
        return self._number("seed")

    @property
    def recipe(self) -> Recipe:
        """How the weights are fitted."""
        return self._recipe

    @recipe.setter
    def recipe(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._show_recipe()
        self.changed.emit()

    def choose_recipe(self) -> None:
        """Let the person choose and change the recipe."""
        from app.recipes.dialog import RecipeDialog  # not before somebody looks at recipes

        def take(recipe: Recipe) -> None:
            self.recipe = recipe

        RecipeDialog(
            self._recipe,
            epochs=self._number("epochs"),
            batch=self._number("batch"),
            use=take,
            theme=self._theme,
            parent=self.window(),
        ).open()

    def _number(self, name: str) -> int:
        self.numbers[name].commit()
        value = self.numbers[name].value
        return value if isinstance(value, int) else 0

    def _show_recipe(self, *_: object) -> None:
        epochs, batch = (self.numbers[name].value for name in ("epochs", "batch"))
        if isinstance(epochs, int) and isinstance(batch, int):
            self.recipe_field.show_recipe(self._recipe, epochs, batch)

    def weights(self) -> Path | None:
        """The file of weights, or the run, that the training begins with; None for fresh weights."""
        return self.begin.weights

    def _offer_weights(self, *_: object) -> None:
        self.begin.offer(self._session.weights)

    def job(self) -> TrainJob:
        """The job for the current design. Raises RunError with the reason when there is none."""
        if not self.spec:
            raise RunError(tr("It is not chosen yet where the pictures are."), tr("Choose it under Data."))
        pictures = pictures_of(self._session)
        return TrainJob(
            data=self.spec,
            held_back=self.held_back,
            device=self.device.currentText(),  # type: ignore[arg-type]
            precision=self.precision.currentText(),  # type: ignore[arg-type]
            epochs=self._number("epochs"),
            batch=self._number("batch"),
            seed=self._number("seed"),
            recipe=self._recipe,
            processes=self.together.processes,
            channels_in=pictures["channels_in"],
            image_size=pictures["image_size"],
            classes=pictures["classes"],
        )

    def _kind_changed(self) -> None:
        self._place.setVisible(self.data.currentData() != "sample")
        self.changed.emit()

    def _browse(self) -> None:
        title, start = tr("Where are the pictures?"), self.path.text() or str(Path.home())
        if self.data.currentData() == "table":
            tables = tr("Tables") + " (*.csv *.tsv *.parquet *.pq)"
            chosen = QFileDialog.getOpenFileName(self, title, start, tables)[0]
        else:
            chosen = QFileDialog.getExistingDirectory(self, title, start)
        if chosen:
            self.path.setText(chosen)
