"""The atomic writer under everything a disk and a killed process can do to it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hybridgraph.errors import DocumentError
from hybridgraph.storage import replacing, sweep, write_atomic

resource = pytest.importorskip("resource", reason="the faults are made with limits of POSIX")

SAVE_IN_A_LOOP = """
import sys
from hybridgraph.storage import write_atomic
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        write_atomic(sys.argv[1], letter * 300_000)
"""


def test_text_and_bytes_replace_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "document"
    for content in ("grün\r\n", b"\x00\xff", ""):
        write_atomic(path, content)
        assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_killed_while_it_saves_leaves_a_whole_file_and_at_most_one_stray(tmp_path: Path) -> None:
    path = tmp_path / "document"
    write_atomic(path, b"a" * 300_000)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for delay in range(40):
        with subprocess.Popen(
            [sys.executable, "-S", "-c", SAVE_IN_A_LOOP, str(path)], stdout=subprocess.PIPE, env=environment
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(delay * 0.0007)  # another moment of the writing each time
            process.send_signal(signal.SIGKILL)
        assert path.read_bytes() in (b"a" * 300_000, b"b" * 300_000)
        assert len(list(tmp_path.iterdir())) <= 2
        sweep(tmp_path)
        assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_file_of_a_living_writer_is_not_swept(tmp_path: Path) -> None:
    with replacing(tmp_path / "document") as temporary:
        temporary.write_text("new")
        assert sweep(tmp_path) == 0
    assert (tmp_path / "document").read_text() == "new"


@pytest.fixture
def small_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_file_and_is_named(tmp_path: Path, small_files: None) -> None:
    path = tmp_path / "document"
    write_atomic(path, "old")
    with pytest.raises(DocumentError, match=r"the disk is full \(60,000 bytes are needed\)") as caught:
        write_atomic(path, b"x" * 60_000)
    assert str(path) in caught.value.message
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"
    write_atomic(path, "the next save works")
    assert path.read_text() == "the next save works"


def test_too_little_free_space_is_seen_before_writing(tmp_path: Path) -> None:
    writer = replacing(tmp_path / "document", needed_bytes=1 << 60)
    with pytest.raises(DocumentError, match=r"are needed and .* are free"):
        writer.__enter__()


@pytest.mark.parametrize("place", ["missing/document", "file/document", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(DocumentError) as caught:
        write_atomic(tmp_path / place, "text")
    assert caught.value.message.startswith(f"Cannot write {tmp_path / place}: ")
    assert caught.value.hint.startswith("Choose another")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_an_error_inside_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text(f"half {1 / 0}")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_atomic(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o640
