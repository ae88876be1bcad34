"""What floats over the canvas gives way where there is little room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from app.canvas import floating
from app.canvas.floating import places
from app.canvas.geometry import Rect

SIDES = st.integers(120, 2000)


@given(SIDES, SIDES, st.booleans(), st.integers(60, 400), st.booleans(), st.booleans())
def test_map_legend_and_bar_never_overlap_nor_leave_the_canvas(
    w, h, has_map, words, has_bar, is_open
) -> None:
    bar = Rect(16, h - 42, 84, 26) if has_bar else None
    minimap = (152, 112) if has_map and floating.has_room_for_map(w, h, sees_all=False) else None
    found = places(w, h, minimap=minimap, legend=(words, 26), bar=bar, bar_is_open=is_open and has_bar)
    rects = [Rect(*found.minimap, 152, 112)] if found.minimap else []
    rects += [Rect(*found.legend, words, 26)] if found.legend else []
    rects += [bar] if bar else []
    for index, one in enumerate(rects):
        assert not any(one.meets(other) for other in rects[:index])
        if one is not bar:
            assert one.x >= 0
            assert one.y >= 0
            assert one.right <= w
            assert one.bottom <= h


@pytest.mark.parametrize("size", [(724, 300), (470, 260), (380, 200)])
def test_a_small_canvas_shows_its_whole_design_uncovered(view, session, analysed, size) -> None:
    session.accept_analysis(analysed(session.graph))
    view.resize(*size)
    view.frame_all()
    seen = [one for one in (view.minimap, view.legend, view.size_bar) if one.isVisible()]
    assert view.minimap not in seen
    for item in view.design.boxes.values():
        shown = view.mapFromScene(item.sceneBoundingRect().adjusted(20, 20, -20, -20)).boundingRect()
        assert not any(shown.intersects(one.geometry()) for one in seen), item.path


def test_a_small_canvas_shows_the_map_while_part_of_the_design_is_out_of_view(view) -> None:
    view.resize(724, 300)
    view.frame_all()
    assert view.minimap.isHidden()
    view.zoom_to(1.5)
    assert not view.minimap.isHidden()
    assert not view.minimap.geometry().intersects(view.legend.geometry()) or view.legend.isHidden()
    view.frame_all()
    assert view.minimap.isHidden()
    zoom = view.zoom
    view.resize(1400, 700)  # what was framed stays framed, as large as it fits
    assert view.zoom > zoom
    view.pan(40, 0)
    view.resize(724, 300)
    assert view.zoom > zoom  # somebody has gone elsewhere since
    view.resize(1400, 700)
    assert not view.minimap.isHidden()
    assert view.seen().intersects(QRectF(*view.design.extent()))
