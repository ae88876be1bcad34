"""What a person can set, as one table: the settings dialog and the list of everything are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from app import language, motion
from app.canvas.content import OVERLAYS, Overlay
from app.language import mark, tr
from app.theme import THEMES
from app.units import UNITS
from hybridgraph.jobs import SinkName

if TYPE_CHECKING:
    from app.window import MainWindow

ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One thing that can be set: its title, what can be chosen (value and title), how it is read and taken.

    Everything that is taken is kept for the next start. `words` are further ones by which it is found.
    """

    id: str
    title: str
    words: str
    choices: Callable[[], tuple[tuple[str, str], ...]]
    read: Callable[[MainWindow], str]
    take: Callable[[MainWindow, str], None]
    hint: str = ""


def _switch() -> tuple[tuple[str, str], ...]:
    return (ON, tr("on")), (OFF, tr("off"))


def _themes() -> tuple[tuple[str, str], ...]:
    return ("dark", tr("dark")), ("light", tr("light"))


def _sinks() -> tuple[tuple[str, str], ...]:
    names = ("TensorBoard", "MLflow", "Weights & Biases")
    return (
        ("tensorboard", names[0]),
        ("tensorboard,mlflow", f"{names[0]}, {names[1]}"),
        ("tensorboard,wandb", f"{names[0]}, {names[2]}"),
        ("tensorboard,mlflow,wandb", ", ".join(names)),
        ("none", tr("nobody")),
    )


def _take_sinks(window: MainWindow, names: str) -> None:
    chosen = names.split(",")
    window.desk.sinks = tuple(name for name in get_args(SinkName) if name in chosen)
    window.settings.setValue("sinks", names)


def _take_theme(window: MainWindow, name: str) -> None:
    window.set_theme(THEMES[name])
    window.settings.setValue("theme", name)


def _read_motion(_window: MainWindow) -> str:
    return ON if motion.is_calm() else OFF


def _take_motion(window: MainWindow, value: str) -> None:
    motion.set_calm(value == ON, window, window.settings)
    window.actions_set.refresh()


def _read_map(window: MainWindow) -> str:
    return ON if window.canvas.wants_minimap else OFF


def _take_map(window: MainWindow, value: str) -> None:
    window.canvas.show_minimap(value == ON)
    window.settings.setValue("minimap", value)


def _languages() -> tuple[tuple[str, str], ...]:
    own = ((code, language.named(code)) for code in language.languages())
    return (language.SYSTEM, tr("as the system")), *own


def _overlays() -> tuple[tuple[str, str], ...]:
    return *((name, tr(title)) for name, (title, _) in OVERLAYS.items()), ("none", tr("nothing"))


def _take_overlay(window: MainWindow, value: str) -> None:
    names: dict[str, Overlay] = {name: name for name in (*OVERLAYS, "none")}
    window.canvas.design.set_overlay(names[value])
    window.settings.setValue("overlay", value)


def _units() -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in UNITS)


def _take_unit(window: MainWindow, value: str) -> None:
    window.inspector.units.choose("FLOPs" if value == "FLOPs" else "MACs")


PREFERENCES: tuple[Preference, ...] = (
    Preference(id="theme", title=mark("Theme"), words="colour appearance", choices=_themes,
               read=lambda w: w.theme.name, take=_take_theme),
    Preference(id="calm", title=mark("Reduce motion"), words="animation accessibility", choices=_switch,
               read=_read_motion, take=_take_motion, hint=mark("Cards appear in their places at once.")),
    Preference(id="overlay", title=mark("Numbers on the cards"), words="overlay costs", choices=_overlays,
               read=lambda w: str(w.canvas.design.overlay), take=_take_overlay,
               hint=mark("The keys 1 to 5 and 0 change them for the moment.")),
    Preference(id="unit", title=mark("Multiplications counted in"), words="macs flops", choices=_units,
               read=lambda w: w.inspector.units.name, take=_take_unit,
               hint=mark("1 MAC, a multiplication with an addition, is 2 FLOPs.")),
    Preference(id="minimap", title=mark("Map on the canvas"), words="minimap overview", choices=_switch,
               read=_read_map, take=_take_map,
               hint=mark("A small canvas shows it only while part of the design is out of view.")),
    Preference(id="sinks", title=mark("Trainings are told to"), words="tensorboard mlflow wandb weights biases follow",
               choices=_sinks, read=lambda w: ",".join(w.desk.sinks) or "none", take=_take_sinks,
               hint=mark("Beside the run's own log. MLflow and Weights & Biases have to be installed.")),
    Preference(id="language", title=mark("Language"), words="translation", choices=_languages,
               read=lambda w: str(w.settings.value("language", language.SYSTEM)),
               take=lambda w, code: w.settings.setValue("language", code),
               hint=mark("The next window speaks it.")),
)  # fmt: skip


def restore(window: MainWindow) -> None:
    """Take what was set last, where it is not part of how the window is made."""
    sinks = str(window.settings.value("sinks", "tensorboard"))
    if sinks in dict(_sinks()):
        _take_sinks(window, sinks)
    motion.restore(window, window.settings)
    window.canvas.show_minimap(str(window.settings.value("minimap", ON)) != OFF)
    overlay = str(window.settings.value("overlay", "macs"))
    if overlay in dict(_overlays()):
        _take_overlay(window, overlay)
