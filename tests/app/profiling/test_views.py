"""The row of views: each made when it is looked at, all of them in words that can be translated."""

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.profiling import views
from app.profiling.panel import ProfilePanel


def test_the_window_starts_without_the_views() -> None:
    code = (
        "import sys, app.profiling.panel as panel; names = [n for n in sys.modules if n.startswith('app.profiling.')];"
        "print(sorted(n.rpartition('.')[2] for n in names), 'pydantic' in sys.modules and 'torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "['face', 'form', 'measures', 'panel', 'profiled', 'views'] False"


@pytest.mark.parametrize("name", list(views.TITLES))
def test_every_view_shows_before_and_after_there_is_a_profile(
    name: str, qtbot: QtBot, panel: ProfilePanel, keep
) -> None:
    from tests.app.profiling.conftest import made

    button = next(one for one in panel.findChildren(QAbstractButton) if one.objectName() == name)
    button.click()
    assert panel.chosen == name
    assert panel.view is panel.stack.currentWidget()
    panel.grab()
    panel.open_run(keep(made()))
    qtbot.waitUntil(lambda: panel.profiled.result is not None, timeout=3000)
    panel.show_view(name)
    panel.grab()
    panel.profiled.clear()
    panel.grab()
    assert panel.roll_up.text() == ""
