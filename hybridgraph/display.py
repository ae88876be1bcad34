"""Whether a window can be shown here, and how Qt is told to draw without one."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """Whether a window can be shown: always on macOS and Windows, by the environment elsewhere."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def offscreen_environment() -> dict[str, str]:
    """The environment for a process whose window is only rendered.

    Offscreen there is no window system to tell sizes to, and Qt would warn of that on every start.
    """
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "default.warning=false"}
