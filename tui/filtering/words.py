r"""The words of a filter, each with its place.

`name~short` is a key, an operator and a value; `-` before a word, `(`, `)` and `|` stand for themselves; quotes hold a text together,
in them `\"` and `\\` are a quote and a backslash. A value ends at white space, `|` or a parenthesis.
"""

import re
from dataclasses import dataclass
from typing import Literal

from tui.filtering.faults import FilterFault

Kind = Literal["word", "quoted", "key", "op", "value", "-", "(", ")", "|"]
_OPERATOR = re.compile(r":?(?:!=|!~|<=|>=|==|<|>|=|~)|:")
_KEY = re.compile(r"[A-Za-z_][\w.\-/]*(?=[:=<>~]|!=|!~)")
_WORD = re.compile(r"[^\s|()]+")
_QUOTES = "\"'"


@dataclass(frozen=True)
class Token:
    """One word."""

    kind: Kind
    text: str
    start: int
    end: int


def words(text: str) -> list[Token]:
    """The words of `text`.

    Raises:
        FilterFault: A quote is not closed.
    """
    return list(_Words(text).read())


class _Words:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._found: list[Token] = []

    def read(self) -> list[Token]:
        while self._at < len(self._text):
            letter = self._text[self._at]
            if letter.isspace():
                self._at += 1
            elif letter in "()|":
                self._take(letter, self._at + 1)  # type: ignore[arg-type]
            elif letter == "-":
                self._take("-", self._at + 1)
            elif letter in _QUOTES:
                self._quoted()
            else:
                self._term()
        return self._found

    def _take(self, kind: Kind, end: int, text: str | None = None) -> None:
        self._found.append(Token(kind, self._text[self._at : end] if text is None else text, self._at, end))
        self._at = end

    def _term(self) -> None:
        key = _KEY.match(self._text, self._at)
        if key is None:
            self._word("word")
            return
        self._take("key", key.end())
        operator = _OPERATOR.match(self._text, self._at)
        assert operator is not None
        found = operator[0].removeprefix(":") or ":"
        self._take("op", operator.end(), "=" if found == "==" else found)
        if self._at < len(self._text) and self._text[self._at] in _QUOTES:
            self._quoted()
        else:
            self._word("value")

    def _word(self, kind: Kind) -> None:
        found = _WORD.match(self._text, self._at)
        if found is not None:
            self._take(kind, found.end())

    def _quoted(self) -> None:
        quote, at, text = self._text[self._at], self._at + 1, ""
        while at < len(self._text) and self._text[at] != quote:
            if self._text[at] == "\\" and self._text[at + 1 : at + 2] in (quote, "\\"):
                at += 1
            text += self._text[at]
            at += 1
        if at >= len(self._text):
            raise FilterFault("This quote is not closed.", self._at, self._at + 1)
        self._take("quoted", at + 1, text)
