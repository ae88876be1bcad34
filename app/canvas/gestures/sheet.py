"""What the mouse can do on the canvas, for the sheet of shortcuts: gesture, and what comes of it."""

MOUSE = (
    (
        "Drag a block from the palette",
        "add it; onto a wire, put it in; onto a title, change the block's type",
    ),
    (
        "Drag from a port",
        "draw a wire; onto a card, its best port takes it; onto the canvas, add a block to it",
    ),
    ("Drag a wire near its end", "move that end"),
    ("Alt + click on a port", "remove its wires"),
    ("Ctrl + drag with the right button", "cut wires"),
    ("Drag a card", "move it; onto a wire, put it in; with Shift, snap to the grid; with Alt, move a copy"),
    ("Drag a repeat count sideways", "repeat the stage more or less often"),
    ("Drag over the canvas", "select; Shift adds, Ctrl toggles, Alt takes out"),
    ("Double click", "on the canvas, add a block; on a stage, enter it; on a name or count, type another"),
    ("Middle drag, right drag, Space + drag", "move the view"),
    ("Wheel, pinch", "zoom at the mouse"),
)
