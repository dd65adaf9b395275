"""Components that stay together, and divisions into folds."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.components import owners
from pipeline.corpora.floors import floors_of_folds
from pipeline.corpora.folds import divisions
from pipeline.corpora.schema import Row
from pipeline.corpora.splits import split
from pipeline.errors import InputError

Make = Callable[..., Row]


def reviews(row: Make, count: int = 200, groups: int = 0) -> list[Row]:
    return [
        row(
            str(i),
            f"{'good' if i % 2 else 'bad'} {i}",
            ("neg", "pos")[i % 2],
            group=str(i % groups) if groups else None,
        )
        for i in range(count)
    ]


class TestComponents:
    def test_pairs_that_share_a_sentence_stay_together_also_through_others(self, row: Make) -> None:
        rows = [
            row("1", "a", text_pair="b"),
            row("2", "C", text_pair="B"),
            row("3", "c", text_pair="d"),
            row("4", "e", text_pair="f"),
        ]
        owner = owners(rows, by_sentence=True)
        assert owner["1"] == owner["2"] == owner["3"] != owner["4"]
        assert len(set(owners(rows, by_sentence=False).values())) == 4

    def test_groups_and_sentences_tie_alike(self, row: Make) -> None:
        rows = [
            row("1", "a", text_pair="b", group="x"),
            row("2", "c", text_pair="d", group="x"),
            row("3", "d", text_pair="e"),
        ]
        assert set(owners(rows, by_sentence=True).values()) == {"group x"}

    def test_single_texts_are_tied_by_their_group_alone(self, row: Make) -> None:
        rows = [row("1", "a"), row("2", "a"), row("x", "b", group="1")]
        assert owners(rows, by_sentence=True) == {"1": "row 1", "2": "row 2", "x": "group 1"}

    @given(
        st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), min_size=1, max_size=8), st.randoms()
    )
    def test_they_do_not_depend_on_the_order(self, texts: list[tuple[str, str]], shuffler: random.Random) -> None:
        rows = [Row(str(i), one, two, "x", "en", None, None, None, None) for i, (one, two) in enumerate(texts)]
        mixed = shuffler.sample(rows, len(rows))
        assert owners(mixed, True) == owners(rows, True)

    def test_no_sentence_is_both_trained_on_and_tested(self, row: Make) -> None:
        texts = [f"s{i}" for i in range(120)]
        rows = [
            row(str(i), texts[i], "ham" if i % 2 else "spam", text_pair=texts[(i * 7) % 120]) for i in range(0, 120, 3)
        ]
        parts = split("x", rows, ["ham", "spam"], 0.3, 0.1, 1, owners(rows, True))
        sentences = {
            part: {text for row in members for text in (row.text, row.text_pair)} for part, members in parts.items()
        }
        assert not sentences["train"] & sentences["test"] and not sentences["dev"] & sentences["test"]
        assert sum(map(len, parts.values())) == len(rows)


class TestDivisions:
    def make(self, rows: list[Row], folds: int = 5, repeats: int = 2, seed: int = 1) -> list[list[str]]:
        return divisions("x", rows, ["neg", "pos"], folds, repeats, 0.1, seed, owners(rows, True))

    def test_every_row_is_tested_once_in_a_division_and_trained_on_in_the_others(self, row: Make) -> None:
        for division in self.make(reviews(row)):
            assert len(division) == 5
            for letters in zip(*division, strict=True):
                assert letters.count("e") == 1
            assert [letters.count("e") for letters in division] == [40] * 5
            assert [letters.count("d") for letters in division] == [16] * 5

    def test_folds_hold_their_share_of_each_label(self, row: Make) -> None:
        rows = reviews(row)
        for letters in (letters for division in self.make(rows) for letters in division):
            for part, share in (("e", 20), ("d", 8)):
                labels = Counter(row.label for row, letter in zip(rows, letters, strict=True) if letter == part)
                assert set(labels.values()) == {share}

    def test_repeats_and_seeds_divide_in_other_ways(self, row: Make) -> None:
        rows = reviews(row)
        first, second = self.make(rows)
        assert first != second and [first, second] == self.make(rows) != self.make(rows, seed=2)
        # More repeats leave the first ones as they are.
        assert self.make(rows, repeats=3)[:2] == [first, second]

    def test_groups_stay_in_one_fold_and_out_of_what_selects_its_epoch(self, row: Make) -> None:
        rows = reviews(row, groups=30)
        for letters in (letters for division in self.make(rows) for letters in division):
            parts: dict[str, set[str]] = {}
            for row_, letter in zip(rows, letters, strict=True):
                parts.setdefault(row_.group or "", set()).add(letter)
            assert all(len(found) == 1 for found in parts.values())

    def test_a_fold_without_a_row_and_a_label_without_one_to_train_on_are_refused(self, row: Make) -> None:
        with pytest.raises(InputError, match=r"fold . of 5 has no row to .*; lower `folds`"):
            self.make(reviews(row, 4))
        lone = [*reviews(row, 40), row("lone", "so so", "neutral")]
        with pytest.raises(InputError, match=r"the label 'neutral' has no row to train on in fold . of 5"):
            divisions("x", lone, ["neg", "pos", "neutral"], 5, 1, 0.1, 1, owners(lone, True))

    def test_the_floor_of_a_row_is_taught_by_the_other_folds(self, row: Make) -> None:
        rows = reviews(row, 40)
        # A text that tells its label only where it was seen itself.
        rows = [row._replace(text=f"unique{row.id}") for row in rows]
        found = floors_of_folds(rows, self.make(rows, 4, 1)[0], ["neg", "pos"])
        right = sum(("neg", "pos")[label] == row.label for label, row in zip(found["tfidf"], rows, strict=True))
        assert right <= 30
        assert len(found["tfidf"]) == 40
