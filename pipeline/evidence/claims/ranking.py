"""Claims about which model is best or worst, target by target."""

from collections.abc import Callable, Iterable, Sequence

from pipeline.evidence.claims.evidence import Cell, Evidence
from pipeline.evidence.claims.finding import Claim, Finding, Word, between, counted
from pipeline.reporting.paper import TABLE_1, WORST_MODEL, PaperRow

BEST_IF = {"roberta": 3, "bert": 3}
"""'outperformed in three out of six tasks', 'while BERT outperformed others in the rest three'."""
BEST_F = 4
"""'RoBERTa, only fine-tuned on the target dataset, has the highest accuracy in four out of six tasks'."""
NOTHING = Finding("undecided", "Nothing of it was measured.")
Wanted = Callable[[Cell], bool]


def best_after_the_detour(evidence: Evidence) -> Claim:
    """With intermediate training RoBERTa is best on three targets and BERT on three."""
    printed = {model: sum(_best_if(row) == [model] for row in TABLE_1) for model in BEST_IF}
    ties = [row.title for row in TABLE_1 if len(_best_if(row)) > 1]
    told = ", ".join(f"{model} on {count}" for model, count in printed.items())
    paper = Finding(
        "holds" if printed == BEST_IF else "fails",
        f"Of the printed IF columns {told} of {len(TABLE_1)} targets are best{_ties(ties)}.",
    )
    return Claim(
        "best_after_the_detour",
        "After intermediate training RoBERTa is the best model on three of six targets and BERT on the other three.",
        "Results and Discussion",
        paper,
        _both(evidence.columns("IF").values()),
    )


def _both(columns: Iterable[Sequence[Cell]]) -> Finding:
    columns = list(columns)
    if not columns:
        return NOTHING
    words, told = [], []
    for model, wanted in BEST_IF.items():
        least, most = _best_count(columns, lambda cell, model=model: cell.model == model)  # type: ignore[misc]
        # A study of other than six targets is held to the same share.
        words.append(counted(round(wanted * len(columns) / len(TABLE_1)), least, most))
        told.append(f"{model} on {between(least, most)}")
    word: Word = "fails" if "fails" in words else "undecided" if "undecided" in words else "holds"
    return Finding(word, f"Best after the detour: {', '.join(told)} of {len(columns)} targets.")


def best_of_all(evidence: Evidence) -> Claim:
    """Only fine-tuned, RoBERTa is the best of all six columns on four of six targets."""
    best = [row for row in TABLE_1 if row.accuracy["roberta"][1] == max(row.scores)]
    columns = list(evidence.columns().values())
    study = NOTHING
    if columns:
        least, most = _best_count(columns, lambda cell: cell.model == "roberta" and cell.form == "F")
        wanted = round(BEST_F * len(columns) / len(TABLE_1))
        told = f"roberta F is the best of its row on {between(least, most)} of {len(columns)} targets."
        study = Finding(counted(wanted, least, most), told)
    return Claim(
        "best_of_all",
        "RoBERTa without intermediate training is the best of all on four of six targets.",
        "Results and Discussion",
        Finding("holds" if len(best) == BEST_F else "fails", f"It is on {len(best)} of {len(TABLE_1)} printed rows."),
        study,
    )


def worst_model(evidence: Evidence) -> Claim:
    """XLNet is the worst in every experiment."""
    printed = [(row, form) for row in TABLE_1 for form in (0, 1)]
    worst = [
        (row, form)
        for row, form in printed
        if row.accuracy[WORST_MODEL][form] == min(scores[form] for scores in row.accuracy.values())
    ]
    columns = [column for form in ("IF", "F") for column in evidence.columns(form).values()]
    return Claim(
        "worst_model",
        "XLNet is the worst model in every experiment.",
        "Results and Discussion",
        Finding(
            "holds" if len(worst) == len(printed) else "fails",
            f"It is in {len(worst)} of {len(printed)} printed columns of a row.",
        ),
        _worst(columns),
    )


def _worst(columns: Sequence[Sequence[Cell]]) -> Finding:
    told = [column for column in columns if any(cell.model == WORST_MODEL for cell in column)]
    if not told:
        return NOTHING
    surely, never = 0, 0
    for column in told:
        worst = next(cell for cell in column if cell.model == WORST_MODEL)
        others = [cell for cell in column if cell is not worst]
        surely += all(cell.above(worst) for cell in others)
        never += any(worst.above(cell) for cell in others)
    word: Word = "fails" if never else "holds" if surely == len(told) else "undecided"
    return Finding(
        word,
        f"Surely the worst in {surely} of {len(told)} columns of a target, surely not in {never}; in the others its "
        "distance to another model is within the interval.",
    )


def _best_count(columns: Sequence[Sequence[Cell]], wanted: Wanted) -> tuple[int, int]:
    """On how many targets a wanted cell is surely the best, and on how many it may be."""
    surely, perhaps = 0, 0
    for column in columns:
        ours, others = [cell for cell in column if wanted(cell)], [cell for cell in column if not wanted(cell)]
        surely += any(all(cell.above(other) for other in others) for cell in ours)
        perhaps += any(not any(other.above(cell) for other in others) for cell in ours)
    return surely, perhaps


def _best_if(row: PaperRow) -> list[str]:
    top = max(scores[0] for scores in row.accuracy.values())
    return [model for model, scores in row.accuracy.items() if scores[0] == top]


def _ties(titles: Sequence[str]) -> str:
    return f", and two share the best of {', '.join(titles)}" if titles else ""
