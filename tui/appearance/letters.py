"""The app in ASCII: every sign, line and curve of its own becomes a letter of the same width, on its way to the terminal.

Texts from outside keep their letters of other scripts only where the terminal can show them: what has no likeness is a question mark
for each column that it takes.
"""

import locale
import os
from collections.abc import Mapping
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

LIKE: Mapping[str, str] = {
    "●": "*", "○": "o", "·": ".", "•": "*", "›": ">", "‹": "<", "✗": "X", "✓": "v", "×": "x", "−": "-", "–": "-", "—": "-",
    "±": "+", "≤": "<", "≥": ">", "…": "~", "▲": "^", "▼": "v", "△": "^", "▽": "v", "▶": ">", "◀": "<", "◆": "#", "◇": "o",
    "■": "#", "□": "o", "★": "*", "☆": "*", "←": "<", "→": ">", "↑": "^", "↓": "v", "§": "S", "°": "o", "“": '"', "”": '"',
    "‘": "'", "’": "'", "«": '"', "»": '"', "█": "#", "▌": "|", "▐": "|", "▀": '"', "▄": "_", "░": ".", "▒": ":", "▓": "#",
    "▔": "-", "▁": "_", "▎": "|", "▏": "|", "▊": "|", "▋": "|", "▍": "|", "▉": "#", "▕": "|", "🭨": "#", "🭬": ">", "🭮": "<",
}  # fmt: skip
"""ASCII by sign. Lines of boxes and braille patterns have rules of their own."""

_ACROSS = set("─━┄┅┈┉╌╍═╴╶╸╺╼╾")
_DOWN = set("│┃┆┇┊┋╎╏║╵╷╹╻╽╿")
_FIRST_BOX, _LAST_BOX = "─", "╿"
_FIRST_BRAILLE, _LAST_BRAILLE = "⠀", "⣿"
# Dots of the upper, middle and lower part of a braille cell.
_PARTS = ((0x09, "'"), (0x36, "-"), (0xC0, "."))


def wants_ascii(wanted: str, variables: Mapping[str, str] = os.environ) -> bool:
    """Whether to write ASCII: as the configuration says, else where the locale or the terminal has no other letters.

    Args:
        wanted: `auto`, `ascii` or `unicode`.
        variables: The environment.
    """
    if wanted != "auto":
        return wanted == "ascii"
    if variables.get("TERM", "") in ("dumb", "linux", "vt100"):
        return True
    named = next(filter(None, (variables.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    # Python itself takes UTF-8 where the locale is C or not said at all, and terminals of today do.
    return bool(named) and named not in ("C", "POSIX") and "utf" not in named.casefold() and not _is_utf_8()


def _is_utf_8() -> bool:
    return locale.getpreferredencoding(False).casefold().replace("-", "") == "utf8"


@lru_cache(maxsize=4096)
def ascii_for(letter: str) -> str:
    """ASCII of the same width as a letter."""
    if letter.isascii():
        return letter
    if letter in LIKE:
        return LIKE[letter]
    if _FIRST_BOX <= letter <= _LAST_BOX:
        return "-" if letter in _ACROSS else "|" if letter in _DOWN else "+"
    if _FIRST_BRAILLE <= letter <= _LAST_BRAILLE:
        return _dots(ord(letter) - ord(_FIRST_BRAILLE))
    return "?" * cell_len(letter)


def _dots(pattern: int) -> str:
    if not pattern:
        return " "
    parts = [sign for mask, sign in _PARTS if pattern & mask]
    return parts[0] if len(parts) == 1 else ":"


@lru_cache(maxsize=4096)
def ascii_text(text: str) -> str:
    """ASCII of the same width as a text."""
    return text if text.isascii() else "".join(map(ascii_for, text))


class AsciiLetters(LineFilter):
    """Writes every line in ASCII; its width stays."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(ascii_text(segment.text), segment.style, segment.control)
            for segment in segments
        ]
