"""Decode pictures as they are asked for: `python -m hybridgraph.data.workers SIDE CHANNELS`.

A line on standard input is a JSON list of paths. The answer on standard output is eight bytes with the length of a
JSON list, that list, and the bytes of all pictures in their order, (C, S, S) each. The list begins with their number;
what is wrong with some follows, `[place, sentence, is_unreadable]` each: these are black. The process ends with its input, so with whoever started it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from hybridgraph.data.decoding import UnreadablePictureError, read_picture, refuse_bombs
from hybridgraph.errors import DataError


def main() -> None:
    """Answer until the input ends."""
    side, channels = map(int, sys.argv[1:3])
    refuse_bombs()
    answers = sys.stdout.buffer
    for line in sys.stdin.buffer:
        paths = json.loads(line)
        images, faults = np.zeros((len(paths), channels, side, side), np.uint8), []
        for place, path in enumerate(paths):
            try:
                images[place] = read_picture(Path(path), side, channels)
            except DataError as error:
                faults.append([place, error.message, isinstance(error, UnreadablePictureError)])
        head = json.dumps([len(paths), *faults]).encode()
        answers.write(len(head).to_bytes(8, "little") + head)
        answers.write(images.data)
        answers.flush()


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)
