"""Which rows are drawn, and which part each row belongs to.

Both depend on the seed and on the rows' ids, labels, languages and groups, never on their order: every row
has a rank, a hash of seed, purpose and id, and the rows of lowest rank are taken first. Drawing and splitting
are stratified: shares are apportioned by largest remainder, first over the labels, then over the languages of
each label, so that a label with two rows or more stands in train and in test.

Where rows have owners (reviews of one film; see `pipeline.corpora.components`), all rows of one owner are placed together: from the
largest owner to the smallest, equal sizes by rank, each into the part in which it raises the sum, over labels and languages, of
rows squared by target rows least. That sum is smallest where every part holds its share of each; placing the large first leaves
the small to even things out.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from pipeline.corpora.schema import PARTS
from pipeline.errors import InputError


class Labelled(Protocol):
    """What drawing and splitting look at."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> str: ...  # noqa: D102
    @property
    def group(self) -> str | None: ...  # noqa: D102


AnyRow = TypeVar("AnyRow", bound=Labelled)


def rank(seed: int, purpose: str, name: str) -> bytes:
    """A reproducible random number for `name`; other purposes give independent ones."""
    return hashlib.blake2b(f"{seed}\x1f{purpose}\x1f{name}".encode(), digest_size=8).digest()


def apportion(total: int, sizes: Mapping[str, int], least: int = 0, spare: int = 0) -> dict[str, int]:
    """Divide `total` in proportion to `sizes` by largest remainder; ties go to the name that sorts first.

    Args:
        total: How many to take; more than there are means all.
        sizes: How many each name has.
        least: What every name gets at least, if it has that many after `spare`.
        spare: How many of each name are left over at least. Limits come before the total.
    """
    whole = sum(sizes.values())
    most = {name: max(0, size - spare) for name, size in sizes.items()}
    floor = {name: min(least, most[name]) for name in sizes}
    shares = {name: min(most[name], max(floor[name], total * size // whole)) for name, size in sizes.items()}
    order = sorted(sizes, key=lambda name: (-(total * sizes[name] % whole), name))
    while (short := total - sum(shares.values())) > 0 and (
        open_ := [name for name in order if shares[name] < most[name]]
    ):
        for name in open_[:short]:
            shares[name] += 1
    while (over := sum(shares.values()) - total) > 0 and (
        open_ := [name for name in order if shares[name] > floor[name]]
    ):
        for name in open_[::-1][:over]:
            shares[name] -= 1
    return shares


def draw(rows: Sequence[AnyRow], count: int, seed: int, purpose: str, least: int = 0, spare: int = 0) -> list[AnyRow]:
    """Draw `count` rows, stratified by label and language, kept in their order; all where there are no more.

    Args:
        rows: Rows with unique ids.
        count: How many to draw.
        seed: Another seed draws other rows.
        purpose: Draws for different purposes are independent.
        least: Rows that every label gives at least, if it can.
        spare: Rows that every label keeps back at least; `least` and `spare` come before `count`.
    """
    strata: dict[str, dict[str, list[AnyRow]]] = {}
    for row in rows:
        strata.setdefault(row.label, {}).setdefault(row.language, []).append(row)
    sizes = {label: sum(map(len, languages.values())) for label, languages in strata.items()}
    drawn: set[str] = set()
    for label, share in apportion(count, sizes, least, spare).items():
        languages = strata[label]
        shares = apportion(share, {language: len(members) for language, members in languages.items()})
        for language, members in languages.items():
            members.sort(key=lambda row: rank(seed, purpose, row.id))
            drawn.update(row.id for row in members[: shares[language]])
    return [row for row in rows if row.id in drawn]


def split(
    key: str,
    rows: Sequence[AnyRow],
    labels: Sequence[str],
    test: float,
    dev: float,
    seed: int,
    owner: Mapping[str, str] | None = None,
) -> dict[str, list[AnyRow]]:
    """Divide rows into train, dev and test, each in the order of `rows`.

    Args:
        key: The corpus, for sentences.
        rows: Rows with unique ids.
        labels: The declared labels.
        test: Share of the rows held out for testing.
        dev: Share of the remaining rows on which epochs are selected.
        seed: Another seed gives another split.
        owner: By a row's id what it belongs to: rows of one owner stay together. Where absent, a row's group, if it has one.

    Raises:
        InputError: A declared label has no row in train or none in test.
    """
    owner = owner or by_group(rows)
    tied = are_tied(rows, owner)
    if tied:
        shares = {"train": (1 - test) * (1 - dev), "dev": (1 - test) * dev, "test": test}
        parts = place(rows, shares, seed, "group", owner)
    else:
        tests = draw(rows, round(test * len(rows)), seed, "test", least=1, spare=1)
        rest = _without(rows, tests)
        devs = draw(rest, round(dev * len(rest)), seed, "dev", spare=1)
        parts = {"train": _without(rest, devs), "dev": devs, "test": tests}
    mend = "add rows, raise `sample`, or take it out of `labels`"
    if tied:
        mend = (
            "rows that belong together (`fields.group`, pairs that share a sentence) stay in one part: give the label more of "
            "such groups, or smaller ones, or take it out of `labels`"
        )
    _refuse_empty(key, parts, labels, mend)
    return parts


def in_languages(
    key: str,
    parts: Mapping[str, Sequence[AnyRow]],
    labels: Sequence[str],
    train_in: Collection[str] = (),
    test_in: Collection[str] = (),
) -> dict[str, list[AnyRow]]:
    """Leave out of each part the rows of languages that have no place there.

    A corpus is divided first, so that what belongs together, such as one pair in several languages, is never trained on in one
    language and tested in another.

    Args:
        key: The corpus, for sentences.
        parts: Rows of train, dev and test.
        labels: The declared labels.
        train_in: Languages of train and dev; all where empty.
        test_in: Languages of test; all where empty.

    Raises:
        InputError: No row has one of the languages, or a declared label has no row left in train or in test.
    """
    present = {row.language for rows in parts.values() for row in rows}
    for name, asked in (("train_in", train_in), ("test_in", test_in)):
        for language in asked:
            if language not in present:
                raise InputError(
                    f"corpora.{key}.split.{name} lists '{language}', and no row has this language; its rows have "
                    f"{', '.join(sorted(present))}."
                )
    wanted = {"train": train_in, "dev": train_in, "test": test_in}
    kept = {
        part: [row for row in rows if not wanted[part] or row.language in wanted[part]] for part, rows in parts.items()
    }
    mend = "add rows of these languages, raise `sample`, or take it out of `labels`"
    _refuse_empty(key, kept, labels, mend)
    return kept


def by_group(rows: Sequence[AnyRow]) -> dict[str, str]:
    """Rows by their groups; a row without one is its own."""
    # The prefix keeps a row's id from being taken for a group of that name.
    return {row.id: f"group {row.group}" if row.group else f"row {row.id}" for row in rows}


def are_tied(rows: Sequence[AnyRow], owner: Mapping[str, str]) -> bool:
    """Whether rows belong to something, so that they cannot be drawn one by one."""
    return any(row.group for row in rows) or len({owner[row.id] for row in rows}) < len(rows)


def _without(rows: Sequence[AnyRow], taken: Iterable[AnyRow]) -> list[AnyRow]:
    ids = {row.id for row in taken}
    return [row for row in rows if row.id not in ids]


def place(
    rows: Sequence[AnyRow],
    shares: Mapping[str, float],
    seed: int,
    purpose: str,
    owner: Mapping[str, str],
    even: bool = False,
) -> dict[str, list[AnyRow]]:
    """Divide rows into parts of the given shares, each in the order of `rows`; rows of one owner stay together.

    Args:
        rows: Rows with unique ids.
        shares: By part; they sum to 1.
        seed: Another seed divides in another way.
        purpose: Divisions for different purposes are independent.
        owner: By a row's id what it belongs to.
        even: Of parts that suit equally well the smallest is taken, which keeps equal shares equal; else the first.
    """
    groups: dict[str, Counter[tuple[str, str]]] = {}
    for row in rows:
        groups.setdefault(owner[row.id], Counter())[row.label, row.language] += 1
    totals = Counter((row.label, row.language) for row in rows)
    filled = {part: Counter[tuple[str, str]]() for part in shares}

    def rise(part: str, group: Counter[tuple[str, str]]) -> tuple[float, float]:
        more = sum(
            (2 * filled[part][stratum] * count + count * count) / (shares[part] * totals[stratum])
            for stratum, count in group.items()
        )
        return more, filled[part].total() if even else 0

    part_of: dict[str, str] = {}
    for name in sorted(groups, key=lambda name: (-groups[name].total(), rank(seed, purpose, name))):
        part_of[name] = min(shares, key=lambda part: rise(part, groups[name]))
        filled[part_of[name]].update(groups[name])
    return {part: [row for row in rows if part_of[owner[row.id]] == part] for part in shares}


def _refuse_empty(key: str, parts: Mapping[str, Sequence[Labelled]], labels: Sequence[str], mend: str) -> None:
    found = {part: Counter(row.label for row in rows) for part, rows in parts.items()}
    for label in labels:
        counts = {part: found[part][label] for part in PARTS}
        if not counts["train"] or not counts["test"]:
            told = ", ".join(f"{count} in {part}" for part, count in counts.items())
            raise InputError(
                f"corpora.{key}: the label '{label}' has {told} after splitting and needs a row in train and one in test; {mend}."
            )
