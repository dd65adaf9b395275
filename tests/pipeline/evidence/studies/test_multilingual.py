"""Arms of several languages against English with planted differences."""

import pytest

from pipeline.evidence.studies import Corpus, Evidence, Intermediate, Start
from pipeline.evidence.studies.multilingual import multilingual
from tests.pipeline.evidence.studies.made import cell

STARTS = {
    "english": Start("en", 6),
    "both_examples": Start("en_fr", 6),
    "both_steps": Start("en_fr", 3),
    "both_tokens": Start("en_fr", 5),
}
TRAINED = {
    "english": Intermediate(60, 100, tokens=9000.0),
    "both_examples": Intermediate(60, 100, tokens=12000.0),
    "both_steps": Intermediate(60, 200, tokens=12000.0),
    "both_tokens": Intermediate(45, 75, tokens=9100.0),
}
CORPORA = {"en": Corpus(frozenset({"en"})), "en_fr": Corpus(frozenset({"en", "fr"}))}


def study(**right: float) -> Evidence:
    cells = [cell(start, share, model) for start, share in right.items() for model in ("bert", "roberta")]
    trained = {(start, model): TRAINED[start] for start in TRAINED for model in ("bert", "roberta")}
    return Evidence(cells, STARTS, CORPORA, trained)


def test_each_arm_is_found_by_what_was_trained_with_its_planted_difference() -> None:
    answer = multilingual(study(english=0.7, both_examples=0.8, both_steps=0.7, both_tokens=0.6))
    arms = answer.summary["arms"]
    # Equal examples are equal steps as well: both starts of these are in the arm of steps.
    assert {arm: round(found["difference"], 3) for arm, found in arms.items()} == {
        "examples": 0.1,
        "steps": 0.05,
        "tokens": -0.1,
    }
    assert all(found["low"] < found["difference"] < found["high"] for found in arms.values())
    assert "at equal examples better" in answer.sentence and "at equal tokens worse" in answer.sentence
    assert answer.said


def test_equal_starts_show_no_difference() -> None:
    answer = multilingual(study(english=0.7, both_examples=0.7))
    assert answer.sentence.count("no difference is shown") == 2
    assert answer.summary["missing"] == ["tokens"]
    assert any("equal in tokens" in note for note in answer.notes)


def test_gains_over_the_plain_encoder_stand_beside_the_difference() -> None:
    answer = multilingual(study(pretrained=0.5, english=0.7, both_examples=0.8))
    assert [(row["english_gain"], row["multilingual_gain"]) for row in answer.rows] == [
        pytest.approx((0.2, 0.3)),
        pytest.approx((0.2, 0.3)),
    ]


@pytest.mark.parametrize("right", [{"english": 0.7}, {}])
def test_one_kind_of_start_alone_says_nothing(right: dict[str, float]) -> None:
    assert not multilingual(study(**right)).said


def test_a_study_without_multilingual_starts_says_which_command_trains_them() -> None:
    plain = Evidence([cell("english", 0.7)], {"english": STARTS["english"]}, CORPORA)
    assert "`detour run --study multilingual`" in multilingual(plain).sentence


def test_a_corpus_translated_into_english_is_english() -> None:
    corpora = {**CORPORA, "en_fr": Corpus(frozenset({"en", "fr"}), translation="to_english")}
    given = study(english=0.7, both_examples=0.8)
    answer = multilingual(Evidence(given.cells, given.starts, corpora, given.intermediates))
    assert "no start of it was trained in several languages" in answer.sentence
