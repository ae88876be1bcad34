"""What a run is asked to do: `TrainJob`, `ProfileJob`, `SweepJob` or `PreflightJob`, kept as `job.json` in the folder of the run.

Every field carries its limits and its documentation as metadata, so that a form or a command line can be made
from the class. A value outside its limits is refused with one sentence when the job is built.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar, get_args

from hybridgraph.errors import RunError
from hybridgraph.limits import check, number, parse, several
from hybridgraph.recipes import recipe as recipes
from hybridgraph.recipes.recipe import Recipe
from hybridgraph.shapes import Detections, Shape, Vector
from hybridgraph.storage import write_atomic

JOB_FILE = "job.json"
VERSION = 1
_MAX_BYTES = 1_000_000

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]
Compile = Literal["auto", "on", "off"]
Strategy = Literal["auto", "ddp", "fsdp"]
Passes = Literal["inference", "training"]
"""What a profile measures: forward passes in evaluation mode alone, or steps of training as well."""
SinkName = Literal["tensorboard", "mlflow", "wandb"]
DataKind = Literal["sample", "folder", "table", "idx", "cifar", "hf", "coco"]
DATA_FORMS = "sample, folder:PATH, table:FILE, idx:PATH, cifar:PATH, hf:PATH_OR_NAME or coco:PATH"
"""How pictures are named: the bundled ones, class folders, a CSV or Parquet table, files of MNIST's or CIFAR's form, sets
of Hugging Face, annotations of COCO's form."""

HELD_BACK = 0.15
"""Share of each class that is kept for validation where a set brings no such part."""

