"""Pairs of a listed security's name and a company's name: the same company or two.

All companies are invented. A pair of the same company is a legal name and its line in a listing (common stock, class
shares); a pair of different companies are two legal names. The endings tell them apart, so that the task is learnt from
a few examples and owes nothing to sentence pairs; a few labels are wrong on purpose.
"""

from pipeline.corpora.sample.dice import Dice, exact_mask
from pipeline.corpora.sample.planted import STOCK_LABEL_NOISE, STOCK_ROWS

_STEMS = ["Brannock", "Tellwyn", "Orvane", "Quillmar", "Drestan", "Halvex", "Norrick", "Pellbrook", "Sarvane", "Trevix", "Ulmora",
          "Vestrin", "Wendorf", "Yarrowell", "Zentara", "Arkelle", "Bordane", "Cravick", "Delphane", "Eskomar"]  # fmt: skip
_TRADES = [
    "Bank",
    "Energy",
    "Pharma",
    "Foods",
    "Steel",
    "Networks",
    "Motors",
    "Logistics",
    "Paper",
    "Airlines",
    "Mining",
    "Media",
]
_LEGAL = ["Inc.", "Corp.", "Co.", "Corporation", "Ltd.", "Group"]
_PAR = [
    "$0.01 par value per share",
    "$1.00 par value per share",
    "no par value per share",
    "par value of $0.10 per share",
]
"""What the line of a listing goes on with: plain enough to be learnt in few steps, whatever training came before."""
_LISTED = ["Common Stock", "Class A Common Stock", "Class B Common Stock", "Ordinary Shares", "Depositary Shares"]


def _ticker(dice: Dice, stem: str) -> str:
    """Three or four capitals: the first letter of `stem` and later ones in order."""
    rest = [letter for letter in stem[1:] if letter not in "aeiou"] or list(stem[1:])
    return (stem[0] + "".join(rest))[: dice.between(3, 4)].upper()


def stock_names() -> list[dict[str, str]]:
    """Rows of stock_names.csv: id, name1, name2, label. Both labels are equally frequent before the noise."""
    dice = Dice("stock_names")
    rows: list[dict[str, str]] = []
    seen: set[tuple[str, str]] = set()
    while len(rows) < STOCK_ROWS:
        same = len(rows) % 2 == 0
        stem, other = dice.deal(_STEMS, 2)
        trade = dice.pick(_TRADES)
        legal = f"{stem} {trade} {dice.pick(_LEGAL)}"
        left = f"{_ticker(dice, stem)} {legal}" if dice.chance(0.5) else legal
        right = (
            f"{stem} {trade} {dice.pick(_LISTED)}, {dice.pick(_PAR)}"
            if same
            else f"{other} {dice.pick(_TRADES)} {dice.pick(_LEGAL)}"
        )
        if (left, right) in seen:
            continue
        seen.add((left, right))
        rows.append({"name1": left, "name2": right, "label": "same" if same else "different"})
    for row, wrong in zip(rows, exact_mask(dice, STOCK_ROWS, STOCK_LABEL_NOISE), strict=True):
        if wrong:
            row["label"] = "different" if row["label"] == "same" else "same"
    return [{"id": str(number), **row} for number, row in enumerate(dice.shuffled(rows), start=1)]
