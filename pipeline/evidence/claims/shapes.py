"""Claims about learning curves. The paper draws them (Figure 1) and prints no number of them."""

from collections.abc import Sequence

from pipeline.evidence.claims.evidence import Cell, Evidence
from pipeline.evidence.claims.finding import Claim, Finding, Word

RISING = ("roberta", "xlnet")
FROM, TO = 5, 7
"""'improved on the accuracy metric for about 5 to 7 epochs, and then the accuracy started to go down'."""
FLAT = "bert"
FLAT_WITHIN = 0.05
"""A curve whose means lie within this is called flat; the bound is ours, the paper gives none."""
NO_NUMBERS = Finding("undecided", "Figure 1 draws the curves and prints no number.")


def up_then_down(evidence: Evidence) -> Claim:
    """RoBERTa and XLNet improve for five to seven epochs, then get worse."""
    curves = _curves(evidence, RISING)
    fitting = [cell for cell in curves if FROM <= _top(cell) <= TO and cell.curve[-1] < max(cell.curve)]
    tops = ", ".join(str(_top(cell)) for cell in curves)
    return Claim(
        "up_then_down",
        "After the detour RoBERTa and XLNet improve for about 5 to 7 epochs of fine-tuning and then get worse.",
        "Results and Discussion",
        NO_NUMBERS,
        _share(len(fitting), len(curves), f"mean test accuracy is highest at epoch {tops}"),
    )


def bert_flat(evidence: Evidence) -> Claim:
    """BERT hardly changes with more epochs."""
    curves = _curves(evidence, (FLAT,))
    spreads = [max(cell.curve) - min(cell.curve) for cell in curves]
    fitting = sum(spread <= FLAT_WITHIN for spread in spreads)
    told = ", ".join(f"{spread:.3f}" for spread in spreads)
    return Claim(
        "bert_flat",
        "After the detour BERT's accuracy hardly changes as fine-tuning goes on.",
        "Results and Discussion",
        NO_NUMBERS,
        _share(fitting, len(curves), f"from its lowest to its highest epoch mean test accuracy changes by {told}"),
    )


def _curves(evidence: Evidence, models: Sequence[str]) -> list[Cell]:
    cells = [cell for column in evidence.columns("IF").values() for cell in column]
    # Six epochs at least, or nothing could go down after the seventh's beginning.
    return [cell for cell in cells if cell.model in models and len(cell.curve) > FROM]


def _top(cell: Cell) -> int:
    return 1 + max(range(len(cell.curve)), key=lambda epoch: cell.curve[epoch])


def _share(fitting: int, count: int, told: str) -> Finding:
    if not count:
        return Finding("undecided", f"No curve has more than {FROM} epochs.")
    word: Word = "holds" if fitting == count else "fails" if fitting < count / 2 else "undecided"
    return Finding(word, f"{fitting} of {count} curves do: {told}.")
