"""The texts of the interface for translators: collect them, compile translations, make one up to try the layout.

    python packaging/messages.py collect            write app's texts and the core's sentences to the template
    python packaging/messages.py check              whether the template holds every text there is
    python packaging/messages.py compile            make a catalogue of every translation
    python packaging/messages.py pretend FOLDER     a made-up language: accents, and a third longer

The template is assets/locale/hybridgraph.pot, a translation assets/locale/LANGUAGE/LC_MESSAGES/hybridgraph.po.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "assets" / "locale"
TEMPLATE = LOCALE / "hybridgraph.pot"
PRETENDED = "eo"  # whose plural forms are those of English
CORE_FOLDERS = ("errors", "graph", "blocks", "analysis", "repairs", "patterns", "designs", "runs", "shapes", "spec",
                "planner", "export", "profiler", "comparison", "storage", "recipes", "preflight", "limits")  # fmt: skip
"""Parts of the core whose sentences a person reads in the window."""
HEADER = (
    "Project-Id-Version: HybridGraph\\n"
    "Content-Type: text/plain; charset=UTF-8\\n"
    "Content-Transfer-Encoding: 8bit\\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\\n"
)
_ACCENTS = str.maketrans("aceinosuyACEINOSUY", "áçéíñóšúýÁÇÉÍÑÓŠÚÝ")
_FIELD = re.compile(r"(\{[^{}]*\}|&\w|<[^<>]*>|&nbsp;|\*\.\w+(?:\.\w+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text, its second form if it depends on a number, its context, and where it stands."""

    text: str
    many: str = ""
    context: str = ""
    place: str = ""

    @property
    def key(self) -> str:
        """How a compiled catalogue names it."""
        own = f"{self.context}\x04{self.text}" if self.context else self.text
        return f"{own}\0{self.many}" if self.many else own


def collected() -> list[Message]:
    """Every text there is, each once, in the order of the files."""
    found = [*_window(), *_core(), *_catalogue(), *_trainings()]
    return list({message.key: message for message in reversed(found)}.values())[::-1]


def _sources(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]:
        if file.is_file():
            yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def _window() -> Iterator[Message]:
    for place, tree in _sources(ROOT / "app"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if node.func.id in ("tr", "mark") and words:
                yield Message(text=words[0], place=place)
            elif node.func.id == "counted" and len(words) == 2:
                yield Message(text=words[0], many=words[1], place=place)


def _core() -> Iterator[Message]:
    """Literal sentences of the core: they begin with a capital letter and end with a full stop."""
    for name in CORE_FOLDERS:
        for place, tree in _sources(ROOT / "hybridgraph" / name):
            told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            inside = {
                id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
            }
            for node in ast.walk(tree):
                if id(node) in told or id(node) in inside:
                    continue
                text = _shape(node)
                if text and re.match(r"[A-Z{“'\"]", text) and text.endswith((".", "?")) and " " in text:
                    yield Message(text=text, context="core", place=place)


def _shape(node: ast.AST) -> str:
    """A string as a text with fields; empty when it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if "{" not in node.value else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    pieces = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces.append(str(part.value))
        else:
            pieces.append(f"{{a{sum(piece.startswith('{a') for piece in pieces) + 1}}}")
    return "".join(pieces)


def _catalogue() -> Iterator[Message]:
    """Titles, summaries and parameters of the blocks, as the window shows them."""
    from app.panels import facts
    from hybridgraph import catalog
    from hybridgraph.spec import FAMILIES

    texts: list[tuple[str, str]] = [(title, "families") for title in FAMILIES.values()]
    texts.append(("Repeat", "stages"))  # a parameter that every stage has
    for spec in catalog.load().values():
        place = f"block {spec.id}"
        texts += [(spec.title, place), (spec.summary, place), (facts.description(spec), place)]
        for name, parameter in spec.params.items():
            texts += [(parameter.doc, place), (name.replace("_", " ").capitalize(), place)]
    yield from (Message(text=text, context="core", place=place) for text, place in texts if text)


def _trainings() -> Iterator[Message]:
    """Recipes' cards, the sections of their settings, and the checks of a pre-flight."""
    from hybridgraph.preflight.values import TITLES
    from hybridgraph.recipes import cards
    from hybridgraph.recipes.settings import SECTIONS

    texts = [(title, "recipes") for title in SECTIONS] + [(title, "pre-flight") for title in TITLES.values()]
    for name, card in cards().items():
        texts += [(text, f"recipe {name}") for text in (card.title, card.purpose, *card.notes)]
    yield from (Message(text=text, context="core", place=place) for text, place in texts)


def template(messages: Iterable[Message]) -> str:
    """The messages as a template in the form of gettext."""
    lines = ["# Texts of HybridGraph's window. Made by: make messages", 'msgid ""', 'msgstr ""']
    lines += [f'"{line}\\n"' for line in HEADER.split("\\n") if line]
    for one in messages:
        lines += ["", f"#: {one.place}"]
        lines += [f"msgctxt {_quoted(one.context)}"] if one.context else []
        lines += [f"msgid {_quoted(one.text)}"]
        lines += (
            [f"msgid_plural {_quoted(one.many)}", 'msgstr[0] ""', 'msgstr[1] ""']
            if one.many
            else ['msgstr ""']
        )
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def parsed(text: str) -> dict[str, str]:
    """The translations in a .po file by the key of their message; those that are not translated are left out."""
    found: dict[str, str] = {}
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines())
        for line in block.splitlines():
            if match := re.match(r'(msg\w+(?:\[\d+\])?)\s+(".*")$', line.strip()):
                name = match[1]
                fields[name] = ast.literal_eval(match[2])
            elif name and line.strip().startswith('"'):
                fields[name] += ast.literal_eval(line.strip())
        if "msgid" not in fields or fuzzy:
            continue
        forms = [fields[key] for key in sorted(fields) if key.startswith("msgstr")]
        message = Message(
            text=fields["msgid"], many=fields.get("msgid_plural", ""), context=fields.get("msgctxt", "")
        )
        if all(forms):
            found[message.key] = "\0".join(forms)
    return found


