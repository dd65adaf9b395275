"""Sentence pairs in the manner of PAWS: paraphrases, and different meanings by exchanged names or words.

Every fact has two names, which a swap exchanges. A paraphrase says the same in another construction; a different pair
mostly keeps the construction and exchanges the names, sometimes both. The French pairs are built the same way.
"""

from typing import NamedTuple

from pipeline.corpora.sample.dice import Dice
from pipeline.corpora.sample.grammar import fill_each, french
from pipeline.corpora.sample.planted import PAWS_ROWS, PAWSX_PAWS_EXACT, PAWSX_PAWS_FOLDED, PAWSX_ROWS

LABELS = ("different", "paraphrase")

# Each fact: (plain in English and French, turned in English and French). {a} and {b} are what a swap exchanges.
_FACTS = [
    (("{a} defeated {b} in {year}.", "{a} a battu {b} en {year}."),
     ("in {year}, {b} was defeated by {a}.", "en {year}, {b} a été battu par {a}.")),
    (("{a} lies north of {b} in {region}.", "{a} se trouve au nord de {b} en {region}."),
     ("in {region}, {b} is to the south of {a}.", "en {region}, {b} se situe au sud de {a}.")),
    (("{a} moved from {region} to {other} in {year} with {b}.", "{a} est parti de {region} vers {other} en {year} avec {b}."),
     ("in {year} {a}, along with {b}, left {region} for {other}.",
      "en {year} {a}, en compagnie de {b}, a quitté {region} pour {other}.")),
    (("{a} wrote the song that {b} recorded in {year}.", "{a} a écrit la chanson que {b} a enregistrée en {year}."),
     ("the song recorded by {b} in {year} is by {a}.", "la chanson enregistrée par {b} en {year} est de {a}.")),
    (("{a} taught {b} at the academy of {region}.", "{a} a enseigné à {b} dans une académie de {region}."),
     ("{b} was a pupil of {a} at the academy of {region}.", "{b} fut élève de {a} dans une académie de {region}.")),
    (("{a} joined the team after {b} had left in {year}.", "{a} a rejoint cette équipe après le départ de {b} en {year}."),
     ("{b} left in {year}, and {a} then joined the team.", "{b} est parti en {year}, puis {a} a rejoint cette équipe.")),
    (("{a} sold the mill in {region} to {b}.", "{a} a vendu le moulin de {region} à {b}."),
     ("{b} bought the mill in {region} from {a}.", "{b} a acheté à {a} le moulin de {region}.")),
    (("{a} is older than {b} by {count} years.", "{a} est plus âgé que {b} de {count} ans."),
     ("{b} is {count} years younger than {a}.", "{b} a {count} ans de moins que {a}.")),
]  # fmt: skip

_NAMES = ["Tarvin", "Bellmore", "Corwen", "Dunstan", "Farrow", "Gelder", "Harwick", "Jessop", "Kestrel", "Larkin", "Merrow",
          "Norwell", "Pelham", "Quillan", "Rossiter", "Selwyn", "Thackery", "Varden", "Wexford", "Yardley"]  # fmt: skip
_REGIONS = ["Bavaria", "Tuscany", "Saxony", "Brittany", "Galicia", "Silesia", "Moravia", "Thuringia"]
_FRENCH_REGIONS = ["Bavière", "Toscane", "Saxe", "Bretagne", "Galice", "Silésie", "Moravie", "Thuringe"]

_TURNED_PARAPHRASE = 0.9
"""Share of the paraphrases that change the construction; the others change only the year's place or nothing but a word."""
_TURNED_DIFFERENT = 0.15
"""Share of the different pairs that change the construction as well as the roles."""


class Pair(NamedTuple):
    """Two sentences in English and in French; label different or paraphrase."""

    label: str
    first: tuple[str, str]
    second: tuple[str, str]


def _pair(dice: Dice, label: str) -> Pair:
    plain, turned = dice.pick(_FACTS)
    one, other = dice.deal(_NAMES, 2)
    regions = dice.deal(list(zip(_REGIONS, _FRENCH_REGIONS, strict=True)), 2)
    slots = {
        "region": regions[0],
        "other": regions[1],
        "year": (str(dice.between(1850, 1999)),) * 2,
        "count": (str(dice.between(2, 19)),) * 2,
    }
    straight = slots | {"a": (one, one), "b": (other, other)}
    crossed = slots | {"a": (other, other), "b": (one, one)}
    share = _TURNED_PARAPHRASE if label == "paraphrase" else _TURNED_DIFFERENT
    second_slots = straight if label == "paraphrase" else crossed
    first_form, second_form = (plain, turned) if dice.chance(0.5) else (turned, plain)
    if not dice.chance(share):
        second_form = first_form
    first, second = fill_each(first_form, straight), fill_each(second_form, second_slots)
    if first == second:
        # A paraphrase in the same construction: a word is added that leaves the meaning as it is.
        second = ["It is known that " + second[0], "On sait que " + second[1]]
    return Pair(label, (first[0], french(first[1])), (second[0], french(second[1])))


def english_pairs() -> list[tuple[str, Pair]]:
    """Ids and pairs of paws.csv, in its order; only the English half of each pair is written there."""
    return _numbered(Dice("paws"), PAWS_ROWS, set())


def french_pairs(english: list[tuple[str, Pair]]) -> list[tuple[str, Pair]]:
    """Ids and pairs of pawsx.csv: the planted overlap with `english` and new ones.

    The English of a pair is its translation; that of the folded overlap differs from PAWS in case and spaces alone.
    """
    dice = Dice("pawsx")
    shared = dice.deal(english, PAWSX_PAWS_EXACT + PAWSX_PAWS_FOLDED)
    folded = [
        (
            name,
            pair._replace(
                first=(pair.first[0].upper(), pair.first[1]),
                second=(pair.second[0].replace(" ", "  ", 1), pair.second[1]),
            ),
        )
        for name, pair in shared[PAWSX_PAWS_EXACT:]
    ]
    known = {pair.first[0] for _, pair in english} | {pair.second[0] for _, pair in english}
    own = _numbered(dice, PAWSX_ROWS - len(shared), known, first_number=len(english) + 1)
    return dice.shuffled(shared[:PAWSX_PAWS_EXACT] + folded + own)


def _numbered(dice: Dice, count: int, known: set[str], first_number: int = 1) -> list[tuple[str, Pair]]:
    """`count` pairs, half of each label, whose sentences are new to `known` and to each other."""
    seen = set(known)
    pairs: list[Pair] = []
    while len(pairs) < count:
        pair = _pair(dice, LABELS[len(pairs) % 2])
        if pair.first[0] in seen or pair.second[0] in seen:
            continue
        seen |= {pair.first[0], pair.second[0]}
        pairs.append(pair)
    return [(str(first_number + place), pair) for place, pair in enumerate(dice.shuffled(pairs))]
