"""How many GPUs train together: offered where there are several, for the devices that are GPUs."""

import pytest

from app.commandline import command_line
from app.panels.devices import Together, device_choices
from app.panels.trainform import TrainForm
from app.session import Session
from app.theme import DARK
from hybridgraph.jobs import TrainJob

ONE = {"devices": [{"id": "cuda:0"}, {"id": "cpu"}]}
THREE = {"devices": [{"id": "cuda:0"}, {"id": "cuda:1"}, {"id": "cuda:2"}, {"id": "cpu"}]}


@pytest.fixture
def form(session: Session, qtbot: object) -> TrainForm:
    form = TrainForm(session, DARK)
    qtbot.addWidget(form)
    form.show()
    return form


def test_several_gpus_are_offered_only_where_they_are(form: TrainForm) -> None:
    assert not form.together.isVisible()
    form.show_devices(ONE)
    assert not form.together.isVisible()
    form.show_devices(THREE)
    assert form.together.isVisible()
    assert [form.together.itemText(index) for index in range(3)] == ["1 GPU", "2 GPUs here", "3 GPUs here"]
    assert device_choices(THREE) == ["auto", "cuda", "cpu"]


def test_they_are_of_use_for_gpus_alone(form: TrainForm) -> None:
    form.show_devices(THREE)
    form.together.activated.emit(1)
    assert form.together.processes == 2
    form.device.setCurrentText("cpu")
    assert not form.together.isEnabled()
    assert "one cpu" in form.together.toolTip()
    assert form.together.processes == 1
    form.device.setCurrentText("cuda")
    assert form.together.processes == 2


def test_a_run_that_is_shown_brings_its_number(qtbot: object) -> None:
    together = Together()
    qtbot.addWidget(together)
    together.processes = 2
    together.show_devices(THREE)
    assert (together.processes, together.currentText()) == (2, "2 GPUs here")
    together.processes = 8  # of a larger machine
    assert (together.processes, together.currentText()) == (1, "1 GPU")


def test_the_command_beside_names_the_processes() -> None:
    line = command_line(TrainJob(processes=2, strategy="fsdp"), "pocket-moat")
    assert line.startswith("hybridgraph train pocket-moat --data sample --processes 2 --strategy fsdp")
