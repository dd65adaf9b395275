"""The paper's claims on its own numbers, and on cells with planted truths."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from pipeline.evidence.claims import Cell, Claim, Evidence, claims
from pipeline.evidence.claims.finding import at_least, counted

TARGETS = {
    "sms_spam": ("classification", "domain"),
    "movie_reviews": ("classification", "crosslingual"),
}
GOLD = [0, 1] * 200
SEEDS = (1, 2, 3)


def predicted(share: float, shift: int) -> dict[str, Any]:
    """Predictions of which `share` are right; the same rows are wrong with every seed but a few."""
    wrong = round(len(GOLD) * (1 - share))
    ids = {}
    for seed in SEEDS:
        rows = np.array(GOLD)
        places = (np.arange(wrong) + shift + seed) % len(GOLD)
        rows[places] = 1 - rows[places]
        ids[str(seed)] = rows.tolist()
    return {"labels": ["a", "b"], "gold": GOLD, "predicted": ids}


def evidence(
    scores: Mapping[tuple[str, str], float], curve: tuple[float, ...] = (), verdict: str = "negative"
) -> Evidence:
    """Two targets whose cells are right as often as `scores` says by start and model."""
    cells = [
        Cell(task, target, start, model, kind, predicted(share, 7 * place), curve)
        for target, (task, kind) in TARGETS.items()
        for place, ((start, model), share) in enumerate(scores.items())
    ]
    gains = {
        f"{target}/{model}": {
            "comparable": True, "verdict": verdict, "gain": -0.1, "kind": kind, "start": "imdb", "target": target,
        }
        for target, (_, kind) in TARGETS.items()
        for model in ("bert", "roberta")
    }  # fmt: skip
    rows = {"imdb": 5000, "sms_spam": 500, "movie_reviews": 1000}
    languages = {"sms_spam": ["en"], "movie_reviews": ["fr", "es"]}
    return Evidence(cells, gains, rows, {"imdb": "imdb"}, languages)


SPREAD = {
    ("imdb", "bert"): 0.7,
    ("imdb", "roberta"): 0.8,
    ("imdb", "xlnet"): 0.5,
    ("pretrained", "bert"): 0.75,
    ("pretrained", "roberta"): 0.95,
    ("pretrained", "xlnet"): 0.55,
}


def checked(of: Evidence) -> dict[str, Claim]:
    return {claim.id: claim for claim in claims(of)}


def test_the_papers_numbers_bear_out_what_they_do() -> None:
    words = {id: claim.paper.word for id, claim in checked(evidence(SPREAD)).items()}
    assert words == {
        "best_after_the_detour": "holds",
        "worst_model": "fails",
        "best_of_all": "holds",
        "up_then_down": "undecided",
        "bert_flat": "undecided",
        "ten_times_larger": "fails",
        "mostly_negative": "fails",
        "similar_languages": "fails",
    }


def test_an_order_that_is_there_decides() -> None:
    found = checked(evidence(SPREAD))
    assert found["worst_model"].study.word == "holds"
    # RoBERTa is the best on both targets, where the claim's half is one of two; of four in six, one of two as well.
    assert found["best_after_the_detour"].study.word == "fails"
    assert "roberta on 2" in found["best_after_the_detour"].study.numbers
    assert "on 2 of 2 targets" in found["best_of_all"].study.numbers


def test_an_order_within_the_interval_does_not() -> None:
    alike = dict.fromkeys(SPREAD, 0.8)
    found = checked(evidence(alike))
    assert found["worst_model"].study.word == "undecided"
    assert found["best_of_all"].study.word == "undecided"
    assert "0 to 2 of 2" in found["best_of_all"].study.numbers


def test_one_model_that_is_surely_worse_than_the_worst_is_enough() -> None:
    other = {**SPREAD, ("imdb", "bert"): 0.2}
    assert checked(evidence(other))["worst_model"].study.word == "fails"


@pytest.mark.parametrize(
    ("curve", "rising", "flat"),
    [
        ((0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.8, 0.7), "holds", "fails"),
        ((0.8, 0.81, 0.8, 0.79, 0.8, 0.8, 0.8, 0.82), "fails", "holds"),
        ((0.5, 0.9), "undecided", "undecided"),
    ],
)
def test_shapes_of_curves(curve: tuple[float, ...], rising: str, flat: str) -> None:
    found = checked(evidence(SPREAD, curve))
    assert found["up_then_down"].study.word == rising
    assert found["bert_flat"].study.word == flat


@pytest.mark.parametrize(
    ("verdict", "negative", "alike"),
    [
        ("negative", "holds", "fails"),
        ("positive", "fails", "holds"),
        ("equivalent", "fails", "fails"),
        ("inconclusive", "undecided", "undecided"),
    ],
)
def test_verdicts_decide_about_transfer(verdict: str, negative: str, alike: str) -> None:
    found = checked(evidence(SPREAD, verdict=verdict))
    assert found["mostly_negative"].study.word == negative
    assert found["similar_languages"].study.word == alike


def test_sizes_are_those_of_the_corpora() -> None:
    found = checked(evidence(SPREAD))["ten_times_larger"].study
    assert found.word == "fails"
    assert "10.0 (sms_spam from imdb), 5.0 (movie_reviews from imdb)" in found.numbers


def test_a_study_without_cells_leaves_everything_undecided() -> None:
    for claim in claims(Evidence([], {}, {}, {}, {})):
        assert claim.study.word == "undecided" and claim.study.numbers.endswith(".")


def test_cells_of_other_seeds_are_not_set_in_order() -> None:
    cell = evidence(SPREAD).cells[0]
    fewer = {**cell.predicted, "predicted": {"1": cell.predicted["predicted"]["1"]}}
    other = Cell(cell.task, cell.target, cell.start, "roberta", cell.kind, fewer)
    assert cell.above(other) is None


def test_counts_with_two_ends() -> None:
    assert (counted(3, 3, 3), counted(3, 2, 4), counted(3, 4, 6)) == ("holds", "undecided", "fails")
    assert (at_least(3, 3, 9), at_least(3, 2, 4), at_least(3, 0, 2)) == ("holds", "undecided", "fails")
