"""The panels around the canvas as docks: where they stand, how large they are, and that the start page has none."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QLabel, QMainWindow, QScrollArea, QTabWidget, QWidget

from app.language import mark, tr

TABS = (
    mark("Train"),
    mark("Queue"),
    mark("Profile"),
    mark("Bake-off"),
    mark("Runs"),
    mark("Problems"),
    mark("Source"),
)
_NARROWEST = 560  # px that a panel gets before it scrolls: with the docks at both sides, a window of 1024


class _Aisle(QScrollArea):
    """A panel that scrolls sideways where it is wider than there is room: the window stays as narrow as one likes."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(panel)
        self.panel = panel
        self.viewport().setAutoFillBackground(False)
        panel.setAutoFillBackground(False)

    def minimumSizeHint(self) -> QSize:
        least = self.panel.minimumSizeHint()
        return QSize(min(least.width(), _NARROWEST), least.height())

    def sizeHint(self) -> QSize:
        return self.panel.sizeHint()


class Docks:
    """Blocks at the left, the inspector at the right, the tabs of work below."""

    def __init__(self, window: QMainWindow, blocks: QWidget, inspector: QWidget, work: list[QWidget]) -> None:
        """`work` are the widgets of `TABS`, in that order."""
        self._window = window
        self._resting: QByteArray | None = None  # how the docks stood before the start page
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Work"))
        self.tabs.setDocumentMode(True)
        self.tabs.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for title, panel in zip(TABS, work, strict=True):
            self.tabs.addTab(_Aisle(panel), tr(title))
        self.progress = QLabel()
        self.progress.setProperty("role", "number")
        self.progress.setContentsMargins(0, 0, 16, 10)
        self.tabs.setCornerWidget(self.progress)
        area = Qt.DockWidgetArea
        window.setCorner(Qt.Corner.BottomLeftCorner, area.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
        self.all: dict[str, QDockWidget] = {}
        self._sizes: dict[str, int] = {}
        for title, where, widget, size in (
            (mark("Blocks"), area.LeftDockWidgetArea, blocks, 224),
            (mark("Inspector"), area.RightDockWidgetArea, inspector, 330),
            (mark("Work"), area.BottomDockWidgetArea, self.tabs, 300),
        ):
            dock = QDockWidget(tr(title), window)
            dock.setObjectName(title.lower())
            dock.setTitleBarWidget(QWidget())
            dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
            dock.setWidget(widget)
            window.addDockWidget(where, dock)
            dock.show()  # what is put into a window that stands already is hidden at first
            self._sizes[title] = size
            self.all[title] = dock

    def __getitem__(self, title: str) -> QDockWidget:
        return self.all[title]

    def show_tab(self, title: str) -> None:
        """Bring a tab of the work dock to the front."""
        self.all["Work"].show()
        self.tabs.setCurrentIndex(TABS.index(title))

    @property
    def panel(self) -> QWidget | None:
        """The panel of the tab in front."""
        page = self.tabs.currentWidget()
        return page.panel if isinstance(page, _Aisle) else page

    def count_problems(self, count: int) -> None:
        """Write the number of problems on their tab."""
        self.tabs.setTabText(
            TABS.index("Problems"), tr("Problems  {count}", count=count) if count else tr("Problems")
        )

    def count_waiting(self, count: int) -> None:
        """Write on its tab how many runs of the queue wait."""
        self.tabs.setTabText(TABS.index("Queue"), tr("Queue  {count}", count=count) if count else tr("Queue"))

    def rest(self) -> None:
        """Make room for the start page."""
        if self._resting is None:
            self._resting = self._window.saveState()
            for dock in self.all.values():
                dock.hide()

    def return_(self) -> bool:
        """Stand as before the start page; False when they did anyway."""
        if self._resting is None:
            return False
        self._window.restoreState(self._resting)
        self._resting = None
        return True

    def save(self, settings: QSettings) -> None:
        """Remember the sizes of window and docks."""
        settings.setValue("geometry", self._window.saveGeometry())
        settings.setValue("state", self._window.saveState() if self._resting is None else self._resting)

    def restore(self, settings: QSettings) -> None:
        """Take the sizes of last time, when all else stands in the window, which took its own when it was made."""
        if layout := self._window.layout():
            layout.activate()
        for title, dock in self.all.items():
            side = Qt.Orientation.Vertical if title == "Work" else Qt.Orientation.Horizontal
            self._window.resizeDocks([dock], [self._sizes[title]], side)
        state = settings.value("state")
        if state is not None:
            self._window.restoreState(state)
