"""Hostile archives: each refused in a sentence, with nothing written (fault 10)."""

from __future__ import annotations

import stat
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hybridgraph import archive
from hybridgraph.archive import open_archive, write_archive
from hybridgraph.errors import DocumentError
from tests.strategies import is_sentence

Build = Callable[[zipfile.ZipFile], None]


def _named(name: str, content: bytes = b"x") -> Build:
    return lambda target: target.writestr(zipfile.ZipInfo(name), content)


def _special(kind: int) -> Build:
    info = zipfile.ZipInfo("graph.hybrid.json")
    info.external_attr = (kind | 0o777) << 16
    return lambda target: target.writestr(info, b"/etc/passwd")


def _twice(target: zipfile.ZipFile) -> None:
    for name in ("a/b.txt", "A/b.TXT"):
        target.writestr(name, b"x")


def _bomb(target: zipfile.ZipFile) -> None:
    target.writestr("data/zeros.bin", bytes(20 * 2**20), zipfile.ZIP_DEFLATED)


def _other_packing(target: zipfile.ZipFile) -> None:
    target.writestr("a", bytes(100), zipfile.ZIP_BZIP2)


FAULTS: dict[str, tuple[Build, str]] = {
    "up": (_named("../evil.txt"), "leads out of the folder"),
    "up-inside": (_named("data/../../evil.txt"), "leads out of the folder"),
    "absolute": (_named("/etc/evil"), "place of its own"),
    "drive": (_named("C:/evil"), "place of its own"),
    "backslash": (_named("..\\evil.txt"), "backslash"),
    "dot": (_named("data/./x"), "part without a name"),
    "double": (_named("data//x"), "part without a name"),
    "control": (_named("data/\x01x"), "letters that no file can have"),
    "long": (_named("d" * 1000), "longer than"),
    "link": (_special(stat.S_IFLNK), "is a link"),
    "device": (_special(stat.S_IFCHR), "no plain file"),
    "twice": (_twice, "stands twice"),
    "bomb": (_bomb, "more than 200 times"),
    "packing": (_other_packing, "not read"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_hostile_archive_is_refused_before_anything_is_unpacked(tmp_path: Path, fault: str) -> None:
    build, part = FAULTS[fault]
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as target:
        build(target)
    with pytest.raises(DocumentError, match=part) as caught, open_archive(path):
        pass
    assert is_sentence(str(caught.value))
    assert [one.name for one in tmp_path.iterdir()] == ["x.zip"]


def test_a_name_with_a_zero_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("data/aXb", b"x")
    path.write_bytes(path.read_bytes().replace(b"aXb", b"a\0b"))
    with pytest.raises(DocumentError), open_archive(path):
        pass


def test_many_small_members_that_add_up_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as target:
        for index in range(20):
            target.writestr(str(index), bytes(100))
    with pytest.raises(DocumentError, match="more than 1,000 bytes"), open_archive(tmp_path / "x.zip"):
        pass
    monkeypatch.setattr(archive, "MOST_MEMBERS", 10)
    with pytest.raises(DocumentError, match="more than the 10"), open_archive(tmp_path / "x.zip"):
        pass


def test_a_member_that_lies_about_its_size_is_caught_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a", bytes(5000))
    data = path.read_bytes()
    lying = data.replace((5000).to_bytes(4, "little"), (40).to_bytes(4, "little"))
    assert lying != data
    path.write_bytes(lying)
    with open_archive(path) as opened, pytest.raises(DocumentError, match="damaged"):
        opened.unpack("a", tmp_path / "out", "a")
    assert not (tmp_path / "out" / "a").exists()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(50), b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    if content.endswith(bytes(18)) and content.startswith(b"PK\x05"):
        with open_archive(path) as opened:
            assert opened.names == ()
        return
    with pytest.raises(DocumentError, match="no zip archive"), open_archive(path):
        pass
    with pytest.raises(DocumentError, match="cannot be read"), open_archive(tmp_path / "missing.zip"):
        pass


def test_flipped_bytes_never_end_in_anything_but_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    write_archive(path, {"a.txt": b"hello " * 50, "data/b.gz": bytes(range(256))})
    whole = path.read_bytes()
    begun, said = time.process_time(), set[str]()
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            with open_archive(path) as opened:
                for name in opened.names:
                    opened.read(name, 10_000)
        except DocumentError as error:
            said.add(str(error))
    assert all(map(is_sentence, said))
    assert time.process_time() - begun < 20


def test_equal_content_gives_equal_bytes_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345" * 1000)
    members = {"b/ä.txt": b"text", "a.bin": tmp_path / "file"}
    write_archive(tmp_path / "one.zip", members)
    write_archive(tmp_path / "two.zip", dict(reversed(members.items())))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with open_archive(tmp_path / "one.zip") as opened:
        assert opened.names == ("a.bin", "b/ä.txt")
        opened.unpack("b/ä.txt", tmp_path / "out", "deep/ä.txt")
        assert opened.read("a.bin", 5000) == (tmp_path / "file").read_bytes()
        with pytest.raises(DocumentError, match="more than the 10"):
            opened.read("a.bin", 10)
    assert (tmp_path / "out" / "deep" / "ä.txt").read_bytes() == b"text"
