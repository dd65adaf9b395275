"""The paper's numbers, against the claims that follow from them."""

import statistics

import pytest

from pipeline.reporting.paper import TABLE_1, paper_row

MODELS = ("bert", "roberta", "xlnet")


def gains():
    return [row.gain(row.start, model) for row in TABLE_1 for model in MODELS]


def test_targets_stand_in_the_papers_order():
    expected = ["sms_spam", "movie_reviews", "goemotions", "emotions", "stock_names", "pawsx"]
    assert [row.target for row in TABLE_1] == expected
    assert [row.kind for row in TABLE_1] == ["domain", "crosslingual"] * 3


def test_six_of_eighteen_gains_are_positive_with_a_mean_of_minus_041():
    assert len(gains()) == 18
    assert sum(gain > 0 for gain in gains()) == 6
    assert statistics.mean(gains()) == pytest.approx(-0.041, abs=0.0005)


def test_roberta_without_the_detour_is_best_in_four_targets_and_bert_with_it_in_two():
    best = []
    for row in TABLE_1:
        scores = {(model, start): row.score(start, model) for model in MODELS for start in (row.start, "pretrained")}
        best.append(max(scores, key=scores.get))
    assert best[:2] == [("roberta", "pretrained"), ("bert", "imdb")]
    assert best.count(("roberta", "pretrained")) == 4


def test_what_the_paper_does_not_have_is_none():
    row = paper_row("classification", "sms_spam")
    assert (row.score("imdb", "bert"), row.score("pretrained", "bert")) == (0.62, 0.71)
    assert row.gain("imdb", "bert") == -0.09
    assert row.score("imdb_shuffled", "bert") is None and row.gain("imdb_shuffled", "bert") is None
    assert row.score("imdb", "xlmr") is None and row.gain("imdb", "xlmr") is None
    assert row.gain("pretrained", "bert") is None
    assert paper_row("sentiment", "sms_spam") is None
