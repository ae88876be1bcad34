"""Which folders lie on the disk of another machine."""

from __future__ import annotations

from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORKS = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afs",
    "ceph",
    "lustre",
    "gluster",
    "gpfs",
    "beegfs",
    "fuse",
    "virtiofs",
)


def is_network_disk(folder: Path) -> bool:
    """Whether several machines may share the folder, as far as the system tells: Linux by the kind of mount, Windows by the path."""
    place = str(folder.resolve())
    if place.startswith("\\\\"):
        return True
    try:
        lines = _MOUNTS.read_text(errors="replace").splitlines()
    except OSError:  # not Linux
        return False
    return kind_of_disk(place, lines).startswith(_NETWORKS)


def kind_of_disk(place: str, mounts: list[str]) -> str:
    """The kind of the file system that an absolute path lies on, by the lines of Linux's mountinfo; "" when none says."""
    found = ("", "")
    for line in mounts:
        left, _, right = line.partition(" - ")
        parts = left.split(" ")
        if len(parts) < 5 or not right:
            continue
        point = parts[4].encode().decode("unicode_escape")  # a space is written as \040
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(found[0]):
            found = (point, right.split(" ")[0])
    return found[1]
