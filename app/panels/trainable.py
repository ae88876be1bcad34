"""What the design in front can be trained on, or why it cannot be trained yet."""

from __future__ import annotations

from app.language import tr
from app.session import Session
from hybridgraph.errors import RunError
from hybridgraph.graph.model import image
from hybridgraph.jobs import classes_of


def pictures_of(session: Session) -> dict[str, int]:
    """Picture size, channels and classes of the design in front. Raises RunError where it cannot be trained."""
    node, analysis = image(session.graph), session.analysis
    if node is None:
        raise RunError(
            tr("The design has no image, so there is nothing to feed pictures into."), tr("Add an Image.")
        )
    if analysis is None or not session.is_analysis_current:
        raise RunError(
            tr("The shapes of the design are still being worked out."), tr("Try again in a moment.")
        )
    if analysis.errors:
        first = analysis.errors[0]
        raise RunError(
            tr("The design cannot be trained yet: {message}", message=first.message),
            tr("See the Problems panel."),
        )
    classes = classes_of(analysis.output)
    spec = session.catalogue["image"].defaults() if "image" in session.catalogue else {}
    size = {name: node.params.get(name, spec.get(name, 0)) for name in ("channels", "height", "width")}
    if size["height"] != size["width"]:
        raise RunError(
            tr(
                "The image is {width} × {height} px; training takes square pictures.",
                width=size["width"],
                height=size["height"],
            ),
            tr("Give it the same height and width."),
        )
    return {
        "channels_in": int(str(size["channels"])),
        "image_size": int(str(size["height"])),
        "classes": classes,
    }
