"""The plainest YAML, read a hundred times faster than by the parser.

Most blocks of a params.yaml are keys, numbers and words, one a line. `parse_plain` reads those and only those:
block mappings of plain keys, block lists of scalars, and flow lists of scalars on one line. For whatever else
(quotes, anchors, comments, several words, signs and exponents that dialects read differently) it gives None,
and the parser is asked.
"""

import re
from typing import Any

# Words that begin like this are text in YAML 1.2, but for those of _WORDS and what _NUMBER takes.
_WORD = r"[A-Za-z_][A-Za-z0-9_./@-]*"
_NUMBER = r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,17})?(?:e-[0-9]{1,2})?"
_SCALAR = rf"{_WORD}|{_NUMBER}"
_LINE = re.compile(
    rf"( *)(?:({_WORD}):(?: ({_SCALAR}|\[\]|\{{\}}|\[(?:{_SCALAR})(?:, (?:{_SCALAR}))*\]))?|- ({_SCALAR}))\n"
)
_WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}
# Other spellings of these, and infinities and merge keys, are left to the parser.
_DOUBTFUL = re.compile(r"(?:null|true|false|yes|no|on|off|y|n)", re.IGNORECASE)
_IS_NUMBER = re.compile(_NUMBER)


class _Doubt(Exception):
    """The text may mean something that is not read here."""


def parse_plain(text: str) -> dict[str, Any] | None:
    """The mapping of a block of plain YAML; None where it has to be parsed."""
    lines, end = [], 0
    while end < len(text):
        match = _LINE.match(text, end)
        if match is None:
            return None
        lines.append(match.groups())
        end = match.end()
    try:
        value, taken = _block(lines, 0, 0)
    except _Doubt:
        return None
    return value if taken == len(lines) and isinstance(value, dict) else None


def _block(lines: list[tuple[Any, ...]], at: int, indent: int) -> tuple[Any, int]:
    """The mapping or list that begins at a line, and the line behind it."""
    if at < len(lines) and lines[at][3] is not None:
        return _list(lines, at, len(lines[at][0]))
    found: dict[str, Any] = {}
    while at < len(lines) and len(lines[at][0]) == indent:
        _, key, value, item = lines[at]
        if item is not None or key in found or _DOUBTFUL.fullmatch(key):
            raise _Doubt
        at += 1
        if value is not None:
            found[key] = _value(value)
        elif at < len(lines) and _is_below(lines[at], indent):
            found[key], at = _block(lines, at, len(lines[at][0]))
        else:
            found[key] = None
    if not found or (at < len(lines) and len(lines[at][0]) > indent):
        raise _Doubt
    return found, at


def _is_below(line: tuple[Any, ...], indent: int) -> bool:
    """Whether a line belongs to the key above it: a list may stand as far left as its key."""
    return len(line[0]) > indent or (line[3] is not None and len(line[0]) == indent)


def _list(lines: list[tuple[Any, ...]], at: int, indent: int) -> tuple[list[Any], int]:
    found = []
    while at < len(lines) and len(lines[at][0]) == indent and lines[at][3] is not None:
        found.append(_scalar(lines[at][3]))
        at += 1
    if at < len(lines) and len(lines[at][0]) > indent:
        raise _Doubt
    return found, at


def _value(text: str) -> Any:
    if text == "{}":
        return {}
    if text[0] == "[":
        inner = text[1:-1]
        return [_scalar(item) for item in inner.split(", ")] if inner else []
    return _scalar(text)


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _IS_NUMBER.fullmatch(text):
        # An exponent without a point is a number in YAML 1.2, which DVC reads.
        return float(text) if "." in text or "e" in text else int(text)
    if _DOUBTFUL.fullmatch(text):
        raise _Doubt
    return text
