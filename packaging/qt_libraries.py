"""Check that the system libraries Qt loads are there, and say or run the one command that brings them.

Without them Qt ends the process with a message that names none of them, so this is asked first, with nothing but the
standard library::

    python3 packaging/qt_libraries.py             # what drawing without a display needs
    python3 packaging/qt_libraries.py --display   # and what a window on a screen needs

Exit code 0: all there, or installed now. Exit code 1: something is missing; the message says what to install.
"""

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

# Library file -> Debian and Ubuntu package.
DRAWING: Mapping[str, str] = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
}
DISPLAY: Mapping[str, str] = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def find_missing(needed: Mapping[str, str], load: Callable[[str], object] = ctypes.CDLL) -> dict[str, str]:
    """Return the part of ``needed`` (library file to package) that cannot be loaded.

    Args:
        needed: library file names with the package that holds each.
        load: loads a library by name and raises OSError when it cannot; tests pass their own.
    """
    missing = {}
    for library, package in needed.items():
        try:
            load(library)
        except OSError:
            missing[library] = package
    return missing


def install_command(missing: Mapping[str, str], prefix: Sequence[str] = ()) -> list[str]:
    """Return the apt-get command, word by word, that installs the packages of ``missing``."""
    return [*prefix, "apt-get", "install", "-y", "--no-install-recommends", *sorted(set(missing.values()))]


def describe_missing(missing: Mapping[str, str]) -> str:
    """Return the sentence for a person: which libraries are missing and what brings them."""
    sentence = f"Qt cannot start: the system libraries {', '.join(sorted(missing))} are missing."
    if shutil.which("apt-get"):
        return f"{sentence} Install them with:\n    {' '.join(install_command(missing, ['sudo']))}"
    return f"{sentence} Install your system's packages for them (on Debian: {', '.join(sorted(set(missing.values())))})."


def find_privilege() -> list[str] | None:
    """Return the command prefix with which apt-get may install here, or None where it may not."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def install(missing: Mapping[str, str], prefix: Sequence[str]) -> bool:
    """Install the packages of ``missing`` with apt-get and return whether it succeeded.

    The package lists are fetched only when the first try fails: a machine without them is the common reason.
    """
    command = install_command(missing, prefix)
    print(f"Installing the system libraries Qt needs: {' '.join(command)}", flush=True)
    done = run_quietly(command)
    if done.returncode != 0:
        run_quietly([*prefix, "apt-get", "update"])
        done = run_quietly(command)
    if done.returncode != 0:
        print(done.stdout[-2000:] + done.stderr[-2000:], file=sys.stderr)
    return done.returncode == 0


def run_quietly(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command that asks nothing and keep what it prints."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, install where that is allowed, and return the exit code."""
    parser = argparse.ArgumentParser(description="Check the system libraries Qt needs.")
    parser.add_argument("--display", action="store_true", help="include what a window on a screen needs")
    needed = {**DRAWING, **(DISPLAY if parser.parse_args(arguments).display else {})}
    if not sys.platform.startswith("linux"):
        return 0  # on macOS and Windows the wheels bring everything
    missing = find_missing(needed)
    if not missing:
        return 0
    prefix = find_privilege()
    if prefix is not None and install(missing, prefix):
        missing = find_missing(missing)
    if missing:
        print(describe_missing(missing), file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
