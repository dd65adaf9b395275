"""What every command prints: text from outside made harmless, tables for a terminal, JSON for a program.

Names, messages and values read from git, logs or the web are data. `visible` writes control characters, line
separators and the marks that reverse the direction of a line as escapes, so that nothing printed can steer a
terminal or hide a part of a name; letters of every script stay as they are. Tables are made of
`rich.text.Text`, never of markup strings, in which a name with brackets would be read as a style. JSON is
ASCII with every number finite: NaN and the infinities are the strings "nan", "inf" and "-inf", a value that
is not there is null.
"""

import json
import math
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

# Controls, formats (among them the bidirectional overrides), lone surrogates, code points without a glyph of
# their own, separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Persian, Hindi and emoji are not written right without the two joiners.
_JOINERS = frozenset("\u200c\u200d")


def visible(text: str) -> str:
    r"""`text` with every character that a terminal would obey or hide as a Python escape (`\x1b`, `\n`,
    `\u202e`)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_seen(character) for character in text)


def _seen(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN or character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode("ascii")


def plain(text: str, style: str = "") -> "Text":
    """`text` made visible as a cell of a table; nothing in it is read as markup."""
    from rich.text import Text

    return Text(visible(text), style=style)


def table(
    *columns: str, right: Sequence[str] = (), whole: Sequence[str] = (), least: Mapping[str, int] | None = None
) -> "Table":
    """An empty table with a rule under its head and no other lines, for `console().print`.

    Args:
        columns: The heads, in order.
        right: The columns of numbers.
        whole: The columns that are never wrapped; the others break long words over lines and lose nothing.
        least: Widths below which a column does not shrink.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False, header_style="bold")
    for column in columns:
        made.add_column(
            plain(column),
            justify="right" if column in right else "left",
            no_wrap=column in whole,
            overflow="fold",
            min_width=(least or {}).get(column),
        )
    return made


def console(error: bool = False) -> "Console":
    """A console on standard output (or error): as wide as the terminal, 80 columns or $COLUMNS where there is
    none."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    _accept_every_character(stream)
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)


def say(text: str) -> None:
    """Print one line on standard output, made visible."""
    _accept_every_character(sys.stdout)
    print(visible(text))


def complain(text: str) -> None:
    """Print one line on standard error, made visible."""
    _accept_every_character(sys.stderr)
    print(visible(text), file=sys.stderr)


def say_lines(text: str) -> None:
    """Print text of several lines, each made visible: a table from somebody's branch is data."""
    _accept_every_character(sys.stdout)
    for line in text.splitlines():
        print(visible(line))


def emit_json(value: Any) -> None:
    """Print `value` as one JSON document (see `jsonable`)."""
    print(json.dumps(jsonable(value), indent=1, ensure_ascii=True, allow_nan=False))


def emit_plain_list(key: str, items: Iterable[Any]) -> None:
    """Print one JSON document `{key: [...]}` with an item a line, the items in JSON's types (see `jsonable`): for long lists."""
    sys.stdout.write(f"{{{json.dumps(key)}: [\n" + ",\n".join(map(_line, items)) + "\n]}\n")


def _line(value: Any) -> str:
    import orjson

    try:
        written = orjson.dumps(value)
    except TypeError:
        # Whole numbers beyond 64 bits.
        written = b""
    if written and written.isascii():
        return written.decode()
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def jsonable(value: Any) -> Any:
    """`value` in JSON's types: mappings with string keys, lists, finite numbers; dates as ISO 8601, paths as
    text.

    NaN and the infinities become "nan", "inf" and "-inf": they are values, and null says that there is none.
    """
    kind = type(value)
    if kind is str and value.isascii():
        return value
    if kind is dict and all(type(key) is str and key.isascii() for key in value):
        return {key: jsonable(inner) for key, inner in value.items()}
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        # A lone surrogate is no Unicode text, and strict readers refuse its escape.
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return jsonable(str(value))
    if isinstance(value, Mapping):
        return {jsonable(str(key)): jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(inner) for inner in value]
    return jsonable(str(value))


def _accept_every_character(stream: Any) -> None:
    """A terminal in an old encoding shows escapes in the place of letters it lacks; Python would end with a
    traceback."""
    if hasattr(stream, "reconfigure") and stream.errors == "strict":
        stream.reconfigure(errors="backslashreplace")
