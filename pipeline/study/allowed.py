"""What may stand at a key of params.yaml, in words, read from the types of the study themselves."""

import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pipeline.study.base import Block
from pipeline.study.blocks import Study

NOUNS = {int: "whole number", float: "number", str: "text"}
LOWER, UPPER = {"gt": "<", "ge": "<="}, {"lt": "<", "le": "<="}
"""How bounds are written, by the name that pydantic's metadata give their value."""


class Kind(NamedTuple):
    """A type with what is asked of its values."""

    type: Any
    demands: tuple[Any, ...] = ()


def allowed(location: Sequence[str]) -> str | None:
    """What may stand at a key, as `a number x with 0 < x < 1`; None where the types do not say.

    Args:
        location: The parts of the key, positions in lists as digits.
    """
    kind = _kind_at(location)
    return None if kind is None else _words(kind)


def known_keys(location: Sequence[str]) -> list[str]:
    """The keys that the block at a key may have; none where it is no block, or one whose keys are the study's to choose."""
    kind = _kind_at(location)
    blocks = [] if kind is None else [one for one in _alternatives(kind) if _is_block(one.type)]
    return _keys(blocks[0].type) if blocks else []


def _kind_at(location: Sequence[str]) -> Kind | None:
    kinds = [Kind(Study)]
    for part in location:
        kinds = [inner for kind in kinds for one in _alternatives(kind) for inner in _inside(one, part)]
    return kinds[0] if kinds else None


def _inside(kind: Kind, part: str) -> list[Kind]:
    """What a value of a type holds under a key, or at a position."""
    if _is_block(kind.type):
        return [
            _plain(field.annotation, field.metadata)
            for name, field in kind.type.model_fields.items()
            if part == (field.alias or name)
        ]
    arguments = get_args(kind.type)
    if get_origin(kind.type) is dict:
        return [_plain(arguments[1])]
    return [_plain(arguments[0])] if get_origin(kind.type) is tuple and part.isdecimal() else []


def _alternatives(kind: Kind) -> list[Kind]:
    """The types of a union, None left out."""
    if get_origin(kind.type) not in (Union, types.UnionType):
        return [kind]
    return [
        one._replace(demands=(*one.demands, *kind.demands))
        for argument in get_args(kind.type)
        if argument is not type(None)
        for one in _alternatives(_plain(argument))
    ]


def _plain(annotation: Any, demands: Iterable[Any] = ()) -> Kind:
    """A type without its annotations, and these."""
    found = list(demands)
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        # A `Field` holds what it asks for in its own metadata.
        found += [inner for one in more for inner in getattr(one, "metadata", [one])]
    return Kind(annotation, tuple(found))


def _words(kind: Kind) -> str | None:
    told = [_words_of_one(one) for one in _alternatives(kind)]
    return None if None in told else " or ".join(word for word in told if word)


def _words_of_one(kind: Kind) -> str | None:
    if kind.type is bool:
        return "true or false"
    if kind.type in NOUNS:
        return _words_of_text(kind) if kind.type is str else f"a {NOUNS[kind.type]}{_range(kind)}"
    if get_origin(kind.type) is Literal:
        *others, last = [f"'{option}'" for option in get_args(kind.type)]
        return f"{', '.join(others)} or {last}" if others else last
    if _is_block(kind.type):
        return f"a mapping with keys of {', '.join(_keys(kind.type))}"
    if get_origin(kind.type) is dict:
        return "a mapping of keys"
    return _words_of_list(kind) if get_origin(kind.type) is tuple else None


def _words_of_text(kind: Kind) -> str:
    return "text that is not empty" if _demanded(kind, "min_length") else "text"


def _words_of_list(kind: Kind) -> str:
    inner = _plain(get_args(kind.type)[0])
    of = f" of {NOUNS[inner.type]}s{_range(inner)}" if inner.type in NOUNS else ""
    counts = [f"at least {number}" for number in _demanded(kind, "min_length")]
    counts += [f"at most {number}" for number in _demanded(kind, "max_length")]
    return f"a list{of}" + (f", {' and '.join(counts)}" if counts else "")


def _range(kind: Kind) -> str:
    """` x with 0 < x <= 1`; nothing where there are no bounds."""
    low = "".join(f"{value:g} {sign} " for name, sign in LOWER.items() for value in _demanded(kind, name))
    high = "".join(f" {sign} {value:g}" for name, sign in UPPER.items() for value in _demanded(kind, name))
    return f" x with {low}x{high}" if low or high else ""


def _demanded(kind: Kind, name: str) -> list[Any]:
    """The values of one kind of demand."""
    found = [getattr(one, name, None) for one in kind.demands]
    return [value for value in found if value is not None]


def _is_block(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Block)


def _keys(block: type[Block]) -> list[str]:
    return [field.alias or name for name, field in block.model_fields.items()]
