"""Dragging cards and containers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

from app.canvas import changes, hits, insertion, transfers
from app.canvas.geometry import Rect, snapped
from app.canvas.gestures.base import ALT, CTRL, SHIFT, Canvas, Gesture, Modifiers
from app.canvas.gestures.select import combined
from app.canvas.placement import Level
from app.canvas.routing import route
from app.canvas.transfers import Gaps
from app.language import tr
from hybridgraph.graph.model import Edge, Path

ALIGN_REACH = 24.0  # with Shift, a lane this close attracts


class MoveNodes(Gesture):
    """Drag what is selected, on the grid; with Shift onto the lanes of others; with Alt as copies.

    Over another body they go there: into an open stage or out of one. A single card let go on a wire is put into
    it, also from elsewhere in the chain, which closes behind it. Alt on the way switches both off.
    """

    cursor = Qt.CursorShape.SizeAllCursor
    draws = False

    def __init__(self, canvas: Canvas, start: QPointF, path: Path, modifiers: Modifiers) -> None:
        super().__init__(canvas, start)
        session = canvas.session
        self._was_selected = path in session.selection
        if not self._was_selected:
            session.select(combined(session.selection, [path], modifiers & ~ALT))
        elif modifiers & CTRL:
            session.select(session.selection - {path})
        self._copies = bool(modifiers & ALT)
        self._hold(path, session.selection | {path})

    def _hold(self, path: Path, chosen: frozenset[Path]) -> None:
        """Take these cards into the hand; `path` is the one that was grabbed."""
        canvas, session = self.canvas, self.canvas.session
        self._path = path
        boxes = canvas.design.boxes
        self._moving = {
            one: box
            for one in chosen
            if one in boxes
            and (box := boxes[one].box) is not None
            and not any(one[:depth] in chosen for depth in range(1, len(one)))
        }
        self._offset = (0.0, 0.0)
        self._wire: tuple[Path, Edge] | None = None
        self._target = path[:-1]
        edges = session.graph.at(path[:-1]).edges
        self._is_wired = any(path[-1] in (edge.source, edge.target) for edge in edges)
        self._gaps: dict[Path, Gaps | None] = {}  # the wires of each body that it came over
        own = {id(wire): wire for one in self._moving for wire in canvas.design.wires_at(one)}
        self._own = [
            (
                wire.at,
                edge,
                ((*wire.at, edge.source) in self._moving, (*wire.at, edge.target) in self._moving),
            )
            for wire in own.values()
            for edge in (wire.edge,)
        ]

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        super().move(place, modifiers)
        self._offset = self._step(modifiers)
        self._show(*self._offset)
        self._target = self._body_under(modifiers)
        self._wire = None if modifiers & ALT else self._under()
        self.canvas.design.aim(self._target if self._target != self._path[:-1] else None)
        self.canvas.design.light([self._wire] if self._wire else [])

    def _step(self, modifiers: Modifiers) -> tuple[float, float]:
        """How far the cards have come, so that the one in the hand stands on the grid."""
        box = self._moving.get(self._path)
        dx, dy = self.here.x() - self.start.x(), self.here.y() - self.start.y()
        if box is None:
            return snapped(dx), snapped(dy)
        dx, dy = snapped(box.rect.x + dx) - box.rect.x, snapped(box.rect.y + dy) - box.rect.y
        if modifiers & SHIFT:
            level = changes.level_at(self.canvas.design.level, self._path[:-1])
            at = self._path[:-1]
            lanes = [b.rect.y + b.lane for n, b in level.boxes.items() if (*at, n) not in self._moving]
            mine = box.rect.y + box.lane + dy
            near = min(lanes, key=lambda lane: abs(lane - mine), default=None)
            if near is not None and abs(near - mine) <= ALIGN_REACH:
                dy += near - mine
        return dx, dy

    def _show(self, dx: float, dy: float) -> None:
        """Preview: the items stand elsewhere, and their wires follow."""
        scene = self.canvas.design
        for path, box in self._moving.items():
            scene.boxes[path].setPos(box.rect.x + dx, box.rect.y + dy)
        self._lift(1.0)
        for at, edge, mine in self._own:
            self._reroute(at, changes.level_at(scene.level, at), edge, (dx, dy), mine)

    def _lift(self, height: float) -> None:
        """Hold the cards, with what they stand in, over everything else, or put them back (0)."""
        for path in self._moving:
            for depth in range(1, len(path) + 1):
                if (item := self.canvas.design.boxes.get(path[:depth])) is not None:
                    item.setZValue(height)

    def _reroute(
        self, at: Path, level: Level, edge: Edge, step: tuple[float, float], mine: tuple[bool, bool]
    ) -> None:
        way = level.routes[edge]
        ends, cards = [], []
        for place, name, moves in ((way.start, edge.source, mine[0]), (way.end, edge.target, mine[1])):
            dx, dy = step if moves else (0.0, 0.0)
            box = level.boxes.get(name)
            ends.append((place[0] + dx, place[1] + dy))
            cards.append(box.rect.moved(dx, dy) if box else Rect(*place, 0, 0))
        self.canvas.design.wires[at, edge].show_route(route(ends[0], ends[1], (cards[0], cards[1]), ()))

    def _body_under(self, modifiers: Modifiers) -> Path:
        """The body that the cards would go to: the one under the mouse, where they can go there."""
        own = self._path[:-1]
        if self._copies or modifiers & ALT:
            return own
        scene = self.canvas.design
        target = hits.body_at(scene.level, self.here.x(), self.here.y(), self._moving)
        return target if transfers.can_carry(self.canvas.session.graph, [*self._moving], target) else own

    def _under(self) -> tuple[Path, Edge] | None:
        """The wire that the only card in the hand could be put into."""
        if len(self._moving) != 1 or not self.moved or self._copies:
            return None
        at = self._path[:-1]
        if self._target != at or self._is_wired:
            return self._elsewhere()
        box = self._moving[self._path]
        ox, oy = self.canvas.design.origin(at)
        x, y = box.rect.moved(*self._offset).center
        hit = self.canvas.design.wire_near(x + ox, y + oy, box.rect.h / 2)
        return hit if hit is not None and hit[0] == at else None

    def _elsewhere(self) -> tuple[Path, Edge] | None:
        """The wire in another body, or elsewhere in the chain, that the card would be taken to."""
        session, scene, at = self.canvas.session, self.canvas.design, self._target
        if at not in self._gaps:
            can = transfers.can_carry(session.graph, [self._path], at)
            self._gaps[at] = (
                transfers.gaps(session.graph, self._path, at, scene.level, session.catalogue) if can else None
            )
        found = self._gaps[at]
        if found is None:
            return None
        x, y = scene.origin(at)
        enters = bool(at) and at != self._path[:-1]
        edge = found.at(self.here.x() - x, self.here.y() - y, nearest=enters)
        return (at, edge) if edge is not None else None

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        session = self.canvas.session
        if self.moved:
            self.move(place, modifiers)
        wire, target = self._wire, self._target
        dx, dy = self._offset
        moving = dict(self._moving)
        self.cancel()
        if not self.moved:
            if self._was_selected and not modifiers & (SHIFT | CTRL):
                session.select([self._path])
            return
        if self._copies:
            self.canvas.editor.duplicate(offset=(dx, dy))
            return
        if target != self._path[:-1] or (wire is not None and self._is_wired):
            self.canvas.editor.carry([*moving], target, (dx, dy), wire[1] if wire else None)
            return
        if wire is not None:
            level, catalogue = self.canvas.design.level, session.catalogue
            session.apply(
                tr("Insert"), lambda graph: insertion.put_in(graph, self._path, wire[1], level, catalogue)
            )
            return
        places = {path: (box.rect.x + dx, box.rect.y + dy) for path, box in moving.items()}
        if (dx, dy) != (0.0, 0.0):
            shown = self.canvas.design.level if session.preview is None else None
            session.apply(tr("Move"), lambda graph: changes.moved(graph, places, session.catalogue, shown))

    def cancel(self) -> None:
        scene = self.canvas.design
        self._lift(0.0)
        scene.light([])
        scene.aim(None)
        for path in self._moving:
            item = scene.boxes.get(path)
            if item is not None and item.box is not None:  # its own box: the graph may have changed meanwhile
                item.setPos(item.box.rect.x, item.box.rect.y)
        for at, edge, _ in self._own:
            level = scene.level_at(at)
            if level is not None and (way := level.routes.get(edge)) is not None:
                scene.wires[at, edge].show_route(way)
