"""Memory over one pass: what is held of each kind while node after node is at work, and who holds the peak."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF

from app.language import mark, tr
from app.profiling.chart import Chart, Spot, shade
from app.profiling.measures import written
from app.theme import Theme
from hybridgraph.profiler.film import Film, Frame, Kind

_KINDS: dict[Kind, str] = {
    "parameters": mark("weights"),
    "buffers": mark("buffers"),
    "optimizer": mark("optimizer"),
    "gradients": mark("gradients"),
    "pictures": mark("pictures"),
    "activations": mark("activations"),
    "working": mark("working memory"),
}
_PHASES = {"forward": mark("forward"), "backward": mark("backward"), "optimizer": mark("optimizer")}
_LIST = 262
_LINE = 15


class FilmView(Chart):
    """Areas by kind. A click selects the node at work there, or the holder in the list; T goes between the passes."""

    is_inference = False

    @property
    def film(self) -> Film | None:
        """The film that is shown: that of training where there is one and it is wished."""
        result = self.profiled.result
        if result is None:
            return None
        return (
            result.inference_film
            if self.is_inference or result.training_film is None
            else result.training_film
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_T:
            self.turn()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._switch().contains(event.position()):
            self.turn()
        else:
            super().mousePressEvent(event)

    def turn(self) -> None:
        """Show the other pass."""
        self.is_inference = not self.is_inference
        self.refresh()

    def _switch(self) -> QRectF:
        return QRectF(8, 4, 320, 18)

    def draw(self, painter: QPainter) -> None:
        film = self.film
        assert film is not None
        assert self.profiled.result is not None
        self.setAccessibleName(tr("Memory over one pass"))
        area = QRectF(self.rect()).adjusted(58, 26, -_LIST - 14, -20)
        title = (
            tr("One step of training")
            if film is not self.profiled.result.inference_film
            else tr("One forward pass")
        )
        if self.profiled.result.training_film is not None:
            title += tr("  (click: the other)")
        self.write(painter, self._switch(), title, colour=self.theme.text)
        if area.width() < 60 or area.height() < 30:
            return
        count = len(film.frames)
        top = max(film.peak_bytes, 1)
        width = area.width() / count
        self._scale(painter, area, top)
        base = [0.0] * count
        for kind in _KINDS:
            heights = [getattr(frame.held, kind) for frame in film.frames]
            if any(heights):
                self._band(painter, area, base, heights, top, kind)
                base = [low + more for low, more in zip(base, heights, strict=True)]
        self._phases(painter, area, film)
        for at, frame in enumerate(film.frames):
            place = QRectF(area.left() + at * width, area.top(), max(width, 1), area.height())
            self.spots.append(Spot(area=place, path=frame.path, words=self._words(frame)))
        x = area.left() + (film.peak + 0.5) * width
        painter.setPen(QPen(QColor(self.theme.text), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, area.top() - 4), QPointF(x, area.bottom()))
        flip = x > area.center().x()
        label = QRectF(x - 166 if flip else x + 6, area.top() - 12, 160, 14)
        self.write(painter, label, tr("peak {size}", size=written(film.peak_bytes, "B")), size=10, number=True,
                   colour=self.theme.text, side="right" if flip else "left")  # fmt: skip
        self._holders(painter, film, QRectF(self.width() - _LIST, 6, _LIST - 10, self.height() - 10))

    def _scale(self, painter: QPainter, area: QRectF, top: float) -> None:
        for part in (0.0, 0.5, 1.0):
            y = area.bottom() - part * area.height()
            painter.setPen(QPen(QColor(self.theme.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            self.write(painter, QRectF(2, y - 7, area.left() - 8, 14), written(part * top, "B"), size=9,
                       number=True, side="right")  # fmt: skip

    def _band(
        self, painter: QPainter, area: QRectF, base: list[float], heights: list[int], top: float, kind: Kind
    ) -> None:
        width = area.width() / len(base)
        upper, lower = [], []
        for at, (low, more) in enumerate(zip(base, heights, strict=True)):
            for x in (area.left() + at * width, area.left() + (at + 1) * width):
                upper.append(QPointF(x, area.bottom() - (low + more) / top * area.height()))
                lower.append(QPointF(x, area.bottom() - low / top * area.height()))
        colour = _colour(kind, self.theme)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade(colour, 0.6))
        painter.drawPolygon(QPolygonF([*upper, *reversed(lower)]))

    def _phases(self, painter: QPainter, area: QRectF, film: Film) -> None:
        width, start = area.width() / len(film.frames), 0
        for at, frame in enumerate(film.frames):
            if at + 1 < len(film.frames) and film.frames[at + 1].phase == frame.phase:
                continue
            place = QRectF(area.left() + start * width, area.bottom() + 2, (at + 1 - start) * width, 14)
            self.write(painter, place, tr(_PHASES[frame.phase]), size=10, side="centre")
            if at + 1 < len(film.frames):
                painter.setPen(QPen(QColor(self.theme.faint), 1))
                painter.drawLine(
                    QPointF(place.right(), area.top()), QPointF(place.right(), area.bottom() + 14)
                )
            start = at + 1

    def _holders(self, painter: QPainter, film: Film, area: QRectF) -> None:
        """What is hovered, or else what holds the peak."""
        y = area.top()
        if self.hot is not None and self.hot.area.left() < area.left():
            self.write(painter, area, self.hot.words, colour=self.theme.text, wrap=True)
            return
        self.write(painter, QRectF(area.x(), y, area.width(), 14), tr("At the peak"), size=10)
        y += _LINE
        for holder in film.holders:
            if y + _LINE > area.bottom():
                break
            line = QRectF(area.x(), y, area.width(), _LINE)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade(_colour(holder.kind, self.theme), 0.8))
            painter.drawRoundedRect(QRectF(line.x(), y + 4, 7, 7), 1.5, 1.5)
            name = self.profiled.title(holder.path) if holder.path else tr("no node")
            words = f"{name} · {tr(_KINDS[holder.kind])}"
            self.write(painter, line.adjusted(14, 0, -70, 0), words, colour=self.theme.text, size=11)
            number = written(holder.bytes, "B")
            self.write(painter, line, number, size=10, number=True, side="right")
            self.spots.append(Spot(area=line, path=holder.path, words=f"{words}: {number}"))
            y += _LINE

    def _words(self, frame: Frame) -> str:
        name = self.profiled.title(frame.path) if frame.path else tr("between two nodes")
        repeat = (
            " " + tr("repeat {number}", number=".".join(str(one + 1) for one in frame.index))
            if frame.index
            else ""
        )
        lines = [f"{name}{repeat}, {tr(_PHASES[frame.phase])}: {written(frame.held.total, 'B')}"]
        parts = sorted(((getattr(frame.held, kind), kind) for kind in _KINDS), reverse=True)
        lines += [f"{written(size, 'B')} {tr(_KINDS[kind])}" for size, kind in parts if size]
        return "\n".join(lines)


def _colour(kind: Kind, theme: Theme) -> str:
    return {
        "parameters": theme.glue,
        "buffers": theme.faint,
        "optimizer": theme.head,
        "gradients": theme.attention,
        "pictures": theme.wire,
        "activations": theme.convolution,
        "working": theme.warning,
    }[kind]
