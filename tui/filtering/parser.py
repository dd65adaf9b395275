"""From the words of a filter to its tree.

    filter       alternatives of groups:  group or group
    group        side by side, all of them count:  term term
    term         term|term, -term, not term, (filter), key:value, key>=value, word

`|` binds closer than standing side by side, `or` looser. Glued to the value of a key it parts values of that key:
`branch:main|size`; `!=` and `!~` take none of their values.
"""

from collections.abc import Callable, Sequence

from tui.filtering.faults import FilterFault
from tui.filtering.keys import FLAGS, checked
from tui.filtering.tree import All, Node, Not, Some, Term, Value
from tui.filtering.words import Token, words

DEEPEST = 40
"""Parentheses and negations inside each other."""
_JOINERS = ("and", "or", "not")


def parse(text: str) -> Node:
    """The tree of a filter; an empty text is a filter that everything passes.

    Raises:
        FilterFault: It cannot be understood; says which word and why.
    """
    return _Parser(words(text), len(text)).read()


class _Parser:
    def __init__(self, tokens: Sequence[Token], length: int) -> None:
        self._tokens = tokens
        self._length = length
        self._at = 0
        self._depth = 0

    def read(self) -> Node:
        if not self._tokens:
            return All(())
        found = self._filter()
        left = self._next
        if left is not None:
            raise FilterFault("This parenthesis closes none.", left.start, left.end)
        return found

    @property
    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _is_joiner(self, word: str) -> bool:
        token = self._next
        return token is not None and token.kind == "word" and token.text.lower() == word

    def _filter(self) -> Node:
        parts = [self._group()]
        while self._is_joiner("or"):
            self._at += 1
            parts.append(self._group())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _group(self) -> Node:
        parts = [self._alternatives()]
        while self._next is not None and self._next.kind != ")" and not self._is_joiner("or"):
            if self._is_joiner("and"):
                self._at += 1
            parts.append(self._alternatives())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _alternatives(self) -> Node:
        parts = [self._term()]
        while self._next is not None and self._next.kind == "|":
            self._at += 1
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _term(self) -> Node:
        token = self._next
        if token is None:
            raise self._wanted(self._length, self._length + 1)
        if token.kind == "-" or self._is_joiner("not"):
            self._at += 1
            return Not(self._deeper(token, self._term))
        if token.kind == "(":
            return self._parenthesis(token)
        if token.kind in ("word", "quoted"):
            return self._bare(token)
        if token.kind == "key":
            return self._keyed(token)
        raise self._wanted(token.start, token.end)

    def _deeper(self, token: Token, read: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterFault(
                f"More than {DEEPEST} parentheses or negations inside each other.", token.start, token.end
            )
        found = read()
        self._depth -= 1
        return found

    def _parenthesis(self, token: Token) -> Node:
        self._at += 1
        found = self._deeper(token, self._filter)
        if self._next is None or self._next.kind != ")":
            raise FilterFault("This parenthesis is not closed.", token.start, token.end)
        self._at += 1
        return found

    def _bare(self, token: Token) -> Node:
        if token.kind == "word" and token.text.lower() in _JOINERS:
            raise self._wanted(token.start, token.end)
        self._at += 1
        if token.kind == "word" and token.text in FLAGS:
            return Term(token.text, "", (), token.start, token.end)
        return Term("", "~", (_value(token),), token.start, token.end)

    def _keyed(self, key: Token) -> Node:
        operator = self._tokens[self._at + 1]
        self._at += 2
        token = self._next
        if token is None or token.start != operator.end or token.kind not in ("value", "quoted", "("):
            raise FilterFault(f"{key.text}{operator.text} wants a value.", key.start, operator.end)
        values = self._listed(token) if token.kind == "(" else self._glued(token)
        negative = operator.text in ("!=", "!~")
        term = Term(key.text, operator.text.removeprefix("!"), tuple(values), key.start, key.end)
        return Not(checked(term)) if negative else checked(term)

    def _glued(self, token: Token) -> list[Value]:
        """A value and those that `|` joins to it without a blank."""
        self._at += 1
        values = [_value(token)]
        while self._at + 1 < len(self._tokens):
            bar, word = self._tokens[self._at : self._at + 2]
            glued = bar.start == values[-1].end and word.start == bar.end
            if bar.kind != "|" or not glued or word.kind not in ("word", "quoted"):
                break
            values.append(_value(word))
            self._at += 2
        return values

    def _listed(self, token: Token) -> list[Value]:
        """The values of `key:(one|two)`."""
        self._at += 1
        values = []
        while self._next is not None and self._next.kind in ("word", "quoted", "|"):
            if self._next.kind != "|":
                values.append(_value(self._next))
            self._at += 1
        if self._next is None:
            raise FilterFault("This parenthesis is not closed.", token.start, token.end)
        if self._next.kind != ")" or not values:
            raise FilterFault("Values are wanted here, with | between them.", self._next.start, self._next.end)
        self._at += 1
        return values

    def _wanted(self, start: int, end: int) -> FilterFault:
        before = self._tokens[self._at - 1].text if self._at else ""
        return FilterFault(f"A term is wanted {f'after {before}' if before else 'here'}.", start, end)


def _value(token: Token) -> Value:
    return Value(token.text, token.start, token.end, token.kind == "quoted")
