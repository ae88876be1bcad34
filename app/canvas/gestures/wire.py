"""Drawing a wire from a port, and moving the end of one that is there."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.canvas import changes
from app.canvas.gestures.base import Canvas, Gesture, Modifiers
from app.canvas.gestures.words import say
from app.canvas.hits import Hit
from app.canvas.placement import Level
from app.canvas.routing import loose
from app.canvas.wires import stroke
from app.language import mark, tr
from hybridgraph.analysis import Analysis
from hybridgraph.graph import edits, topology, wiring
from hybridgraph.graph.model import Edge, Graph, Path, frozen, is_port

NOT_HERE = mark("A wire stays inside the stage it begins in; wire it to the stage's own port.")


class DrawWire(Gesture):
    """Pull a wire from a port to another port, or to a card (then its best port takes it).

    `open_edge` has "" for the end in the hand. `taken` is the wire that this end was taken from; dropping it
    on the empty canvas removes it, while a new wire dropped there asks for a block.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self, canvas: Canvas, start: QPointF, at: Path, open_edge: Edge, taken: Edge | None = None
    ) -> None:
        super().__init__(canvas, start)
        self.at = at
        self._open = open_edge
        self._taken = taken
        graph = canvas.session.graph
        self._base = edits.disconnect(graph, [taken], at=at) if taken else graph
        self._body = self._base.at(at)
        self._pulls_output = not open_edge.source  # the end in the hand looks for an output
        self._fixed = open_edge.target if self._pulls_output else open_edge.source
        reached = topology.downstream if self._pulls_output else topology.upstream
        known = self._fixed in self._body.nodes
        self._circular = {self._fixed, *reached(self._body, self._fixed)} if known else set()
        self._edge: Edge | None = None
        self._refusal = ""
        self._answers: dict[Edge, str] = {}
        self._asked: set[Edge] = set()
        self._dim()
        if taken and (wire := canvas.design.wires.get((at, taken))):
            wire.setVisible(False)

    # ------------------------------------------------------------------------------------------------- what fits

    def _dim(self) -> None:
        """Grey out every port of this body that cannot take the wire."""
        level = self.canvas.design.level_at(self.at)
        for name, box in level.boxes.items() if level else ():
            dimmed = set()
            for output, spots in ((False, box.inputs), (True, box.outputs)):
                for spot in spots:
                    wanted = output == self._pulls_output
                    if (name, spot.name, output) != self._anchor and not (
                        wanted and not self._refused(self._closed(name, spot.name))
                    ):
                        dimmed.add((spot.name, output))
            self.canvas.design.boxes[*self.at, name].dim_ports(frozenset(dimmed))

    @property
    def _anchor(self) -> tuple[str, str, bool]:
        if self._pulls_output:
            return self._open.target, self._open.target_port, False
        return self._open.source, self._open.source_port, True

    def _closed(self, node: str, port: str) -> Edge:
        if self._pulls_output:
            return replace(self._open, source=node, source_port=port)
        return replace(self._open, target=node, target_port=port)

    def _refused(self, edge: Edge) -> str:
        """Why the ports cannot be wired, without asking the engine; empty when they can."""
        body = self._body
        other = edge.source if self._pulls_output else edge.target
        if other not in self._circular:
            ends = {name: body.nodes[name] for name in (edge.source, edge.target) if name in body.nodes}
            body = Graph(nodes=frozen(ends))  # without wires: the search for circles is done already
        return wiring.refusal(body, edge, self.canvas.session.catalogue) or ""

    # ------------------------------------------------------------------------------------------------- moving

    def move(self, place: QPointF, modifiers: Modifiers) -> None:
        super().move(place, modifiers)
        self._edge, self._refusal = self._aim(self.canvas.design.hit(place.x(), place.y()))
        if self._edge is not None and not self._refusal:
            self._refusal = self._answers.get(self._edge, "")
            self._ask(self._edge)

    def _aim(self, hit: Hit) -> tuple[Edge | None, str]:
        """The wire that would be drawn now, and why not."""
        if hit.part in ("empty", "wire"):
            return None, ""
        if hit.part == "port" and (found := self._port_here(hit)):
            node, port, output = found
            if output == self._pulls_output:
                edge = self._closed(node, port)
                return edge, self._refused(edge)
            if found == self._anchor:
                return None, ""
        depth = len(self.at)
        if hit.path[:depth] != self.at or len(hit.path) <= depth:
            return None, tr(NOT_HERE) if hit.part != "container" else ""
        name = hit.path[depth]
        return None if name == self._fixed else self._best(name), self._why_not(name)

    def _port_here(self, hit: Hit) -> tuple[str, str, bool] | None:
        """A port as this body sees it: of a gate, both halves will do, from inside and from outside."""
        if hit.at == self.at:
            return hit.node, hit.port, hit.output
        if hit.path == self.at:  # the outer half of a gate of the container that the wire lies in
            return hit.port, "x" if hit.output else "y", not hit.output
        if hit.path[:-1] == self.at:  # the inner half of a gate of a container beside
            return hit.path[-1], hit.node, not hit.output
        return None

    def _ports(self, name: str) -> list[Edge]:
        item = self._body.nodes[name]
        ports = wiring.ports_of(item, self.canvas.session.catalogue, output=self._pulls_output)
        return [self._closed(name, port.name) for port in ports]

    def _best(self, name: str) -> Edge | None:
        """The wire to the best port of a card: one that fits and is free, else one that fits."""
        fitting = [edge for edge in self._ports(name) if not self._refused(edge)]
        used = {(edge.target, edge.target_port) for edge in self._body.edges}
        free = [edge for edge in fitting if self._pulls_output or (edge.target, edge.target_port) not in used]
        return next(iter(free or fitting), None)

    def _why_not(self, name: str) -> str:
        edges = self._ports(name)
        if name == self._fixed or any(not self._refused(edge) for edge in edges):
            return ""
        if edges:
            return self._refused(edges[0])
        item = self._body.nodes[name]
        return tr(
            "{value} has no {value2}.",
            value=item.title or item.id,
            value2="output" if self._pulls_output else "input",
        )

    # ------------------------------------------------------------------------------------------------- the engine

    def _ask(self, edge: Edge) -> None:
        """Let the engine try the graph with this wire, once for each wire."""
        if edge in self._asked:
            return
        self._asked.add(edge)
        candidate = edits.connect(self._base, edge, self.canvas.session.catalogue, at=self.at)

        def answer(analysis: Analysis) -> None:
            self._answers[edge] = self._new_error(analysis, edge)
            if edge == self._edge:
                self._refusal = self._answers[edge]

        self.canvas.session.probe(candidate, answer)

    def _new_error(self, analysis: Analysis, edge: Edge) -> str:
        """The first error that this wire causes at its target; what breaks elsewhere is not its fault."""
        now = self.canvas.session.analysis
        known = {(f.path, f.message) for f in now.errors} if now else set()
        path = (*self.at, edge.target)
        for finding in analysis.errors:
            if finding.path[: len(path)] == path and (finding.path, finding.message) not in known:
                return str(finding)
        return ""

    # ------------------------------------------------------------------------------------------------- ending

    def end(self, place: QPointF, modifiers: Modifiers) -> None:
        self.move(place, modifiers)
        edge, refusal, session = self._edge, self._refusal, self.canvas.session
        self.cancel()
        if refusal:
            session.notified.emit("error", refusal)
        elif edge is not None:
            if edge != self._taken:
                session.apply(
                    tr("Move a wire") if self._taken else tr("Connect"),
                    lambda graph: self._connected(graph, edge),
                )
        elif self._taken is not None:
            if self.moved:
                self.canvas.editor.disconnect([(self.at, self._taken)], tr("Remove a wire"))
        elif self.moved and self._is_free(place):
            self.canvas.ask_for_block(place, self.at, self._open)

    def _connected(self, graph: Graph, edge: Edge) -> Graph:
        if self._taken is not None:
            graph = edits.disconnect(graph, [self._taken], at=self.at)
        level, catalogue = self.canvas.design.level, self.canvas.session.catalogue
        return changes.connected(graph, edge, level, self.at, catalogue)

    def _is_free(self, place: QPointF) -> bool:
        hit = self.canvas.design.hit(place.x(), place.y())
        return hit.part in ("empty", "wire") or (hit.part == "container" and hit.path == self.at)

    def cancel(self) -> None:
        scene = self.canvas.design
        for item in scene.boxes.values():
            item.dim_ports(frozenset())
        if self._taken and (wire := scene.wires.get((self.at, self._taken))):
            wire.setVisible(self.at != () or not scene.is_far)

    # ------------------------------------------------------------------------------------------------- painting

    def paint(self, painter: QPainter) -> None:
        ink = self.canvas.design.ink
        fixed, loose_end = self._fixed_end(), self._loose_end()
        ends = (loose_end, fixed) if self._pulls_output else (fixed, loose_end)
        fits = self._edge is not None and not self._refusal
        colour = ink.error if self._refusal else ink.accent if fits else ink.wire
        stroke(painter, loose(*ends), colour, 2.4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(*loose_end), 4 / self.canvas.zoom + 1, 4 / self.canvas.zoom + 1)
        if self._refusal:
            say(painter, self.here, self._refusal, ink)

    def _loose_end(self) -> tuple[float, float]:
        """Where the end in the hand is drawn: in the port it would go into, else at the mouse."""
        if self._edge is not None:
            node, port = (
                (self._edge.source, self._edge.source_port)
                if self._pulls_output
                else (self._edge.target, self._edge.target_port)
            )
            if place := self._port_place(node, port, output=self._pulls_output):
                return place
        return self.here.x(), self.here.y()

    def _fixed_end(self) -> tuple[float, float]:
        node, port, output = self._anchor
        return self._port_place(node, port, output=output) or (self.start.x(), self.start.y())

    def _port_place(self, node: str, port: str, *, output: bool) -> tuple[float, float] | None:
        level = self.canvas.design.level_at(self.at)
        x, y = self.canvas.design.origin(self.at)
        place = port_place(level, node, port, output=output) if level else None
        return None if place is None else (place[0] + x, place[1] + y)


def port_place(level: Level, node: str, port: str, *, output: bool) -> tuple[float, float] | None:
    """Where a wire's end stands in the coordinates of a level: at a card's port, or at a gate of the container."""
    if node in level.gates:
        return level.gates[node]
    box = level.boxes.get(node)
    spot = box.spot(port, output=output) if box else None
    return (box.rect.x + spot.x, box.rect.y + spot.y) if box and spot else None


def open_edge(hit: Hit) -> Edge:
    """The wire that begins at a port and ends nowhere yet."""
    return Edge(hit.node, hit.port, "", "") if hit.output else Edge("", "", hit.node, hit.port)


def taken_edge(graph: Graph, hit: Hit) -> Edge | None:
    """The wire that ends in an input port; None when there is none."""
    if hit.output:
        return None
    body = graph.at(hit.at)
    item = body.nodes.get(hit.node)
    if item is not None and is_port(item, "input"):
        return None
    return next((e for e in body.edges if (e.target, e.target_port) == (hit.node, hit.port)), None)
