"""Sentence pairs from listings of securities: which ticker is whose, and which names are one company's.

**Companies.** Every listed name is taken apart (`pipeline.corpora.companies`); the securities of one company count as one, the first
listed speaks for it.

**Neighbours.** Companies are matched in twos that are easily mistaken for each other: word by word, from the rarest of those that
names share to the most frequent, those of one sector first; whoever is left over within a sector; then whoever is left
over. Each company's wrong partner is its neighbour alone. So a pair of neighbours is a group (no name of it stands in two parts of
a split), and no chain of wrong partners ties all companies together. Where their number is odd, one has no neighbour and no pair.

**Pairs.** Each company has at most two. `ticker`: its ticker beside a company's name, as it stands in the listing but for what is
traded. `name`: its name as listed beside a company's name written otherwise: with its legal form spelt out or abbreviated, without
one, or as another security of it (class shares). Of each kind half are the company with itself and half the company with its
neighbour, drawn by rank; both sides of a wrong pair are written as those of a right one, so that no form of writing tells the label.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.corpora.companies import Company, company
from pipeline.corpora.shingles import words
from pipeline.corpora.splits import rank


class Listed(NamedTuple):
    """A line of a listing."""

    ticker: str
    name: str
    sector: str = ""
    """May be empty."""


class NamePair(NamedTuple):
    """A sentence pair; `index` is the place of its first text's line."""

    index: int
    kind: str
    """`ticker` or `name`."""
    text: str
    pair: str
    same: bool
    group: str
    """Both companies' keys: what must not be parted."""


class _Known(NamedTuple):
    """A company and the places of its lines."""

    key: str
    about: Company
    sector: str
    lines: tuple[int, ...]


def name_pairs(listed: Sequence[Listed], seed: int) -> list[NamePair]:
    """Make the pairs of all companies of one or more listings.

    Args:
        listed: Lines; a company may have several.
        seed: Another seed makes other companies right pairs and writes names in other ways.

    Returns:
        Pairs in the order of the lines; of each kind half are right, to the nearest pair.
    """
    known = _companies(listed)
    neighbours = _neighbours(known)
    pairs: list[NamePair] = []
    for kind in ("ticker", "name"):
        able = [key for key in neighbours if kind == "ticker" or _others(known[key], listed)]
        # A company without another writing cannot be the right or the wrong partner of anyone.
        able = [key for key in able if kind == "ticker" or _others(known[neighbours[key]], listed)]
        by_rank = sorted(able, key=lambda key: rank(seed, f"{kind} pair", key))
        right = set(by_rank[: (len(by_rank) + 1) // 2])
        for key in able:
            partner = known[key if key in right else neighbours[key]]
            index = known[key].lines[0]
            text = listed[index].ticker if kind == "ticker" else listed[index].name
            second = partner.about.legal if kind == "ticker" else _written(partner, listed, seed)
            group = " / ".join(sorted((key, neighbours[key])))
            pairs.append(NamePair(index, kind, text, second, key in right, group))
    return sorted(pairs, key=lambda pair: (pair.index, pair.kind))


def _companies(listed: Sequence[Listed]) -> dict[str, _Known]:
    lines: dict[str, list[int]] = defaultdict(list)
    parts = [company(line.name) for line in listed]
    for index, about in enumerate(parts):
        lines[about.key].append(index)
    return {
        key: _Known(key, parts[places[0]], listed[places[0]].sector, tuple(places)) for key, places in lines.items()
    }


def _neighbours(known: Mapping[str, _Known]) -> dict[str, str]:
    """Each company's neighbour, both ways."""
    holders: dict[str, list[str]] = defaultdict(list)
    for key in sorted(known):
        for word in dict.fromkeys(words(key)):
            holders[word].append(key)
    shared = sorted(
        (word for word, keys in holders.items() if len(keys) > 1), key=lambda word: (len(holders[word]), word)
    )
    found: dict[str, str] = {}
    for word in shared:
        _match(holders[word], known, found)
    _match(sorted(known), known, found)
    return {key: found[key] for key in known if key in found}


def _match(keys: Iterable[str], known: Mapping[str, _Known], found: dict[str, str]) -> None:
    """Match neighbouring keys that have no neighbour yet: within sectors, then what is left of them."""
    alone = [key for key in keys if key not in found]
    sectors: dict[str, list[str]] = defaultdict(list)
    for key in alone:
        sectors[known[key].sector].append(key)
    rest = []
    for sector in sorted(sectors):
        members = sectors[sector]
        _tie(members, found)
        rest += members[len(members) // 2 * 2 :]
    _tie(sorted(rest), found)


def _tie(keys: Sequence[str], found: dict[str, str]) -> None:
    for one, other in zip(keys[::2], keys[1::2], strict=False):
        found[one], found[other] = other, one


def _others(who: _Known, listed: Sequence[Listed]) -> list[str]:
    """Other writings of a company's name than the first line's, that differ in a word."""
    first = listed[who.lines[0]].name
    writings = [*who.about.variants(), *(listed[line].name for line in who.lines[1:]), who.about.legal]
    seen = {tuple(words(first.casefold()))}
    others = []
    for writing in writings:
        if (content := tuple(words(writing.casefold()))) not in seen:
            seen.add(content)
            others.append(writing)
    return others


def _written(who: _Known, listed: Sequence[Listed], seed: int) -> str:
    """One of a company's other writings, by rank."""
    return min(_others(who, listed), key=lambda writing: rank(seed, "writing", f"{who.key}\x1f{writing}"))
