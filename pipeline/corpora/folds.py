"""Repeated cross-validation, for targets whose test set would be too small to tell anything.

A **division** parts all rows into folds, stratified by label and language, rows of one owner together; every row is in one of them.
Each fold is tested by a model trained on the others, of which a share is set aside for selecting the epoch. So one seed
trains as many models as there are folds and predicts every row once, and seeds can be compared row by row like those of an ordinary
split. Seed number i takes division i modulo their number: with as many divisions as seeds, what differs between seeds holds the luck
of the division too.

A division is written as one string a fold, one letter a row: `TRAIN`, `DEV` or `TEST`.
"""

from collections.abc import Mapping, Sequence

from pipeline.corpora.schema import Row
from pipeline.corpora.splits import are_tied, draw, place
from pipeline.errors import InputError

TRAIN, DEV, TEST = "t", "d", "e"


def divisions(
    key: str,
    rows: Sequence[Row],
    labels: Sequence[str],
    folds: int,
    repeats: int,
    dev: float,
    seed: int,
    owner: Mapping[str, str],
) -> list[list[str]]:
    """Divide rows into folds, again and again.

    Args:
        key: The corpus, for sentences.
        rows: Rows with unique ids.
        labels: The declared labels.
        folds: Parts of a division.
        repeats: How many divisions.
        dev: Share of a fold's other rows on which its epoch is selected.
        seed: Another seed gives other divisions.
        owner: By a row's id what it belongs to: rows of one owner stay together.

    Returns:
        For each division, for each fold, one letter a row.

    Raises:
        InputError: A fold would have no row, or a declared label no row to train on.
    """
    made = [_division(rows, folds, f"{repeat}", dev, seed, owner) for repeat in range(1, repeats + 1)]
    for division in made:
        for fold, letters in enumerate(division, 1):
            _refuse_empty(key, rows, labels, f"fold {fold} of {folds}", letters)
    return made


def _division(rows: Sequence[Row], folds: int, name: str, dev: float, seed: int, owner: Mapping[str, str]) -> list[str]:
    parts = place(rows, {f"{fold}": 1 / folds for fold in range(folds)}, seed, f"folds {name}", owner, even=True)
    division = []
    for fold, tests in parts.items():
        tested = {row.id for row in tests}
        rest = [row for row in rows if row.id not in tested]
        purpose = f"dev {name} {fold}"
        if are_tied(rest, owner):
            devs = place(rest, {"train": 1 - dev, "dev": dev}, seed, purpose, owner)["dev"]
        else:
            devs = draw(rest, round(dev * len(rest)), seed, purpose, spare=1)
        selecting = {row.id for row in devs}
        division.append("".join(TEST if row.id in tested else DEV if row.id in selecting else TRAIN for row in rows))
    return division


def _refuse_empty(key: str, rows: Sequence[Row], labels: Sequence[str], fold: str, letters: str) -> None:
    if TEST not in letters or DEV not in letters:
        empty = "test" if TEST not in letters else "select its epoch by"
        raise InputError(
            f"corpora.{key}.split: {fold} has no row to {empty}; lower `folds`, raise split.dev, or add rows."
        )
    trained = {row.label for row, letter in zip(rows, letters, strict=True) if letter == TRAIN}
    for label in labels:
        if label not in trained:
            raise InputError(
                f"corpora.{key}: the label '{label}' has no row to train on in {fold}; add rows, or take it out of `labels`."
            )
