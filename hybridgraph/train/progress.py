"""How far a training is: everything a checkpoint must hold beside the tensors to go on exactly."""

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(slots=True, kw_only=True)
class Progress:
    """The running numbers of a training; the loop changes them in place.

    `epoch` is the one being trained, `epoch_step` the steps of it that are done, `step` those of the whole
    run. The sums are over the pictures seen in this epoch so far.
    """

    epoch: int = 0
    epoch_step: int = 0
    step: int = 0
    loss_sum: float = 0.0
    right: int = 0
    seen: int = 0
    epoch_seconds: float = 0.0
    train_seconds: float = 0.0
    trained_images: int = 0
    val_top1: float | None = None
    val_loss: float | None = None
    best_top1: float | None = None
    parts: int = 1
    """Parts that a batch is taken in: those of the recipe, or more where memory ran out."""
    trend: float = 0.0
    """The smoothed loss, which tells a training that runs away."""
    saved_step: int = -1
    """The step of the last checkpoint; -1 before the first."""

    @property
    def images_per_second(self) -> float:
        """Training pictures per second over the whole run, evaluation left out."""
        return self.trained_images / self.train_seconds if self.train_seconds else 0.0

    def count_step(self, loss: float, right: int, images: int, seconds: float) -> None:
        """Add a step that was taken."""
        self.step, self.epoch_step = self.step + 1, self.epoch_step + 1
        self.loss_sum, self.right, self.seen = (
            self.loss_sum + loss * images,
            self.right + right,
            self.seen + images,
        )
        self.epoch_seconds, self.train_seconds = self.epoch_seconds + seconds, self.train_seconds + seconds
        self.trained_images += images

    def begin_next_epoch(self) -> None:
        """Forget the sums of the finished epoch."""
        self.epoch, self.epoch_step = self.epoch + 1, 0
        self.loss_sum, self.right, self.seen, self.epoch_seconds = 0.0, 0, 0, 0.0

    def content(self) -> dict[str, Any]:
        """The numbers as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> "Progress":
        """The numbers of a checkpoint; names of a newer version are ignored."""
        return cls(**{item.name: content[item.name] for item in fields(cls) if item.name in content})
