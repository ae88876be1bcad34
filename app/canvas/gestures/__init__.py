"""What hands do on the canvas: one small class for each gesture.

A gesture is made when a button goes down and lives until it comes up. It previews on the items or paints over
the scene, and changes the graph once, at its end.
"""
