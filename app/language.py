"""The language of the interface: texts in English in the code, translations of them in catalogues of gettext.

`tr` translates a text and fills in its fields, `counted` one that depends on a number, `mark` says of a text in a
table that it is translated where it is shown. Sentences that come from the core, which knows no window, are
recognised by `told`. See docs/translation.md and docs/adr/0012.
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QSettings, QTranslator

import assets

DOMAIN = "hybridgraph"
FOLDER = "HYBRIDGRAPH_TRANSLATIONS"  # names a folder of catalogues to use instead of the program's own
CORE = "core"  # the context of sentences that come from the core
SYSTEM = "system"


class _Spoken:
    """The catalogue in use; English, the language of the code, has none."""

    buttons: QTranslator | None = None  # of what Qt writes itself, such as Cancel
    catalogue: gettext.NullTranslations = gettext.NullTranslations()
    shapes: tuple[
        tuple[re.Pattern[str], str], ...
    ] = ()  # of the core's sentences with fields, and their texts


def tr(text: str, /, **fields: object) -> str:
    """A text in the language of the interface, with its `{fields}` filled in."""
    return _filled(_Spoken.catalogue.gettext(text), text, fields)


def counted(one: str, many: str, number: int, /, **fields: object) -> str:
    """One of two texts as `number` asks, in as many forms as the language has; `{number}` stands in it."""
    english = one if number == 1 else many
    return _filled(_Spoken.catalogue.ngettext(one, many, number), english, {"number": number, **fields})


def mark(text: str, /) -> str:
    """The text itself: it is collected for translators here, and translated by `tr` where it is shown."""
    return text


def told(sentence: str, /) -> str:
    """A sentence or title from the core in the language of the interface; an unknown one as it is."""
    found = _Spoken.catalogue.pgettext(CORE, sentence)
    if found == sentence:
        found = _Spoken.catalogue.gettext(sentence)
    return found if found != sentence or not _Spoken.shapes else _recognised(sentence)


@lru_cache(maxsize=4096)
def _recognised(sentence: str) -> str:
    for shape, text in _Spoken.shapes:
        if match := shape.fullmatch(sentence):
            fields = {name: told(value) for name, value in match.groupdict().items()}
            return _filled(_Spoken.catalogue.pgettext(CORE, text), text, fields)
    for end in re.finditer(r"(?<=[.?!]) ", sentence):  # what is wrong, and what to do about it
        first, second = sentence[: end.start()], sentence[end.end() :]
        if told(first) != first and told(second) != second:
            return f"{told(first)} {told(second)}"
    return sentence


def _filled(text: str, english: str, fields: Mapping[str, object]) -> str:
    if not fields:
        return text
    try:
        return text.format(**fields)
    except (KeyError, IndexError, ValueError, AttributeError):
        return english.format(**fields)  # a translation with a field that the text does not have


def languages() -> list[str]:
    """The codes of the languages there are: English, and those with a catalogue."""
    return ["en", *sorted(file.parent.parent.name for file in _root().glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))]


def named(code: str) -> str:
    """What a language calls itself."""
    return QLocale(code).nativeLanguageName() or code


def wished(settings: QSettings, option: str | None = None) -> list[str]:
    """The codes of the languages wished for, best first: of the option, of the settings, or of the system."""
    named = option or str(settings.value("language", SYSTEM))
    codes = QLocale.system().uiLanguages() if named == SYSTEM else [named]
    return [code.replace("-", "_") for code in codes]


def speak(codes: Iterable[str]) -> str:
    """Use the first of these languages that there is a catalogue of, and say which; English when there is none."""
    code, catalogue = _found(codes, _root())
    _Spoken.catalogue = catalogue
    _Spoken.shapes = tuple(_shapes(catalogue))
    _recognised.cache_clear()
    if _Spoken.buttons is not None:
        QCoreApplication.removeTranslator(_Spoken.buttons)
        _Spoken.buttons = None
    if code != "en":
        own = QTranslator()
        if own.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            QCoreApplication.installTranslator(own)
            _Spoken.buttons = own
    return code


def _root() -> Path:
    return Path(os.environ.get(FOLDER) or assets.path("locale"))


def _found(codes: Iterable[str], root: Path) -> tuple[str, gettext.NullTranslations]:
    for code in codes:
        for name in dict.fromkeys((code, code.partition("_")[0])):
            if name == "en":
                return name, gettext.NullTranslations()
            file = root / name / "LC_MESSAGES" / f"{DOMAIN}.mo"
            if file.is_file():
                with file.open("rb") as stream:
                    return name, gettext.GNUTranslations(stream)
    return "en", gettext.NullTranslations()


def _shapes(catalogue: gettext.NullTranslations) -> Iterable[tuple[re.Pattern[str], str]]:
    """A pattern for every sentence of the core that has fields; those with more words of their own come first."""
    known: Mapping[object, str] = getattr(catalogue, "_catalog", {})
    texts = [
        key.partition("\x04")[2] for key in known if isinstance(key, str) and key.startswith(f"{CORE}\x04")
    ]
    for text in sorted(texts, key=lambda text: -len(re.sub(r"\{\w+\}", "", text))):
        pieces = re.split(r"\{(\w+)\}", text)
        if len(pieces) > 1 and sum(map(str.isalpha, "".join(pieces[::2]))) >= 4:
            yield _pattern(pieces), text


def _pattern(pieces: list[str]) -> re.Pattern[str]:
    seen: set[str] = set()
    parts = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            parts.append(re.escape(piece))
        elif piece in seen:
            parts.append(f"(?P={piece})")
        else:
            seen.add(piece)
            parts.append(f"(?P<{piece}>.*?)")
    return re.compile("".join(parts), re.DOTALL)
