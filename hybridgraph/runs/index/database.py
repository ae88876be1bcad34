"""The file of the index: one SQLite table, which may be lost at any time.

Nothing that goes wrong with it is an error of the caller's: a damaged file or one of another version is made anew, and where
none can be kept (a folder that is read-only, a full disk), the index lives in memory.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from hybridgraph.runs.index.disks import is_network_disk
from hybridgraph.runs.summary import Summary

INDEX_FILE = ".index.sqlite3"
VERSION = 1
"""Raised whenever `Summary` or `Story` changes: what an older version read is read again."""
_TABLES = ("runs", "stories")
_PATIENCE_S = 5.0  # for another process that writes
_COLUMNS = tuple(field.name for field in fields(Summary) if field.name != "name")
_TAGS = _COLUMNS.index("tags") + 1
_LARGEST = 1 << 63
_ALL = ", ".join(f'"{name}"' for name in ("name", *_COLUMNS))  # "group" is a word of SQL


@dataclass(slots=True)
class Row:
    """One run as the index has it: its summary, and the state of its files when that was read."""

    summary: Summary
    stamp: str
    story: str | None = None
    """What its log came to, as JSON; None where it has not been asked of the file."""


class Database:
    """The rows of the runs below one root, for one thread. Reading and writing never raise."""

    def __init__(self, root: Path) -> None:
        self._path = root / INDEX_FILE
        self._connection: sqlite3.Connection | None = None
        self.is_kept = True
        """Whether there is a file; else everything is read anew at the next start."""

    def load(self) -> dict[str, Row]:
        """Every row by the name of its run, without the stories."""
        with self._forgiving():
            connection = self._open()
            if connection is not None:
                found = connection.execute(f"SELECT stamp, {_ALL} FROM runs").fetchall()  # noqa: S608  (our own names)
                return {row[1]: Row(_summary(row[1:]), row[0]) for row in found}
        return {}

    def story(self, name: str) -> str | None:
        """What the log of a run came to, None where the file does not say."""
        with self._forgiving():
            connection = self._open()
            if connection is not None:
                found = connection.execute(
                    "SELECT story FROM stories WHERE name = ?", (_storable(name),)
                ).fetchone()
                return str(found[0]) if found else None
        return None

    def write(self, changed: Mapping[str, Row], gone: Iterable[str] = ()) -> None:
        """Put these rows in place of what the file has of their runs, and forget others, all at once."""
        with self._forgiving():
            connection = self._open()
            if connection is None:
                return
            marks = ", ".join("?" * (len(_COLUMNS) + 2))
            names = [(_storable(name),) for name in gone]
            with connection:
                connection.executemany(
                    f"INSERT OR REPLACE INTO runs (stamp, {_ALL}) VALUES ({marks})",  # noqa: S608
                    ((row.stamp, *_values(row.summary)) for row in changed.values()),
                )
                connection.executemany(
                    "INSERT OR REPLACE INTO stories VALUES (?, ?)",
                    ((_storable(name), row.story or "") for name, row in changed.items()),
                )
                for table in _TABLES:
                    connection.executemany(f"DELETE FROM {table} WHERE name = ?", names)  # noqa: S608

    def clear(self) -> None:
        """Forget everything."""
        with self._forgiving():
            connection = self._open()
            if connection is not None:
                with connection:
                    for table in _TABLES:
                        connection.execute(f"DELETE FROM {table}")  # noqa: S608

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):  # somebody else writes the same: the next time will do
                self._give_up()
        except (sqlite3.DatabaseError, ValueError, TypeError):  # damaged, or not what this version writes
            self._discard()

    def _open(self) -> sqlite3.Connection | None:
        if self._connection is not None or not self.is_kept:
            return self._connection
        if not self._path.parent.is_dir():
            return None
        self._connection = sqlite3.connect(self._path, timeout=_PATIENCE_S)
        _choose_journal(self._connection, self._path.parent)
        self._connection.execute("PRAGMA synchronous = OFF")  # a lost copy is made again
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            _make_table(self._connection)
        return self._connection

    def _discard(self) -> None:
        """Take a damaged file away, so that the next question makes a new one."""
        self.close()
        try:
            for suffix in ("", "-wal", "-shm", "-journal"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        except OSError:
            self.is_kept = False

    def _give_up(self) -> None:
        self.close()
        self.is_kept = False


def _choose_journal(connection: sqlite3.Connection, root: Path) -> None:
    """WAL lets several processes read beside one that writes, but needs memory that they share: no network disk has it."""
    wished = "delete" if is_network_disk(root) else "wal"
    (mode,) = connection.execute(f"PRAGMA journal_mode = {wished}").fetchone()
    if mode != wished:
        connection.execute("PRAGMA journal_mode = delete")


def _make_table(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == VERSION:  # another process was faster
            return
        connection.execute("DROP TABLE IF EXISTS runs")
        columns = _ALL.replace('"name"', "name TEXT PRIMARY KEY")
        connection.execute(f"CREATE TABLE runs ({columns}, stamp TEXT) WITHOUT ROWID")
        connection.execute("DROP TABLE IF EXISTS stories")  # apart, so that a list need not read past them
        connection.execute("CREATE TABLE stories (name TEXT PRIMARY KEY, story TEXT)")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _values(summary: Summary) -> list[object]:
    values: list[object] = [summary.name, *(getattr(summary, name) for name in _COLUMNS)]
    values[_TAGS] = " ".join(summary.tags)
    return [_storable(one) for one in values]


def _storable(value: object) -> object:
    """The value as SQLite takes it: names of files may hold bytes that are no text, and counts in a log any digits."""
    if isinstance(value, str):
        return value.encode(errors="surrogateescape").decode(errors="replace")
    return float(value) if isinstance(value, int) and abs(value) >= _LARGEST else value


def _summary(row: tuple[object, ...]) -> Summary:
    values = dict(zip(("name", *_COLUMNS), row, strict=True))
    tags = values["tags"]
    if not isinstance(tags, str) or not isinstance(values["made_at"], float | int):
        raise TypeError("not a row of this table")
    values["tags"] = tuple(tags.split())
    return Summary(**values)  # type: ignore[arg-type]
