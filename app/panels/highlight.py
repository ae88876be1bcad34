"""Colours for the Python source that is shown: keywords, names of definitions, strings, numbers, comments."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from app.theme import Theme, mix

_WORDS = "|".join(keyword.kwlist)
_RULES = re.compile(
    rf"(?P<comment>#.*)|(?P<string>(\"\"\").*?(\"\"\"|$)|'[^']*'|\"[^\"]*\")"
    rf"|(?P<definition>(?<=def )\w+|(?<=class )\w+)|(?P<keyword>\b({_WORDS})\b)"
    r"|(?P<self>\bself\b)|(?P<number>\b\d[\d_.e]*\b)"
)


class PythonHighlighter(QSyntaxHighlighter):
    """Colours one document; docstrings over several lines keep their colour."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use another theme's colours."""
        quiet = theme.muted

        def ink(colour: str, *, italic: bool = False) -> QTextCharFormat:
            style = QTextCharFormat()
            style.setForeground(QColor(colour))
            style.setFontItalic(italic)
            return style

        self._styles = {
            "comment": ink(quiet, italic=True),
            "string": ink(theme.head),
            "definition": ink(mix(theme.text, theme.convolution, 0.35)),
            "keyword": ink(theme.convolution),
            "self": ink(quiet),
            "number": ink(theme.attention),
        }
        self._styles["definition"].setFontWeight(QFont.Weight.Medium)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line. State 1 means that a docstring goes on."""
        start = 0
        self.setCurrentBlockState(0)
        if self.previousBlockState() == 1:
            end = text.find('"""')
            length = len(text) if end < 0 else end + 3
            self.setFormat(0, length, self._styles["string"])
            if end < 0:
                self.setCurrentBlockState(1)
                return
            start = length
        for found in _RULES.finditer(text, start):
            kind = found.lastgroup if found.lastgroup in self._styles else None
            kind = kind or next(name for name in self._styles if found.group(name) is not None)
            self.setFormat(found.start(), found.end() - found.start(), self._styles[kind])
            word = found.group()
            if word.startswith('"""') and (len(word) < 6 or not word.endswith('"""')):
                self.setCurrentBlockState(1)
