"""The story of a run without its repetitions."""

from collections.abc import Iterable

from hybridgraph.events import EpochFinished, Event, LayersMeasured, LoadSampled, RunStarted, Step


def without_repeats(events: Iterable[Event]) -> list[Event]:
    """Leave out the steps and epochs that a later process took again after a crash.

    A process that was killed logged steps its last checkpoint does not hold; the next one begins at the
    checkpoint, so that a curve of all events would run back on itself.
    """
    story: list[Event] = []
    for event in events:
        if isinstance(event, RunStarted):
            story = [old for old in story if not _is_taken_again(old, event)]
        story.append(event)
    return story


def _is_taken_again(old: Event, start: RunStarted) -> bool:
    if isinstance(old, Step | LayersMeasured):
        return old.step >= start.step
    if isinstance(old, LoadSampled):
        return old.step > start.step
    return isinstance(old, EpochFinished) and old.epoch >= start.epoch
