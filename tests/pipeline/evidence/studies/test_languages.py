"""Gains by language with a planted slope, and studies that hold too little."""

import numpy as np
import pytest

from pipeline.evidence.studies import Corpus, Evidence, Start
from pipeline.evidence.studies.languages import languages
from tests.pipeline.evidence.studies.made import cell

DISTANCES = {"de": 0.1, "es": 0.18, "fr": 0.19, "zh": 0.29, "hi": 0.38, "ko": 0.45, "ja": 0.5}
F = 0.6


def study(
    slope: float, names: tuple[str, ...] = tuple(DISTANCES), trained: tuple[str, ...] = tuple(DISTANCES), **corpus: str
) -> Evidence:
    """Gains of .3 at no distance, and so much more for each unit of it."""
    cells = []
    # What is the language's own, beside its distance.
    own = dict(zip(names, np.resize([0.01, -0.01], len(names)), strict=True))
    for model in ("bert", "roberta"):
        cells.append(cell("pretrained", dict.fromkeys(names, F), model))
        cells.append(
            cell("paws", {name: F + 0.3 + slope * DISTANCES.get(name, 0.3) + own[name] for name in names}, model)
        )
    corpora = {
        "paws": Corpus(frozenset({"en"})),
        "pawsx": Corpus(frozenset(names), trained=frozenset(trained), **corpus),
    }
    return Evidence(cells, {"paws": Start("paws", 3)}, corpora)


def test_a_planted_fall_with_distance_is_found_with_its_size() -> None:
    answer = languages(study(-0.5), DISTANCES, "made up")
    slope = answer.summary["slopes"]["own-language"]
    assert answer.said and "the gain falls with distance" in answer.sentence
    assert slope["slope"] == pytest.approx(-0.5, abs=0.1)
    assert slope["low"] < -0.5 < slope["high"] < 0
    assert "7 languages" in answer.sentence


def test_gains_that_are_alike_everywhere_show_no_change() -> None:
    assert "is not shown to change with distance" in languages(study(0.0), DISTANCES, "made up").sentence


def test_three_languages_are_too_few_and_their_means_are_told() -> None:
    answer = languages(study(-0.5, ("de", "es", "fr")), DISTANCES, "made up")
    assert not answer.said
    assert "too few for a slope, which needs 5" in answer.sentence
    assert answer.summary["languages"]["de"]["cells"] == 2
    assert len(answer.rows) == 6


def test_the_arm_is_what_was_done_about_the_language() -> None:
    for translation, trained, arm in (
        ("none", tuple(DISTANCES), "own-language"),
        ("none", ("en",), "zero-shot"),
        ("to_english", tuple(DISTANCES), "translate-test"),
        ("from_english", ("en",), "translate-train"),
    ):
        answer = languages(study(-0.5, trained=trained, translation=translation), DISTANCES, "made up")
        assert set(answer.summary["arms"]) == {arm}


def test_a_target_trained_on_one_of_its_languages_is_zero_shot_in_the_others() -> None:
    answer = languages(study(-0.5, trained=("fr",)), DISTANCES, "made up")
    arms = {row["language"]: row["arm"] for row in answer.rows}
    assert arms == {name: "own-language" if name == "fr" else "zero-shot" for name in DISTANCES}


def test_gains_between_models_that_have_learnt_nothing_fit_no_slope() -> None:
    given = study(-0.5)
    for one in given.cells:
        if one.model == "roberta":
            one.predicted["predicted"] = {seed: [0] * len(ids) for seed, ids in one.predicted["predicted"].items()}
    answer = languages(given, DISTANCES, "made up")
    assert answer.summary["slopes"]["own-language"]["slope"] == pytest.approx(-0.5, abs=0.1)
    assert any(note.startswith("In no slope: 7 gains of 14") for note in answer.notes)


def test_a_language_without_a_distance_is_named_and_left_out_of_the_slope() -> None:
    known = {name: distance for name, distance in DISTANCES.items() if name != "ko"}
    answer = languages(study(-0.5), known, "made up")
    assert any("ko" in note for note in answer.notes)
    assert "6 languages" in answer.sentence


def test_a_start_in_another_language_and_a_control_are_no_english_detour() -> None:
    given = study(-0.5)
    french = Evidence(given.cells, given.starts, {**given.corpora, "paws": Corpus(frozenset({"fr"}))})
    shuffled = Evidence(given.cells, {"paws": Start("paws", 3, labels="shuffled")}, given.corpora)
    for evidence in (french, shuffled):
        answer = languages(evidence, DISTANCES, "made up")
        assert not answer.said and not answer.rows
