"""Text from outside on one line, and as LaTeX that prints it. The standard library alone: the report and the app write tables with it.

LaTeX's is ASCII whatever comes: letters with accents become accent commands and what no standard font holds becomes its code point,
so that it compiles with any engine.
"""

import unicodedata

SPECIAL = {
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textasciigrave{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "\xa0": "~",
    "±": r"$\pm$",
    "×": r"$\times$",
    "−": "$-$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "°": r"$^\circ$",
    "·": r"$\cdot$",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "¿": "?`",
    "¡": "!`",
}
ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u0304": "=",
    "\u0307": ".",
    "\u030a": "r",
    "\u030c": "v",
    "\u0327": "c",
    "\u0328": "k",
    "\u0306": "u",
    "\u030b": "H",
}
"""LaTeX's command by combining mark."""


def one_line(text: str) -> str:
    """Text without control characters, every run of blanks one space."""
    return " ".join("".join(" " if unicodedata.category(char)[0] == "C" else char for char in text).split())


def escape(text: str) -> str:
    """Text from outside as LaTeX that prints it: one line, ASCII, nothing in it a command."""
    return "".join(_letter(letter) for letter in unicodedata.normalize("NFC", one_line(text)))


def _letter(letter: str) -> str:
    if letter in SPECIAL:
        return SPECIAL[letter]
    if letter.isascii():
        return letter
    base, *marks = unicodedata.normalize("NFD", letter)
    if len(marks) == 1 and marks[0] in ACCENTS and base.isascii() and base.isalpha():
        return f"\\{ACCENTS[marks[0]]}{{{base}}}"
    return rf"\texttt{{U+{ord(letter):04X}}}"
