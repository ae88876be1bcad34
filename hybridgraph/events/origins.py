"""Where the numbers of a run come from: what computed them, and on which pictures."""

from dataclasses import dataclass
from typing import ClassVar

from hybridgraph.events.kinds import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment(Event):
    """What a process computes with. Equal fields are to give equal bits on a processor.

    `code` is a SHA-256 over the modules that compute, `instructions` what torch's kernels use of the processor.
    """

    type: ClassVar[str] = "environment"
    hybridgraph: str
    code: str
    python: str
    torch: str
    numpy: str
    system: str
    processor: str
    instructions: str = ""
    cores: int = 0
    threads: int = 0
    memory_bytes: int = 0
    accelerator: str = ""
    cuda: str = ""
    cudnn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOpened(Event):
    """The pictures of a training: their fingerprint, how many there are of each class, and what they look like.

    `mean` and `std` are those of the training pictures, one for each channel on a scale of 0 to 1; `split` says which
    pictures are held back.
    """

    type: ClassVar[str] = "data_opened"
    digest: str
    classes: tuple[str, ...]
    train_counts: tuple[int, ...]
    val_counts: tuple[int, ...]
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    split: str = ""
