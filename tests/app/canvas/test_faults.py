"""What goes wrong in painting one item is told once and harms nothing else."""

import logging

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QGraphicsItem

import app.comparison.overlay
from app.canvas import marks
from app.canvas.wires import WireItem
from hybridgraph.graph import edits


def kinds(base: type) -> list[type]:
    return [kind for one in base.__subclasses__() for kind in (one, *kinds(one))]


def test_every_item_that_paints_is_guarded() -> None:
    assert app.comparison.overlay.OverlayItem in kinds(QGraphicsItem)
    painting = [
        one for one in kinds(QGraphicsItem) if one.__module__.startswith("app.") and "paint" in vars(one)
    ]
    assert len(painting) >= 6
    assert [one for one in painting if not hasattr(vars(one)["paint"], "__wrapped__")] == []


def test_a_card_that_cannot_be_painted_is_a_plain_box_and_is_told_once(
    view, session, notices, monkeypatch, caplog
) -> None:
    def fail(*_):
        raise ZeroDivisionError("no such colour")

    session.apply("freeze", lambda g: edits.set_freeze(g, ("stem",), True))
    monkeypatch.setattr(marks, "paint_frost", fail)
    with caplog.at_level(logging.ERROR):
        picture = view.grab().toImage()
        view.design.boxes["stem",].update()
        view.grab()
        QApplication.processEvents()
    (notice,) = notices
    assert notice[0] == "error"
    assert "no such colour" in notice[1]
    assert len([one for one in caplog.records if one.exc_info]) == 1
    rect = view.design.rect_of(("stem",))
    edge = view.mapFromScene(rect.x, rect.center[1])
    seen = [QColor(picture.pixel(edge.x() + dx, edge.y() + 20)) for dx in range(-3, 4)]
    assert any(colour.red() > 120 > colour.blue() for colour in seen)


def test_a_wire_that_cannot_be_painted_leaves_the_cards(view, session, notices, monkeypatch) -> None:
    before = view.grab().toImage()
    monkeypatch.setattr(WireItem, "_paint_label", lambda *_: 1 / 0)
    for wire in view.design.wires.values():
        wire.show_look(type(wire.look)(label="1×1×1", short="1", state="ok"))
    after = view.grab().toImage()
    QApplication.processEvents()
    assert len(notices) == 1
    x, y = view.design.rect_of(("head",)).center
    spot = view.mapFromScene(x, y)
    assert after.pixel(spot) == before.pixel(spot)


@pytest.mark.parametrize("zoom", [0.2, 0.6, 2.0])
def test_the_view_from_afar_is_guarded_too(view, notices, monkeypatch, zoom) -> None:
    monkeypatch.setattr("app.canvas.overview._Placed.rect", lambda *_: 1 / 0)
    monkeypatch.setattr("app.canvas.items.NodeItem._paint_far", lambda *_: 1 / 0)
    monkeypatch.setattr("app.canvas.items.NodeItem._paint_near", lambda *_: 1 / 0)
    view.zoom_to(zoom)
    view.grab()
    QApplication.processEvents()
    assert len(notices) == 1
