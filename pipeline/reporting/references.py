"""What is published for the texts that a study may hold, and whether the study's own scores lie within it.

A reference belongs to texts, not to a key: whether a target is made of them is told by what its card says it was read from (the id of a
data set of the hub) or by whom its citation begins with. A corpus that stands in the place of another, such as those of the bundled
sample, says so in its citation and is held against nothing.

Bands are as wide as what is printed: a single figure counts for all that rounds to it. None of them has the split of this study, so that a
score outside of its band is a reason to look, not an error.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.reporting.lines import PRETRAINED, Cells, Json, cell_parts
from pipeline.reporting.text import look_up, markdown_table, score

Word = Literal["within", "above", "below", "not the published texts", "no published figure", "not measured"]
STANDS_IN = re.compile(r"synthetic|\bin the place of\b", re.IGNORECASE)
"""What the citation of a corpus says that only stands for another."""


@dataclass(frozen=True)
class Reference:
    """A published band for one kind of model on one collection of texts."""

    texts: str
    """What the collection is called."""
    citation: str
    """A pattern with which the citation of such a corpus begins."""
    hub: frozenset[str]
    """Data sets of the hub that hold it."""
    labels: int
    """Labels of the task that the figure is about."""
    rows: int
    """Of the whole collection; fewer are a sample of it."""
    who: Literal["encoder", "tfidf"]
    model: str
    metric: Literal["accuracy", "macro_f1"]
    low: float
    high: float
    source: str


BERT_SMS = "range of published accuracies of fine-tuned BERT on the SMS Spam Collection"
FLOOR = "TF-IDF and logistic regression on the public file"

REFERENCES = (
    Reference(
        "the SMS Spam Collection", r"(Almeida|Delany)\b", frozenset({"ucirvine/sms_spam"}), 2, 5_574,
        "encoder", "BERT", "accuracy", 0.986, 0.993, BERT_SMS,
    ),
    Reference(
        "the SMS Spam Collection", r"(Almeida|Delany)\b", frozenset({"ucirvine/sms_spam"}), 2, 5_574,
        "tfidf", "TF-IDF", "accuracy", 0.984, 0.987, FLOOR,
    ),
    Reference(
        "GoEmotions", r"Demszky et al\. 2020", frozenset({"google-research-datasets/go_emotions"}), 28, 54_263,
        "encoder", "BERT", "macro_f1", 0.46, 0.50,
        "Demszky et al. 2020, GoEmotions, ACL (.46, several labels a comment), to .50 of other published runs",
    ),
    Reference(
        "GoEmotions", r"Demszky et al\. 2020", frozenset({"google-research-datasets/go_emotions"}), 28, 54_263,
        "tfidf", "TF-IDF", "accuracy", 0.50, 0.57,
        f"{FLOOR}, comments of one label: .50 on 5,200 rows, .565 on all",
    ),
    Reference(
        "PAWS-X", r"Yang et al\. 2019", frozenset({"google-research-datasets/paws-x"}), 2, 4_000,
        "encoder", "multilingual BERT", "accuracy", 0.81, 0.83,
        "about .82 over its languages, trained on English PAWS: Yang et al. 2019, EMNLP; Hu et al. 2020, XTREME, ICML",
    ),
    Reference(
        "IMDB reviews", r"Maas et al\. 2011", frozenset({"stanfordnlp/imdb"}), 2, 50_000,
        "encoder", "BERT", "accuracy", 0.935, 0.945, "about .94, published accuracies of fine-tuned BERT",
    ),
    Reference(
        "IMDB reviews", r"Maas et al\. 2011", frozenset({"stanfordnlp/imdb"}), 2, 50_000,
        "tfidf", "TF-IDF", "accuracy", 0.886, 0.896, f"{FLOOR}: .891",
    ),
    Reference(
        "Allocine reviews", r"Blard 2019[^;]*$", frozenset({"tblard/allocine"}), 2, 3_371,
        "tfidf", "TF-IDF", "accuracy", 0.869, 0.879, f"{FLOOR} of films: .874",
    ),
    Reference(
        "MuchoCine reviews", r"Cruz et al\. 2008[^;]*$", frozenset(), 2, 2625,
        "tfidf", "TF-IDF", "accuracy", 0.858, 0.868, f"{FLOOR}, without rank 3: .863",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """A target against one reference, or why it is held against none."""

    task: str
    target: str
    word: Word
    why: str
    """One sentence."""
    reference: Reference | None = None
    cell: str | None = None
    """The cell whose score it is: of encoders the best one without a detour."""
    value: float | None = None
    low: float | None = None
    high: float | None = None

    def as_mapping(self) -> dict[str, Any]:
        """For JSON."""
        band = self.reference
        return {
            "task": self.task,
            "target": self.target,
            "word": self.word,
            "why": self.why,
            "cell": self.cell,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "model": band.model if band else None,
            "metric": band.metric if band else None,
            "published": [band.low, band.high] if band else None,
            "source": band.source if band else None,
        }


def reference_checks(cells: Cells, cards: Mapping[str, Json | None]) -> list[Check]:
    """Hold every target of a study against what is published for its texts.

    Args:
        cells: reports/cells by `<task>/<target>-<start>-<model>`, None for a missing one.
        cards: the corpora's cards (`about` of reports/corpora), None for a missing one.

    Returns:
        In the order of the cells, one check for each target and reference; a target without a reference has one check that says why.
    """
    targets = dict.fromkeys(cell_parts(name)[:2] for name in cells)
    return [check for task, target in targets for check in _checks(task, target, cells, cards.get(target))]


def references_table(checks: Sequence[Check]) -> str:
    """The checks as a Markdown table."""
    rows = [
        (
            check.target,
            f"{check.reference.model}, {check.reference.metric}" if check.reference else "",
            f"{score(check.reference.low)} to {score(check.reference.high)}" if check.reference else "",
            _with_ends(check),
            check.word,
            check.why,
        )
        for check in checks
    ]
    return markdown_table(("target", "of", "published", "this study", "", "why"), rows)


def _with_ends(check: Check) -> str:
    if check.value is None or check.low is None or check.high is None:
        return score(check.value) if check.value is not None else ""
    return f"{score(check.value)} [{score(check.low)}, {score(check.high)}]"


def _checks(task: str, target: str, cells: Cells, card: Json | None) -> Iterator[Check]:
    if card is None:
        yield Check(task, target, "not the published texts", "Its card is missing, which says what it was made from.")
        return
    citation = str(card.get("citation") or "")
    if STANDS_IN.search(citation):
        yield Check(task, target, "not the published texts", f"Its citation says: {citation}")
        return
    known = [reference for reference in REFERENCES if _is_of(reference, card, citation)]
    if not known:
        yield Check(
            task, target, "no published figure", f"None is known here for texts of: {citation or 'no citation'}"
        )
    for reference in known:
        yield _check(task, target, reference, cells, card)


def _is_of(reference: Reference, card: Json, citation: str) -> bool:
    if len(card.get("label_order") or ()) != reference.labels:
        return False
    ids = {str(look_up(source, "hub", "id")) for source in card.get("source") or ()}
    # Of a corpus of several sources every one has to be the published collection.
    return (bool(ids) and ids <= reference.hub) or re.match(reference.citation, citation) is not None


def _check(task: str, target: str, reference: Reference, cells: Cells, card: Json) -> Check:
    found = _best(task, target, reference, cells)
    if found is None:
        return Check(task, target, "not measured", "No cell without a detour has been measured.", reference)
    name, value, low, high = found
    word: Word = "within"
    if (value if low is None else low) > reference.high:
        word = "above"
    elif (value if high is None else high) < reference.low:
        word = "below"
    return Check(task, target, word, _why(reference, card), reference, name, value, low, high)


def _best(
    task: str, target: str, reference: Reference, cells: Cells
) -> tuple[str, float, float | None, float | None] | None:
    """The best F cell of the target with its score and interval; its floor has no interval."""
    found = []
    for name, record in cells.items():
        parts = cell_parts(name)
        if record is None or parts[:2] != (task, target) or parts[2] != PRETRAINED:
            continue
        path = ("floors", "tfidf") if reference.who == "tfidf" else (reference.metric, "mean")
        value = look_up(record, *path)
        if value is not None:
            ends = (
                (None, None)
                if reference.who == "tfidf"
                else tuple(look_up(record, reference.metric, end) for end in ("low", "high"))
            )
            found.append((name, value, *ends))
    return max(found, key=lambda each: each[1]) if found else None


def _why(reference: Reference, card: Json) -> str:
    """What parts this study's texts from the published ones."""
    told = ["divided anew"]
    rows = look_up(card, "rows", "final")
    if rows is not None and rows < reference.rows:
        told.insert(0, f"{rows:,} of {reference.rows:,} rows")
    direction = look_up(card, "translation", "direction")
    if direction not in (None, "none"):
        told.append(f"translated {direction.replace('_', ' ')}")
    return f"{reference.texts}: {', '.join(told)}; published: {reference.source}."
