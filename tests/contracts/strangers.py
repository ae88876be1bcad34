"""Run by a Python process of its own: every network in a folder, each in a folder of its own, without HybridGraph.

usage: python -I strangers.py STRANGER FOLDER

STRANGER is the script that the export runs for one network. The first that fails ends it, with the folder's name.
"""

import runpy
import sys
from pathlib import Path


def main(stranger: str, folder: str) -> None:
    run = runpy.run_path(stranger)["main"]
    for each in sorted(Path(folder).iterdir()):
        try:
            run(*(str(each / name) for name in ("model.py", "weights", "images", "outputs")), "1")
        except BaseException as error:
            error.add_note(f"in {each.name}")
            raise


if __name__ == "__main__":
    main(*sys.argv[1:])
