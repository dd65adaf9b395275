"""Distances between languages: published values of URIEL, plain sentences for what it lacks, and tokenizers by hand."""

from pathlib import Path

import pytest

from pipeline.evidence.distances import uriel
from pipeline.evidence.distances.subwords import pieces_of, read_tokenizer, subword_overlap
from pipeline.evidence.distances.uriel import language_distances


@pytest.mark.parametrize(
    "language, expected",
    [("de", 0.097), ("es", 0.178), ("fr", 0.188), ("zh", 0.288), ("hi", 0.384), ("ko", 0.447), ("ja", 0.500)],
)
def test_syntax_is_as_far_from_english_as_lang2vec_says(language: str, expected: float) -> None:
    found = language_distances("en", language)
    assert not isinstance(found, str)
    assert found["syntax"] == pytest.approx(expected, abs=6e-4)
    assert set(found) == set(uriel.SETS)


def test_a_language_is_no_way_from_itself_and_as_far_in_either_direction() -> None:
    assert language_distances("fr", "fr") == pytest.approx(dict.fromkeys(uriel.SETS, 0), abs=1e-9)
    assert language_distances("fr", "zh-CN") == pytest.approx(language_distances("zh", "fr"))


def test_a_language_that_uriel_lacks_is_told_in_a_sentence() -> None:
    assert language_distances("en", "xx") == "URIEL has no data of the language 'xx', so it has no distance."


def test_without_the_package_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uriel, "_folder", lambda: None)
    assert "not installed" in language_distances("en", "de")


class TestSubwords:
    def test_words_that_are_in_the_vocabulary_are_one_piece(self, encoders: Path) -> None:
        tokenizer = read_tokenizer(encoders / "bert")
        found = pieces_of(tokenizer, ["the film was good", "the film"])
        assert (found.words, found.fertility, found.cut, found.unknown) == (6, 1.0, 0.0, 0.0)

    def test_others_are_cut_and_counted_as_often_as_they_stand_there(self, encoders: Path) -> None:
        tokenizer = read_tokenizer(encoders / "bert")
        pieces = len(tokenizer.encode("fog", add_special_tokens=False).ids)
        found = pieces_of(tokenizer, ["film fog fog"])
        assert pieces > 1
        assert found.fertility == pytest.approx((1 + 2 * pieces) / 3)
        assert found.cut == pytest.approx(2 / 3)

    def test_what_a_tokenizer_cannot_write_is_unknown(self, encoders: Path) -> None:
        found = pieces_of(read_tokenizer(encoders / "bert"), ["ж film"])
        assert found.unknown == pytest.approx(0.5)

    def test_overlap_is_that_of_the_pieces_in_use(self, encoders: Path) -> None:
        tokenizer = read_tokenizer(encoders / "bert")
        one, other = pieces_of(tokenizer, ["the film"]), pieces_of(tokenizer, ["film good"])
        assert subword_overlap(one, other) == pytest.approx(1 / 3)
        nothing = pieces_of(tokenizer, [""])
        assert subword_overlap(nothing, nothing) is None and nothing.fertility is None
