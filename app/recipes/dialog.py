"""The dialog of recipes: choose a card, change it, see the rate, keep it as one's own, train with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.language import counted, told, tr
from app.recipes import words
from app.recipes.draft import Draft
from app.recipes.face import RecipeFace
from app.theme import Theme
from hybridgraph.errors import RunError
from hybridgraph.recipes import Card, Recipe, cards, delete_card, find, highest_rate, save_card
from hybridgraph.recipes.own import derived
from hybridgraph.recipes.settings import counts, shown

_ARXIV = re.compile(r"arXiv (\d{4}\.\d{4,5})")


class RecipeDialog(RecipeFace):
    """Works on a draft; `use` gets the recipe when it is taken for the training."""

    def __init__(
        self,
        recipe: Recipe,
        *,
        epochs: int,
        batch: int,
        use: Callable[[Recipe], None],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.draft = Draft.of(recipe)
        self._epochs, self._batch, self._use = epochs, batch, use
        for row in self.rows.values():
            row.taken.connect(self._take)
            row.reset_wanted.connect(self._reset)
        self.cards.chosen.connect(self.choose)
        self.changes.anchorClicked.disconnect()
        self.changes.anchorClicked.connect(lambda url: self._reset(url.toString()))
        self.about.anchorClicked.disconnect()
        self.about.anchorClicked.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        self.reset_all.clicked.connect(self._reset_all)
        self.save.clicked.connect(self.keep)
        self.remove.clicked.connect(self.drop)
        self.cancel.clicked.connect(self.reject)
        self.use.clicked.connect(self.accept)
        self.cards.refill(self.draft.card.name)
        self.cards.scrollToItem(self.cards.currentItem())
        self._show()

    # ------------------------------------------------------------------------------------------------- doing

    def choose(self, card: Card) -> None:
        """Begin with another card; what was changed of the former one is gone."""
        self.draft = Draft(card)
        self._show()

    def accept(self) -> None:
        """Train with the recipe as it stands; what is being typed counts, what is refused is pointed at."""
        for row in self.rows.values():
            row.commit()
        wrong = next((row for row in self.rows.values() if row.complaint), None)
        if wrong is not None:
            wrong.field.setFocus()
            return
        self._use(self.draft.recipe)
        super().accept()

    def keep(self) -> None:
        """Save the recipe as a card of the person's own."""
        title = self.name.text().strip()
        name = re.sub(r"[^\w.+-]+", "-", title.lower()).strip("-.")
        try:
            if not name:
                raise RunError(tr("Your recipe needs a name."))
            card = derived(
                name, self.draft.card, self.draft.recipe, title=title, purpose=self.meant.text().strip()
            )
            save_card(card)
        except RunError as error:
            self._complain(str(error))
            return
        self._complain("")
        self.draft = Draft(find(name))
        self.cards.refill(name)
        self.cards.scrollToItem(self.cards.currentItem())
        self._show()

    def drop(self) -> None:
        """Remove the chosen card, which is the person's own; its values stay as changes of the default's card."""
        try:
            delete_card(self.draft.card.name)
        except RunError as error:
            self._complain(str(error))
            return
        self._complain("")
        self.draft = Draft.of(self.draft.recipe)
        self.cards.refill(self.draft.card.name)
        self._show()

    def _take(self, name: str, value: object) -> None:
        try:
            self.draft.take(name, value)
        except RunError as error:
            self.rows[name].refuse(told(str(error)))
            return
        self.rows[name].refuse("")
        self._show()

    def _reset(self, name: str) -> None:
        self.draft.reset(name)
        self._show()

    def _reset_all(self) -> None:
        self.draft.reset_all()
        self._show()

    # ------------------------------------------------------------------------------------------------- showing

    def _show(self) -> None:
        draft, card = self.draft, self.draft.card
        self.title.setText(told(card.title))
        self.purpose.setText(told(card.purpose))
        self.about.show_text(self._about(card))
        for name, row in self.rows.items():
            row.show_value(
                getattr(draft.recipe, name), getattr(card.recipe, name), counts=counts(draft.recipe, name)
            )
        self.curve.show_recipe(draft.recipe, self._epochs, self._batch, card.recipe)
        self.pace.setText(
            tr(
                "{epochs} epochs in batches of {batch}: up to {rate:.3g}.",
                epochs=self._epochs,
                batch=self._batch,
                rate=highest_rate(draft.recipe, self._batch),
            )
        )
        changes = draft.changes
        self.reset_all.setEnabled(bool(changes))
        self.remove.setVisible(card.name not in cards())
        self.changes.show_text(
            self._changed() if changes else f"<p>{escape(tr('Nothing: it is the card as it stands.'))}</p>"
        )

    def _about(self, card: Card) -> str:
        muted = self.theme.muted
        lines = []
        if card.paper:
            paper = escape(card.paper + (f", {card.section}" if card.section else ""))
            lines.append(
                _ARXIV.sub(
                    rf'<a href="https://arxiv.org/abs/\1" style="color:{self.theme.accent}">arXiv \1</a>',
                    paper,
                )
            )
        if card.epochs or card.batch:
            said = [counted("{number} epoch", "{number} epochs", card.epochs)] if card.epochs else []
            said += [tr("batches of {batch}", batch=card.batch)] if card.batch else []
            lines.append(escape(tr("The source trains {what}.", what=", ".join(said))))
        lines += [f"· {escape(told(note))}" for note in card.notes]
        return "".join(f'<div style="color:{muted};margin-top:2px">{line}</div>' for line in lines)

    def _changed(self) -> str:
        rows = "".join(
            f'<tr><td style="padding:2px 10px 2px 0">{escape(words.title(name))}</td>'
            f'<td style="color:{self.theme.muted};padding-right:6px">{escape(shown(before))} →</td>'
            f'<td style="padding-right:10px"><b>{escape(shown(after))}</b></td>'
            f'<td><a href="{name}" style="color:{self.theme.accent}">{escape(tr("back"))}</a></td></tr>'
            for name, (before, after) in self.draft.changes.items()
        )
        return f"<table>{rows}</table>"

    def _complain(self, sentence: str) -> None:
        self.complaint.setText(told(sentence))
        self.complaint.setVisible(bool(sentence))
