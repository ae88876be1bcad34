"""The typed events of a run, as they lie in its log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class Event:
    """The root of all events; `type` is the name of the class in the log."""

    __slots__ = ()
    type: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A process took the run up, for the first time or again (`step` > 0).

    Steps at or after `step` that an earlier process logged are taken again: a reader drops them.
    """

    type: ClassVar[str] = "run_started"
    kind: str
    device: str
    precision: str
    params: int
    epochs: int = 0
    steps_per_epoch: int = 0
    classes: tuple[str, ...] = ()
    pid: int
    epoch: int = 0
    step: int = 0
    started_at: float = 0.0  # seconds since 1970
    compiled: bool = False
    processes: int = 1  # that share each batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Event):
    """One optimizer step; `step` counts from 0 over the whole run, `epoch` from 0.

    `at` is when it was done, in seconds since 1970; 0 in the logs of older versions. `gradient_norm` is the length of the
    whole gradient before it is clipped; -1 in the logs of older versions.
    """

    type: ClassVar[str] = "step"
    epoch: int
    step: int
    loss: float
    lr: float
    images_per_second: float
    at: float = 0.0
    gradient_norm: float = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersMeasured(Event):
    """How long the weights and the gradient of each layer were at a step; layers are named as in the model."""

    type: ClassVar[str] = "layers_measured"
    step: int
    layers: tuple[str, ...]
    weights: tuple[float, ...]
    gradients: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSampled(Event):
    """How busy the machine of a training is, about once a second, after `step` steps.

    `processor` is the share of all cores that is at work, `memory_bytes` what the process and its workers hold of the
    machine's `memory_total_bytes`. The same of the accelerator: a share of the time, -1 where it is not known, and bytes that
    the training reserved, 0 without an accelerator. `at` is in seconds since 1970.
    """

    type: ClassVar[str] = "load_sampled"
    step: int
    at: float
    processor: float
    memory_bytes: int
    memory_total_bytes: int
    accelerator: float = -1.0
    accelerator_memory_bytes: int = 0
    accelerator_memory_total_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochFinished(Event):
    """One pass over the training pictures with its evaluation; accuracies are shares between 0 and 1."""

    type: ClassVar[str] = "epoch_finished"
    epoch: int
    train_loss: float
    train_top1: float
    val_loss: float
    val_top1: float
    seconds: float
    images_per_second: float
    eta_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSaved(Event):
    """A checkpoint is safely on the disk; `path` is relative to the run folder."""

    type: ClassVar[str] = "checkpoint_saved"
    path: str
    epoch: int
    step: int
    is_best: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Event):
    """Something worth knowing that needs no action."""

    type: ClassVar[str] = "note"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something that went on, but not as asked: skipped pictures, a fallback."""

    type: ClassVar[str] = "warning"
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """The run ended with an error."""

    type: ClassVar[str] = "failed"
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Event):
    """The run was asked to stop and can be resumed."""

    type: ClassVar[str] = "stopped"
    epoch: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Event):
    """The run did all it was asked to; `top1` and `loss` are the last evaluation's."""

    type: ClassVar[str] = "finished"
    top1: float
    loss: float
    epochs: int
    images_per_second: float
    best_top1: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTimed(Event):
    """One node on this device, in microseconds for one batch: the forward pass with its middle 80 %, a training step.

    The parts of a step of training are 0 where training was not measured.
    """

    type: ClassVar[str] = "node_timed"
    path: str
    forward_us_median: float
    forward_us_p10: float = 0.0
    forward_us_p90: float = 0.0
    share: float = 0.0
    calls: int = 1
    params: int = 0
    macs: int = 0
    activation_bytes: int = 0
    backward_us_median: float = 0.0
    optimizer_us_median: float = 0.0
    step_us_median: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFinished(Event):
    """The whole forward pass, and the step of training if that was asked for, without timers around the nodes.

    The whole result is in the run's `profile.json`.
    """

    type: ClassVar[str] = "profile_finished"
    total_us_median: float
    batch: int
    images_per_second: float = 0.0
    peak_memory_bytes: int = 0
    repeats: int = 0
    step_us_median: float = 0.0
    training_images_per_second: float = 0.0
    training_peak_memory_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellMeasured(Event):
    """One cell of a sweep is in the run's `sweep.json`; `message` says in words what came out."""

    type: ClassVar[str] = "cell_measured"
    batch: int
    image_size: int
    precision: str
    compiled: bool
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFinished(Event):
    """Every cell of a sweep was measured, or is recorded with the reason why not."""

    type: ClassVar[str] = "sweep_finished"
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinished(Event):
    """One check of a pre-flight is in the run's `preflight.json`; `status` is passed, warned or failed."""

    type: ClassVar[str] = "check_finished"
    name: str
    status: str
    message: str
    hint: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightFinished(Event):
    """Every check of a pre-flight is done, or those after one that failed are of no use."""

    type: ClassVar[str] = "preflight_finished"
    is_able: bool
    verdict: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownEvent(Event):
    """An event this version cannot read, kept as it came; `name` is its type in the log."""

    name: str
    content: Mapping[str, Any]
