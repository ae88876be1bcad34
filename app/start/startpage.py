"""The page one begins on: what to start, the files last worked on, and the published networks as a family tree."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.documents.desk import Documents
from app.icons import icon
from app.language import mark, tr
from app.session import Session
from app.start.family import FamilyTree
from app.start.recentcards import RECENT_SHOWN, RecentCard
from app.start.thumbnails import SIZE, Thumbnails
from app.theme import Theme
from hybridgraph import presets
from hybridgraph.errors import HybridGraphError

_WIDTH = 1040
_FILL_MS = 30
"""The window stands before recent files and networks are there."""
_WAYS = (
    ("preset", "file-plus", mark("New design"), mark("For pictures of my own")),
    ("import", "folder-open", mark("Open"), mark("A *.hybrid.json file")),
    ("sample", "box", mark("The sample"), mark("A small hybrid, ready to train")),
    ("tour", "play", mark("The tour"), mark("Five steps around the window")),
)


class StartPage(QScrollArea):
    """A heading and four ways at once; recent files and networks follow when the page has been painted."""

    asked = Signal(str)  # "preset", "import", "sample" or "tour"

    def __init__(self, documents: Documents, session: Session, theme: Theme) -> None:
        super().__init__()
        self._documents = documents
        self._session = session
        self._theme = theme
        self._thumbnails = Thumbnails(documents.state / "thumbnails", session.catalogue, theme, self)
        self._thumbnails.drawn.connect(self._show_picture)
        self.setObjectName("startpage")
        self.setAccessibleName(tr("Start page"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.cards: dict[str, RecentCard] = {}
        self.tree: FamilyTree | None = None
        self.ways: dict[str, QPushButton] = {}
        self._body = QWidget()
        self._body.setObjectName("startbody")
        self._column = QVBoxLayout(self._body)
        self._column.setSpacing(12)
        heading = QLabel(tr("Where do you want to begin?"))
        heading.setProperty("role", "headline")
        self._column.addWidget(heading)
        self._column.addLayout(self._make_ways())
        self._recent_heading = _heading(tr("RECENT"))
        self._recent = QGridLayout()
        self._recent.setSpacing(12)
        self._recent.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._column.addSpacing(12)
        self._column.addWidget(self._recent_heading)
        self._column.addLayout(self._recent)
        self._column.addStretch(1)
        self.setWidget(self._body)
        self._fill_later = QTimer(self, singleShot=True, interval=_FILL_MS)
        self._fill_later.timeout.connect(self.fill)
        documents.recent_changed.connect(self._refill)
        self.set_theme(theme)
        self._recent_heading.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = self._thumbnails.theme = theme
        for name, sign, _, _ in _WAYS:
            glyph = self.ways[name].findChild(QLabel, "glyph")
            if isinstance(glyph, QLabel):
                glyph.setPixmap(icon(sign, theme.accent, 20).pixmap(20, 20))
        if self.tree is not None:
            self.tree.set_theme(theme)
        self._refill()

    def recommend_tour(self, *, wanted: bool) -> None:
        """Point at the tour until somebody has seen it."""
        button = self.ways["tour"]
        button.setProperty("state", "recommended" if wanted else "")
        button.style().unpolish(button)
        button.style().polish(button)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill_later.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = max((self.viewport().width() - _WIDTH) // 2, 28)
        self._column.setContentsMargins(side, 40, side, 32)
        self._place_cards()

    def fill(self) -> None:
        """Show the recent files and the networks."""
        self._fill_later.stop()
        self._fill_recent()
        if self.tree is None:
            self.tree = FamilyTree(self._theme)
            self.tree.chosen.connect(self._open_preset)
            place = self._column.count() - 1
            self._column.insertSpacing(place, 12)
            self._column.insertWidget(place + 1, _heading(tr("PUBLISHED NETWORKS")))
            self._column.insertWidget(place + 2, self.tree)

    def _make_ways(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        for name, _, english, below in _WAYS:
            title, text = tr(english), tr(below)
            button = QPushButton()
            button.setProperty("role", "way")
            button.setAccessibleName(f"{title}: {text}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setMinimumHeight(92)
            inner = QVBoxLayout(button)
            inner.setContentsMargins(16, 12, 16, 12)
            inner.setSpacing(3)
            for words, role, label_name in (
                ("", "", "glyph"),
                (title, "card-title", ""),
                (text, "muted", ""),
            ):
                label = QLabel(words)
                label.setObjectName(label_name)
                label.setProperty("role", role)
                label.setWordWrap(role == "muted")
                label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
                inner.addWidget(label)
            button.clicked.connect(partial(self.asked.emit, name))
            self.ways[name] = button
            row.addWidget(button, 1)
        return row

    def _refill(self) -> None:
        if self.isVisible():
            self._fill_later.start()
        for card in self.cards.values():
            card.hide()
            card.deleteLater()
        self.cards = {}

    def _fill_recent(self) -> None:
        if self.cards:
            return
        for path in self._documents.recent[:RECENT_SHOWN]:
            card = RecentCard(path, self._theme)
            card.opened.connect(self._open)
            self.cards[path] = card
        self._recent_heading.setVisible(bool(self.cards))
        self._place_cards()
        self._thumbnails.ask(list(self.cards))

    def _place_cards(self) -> None:
        room = self._column.contentsMargins()
        width = self.viewport().width() - room.left() - room.right()
        across = max((width + 12) // (SIZE.width() + 2 + 12), 1)
        for number, card in enumerate(self.cards.values()):
            self._recent.addWidget(card, number // across, number % across)

    def _show_picture(self, path: str, picture: object) -> None:
        if path in self.cards:
            self.cards[path].show_picture(picture)

    def _open(self, path: str) -> None:
        self._documents.open(Path(path))

    def _open_preset(self, name: str) -> None:
        try:
            graph = presets.build(name)
        except HybridGraphError as error:
            self._session.notified.emit("error", str(error))
        else:
            self._documents.start(graph)


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setProperty("role", "heading")
    return label
