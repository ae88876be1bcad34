"""Values of runs in the words of the window, and what a cell says to those who cannot see it."""

from __future__ import annotations

from app.language import mark, tr
from app.quantities import age, count, digits, duration, memory, spaced
from hybridgraph.runs.columns import Column, Value
from hybridgraph.runs.summary import Summary

STATUS = {
    "new": mark("not started"),
    "running": mark("running"),
    "stopped": mark("stopped"),
    "interrupted": mark("interrupted"),
    "failed": mark("failed"),
    "finished": mark("finished"),
    "unreadable": mark("unreadable"),
}
GLYPHS = {
    "new": "○", "running": "▶", "stopped": "■", "interrupted": "▲", "failed": "✕", "finished": "●", "unreadable": "?",
}  # fmt: skip
SECTIONS = {
    "job": mark("Job"),
    "recipe": mark("Recipe"),
    "data": mark("Data"),
    "environment": mark("Environment"),
}
TITLES = {
    "name": mark("Run"), "status": mark("Status"), "design": mark("Design"), "top1": mark("Top-1"), "best": mark("Best top-1"),
    "loss": mark("Loss"), "train_loss": mark("Training loss"), "gap": mark("Gap"), "epochs": mark("Epochs"),
    "params": mark("Parameters"), "latency": mark("Latency"), "speed": mark("Pictures/s"), "seconds": mark("Duration"),
    "data": mark("Data"), "recipe": mark("Recipe"), "lr": mark("Learning rate"), "batch": mark("Batch"), "size": mark("Size"),
    "classes": mark("Classes"), "seed": mark("Seed"), "device": mark("Device"), "precision": mark("Precision"),
    "machine": mark("Machine"), "kind": mark("Kind"), "tags": mark("Tags"), "note": mark("Note"), "made": mark("Made"),
    "age": mark("Age"), "disk": mark("On disk"), "problem": mark("Problem"), "digest": mark("Network"),
    "fingerprint": mark("Fingerprint"), "group": mark("Group"),
}  # fmt: skip


def titled(column: Column) -> str:
    """The heading of a column."""
    return tr(TITLES.get(column.name, column.title))


def written(column: Column, run: Summary) -> str:
    """What a cell says; empty where the run does not tell."""
    value = column.get(run)
    if value is None or value == "":
        return ""
    if column.name == "status":
        return f"{GLYPHS[run.status]} {tr(STATUS[run.status])}"
    if column.name == "epochs" and run.epochs_asked:
        return f"{run.epochs} / {run.epochs_asked}"
    if column.name == "data":
        return str(value).rpartition("/")[2] or str(value)
    return said(column, value)


def said(column: Column, value: Value) -> str:
    """A value with its unit."""
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str):
        return " ".join(value.split())
    if value is None:
        return ""
    match column.kind:
        case "share":
            return f"{100 * value:.2f} %"
        case "bytes":
            return " ".join(memory(value))
        case "microseconds":
            return f"{digits(value / 1000)} ms"
        case "seconds":
            return duration(value)
        case "time":
            return age(value)
        case "count" if column.name == "params":
            return " ".join(count(value)).strip()
        case "count":
            return spaced(value)
        case _:
            return f"{value:.4g}"


def plain(value: object) -> str:
    """A setting as it stands in a job or an environment."""
    if value is None or value in ("", ()):
        return "–"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
