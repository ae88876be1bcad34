"""Whether a run may go on from its checkpoint: the same job, pictures and model, or a sentence about what differs."""

from __future__ import annotations

from typing import Any

from hybridgraph.data import preprocessing
from hybridgraph.errors import RunError
from hybridgraph.jobs import HELD_BACK
from hybridgraph.recipes import recipe as recipes
from hybridgraph.train.checkpoints import Checkpoint

_MAY_CHANGE = frozenset(
    (
        "device",
        "precision",
        "compile",
        "checkpoint_minutes",
        "sinks",
        "data",
        "format",
        "version",
        "processes",
        "strategy",
    )
)
"""Parts of a job that a resumed run may change. Where the data lies may change, the pictures may not."""


def refuse_changes(saved: Checkpoint, content: dict[str, Any]) -> None:
    """Going on exactly needs the same job, pictures and model; says what differs."""
    older = recipes.content(recipes.from_content(saved.content["job"]["recipe"]))  # may lack newer settings
    before = {"held_back": HELD_BACK, **saved.content["job"], "recipe": older}
    old, new = _flat(before), _flat(content["job"])
    changes = [
        f"{name} was {old.get(name)!r} and is {new[name]!r}" for name in new if old.get(name) != new[name]
    ]
    same_pictures = saved.content["data"] == content["data"]
    if not same_pictures:
        changes.append("the pictures have changed")
    changes += preprocessing.differences(saved.content, content, with_numbers=same_pictures)
    if saved.content["model"] != content["model"]:
        changes.append("the design has changed")
    if changes:
        raise RunError(
            f"The run cannot go on from its checkpoint: {', '.join(changes)}.",
            "Put it back as it was, or start a new run.",
        )


def _flat(job: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in job.items() if name not in _MAY_CHANGE and name != "recipe"}
    return {**kept, **{name: value for name, value in job["recipe"].items() if name != "card"}}
