"""Where a training computes: the devices that the engine found, and how many of their kind work together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from app.language import tr
from app.panels.combo import Combo


def device_choices(hello: Mapping[str, Any]) -> list[str]:
    """The devices a job can name, from what the engine found: `cuda:0` is asked for as `cuda`."""
    found = {entry["id"].partition(":")[0] for entry in hello.get("devices", [])}
    return ["auto", *(name for name in ("cuda", "mps", "cpu") if name in found or name == "cpu")]


class Together(Combo):
    """How many GPUs of this machine share each batch. It is seen where there are several, and only for these."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._here = 0  # not known yet
        self._wanted = 1
        self.setAccessibleName(tr("GPUs that work together"))
        self.activated.connect(self._choose)
        self.setVisible(False)

    def show_devices(self, hello: Mapping[str, Any]) -> None:
        """Offer as many as the engine found."""
        self._here = sum(entry["id"].startswith("cuda:") for entry in hello.get("devices", []))
        self.clear()
        self.addItem(tr("1 GPU"), 1)
        for count in range(2, self._here + 1):
            self.addItem(tr("{count} GPUs here", count=count), count)
        self.setVisible(self._here > 1)
        self._show()

    def show_device(self, device: str) -> None:
        """Be of use for a device of which there are several."""
        is_of_use = device in ("auto", "cuda")
        self.setEnabled(is_of_use)
        self.setToolTip(
            tr("They share each batch; the batch and the learning rate stay as they are")
            if is_of_use
            else tr("There is one {device} here; choose cuda or auto to train on several GPUs", device=device)
        )

    @property
    def processes(self) -> int:
        """How many processes train together: one for each GPU, or what a run asked for that is shown."""
        return self._wanted if self.isEnabled() else 1

    @processes.setter
    def processes(self, count: int) -> None:
        self._wanted = count
        self._show()

    def _show(self) -> None:
        self.setCurrentIndex(max(self.findData(self._wanted), 0))
        if self._here and self._wanted > self._here:
            self._wanted = 1  # a run of another machine

    def _choose(self, index: int) -> None:
        self._wanted = int(self.itemData(index))
