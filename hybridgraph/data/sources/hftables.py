"""The parts of a set of Hugging Face and the tables that they consist of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridgraph.data.sources.splitting import TRAINING, VALIDATION
from hybridgraph.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 64  # read at once: pictures may be large
_SHARD = re.compile(r"(.+?)[-_.]\d+(-of-\d+.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a set, as `train`: where its rows come from, and what its columns are said to be."""

    word: str
    files: tuple[Path, ...]
    features: Mapping[str, Any]
    about: tuple[Path, ...] = ()
    """Files that say what the set is."""
    table: pa.Table | None = None

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows of these columns, a few at a time."""
        import pyarrow as pa
        from pyarrow import parquet

        if self.table is not None:
            yield from self.table.select(columns).to_batches(max_chunksize=_ROWS)
        for file in self.files:
            try:
                if file.suffix == ".arrow":
                    with pa.memory_map(str(file)) as source:
                        for batch in pa.ipc.open_stream(source):
                            yield from pa.Table.from_batches([batch]).select(columns).to_batches(_ROWS)
                else:
                    yield from parquet.ParquetFile(file).iter_batches(_ROWS, columns=list(columns))
            except (pa.ArrowException, OSError, ValueError, KeyError) as error:
                raise DataError(f"{file} cannot be read: {_first_line(error)}.", "Fetch it again.") from error


def require_pyarrow() -> None:
    """Raise DataError where tables cannot be read."""
    try:
        import pyarrow as pa  # noqa: F401
    except ImportError as error:
        raise DataError(
            "Reading sets of Hugging Face needs pyarrow, which is not installed.",
            "Install it with: pip install 'hybridgraph[parquet]'.",
        ) from error


def parts_of(place: Path) -> list[Part]:
    """The parts of a set on the disk; none where it holds no set. Raises DataError for a damaged one."""
    if place.is_file():
        return _of_parquet([place])
    if (place / "dataset_dict.json").is_file():
        words = _json(place / "dataset_dict.json").get("splits")
        known = [word for word in words if isinstance(word, str)] if isinstance(words, list) else []
        about = place / "dataset_dict.json"
        return [
            replace(part, about=(about, *part.about))
            for part in (_of_arrow(place / word, word) for word in known if (place / word).is_dir())
        ]
    if (place / "state.json").is_file():
        return [_of_arrow(place, "")]
    return _of_parquet(sorted(file for file in place.rglob("*.parquet") if file.is_file()))


def _of_arrow(folder: Path, word: str) -> Part:
    state, info = _json(folder / "state.json"), _json(folder / "dataset_info.json")
    told = state.get("_data_files")
    names = (
        [each.get("filename") for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    )
    files = [folder / name for name in names if isinstance(name, str) and Path(name).name == name]
    absent = [file for file in files if not file.is_file()]
    if absent or not files:
        raise DataError(
            f"{folder} is incomplete: {absent[0].name if absent else 'its list of files'} is missing.",
            "Save the set again.",
        )
    if state.get("_indices_data_files"):
        raise DataError(
            f"{folder} keeps the order of its rows in a file beside them.",
            "Save it again after flatten_indices().",
        )
    features = info.get("features")
    spoken = state.get("_split")
    return Part(
        word=word or (spoken if isinstance(spoken, str) else "train"),
        files=tuple(files),
        features=features if isinstance(features, dict) else {},
        about=(folder / "state.json", folder / "dataset_info.json"),
    )


def _of_parquet(files: Sequence[Path]) -> list[Part]:
    from pyarrow import ArrowException, parquet

    grouped: dict[str, list[Path]] = {}
    for file in files:
        match = _SHARD.fullmatch(file.stem)
        word = (match[1] if match else file.stem).lower()
        if word not in (*TRAINING, *VALIDATION):
            word = file.parent.name.lower() if file.parent.name.lower() in (*TRAINING, *VALIDATION) else word
        grouped.setdefault(word, []).append(file)
    parts = []
    for word, group in grouped.items():
        try:
            schema = parquet.read_schema(group[0])
        except (ArrowException, OSError, ValueError) as error:
            raise DataError(f"{group[0]} cannot be read: {_first_line(error)}.", "Fetch it again.") from error
        told = (schema.metadata or {}).get(b"huggingface", b"{}")
        try:
            spoken = json.loads(told)["info"]["features"]
        except (ValueError, KeyError, TypeError, RecursionError):
            spoken = {}
        known = spoken if isinstance(spoken, dict) else {}
        parts.append(
            Part(
                word=word,
                files=tuple(group),
                features={name: known.get(name, str(schema.field(name).type)) for name in schema.names},
            )
        )
    return parts


def parts_by_name(name: str, place: Path) -> list[Part]:
    """The parts of a set that the package `datasets` fetches. Raises DataError."""
    try:
        import datasets  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise DataError(
            f"{place} is neither a file nor a folder, and fetching a set by its name needs the package datasets.",
            "Install it with: pip install 'hybridgraph[hf]'.",
        ) from error
    try:
        found = datasets.load_dataset(name)
        sets = found if isinstance(found, dict) else {"train": found}
        return [
            Part(
                word=str(word),
                files=(),
                features=each.features.to_dict(),
                table=each.flatten_indices().data.table,
            )
            for word, each in sets.items()
        ]
    except Exception as error:  # of the network, the hub, the set, and of packages below datasets
        raise DataError(
            f"The set {name!r} cannot be fetched: {_first_line(error)}.",
            "Check the name and the network, or give a folder.",
        ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is missing or damaged.", "Save the set again.") from error
    return content if isinstance(content, dict) else {}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
