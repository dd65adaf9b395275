"""Published bands: which texts they belong to, and where a score lies."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.reporting.references import REFERENCES, STANDS_IN, Check, reference_checks, references_table
from pipeline.study import load_study

ROOT = Path(__file__).resolve().parents[3]
SMS = "Almeida, Hidalgo and Yamakami 2011, Contributions to the Study of SMS Spam Filtering, DocEng."
NAME = "classification/messages-pretrained-bert"


def card(citation: str = SMS, **changes: Any) -> dict[str, Any]:
    base = {"citation": citation, "label_order": ["ham", "spam"], "source": [{"hub": None}], "rows": {"final": 5574}}
    return {**base, **changes}


def record(mean: float, low: float | None = None, high: float | None = None, tfidf: float = 0.985) -> dict[str, Any]:
    return {"accuracy": {"mean": mean, "low": low, "high": high}, "floors": {"tfidf": tfidf}}


def checked(cells: dict[str, Any], **cards: Any) -> dict[str, Check]:
    return {check.reference.model if check.reference else "": check for check in reference_checks(cells, cards)}


@pytest.mark.parametrize(
    ("mean", "low", "high", "word"),
    [
        (0.99, 0.98, 0.995, "within"),
        (0.97, 0.96, 0.987, "within"),
        (0.97, 0.96, 0.98, "below"),
        (0.998, 0.995, 1.0, "above"),
        (0.97, None, None, "below"),
    ],
)
def test_a_score_is_below_or_above_when_its_interval_misses_the_band(
    mean: float, low: float | None, high: float | None, word: str
) -> None:
    check = checked({NAME: record(mean, low, high)}, messages=card())["BERT"]
    assert (check.word, check.value, check.cell) == (word, mean, NAME)


def test_texts_are_known_by_citation_or_hub_and_never_by_key() -> None:
    cells = {"classification/sms_spam-pretrained-bert": record(0.99)}
    synthetic = "Synthetic, in the place of Almeida, Hidalgo and Yamakami 2011."
    (check,) = reference_checks(cells, {"sms_spam": card(synthetic)})
    assert (check.word, check.reference) == ("not the published texts", None)
    assert synthetic in check.why
    hub = card("Anybody", source=[{"hub": {"id": "ucirvine/sms_spam"}}])
    assert checked({NAME: record(0.99)}, messages=hub)["BERT"].word == "within"
    mixed = card("Anybody", source=[*hub["source"], {"hub": None}])
    assert checked({NAME: record(0.99)}, messages=mixed)[""].word == "no published figure"


def test_other_labels_than_the_published_are_another_task() -> None:
    other = card("Demszky et al. 2020, GoEmotions, ACL.", label_order=["joy", "anger"])
    assert checked({NAME: record(0.9)}, messages=other)[""].word == "no published figure"


def test_the_best_cell_without_a_detour_is_taken_and_the_floor_beside_it() -> None:
    cells = {
        NAME: record(0.95, tfidf=0.9),
        "classification/messages-pretrained-roberta": record(0.99, tfidf=0.9),
        "classification/messages-imdb-bert": record(0.999, tfidf=0.9),
    }
    found = checked(cells, messages=card())
    assert found["BERT"].cell == "classification/messages-pretrained-roberta"
    assert (found["TF-IDF"].word, found["TF-IDF"].value) == ("below", 0.9)


def test_what_parts_the_texts_is_told_and_what_is_missing_too() -> None:
    part = card(rows={"final": 1464}, translation={"direction": "to_english"})
    assert "1,464 of 5,574 rows" in checked({NAME: record(0.99)}, messages=part)["BERT"].why
    assert "translated to english" in checked({NAME: record(0.99)}, messages=part)["BERT"].why
    assert checked({NAME: None}, messages=card())["BERT"].word == "not measured"
    (check,) = reference_checks({NAME: record(0.99)}, {})
    assert "card is missing" in check.why


def test_the_whole_sample_stands_in_for_others_and_is_held_against_nothing() -> None:
    corpora = load_study(ROOT / "params.yaml").corpora
    assert all(STANDS_IN.search(corpus.citation) for corpus in corpora.values())


def test_the_real_corpora_of_the_papers_overlay_are_known() -> None:
    reports = ROOT / "reports" / "real"
    cards = {path.stem: json.loads(path.read_text())["about"][0] for path in (reports / "corpora").glob("*.json")}
    cells = {
        f"{path.parent.name}/{path.stem}": json.loads(path.read_text())
        for path in sorted((reports / "cells").glob("*/*.json"))
    }
    found = {check.target: check.word for check in reference_checks(cells, cards) if check.reference}
    assert set(found) == {"sms_spam", "goemotions", "pawsx"}
    table = references_table(reference_checks(cells, cards))
    assert "translated to english" in table and "no published figure" in table


def test_every_band_has_a_source_and_an_order() -> None:
    assert all(0 < each.low <= each.high < 1 and each.source for each in REFERENCES)
    check = Check("classification", "messages", "within", "Why.", REFERENCES[0], NAME, 0.99)
    assert json.loads(json.dumps(check.as_mapping()))["published"] == [0.986, 0.993]