def compiled(translations: Mapping[str, str]) -> bytes:
    """A catalogue as the gettext of the standard library reads it (.mo)."""
    keys = sorted(translations, key=lambda key: key.encode())
    ids = [key.encode() for key in keys]
    texts = [translations[key].encode() for key in keys]
    count, start = len(keys), 28
    first = start + 16 * count
    second = first + sum(len(one) + 1 for one in ids)
    tables: list[int] = []
    for at, group in ((first, ids), (second, texts)):
        for one in group:
            tables += [len(one), at]
            at += len(one) + 1  # noqa: PLW2901  (the place of the next text)
    head = struct.pack("<7I", 0x950412DE, 0, count, start, start + 8 * count, 0, 0)
    return head + struct.pack(f"<{4 * count}I", *tables) + b"".join(one + b"\0" for one in [*ids, *texts])


def pretended(text: str) -> str:
    """A text in the made-up language: accents on its letters, marked at both ends, and about a third longer."""
    pieces = _FIELD.split(text)
    spoken = "".join(piece if index % 2 else piece.translate(_ACCENTS) for index, piece in enumerate(pieces))
    room = "~" * max(len(text) * 3 // 10 - 2, 1)
    lead = len(spoken) - len(spoken.lstrip())
    tail = len(spoken.rstrip())
    return f"{spoken[:lead]}[{spoken[lead:tail]}{room}]{spoken[tail:]}" if text.strip() else text


def pretend(messages: Iterable[Message], folder: Path, speak: Callable[[str], str] = pretended) -> Path:
    """Write the catalogue of the made-up language below a folder."""
    translations = {"": HEADER.replace("\\n", "\n")}
    for one in messages:
        forms = (one.text, one.many) if one.many else (one.text,)
        translations[one.key] = "\0".join(map(speak, forms))
    return write(translations, folder, PRETENDED)


def write(translations: Mapping[str, str], folder: Path, language: str) -> Path:
    """Write a catalogue to where the window looks for it."""
    file = folder / language / "LC_MESSAGES" / "hybridgraph.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(compiled(translations))
    return file


def main(what: str, folder: str = "") -> int:
    """Do what is asked; 1 when the template lacks a text."""
    sys.path.insert(0, str(ROOT))
    if what == "collect":
        LOCALE.mkdir(exist_ok=True)
        TEMPLATE.write_text(template(collected()), encoding="utf-8")
    elif what == "check":
        text = TEMPLATE.read_text(encoding="utf-8") if TEMPLATE.exists() else ""
        lacking = [one.text for one in collected() if f"msgid {_quoted(one.text)}\n" not in text]
        if lacking:
            print(
                f"{TEMPLATE.name} lacks {len(lacking)} texts, the first: {lacking[0]!r}. Run: make messages"
            )
            return 1
    elif what == "compile":
        for file in sorted(LOCALE.glob("*/LC_MESSAGES/hybridgraph.po")):
            print(write(parsed(file.read_text(encoding="utf-8")), LOCALE, file.parent.parent.name))
    elif what == "pretend" and folder:
        print(pretend(collected(), Path(folder)))
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]) if len(sys.argv) > 1 else main(""))
