"""Earlier versions: twenty of each file, no content twice, and damage that is named."""

import gzip
import os
from pathlib import Path

import pytest

from app.documents.versions import KEPT, Versions
from app.quantities import age
from app.versionsdialog import against
from hybridgraph.errors import DocumentError
from hybridgraph.graph import edits, files
from tests.app.conftest import small_graph


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.hybrid.json"


def save(file: Path, versions: Versions, *names: str) -> None:
    for name in names:
        files.save(edits.set_name(small_graph(), name), file)
        versions.keep(file)


def test_the_youngest_twenty_are_kept_in_order(file: Path, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "versions")
    save(file, versions, *(str(number) for number in range(25)))
    kept = versions.of(file)
    assert [version.graph().name for version in kept] == [str(number) for number in range(24, 24 - KEPT, -1)]
    assert kept[0].size_bytes == file.stat().st_size
    assert versions.of(tmp_path / "other.hybrid.json") == []


def test_the_same_content_is_kept_once_at_its_youngest_time(file: Path, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "versions")
    save(file, versions, "a", "a", "b", "a")
    assert [version.graph().name for version in versions.of(file)] == ["a", "b"]


def test_a_link_and_its_target_have_the_same_versions(file: Path, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "versions")
    save(file, versions, "a")
    link = tmp_path / "link.hybrid.json"
    link.symlink_to(file)
    assert versions.of(link) == versions.of(file)


def test_a_damaged_version_is_named_and_the_others_stay(file: Path, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "versions")
    save(file, versions, "a", "b")
    broken, whole = versions.of(file)
    for data in (b"no gzip", gzip.compress(b"{}"), broken.place.read_bytes()[:40]):
        broken.place.write_bytes(data)
        with pytest.raises(DocumentError, match="earlier version"):
            broken.graph()
    assert whole.graph().name == "a"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_sentence(file: Path, tmp_path: Path) -> None:
    files.save(small_graph(), file)
    (tmp_path / "versions").mkdir(mode=0o500)
    with pytest.raises(DocumentError, match="versions"):
        Versions(tmp_path / "versions").keep(file)


def test_differences_are_counted_in_blocks() -> None:
    now = small_graph()
    assert against(now, now) == "the same"
    without = edits.remove(now, ["stem"])
    assert against(without, now) == "1 less of 6 blocks"
    assert against(now, without) == "1 more of 7 blocks"
    assert against(edits.set_title(now, ("stem",), "x"), now) == "1 different of 7 blocks"


@pytest.mark.parametrize(
    ("past", "words"), [(3, "just now"), (60, "1 minute ago"), (7300, "2 hours ago"), (86400, "1 day ago")]
)
def test_age_in_words(past: float, words: str) -> None:
    assert age(1000.0, now=1000.0 + past) == words
