"""What the mouse can do on the canvas, for the sheet of shortcuts: gesture, and what comes of it."""

from app.language import mark

MOUSE = (
    (
        mark("Drag a block from the palette"),
        mark("add it; onto a wire, put it in; onto a title, change the block's type"),
    ),
    (
        mark("Drag from a port"),
        mark("draw a wire; onto a card, its best port takes it; onto the canvas, add a block to it"),
    ),
    (mark("Drag a wire near its end"), mark("move that end")),
    (mark("Alt + click on a port"), mark("remove its wires")),
    (mark("Ctrl + drag with the right button"), mark("cut wires")),
    (
        mark("Drag a card"),
        mark("move it; onto a wire, put it in; with Shift, snap to the grid; with Alt, move a copy"),
    ),
    (mark("Drag a repeat count sideways"), mark("repeat the stage more or less often")),
    (
        mark("Drag the title of a comment frame"),
        mark("move it with what lies in it; with Ctrl, the frame alone"),
    ),
    (mark("Drag the edge of a comment frame"), mark("make it larger or smaller")),
    (mark("Drag over the canvas"), mark("select; Shift adds, Ctrl toggles, Alt takes out")),
    (
        mark("Double click"),
        mark("on the canvas, add a block; on a stage, enter it; on a name, count or comment, type another"),
    ),
    (mark("Middle drag, right drag, Space + drag"), mark("move the view")),
    (mark("Wheel, pinch"), mark("zoom at the mouse")),
)
