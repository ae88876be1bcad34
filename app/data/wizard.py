"""File > Open pictures…: what was found in a folder or file, what is wrong with it, and taking it for the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from app.data import arrivals
from app.data.augmenting import AugmentPage
from app.data.dropping import DropTarget
from app.data.face import WizardFace
from app.data.fitbar import FitBar
from app.data.found import Checkup, PictureSet, checkup, picture_set
from app.data.grid import PicturesPage
from app.data.leftout import LeftOutPage
from app.data.looker import Looker
from app.data.offering import ask
from app.data.overview import OverviewPage
from app.data.thumbs import Thumbs
from app.data.twins import TwinsPage
from app.language import tr
from app.quantities import spaced
from hybridgraph.jobs import HELD_BACK, split_data

if TYPE_CHECKING:
    from app.window import MainWindow


class DataWizard(WizardFace):
    """Reads, shows and takes one set of pictures. Two processes work for it and end with it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window.theme, window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window, theme = window, window.theme
        self._origin: Path | None = None
        self._spec = ""
        self._others: list[str] = []  # as what else these may be read, should the likeliest reader fail
        self._fault = ""
        self._pictures: PictureSet | None = None
        self._checkup: Checkup | None = None
        form = window.training.form
        self._held_back, self._seed = form.held_back, form.seed
        self.looker, self.checker = Looker(self), Looker(self)
        self.thumbs = Thumbs(self.looker, self)
        self.overview = OverviewPage(self.thumbs, theme)
        self.grid = PicturesPage(self.thumbs, theme)
        self.twins = TwinsPage(self.thumbs, theme)
        self.left_out = LeftOutPage(self.thumbs, theme)
        self.augment = AugmentPage(self.looker, form.recipe, theme)
        self.fit = FitBar(window, theme)
        for page, title in (
            (self.overview, tr("Overview")),
            (self.grid, tr("Pictures")),
            (self.twins, tr("There twice")),
            (self.left_out, tr("Left out and odd")),
            (self.augment, tr("Augmentation")),
        ):
            self.pages.addTab(page, title)
        self.lay_out(self.fit)
        for place in range(form.data.count()):
            self.reader.addItem(form.data.itemText(place), form.data.itemData(place))
        self._connect()
        DropTarget(self, lambda: theme, arrivals.in_words, self._receive)
        self.overview.set_split(self._held_back, self._seed)
        self.say(tr("Drop a folder or file with pictures here, or choose one."))
        self.tell_progress("")

    def _connect(self) -> None:
        self.finished.connect(self._leave)
        self.reader.activated.connect(self._read_otherwise)
        self.folder_button.clicked.connect(lambda: ask(self, QFileDialog.FileMode.Directory))
        self.file_button.clicked.connect(lambda: ask(self, QFileDialog.FileMode.ExistingFile))
        self.stop_button.clicked.connect(self._stop_or_check)
        self.use_button.clicked.connect(self.use)
        self.checker.noticed.connect(self._advance)
        self.overview.split_changed.connect(self._split)
        self.overview.class_chosen.connect(self._show_class)
        self.overview.finding_chosen.connect(self._show_finding)
        self.grid.opened.connect(self._open_picture)
        self.twins.opened.connect(self._open_picture)
        self.left_out.opened.connect(lambda name: QDesktopServices.openUrl(QUrl.fromLocalFile(name)))
        self.fit.changed.connect(lambda: self.augment.set_target(*self.fit.target))

    # ------------------------------------------------------------------------------------------------- what to look at

    def look_at(self, path: Path) -> None:
        """Find out what this is, and show it."""
        self._origin = path
        self._begin(path.name or str(path), str(path))

        def answer(content: Mapping[str, Any]) -> None:
            if path == self._origin:
                first, *self._others = content["specs"]
                self._open(first)

        self.looker.request("recognise", answer, self._fail, path=str(path))

    def look_at_data(self, spec: str) -> None:
        """Show pictures that are named as a job names them."""
        kind, path = split_data(spec)
        self._origin = path
        self._begin(self.reader.itemText(self.reader.findData(kind)), "")
        self._open(spec)

    @property
    def beside(self) -> Path:
        """Where the person probably looks for pictures: beside these, or those of the training panel."""
        spec = self._window.training.form.spec
        path = self._origin or (split_data(spec)[1] if spec else None)
        return path.parent if path is not None and path.parent.is_dir() else Path.home()

    def _receive(self, paths: Sequence[Path]) -> None:
        source = arrivals.source_of(paths)
        if source is not None:
            self.look_at(source)

    def _read_otherwise(self, _index: int) -> None:
        kind = self.reader.currentData()
        if kind == "sample":
            self.look_at_data("sample")
        elif self._origin is not None:
            self._begin(self.title.text(), self.place.text())
            self.looker.request(
                "read_as",
                lambda content: self._open(content["spec"]),
                self._fail,
                kind=kind,
                path=str(self._origin),
            )

    def _begin(self, title: str, place: str) -> None:
        """Nothing is known of these pictures yet."""
        self.looker.stop()
        self.checker.stop()
        self._others, self._fault = [], ""
        self.title.setText(title)
        self.place.setText(place)
        self._forget()
        self.say(tr("Looking for pictures…"))
        self.bar.setRange(0, 0)
        self.tell_progress(" ")

    def _forget(self) -> None:
        self._pictures = self._checkup = None
        self._show_all()
        self.use_button.setEnabled(False)

    def _open(self, spec: str) -> None:
        self._spec = spec
        path = split_data(spec)[1]
        if path is not None:  # the folder around a file, or the one inside an unpacked archive
            self.title.setText(path.name)
            self.place.setText(str(path))
        self.reader.setCurrentIndex(self.reader.findData(spec.partition(":")[0]))
        words = ["hybridgraph", "data", quote(spec)]
        words += ["--seed", str(self._seed)] if self._seed else []
        words += ["--held-back", f"{self._held_back:g}"] if self._held_back != HELD_BACK else []
        self.command.setText(" ".join(words))
        self.looker.request(
            "open", lambda content: self._opened(spec, content), self._not_opened, **self._asked()
        )

    def _asked(self) -> dict[str, Any]:
        return {"spec": self._spec, "seed": self._seed, "held_back": self._held_back}

    def _opened(self, spec: str, content: Mapping[str, Any]) -> None:
        if spec != self._spec:
            return
        self._pictures, self._checkup = picture_set(spec, content), None
        self._show_all()
        self.stack.setCurrentWidget(self.pages)
        if self.focusWidget() in (None, self.reader):
            self.pages.tabBar().setFocus()
        self.use_button.setEnabled(True)
        self._check()

    def _not_opened(self, sentence: str) -> None:
        self._fault = self._fault or sentence  # of the likeliest reader, if none succeeds
        if self._others:
            self._open(self._others.pop(0))
        else:
            self._fail(self._fault)

    def _fail(self, sentence: str) -> None:
        self._forget()
        self.say(sentence)
        self.tell_progress("")
        self.bar.setRange(0, 1)

    # ------------------------------------------------------------------------------------------------- its health

    def _check(self) -> None:
        if self.checker.is_busy:  # else it knows the pictures from the last time, if these are the same
            self.checker.stop()
        self.bar.setRange(0, 0)
        self.stop_button.setText(tr("Stop looking"))
        self.tell_progress(tr("Looking at every picture…"))
        self.checker.request("health", self._checked, self._not_checked, **self._asked())

    def _advance(self, content: Mapping[str, Any]) -> None:
        self.bar.setRange(0, content["all"])
        self.bar.setValue(content["done"])
        done, everything = spaced(content["done"]), spaced(content["all"])
        self.tell_progress(tr("Looked at {done} of {all} pictures", done=done, all=everything))

    def _checked(self, content: Mapping[str, Any]) -> None:
        self._checkup = checkup(content)
        self._show_checkup()
        self.tell_progress("")

    def _not_checked(self, sentence: str) -> None:
        self.overview.verdicts.show_fault(sentence)
        self.stop_button.setText(tr("Look again"))
        self.bar.setRange(0, 1)
        self.tell_progress(tr("Not every picture could be looked at."))

    def _stop_or_check(self) -> None:
        if self.checker.is_busy:
            self.checker.stop()
            self.bar.setRange(0, 1)
            self.bar.setValue(0)
            self.stop_button.setText(tr("Look again"))
            self.tell_progress(tr("Stopped. What is odd or there twice is not known."))
        elif self._pictures is not None:
            self._check()

    def _split(self, held_back: float, seed: int) -> None:
        """The same pictures, split in another way."""
        self._held_back, self._seed = held_back, seed
        if self._spec:
            self._open(self._spec)

    # ------------------------------------------------------------------------------------------------- showing

    def _show_all(self) -> None:
        found = self._pictures
        self.thumbs.forget()
        self.overview.show_set(found)
        self.grid.show_set(found)
        self.augment.show_set(found)
        self._show_checkup()

    def _show_checkup(self) -> None:
        found, health = self._pictures, self._checkup
        if found is not None and health is not None:
            self.overview.show_checkup(found, health)
        self.twins.show_checkup(found, health)
        self.left_out.show_checkup(found, health)
        self.fit.show_found(found, health)
        self.augment.set_target(*self.fit.target)
        for page, title, count in (
            (self.twins, tr("There twice"), health.pairs if health else 0),
            (self.left_out, tr("Left out and odd"), sum(health.troubles.values()) if health else 0),
        ):
            self.pages.setTabText(self.pages.indexOf(page), f"{title}  {spaced(count)}" if count else title)

    def _show_class(self, number: int) -> None:
        self.pages.setCurrentWidget(self.grid)
        self.grid.show_class(number)
        self.grid.grid.setFocus()

    def _show_finding(self, topic: str) -> None:
        if topic in ("unreadable", "odd"):
            self.pages.setCurrentWidget(self.left_out)
        else:
            self.pages.setCurrentWidget(self.twins)
            self.twins.choose(topic if topic != "twins" else "")

    def _open_picture(self, place: int) -> None:
        thumb = self.thumbs.get(place)
        folder = self._pictures.folder if self._pictures is not None else None
        if thumb is not None and folder is not None and (folder / thumb.name).is_file():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder / thumb.name)))

    # ------------------------------------------------------------------------------------------------- taking them

    def use(self) -> None:
        """Take the pictures for the training, and fit the design where the person agreed."""
        if self._pictures is None or not self.fit.apply():
            return
        window = self._window
        window.training.form.take_pictures(
            self._spec, held_back=self._held_back, seed=self._seed, recipe=self.augment.recipe
        )
        window.show_panel("Train")
        self.accept()

    def _leave(self, _result: int) -> None:
        self.fit.show_found(None, None)  # an answer of the engine that comes later finds nothing to say
        self.looker.stop()
        self.checker.stop()
