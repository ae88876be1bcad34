"""Files that travel with the program: fonts, icons and the sample pictures.

They are package data, so that a checkout, an editable install and a wheel find them in the same way.
"""

from pathlib import Path


def path(*parts: str) -> Path:
    """Return the place of one bundled file or folder, for example ``path("icons", "play.svg")``.

    Raises:
        FileNotFoundError: nothing of that name is bundled; the message names the place looked at.
    """
    place = Path(__file__).parent.joinpath(*parts)
    if not place.exists():
        raise FileNotFoundError(
            f"The program's own file {'/'.join(parts)} is missing at {place}; install it again."
        )
    return place
