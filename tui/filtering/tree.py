"""What a filter says, as a tree: terms, and what joins them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """What a key is compared with."""

    text: str
    start: int
    end: int
    quoted: bool = False


@dataclass(frozen=True)
class Term:
    """One comparison; several values are alternatives."""

    key: str
    """Empty for a bare word, which name, message or note hold."""
    op: str
    """`:` `=` `<` `<=` `>` `>=` `~`, or empty for a word that stands alone (`stale`)."""
    values: tuple[Value, ...]
    start: int
    end: int
    """The end of the key; of a bare word, its end."""


@dataclass(frozen=True)
class Not:
    """The contrary."""

    inner: "Node"


@dataclass(frozen=True)
class All:
    """Each of the parts; of none, everything."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Some:
    """At least one of the parts."""

    parts: tuple["Node", ...]


Node = Term | Not | All | Some


def terms(node: Node) -> list[Term]:
    """The terms of a tree, from left to right."""
    if isinstance(node, Term):
        return [node]
    if isinstance(node, Not):
        return terms(node.inner)
    return [term for part in node.parts for term in terms(part)]