_DEVICE = {"doc": "Where to compute; auto takes the fastest present.", "choices": get_args(Device)}
_PRECISION = {
    "doc": "Number format of the heavy operations; auto tries the device.",
    "choices": get_args(Precision),
}
_PASSES = {
    "doc": "What is measured; training includes inference.",
    "choices": get_args(Passes),
}
_COMPILE = {"doc": "Whether torch.compile is used; auto only where it pays.", "choices": get_args(Compile)}
_STRATEGY = {
    "doc": "With several processes: each has all weights (ddp) or a piece of each (fsdp); auto by the memory.",
    "choices": get_args(Strategy),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainJob:
    """Train a design on labelled pictures."""

    kind: ClassVar[str] = "train"
    data: str = field(default="sample", metadata={"doc": f"Pictures: {DATA_FORMS}."})
    held_back: float = number(
        HELD_BACK, "Share of each class kept for validation where the pictures bring no such part.", 0.01, 0.9
    )
    image_size: int = number(28, "Side of the square pictures.", 1, 4096, "px")
    channels_in: int = number(1, "1 for grey pictures, 3 for colour.", 1, 3)
    classes: int = number(10, "Number of classes the design ends in.", 2, 1_000_000)
    epochs: int = number(3, "Passes over the training pictures.", 1, 100_000)
    batch: int = number(128, "Pictures in one step.", 1, 1_000_000)
    recipe: Recipe = field(default_factory=Recipe, metadata={"doc": "How the weights are fitted."})
    device: Device = field(default="auto", metadata=_DEVICE)
    precision: Precision = field(default="auto", metadata=_PRECISION)
    seed: int = number(0, "Start of every random choice; the same seed repeats the run.", 0, 2**53)
    compile: Compile = field(default="auto", metadata=_COMPILE)
    checkpoint_minutes: float = number(5.0, "Time between checkpoints inside an epoch.", 0, 1e6, "min")
    processes: int = number(1, "Processes on this machine that share each batch, one for each GPU.", 1, 1024)
    strategy: Strategy = field(default="auto", metadata=_STRATEGY)
    sinks: tuple[SinkName, ...] = several(
        ("tensorboard",), "Who is told of the training beside its log.", choices=get_args(SinkName)
    )

    def __post_init__(self) -> None:
        check(self, "job")
        if self.channels_in == 2:
            raise RunError("The job's channels_in is 2, but pictures have 1 channel (grey) or 3 (colour).")
        split_data(self.data)


def classes_of(output: Shape | None) -> int:
    """How many classes a design with this output tells apart. Raises RunError where it is none to be trained."""
    if isinstance(output, Vector):
        return output.channels
    if isinstance(output, Detections):
        raise RunError(
            "The design finds objects and their boxes; training takes networks that classify whole pictures.",
            "A detector can be checked, profiled and exported.",
        )
    raise RunError(
        f"The design ends in {output or 'nothing'}; training needs one score for each class.",
        "Put a classifier at its end.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileJob:
    """Time each node of a design on this machine, and follow its memory."""

    kind: ClassVar[str] = "profile"
    device: Device = field(default="auto", metadata=_DEVICE)
    batch: int = number(8, "Pictures in one forward pass.", 1, 1_000_000)
    precision: Precision = field(default="auto", metadata=_PRECISION)
    repeats: int = number(20, "Measurements of each node; the median is reported.", 1, 100_000)
    passes: Passes = field(default="training", metadata=_PASSES)
    seconds: float = number(60.0, "Time for measuring; then fewer repeats must do, but three.", 0.1, 1e6, "s")
    trace: bool = field(default=False, metadata={"doc": "Whether to keep a trace for a trace viewer."})

    def __post_init__(self) -> None:
        check(self, "job")


COMPILE_SECONDS = 600.0
"""Tiny networks took 80 s of one processor core to be compiled for training, and several times that on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepJob:
    """Measure a design in every combination of batch, image size, number format and compiling, and find where memory ends."""

    kind: ClassVar[str] = "sweep"
    device: Device = field(default="auto", metadata=_DEVICE)
    batches: tuple[int, ...] = several((1, 8, 32), "Pictures in one pass.", low=1, high=1_000_000)
    image_sizes: tuple[int, ...] = several((), "Sides of the pictures; none: as designed.", low=1, high=16384)
    precisions: tuple[Precision, ...] = several(
        ("fp32",), "Number formats.", choices=("fp32", "bf16", "fp16")
    )
    compiles: tuple[Compile, ...] = several(
        ("off",), "With torch.compile and without.", choices=("off", "on")
    )
    compile_limit: float = number(
        COMPILE_SECONDS, "Time for compiling one kind of pass in a cell; then it is given up.", 0.1, 1e6, "s"
    )
    passes: Passes = field(default="training", metadata=_PASSES)
    repeats: int = number(10, "Measurements of each cell; the median is reported.", 1, 100_000)
    seconds: float = number(10.0, "Time for measuring a cell; then fewer repeats must do.", 0.1, 1e6, "s")
    memory_limit: int = number(
        0, "Most memory of a cell beside torch itself; 0: what is free.", 0, 10**9, "MB"
    )

    def __post_init__(self) -> None:
        check(self, "job")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightJob:
    """Find out in less than a minute whether a training can work, and what it will take."""

    kind: ClassVar[str] = "preflight"
    training: TrainJob = field(default_factory=TrainJob, metadata={"doc": "The training that is looked at."})
    seconds: float = number(
        20.0, "Time for what has no end of its own: the steps that are taken and timed.", 0.1, 1e6, "s"
    )

    def __post_init__(self) -> None:
        check(self, "job")


Job = TrainJob | ProfileJob | SweepJob | PreflightJob
JobType = TypeVar("JobType", TrainJob, ProfileJob, SweepJob, PreflightJob)
_JOBS: dict[str, type[Job]] = {cls.kind: cls for cls in (TrainJob, ProfileJob, SweepJob, PreflightJob)}


def split_data(spec: str) -> tuple[DataKind, Path | None]:
    """Split the name of pictures into kind and path, which `sample` has none of; raises RunError for what is none."""
    given, colon, path = spec.partition(":")
    kind = next((known for known in get_args(DataKind) if known == given), None)
    if kind is None or (kind == "sample") != (not path) or (kind == "sample" and colon):
        raise RunError(f"The data {spec!r} is not understood.", f"Write {DATA_FORMS}.")
    return kind, Path(path).expanduser() if path else None


def with_absolute_data(job: Job) -> Job:
    """The job with its data path made absolute, so that any process finds the pictures."""
    if isinstance(job, PreflightJob):
        return replace(job, training=with_absolute_data(job.training))  # type: ignore[arg-type]
    if not isinstance(job, TrainJob):
        return job
    kind, path = split_data(job.data)
    is_name = kind == "hf" and path is not None and not Path(str(path).partition("#")[0]).exists()
    return job if path is None or is_name else replace(job, data=f"{kind}:{path.absolute()}")


def with_settings(job: JobType, settings: Mapping[str, str]) -> JobType:
    """The job with values given as text, as in `--set learning_rate=3e-4`; names reach into the recipe too.

    Raises RunError for an unknown name (with the closest known one) or a value outside its limits.
    """
    for name, text in settings.items():
        owner: Any = job
        if name in recipes.names() and name != "card" and isinstance(job, TrainJob):
            owner = job.recipe
        elif name not in _names(type(job)) or name == "recipe":
            own: tuple[str, ...] = recipes.names()[1:] if job.kind == "train" else ()
            known = sorted({*_names(type(job)), *own} - {"recipe"})
            close = get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}?" if close else f"Known names: {', '.join(known)}."
            raise RunError(f"There is no setting {name!r}.", hint)
        changed = replace(owner, **{name: parse(name, text, type(getattr(owner, name)))})
        job = replace(job, recipe=changed) if isinstance(changed, Recipe) else changed  # type: ignore[call-arg]
    return job


def job_content(job: Job) -> dict[str, Any]:
    """The job as values that JSON can hold."""
    values = {item.name: getattr(job, item.name) for item in fields(job)}
    if isinstance(job, TrainJob):
        values["recipe"] = recipes.content(job.recipe)
    if isinstance(job, PreflightJob):
        values["training"] = job_content(job.training)
    return {"format": "hybridgraph-job", "version": VERSION, "kind": job.kind, **values}


def save_job(path: Path, job: Job) -> None:
    """Write the job as JSON. Raises DocumentError when the disk refuses."""
    write_atomic(path, json.dumps(job_content(job), indent=2, allow_nan=False) + "\n")


def load_job(path: Path) -> Job:
    """Read a job; raises RunError with one sentence for everything that can be wrong with the file.

    Names that this version does not know are ignored, missing ones take their defaults.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise RunError(f"Cannot read the job {path}: {error.strerror or error}.") from error
    if len(data) > _MAX_BYTES:
        raise RunError(f"The job {path} is larger than {_MAX_BYTES:,} bytes, so it is no job file.")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise RunError(f"The job {path} is not valid JSON: {error}.") from error
    if not isinstance(content, dict) or content.get("format") != "hybridgraph-job":
        raise RunError(f"The file {path} is not a HybridGraph job.")
    version = content.get("version")
    if type(version) is not int or version > VERSION:
        raise RunError(
            f"The job {path} has version {version!r}; this HybridGraph reads up to {VERSION}.",
            "Open it with a newer HybridGraph.",
        )
    job_class = _JOBS.get(str(content.get("kind")))
    if job_class is None:
        raise RunError(f"The job {path} is of the unknown kind {content.get('kind')!r}.")
    try:
        return _job(job_class, content)
    except RunError as error:
        raise RunError(f"In {path}: {error.message}", error.hint) from error


def _job(kind: type[Job], content: Mapping[str, Any]) -> Job:
    known = {name: content[name] for name in _names(kind) if name in content}
    known = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    if "recipe" in known:
        known["recipe"] = _read_recipe(known["recipe"])
    if isinstance(known.get("training"), dict):
        known["training"] = _job(TrainJob, known["training"])
    return kind(**known)


def _read_recipe(content: object) -> Recipe:
    if not isinstance(content, dict):
        raise RunError(f"The job's recipe is {content!r} where names with numbers are needed.")
    return recipes.from_content(content)


def _names(cls: type) -> tuple[str, ...]:
    return tuple(item.name for item in fields(cls))
