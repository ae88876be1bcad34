"""What a person does to comment frames, by hand or by keys; each is one undoable step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent

from app.canvas import changes
from app.canvas.frames import framing
from app.canvas.frames.items import strip_height
from app.canvas.geometry import Rect
from app.canvas.inline import InlineField
from app.canvas.walking import DIRECTIONS
from app.language import counted, tr
from hybridgraph.graph import frames
from hybridgraph.graph.model import Frame, Graph, Path

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class FrameEditor:
    """Acts on the frame that is chosen, or on one that is named."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._session = view.session
        self._session.frame_chosen.connect(self._on_choice)

    # ------------------------------------------------------------------------------------------------- making

    def comment(self) -> None:
        """Draw a frame round the selection, or round the chosen frame, and ask for its title."""
        session, scene = self._session, self._view.design
        chosen, outer = self._view.editor.chosen, session.frame
        at = chosen[0][:-1] if chosen else outer[:-1]
        level = scene.level_at(at)
        rects = framing.covered([path[-1] for path in chosen], level) if level else []
        if outer and level:
            rects.append(framing.placed(frames.frame_at(session.graph, outer), level))
        if level is None or not rects:
            session.notified.emit("info", tr("Select the blocks that the comment is about first."))
            return
        area = framing.around(rects).moved(-level.offset[0], -level.offset[1])
        frame = Frame(id="frame", x=area.x, y=area.y, w=area.w, h=area.h, title=tr("Comment"), colour="grey")
        made: list[str] = []

        def run(graph: Graph) -> Graph:
            graph = changes.written(graph, scene.level, at)
            graph, name = frames.add(graph, frame, at=at)
            made.append(name)
            return graph

        if self._apply(tr("Comment"), at, run):
            session.choose_frame((*at, made[-1]))
            self.rename(session.frame)

    # ------------------------------------------------------------------------------------------------- changing

    def carried(self, path: Path, *, alone: bool = False) -> tuple[list[str], list[str]]:
        """The cards and the frames that move when a frame is moved."""
        level = self._view.design.level_at(path[:-1])
        if alone or level is None:
            return [], [path[-1]]
        frame = frames.frame_at(self._session.graph, path)
        body = self._session.graph.at(path[:-1])
        return framing.members(frame, level), [path[-1], *framing.nested(frame, body)]

    def move(self, path: Path, step: tuple[float, float], *, alone: bool = False, merge: str = "") -> bool:
        """Move a frame with what lies in it; `alone`, without."""
        at, session, before = path[:-1], self._session, self._view.design.level
        names, framed = self.carried(path, alone=alone)
        places = {
            (*at, name): (rect.x + step[0], rect.y + step[1])
            for name in names
            for rect in (changes.level_at(before, at).boxes[name].rect,)
        }

        def run(graph: Graph) -> Graph:
            graph = frames.shift(graph, framed, step, at=at)
            return changes.moved(graph, places, session.catalogue, before) if places else graph

        return self._apply(tr("Move the comment"), at, run, merge=merge)

    def resize(self, path: Path, area: Rect) -> bool:
        """Give a frame another place and size, in the coordinates of its level."""
        level = changes.level_at(self._view.design.level, path[:-1])
        x, y, w, h = area.moved(-level.offset[0], -level.offset[1])
        return self._apply(
            tr("Resize the comment"),
            path[:-1],
            lambda graph: frames.place(graph, {path[-1]: (x, y, w, h)}, at=path[:-1]),
        )

    def fit(self) -> None:
        """Draw the chosen frame close round what lies in it."""
        path, scene = self._session.frame, self._view.design
        level = scene.level_at(path[:-1]) if path else None
        if level is None:
            return
        names, framed = self.carried(path)
        body = self._session.graph.at(path[:-1])
        rects = framing.covered(names, level)
        rects += [framing.placed(body.frames[name], level) for name in framed[1:]]
        if rects:
            self.resize(path, framing.around(rects))
        else:
            self._session.notified.emit("info", tr("Nothing lies in this comment frame."))

    def recolour(self, colour: str) -> bool:
        """Give the chosen frame another colour."""
        path = self._session.frame
        return bool(path) and self._session.apply(
            tr("Colour the comment"), lambda graph: frames.set_colour(graph, path, colour)
        )

    def delete(self) -> bool:
        """Remove the chosen frame and leave what lies in it; False when none is chosen."""
        path = self._session.frame
        if not path:
            return False
        return self._apply(
            tr("Delete the comment"), path[:-1], lambda graph: frames.remove(graph, path[-1:], at=path[:-1])
        )

    def nudge(self, direction: str, step: int) -> bool:
        """Move the chosen frame by `step` pixels; False when none is chosen."""
        path = self._session.frame
        dx, dy = DIRECTIONS[direction]
        return bool(path) and self.move(path, (dx * step, dy * step), merge=f"nudge {path}")

    def rename(self, path: Path) -> bool:
        """Type another title into a frame's strip; False when there is no such frame to be seen."""
        view = self._view
        rect = view.design.frames.rect_of(path)
        if rect is None:
            return False
        top = view.mapFromScene(rect.x + 6, rect.y + 3)
        width = max(min(int((rect.w - 12) * view.zoom), 420), 120)
        place = QRect(top.x(), top.y(), width, max(int((strip_height(view.zoom) - 6) * view.zoom), 22))
        title = frames.frame_at(self._session.graph, path).title
        InlineField(title, place, view.theme, view, lambda text: self._titled(path, text))
        return True

    def _titled(self, path: Path, text: str) -> None:
        self._session.apply(tr("Rename the comment"), lambda graph: frames.set_title(graph, path, text))

    def _apply(self, text: str, at: Path, run: Callable[[Graph], Graph], *, merge: str = "") -> bool:
        """One step; a stage that grows by it keeps its cards where they are and pushes its neighbours aside."""
        before, catalogue = self._view.design.level, self._session.catalogue

        def settled(graph: Graph) -> Graph:
            after = run(graph)
            return changes.settled(before, after, at, catalogue) if at and after is not graph else after

        return self._session.apply(text, settled, merge=merge)

    # ------------------------------------------------------------------------------------------------- going about

    def go(self, step: int) -> None:
        """Choose the next frame, in reading order, and bring it into view."""
        found = sorted(self._view.design.frames.all(), key=lambda one: (one[1].y, one[1].x, one[0]))
        if not found:
            self._session.notified.emit("info", tr("There is no comment frame here; Ctrl+J draws one."))
            return
        paths = [path for path, _, _ in found]
        here = self._session.frame
        index = (paths.index(here) + step) % len(paths) if here in paths else 0 if step > 0 else -1
        self._session.choose_frame(paths[index])
        rect = found[index][1]
        if not self._view.seen().contains(rect.x, rect.y):
            self._view.centerOn(*rect.center)

    def enter(self) -> bool:
        """Select what lies in the chosen frame; False when none is chosen."""
        path = self._session.frame
        if not path:
            return False
        names, _ = self.carried(path)
        if names:
            self._session.select((*path[:-1], name) for name in names)
        return True

    def _on_choice(self, path: Path) -> None:
        self._view.design.choose_frame(path)
        if path:
            title = frames.frame_at(self._session.graph, path).title
            count = len(self.carried(path)[0])
            inside = counted("{number} block in it", "{number} blocks in it", count)
            self._view.setAccessibleDescription(
                tr("Comment frame {title}, {inside}", title=title, inside=inside)
            )
            QAccessible.updateAccessibility(
                QAccessibleEvent(self._view, QAccessible.Event.DescriptionChanged)
            )
