"""Working on the canvas without a mouse: going from card to card, wiring, asking for blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.canvas import changes, walking
from app.language import tr
from hybridgraph.graph import wiring
from hybridgraph.graph.model import Edge, Group, Path, is_fixed

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class Walker:
    """Acts on the card that was selected last."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._wire_from: Path = ()

    @property
    def current(self) -> Path:
        """The card that was selected last; () when there is none."""
        chosen = self._view.editor.chosen
        return chosen[-1] if chosen else ()

    # ------------------------------------------------------------------------------------------------- asking

    def ask(self) -> None:
        """Ask for a block to add where the mouse is."""
        place = self._view.place_to_add()
        self._view.ask_for_block(place, self._view.body_at(place))

    def ask_to_swap(self) -> None:
        """Ask for a block to take the current one's place; in a stage of one block, that block's."""
        path, session = self.current, self._view.session
        while path and isinstance(item := session.graph.item(path), Group):
            inner = [name for name, one in item.body.nodes.items() if not is_fixed(one)]
            if len(inner) != 1:
                session.notified.emit("info", tr("Choose one block of the stage to change its type."))
                return
            path = (*path, inner[0])
        if path:
            self._view.swap_requested.emit(path)

    def rename(self) -> None:
        """Type another name for the current card, or for the chosen comment frame."""
        if not self._view.framing.rename(self._view.session.frame) and self.current:
            self._view.rename(self.current)

    def help(self) -> None:
        """Ask what the current card is."""
        self._view.help_requested.emit(self.current)

    # ------------------------------------------------------------------------------------------------- going

    def select_all(self) -> None:
        """Select everything in the body of the current card."""
        at = self.current[:-1]
        level = self._view.design.level_at(at)
        self._view.session.select([(*at, name) for name in level.boxes] if level else ())

    def enter(self) -> None:
        """Go into the current stage, or to what lies in the chosen comment frame."""
        if not self._view.framing.enter() and self.current:
            self._view.enter(self.current)

    def escape(self) -> None:
        """Drop what is in the hand or stop looking, else leave the stage."""
        self._wire_from = ()
        if not self._view.peek.close_look() and not self._view.cancel_gesture():
            self._view.leave()

    def along(self, *, downstream: bool) -> None:
        """Go to the card that the current one feeds, or that feeds it."""
        if not self.current:
            self._first()
        elif found := walking.along(self._view.session.graph, self.current, downstream=downstream):
            self._select(found)

    def go(self, direction: str) -> None:
        """Go along the wires to the left or right, to the neighbour above or below."""
        current = self.current
        level = self._view.design.level_at(current[:-1]) if current else None
        if level is None or current[-1] not in level.boxes:
            self._first()
            return
        if direction in ("left", "right") and (
            found := walking.along(self._view.session.graph, current, downstream=direction == "right")
        ):
            self._select(found)
            return
        others = [((*current[:-1], name), box.rect) for name, box in level.boxes.items()]
        if found := walking.neighbour(others, level.boxes[current[-1]].rect, direction):
            self._select(found)

    def nudge(self, direction: str, step: int) -> None:
        """Move the selection by `step` pixels."""
        if self._view.framing.nudge(direction, step):
            return
        dx, dy = walking.DIRECTIONS[direction]
        self._view.editor.nudge(dx * step, dy * step)

    def _first(self) -> None:
        boxes = self._view.design.level.boxes
        if boxes:
            self._select((min(boxes, key=lambda name: (boxes[name].rect.y, boxes[name].rect.x)),))

    def _select(self, path: Path) -> None:
        """Select a card and bring it into view."""
        view = self._view
        view.session.select([path])
        rect = view.design.rect_of(path)
        if rect is not None and not view.seen().contains(*rect.center):
            view.centerOn(*rect.center)

    # ------------------------------------------------------------------------------------------------- wiring

    def wire(self) -> None:
        """Begin a wire at the current card, or end it there."""
        view, current = self._view, self.current
        if not current:
            return
        session = view.session
        body = session.graph.at(current[:-1])
        begun = self._wire_from
        if begun[:-1] != current[:-1] or begun == current or not begun or begun[-1] not in body.nodes:
            self._wire_from = current
            session.notified.emit(
                "info", tr("Wire begun here; go to the block that takes it and press W again.")
            )
            return
        source, self._wire_from = begun, ()
        outputs = wiring.ports_of(body.nodes[source[-1]], session.catalogue, output=True)
        inputs = wiring.ports_of(body.nodes[current[-1]], session.catalogue, output=False)
        used = {(edge.target, edge.target_port) for edge in body.edges}
        wires = [Edge(source[-1], out.name, current[-1], into.name) for out in outputs for into in inputs]
        wires.sort(
            key=lambda edge: (
                wiring.refusal(body, edge, session.catalogue) is not None,
                (edge.target, edge.target_port) in used,
            )
        )
        if wires:
            at = current[:-1]
            level = view.design.level
            session.apply(
                tr("Connect"),
                lambda graph: changes.connected(graph, wires[0], level, at, session.catalogue),
            )
        else:
            session.notified.emit("error", tr("There is no output on the one side or no input on the other."))
