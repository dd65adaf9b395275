"""What two cells predict differently, row by row."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from pipeline.errors import InputError
from tui.evidence.choice import Choice
from tui.evidence.flip_text import kind_words, labels_by_seed, mcnemar_lines, summary
from tui.evidence.flips import Flips, find_flips, is_right, kind_of, majority
from tui.evidence.predicted import Predicted


def side(
    gold: Sequence[int], *seeds: Sequence[int], names: Sequence[str] = "", labels: int = 4, test: str = "t"
) -> Predicted:
    by_seed = {name: tuple(ids) for name, ids in zip(names or "12345", seeds, strict=False)}
    return Predicted(tuple("abcdef"[:labels]), ("en",) * len(gold), tuple(gold), by_seed, test)


def kinds(flips: Flips) -> list[str]:
    return [flip.kind for flip in flips.rows]


class TestKinds:
    def test_a_row_is_fixed_broken_changed_or_the_same(self) -> None:
        found = find_flips(side([0, 0, 0, 0, 0], [1, 0, 1, 0, 1]), side([0, 0, 0, 0, 0], [0, 1, 2, 0, 1]))
        assert kinds(found) == ["fixed", "broken", "changed", "same", "same"]

    def test_the_majority_of_three_seeds_decides(self) -> None:
        found = find_flips(side([0], [0], [0], [1]), side([0], [1], [0], [2]))
        assert kinds(found) == ["broken"]
        assert found.rows[0].by_seed == {"1": "broken", "2": "same", "3": "changed"}

    def test_seeds_that_are_wrong_with_different_labels_are_wrong_together(self) -> None:
        assert kinds(find_flips(side([0], [1], [2]), side([0], [0], [0]))) == ["fixed"]

    def test_two_seeds_of_which_one_is_right_split(self) -> None:
        found = find_flips(side([0], [0], [0]), side([0], [0], [1]))
        assert kinds(found) == ["split"]
        assert kind_words(found.rows[0]) == "? split v1"

    def test_a_row_that_both_split_alike_is_the_same_though_each_seed_turns(self) -> None:
        found = find_flips(side([0], [0], [1]), side([0], [1], [0]))
        assert kinds(found) == ["same"]
        assert found.differing() == [found.rows[0]]
        assert kind_words(found.rows[0]) == "= same ^1 v1"

    @given(st.integers(0, 3), st.lists(st.integers(0, 3), min_size=1, max_size=5))
    def test_one_seed_is_its_own_majority_and_a_row_is_right_or_wrong_by_most_seeds(
        self, gold: int, ids: list[int]
    ) -> None:
        right = sum(id == gold for id in ids)
        assert is_right(gold, tuple(ids)) == (None if 2 * right == len(ids) else 2 * right > len(ids))
        assert majority(ids[:1]) == ids[0]

    @given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
    def test_swapping_the_sides_turns_fixed_into_broken(self, gold: int, a: int, b: int) -> None:
        turned = {"fixed": "broken", "broken": "fixed"}
        assert kind_of(gold, b, a) == turned.get(kind_of(gold, a, b), kind_of(gold, a, b))


class TestSeeds:
    def test_seeds_pair_by_name_and_the_difference_is_told(self) -> None:
        found = find_flips(side([0], [0], [1], names="12"), side([0], [1], [1], names="23"))
        assert found.seeds == ("2",)
        assert found.rows[0].by_seed == {"2": "same"}
        assert found.warning == "Seeds differ (A seeds 1, 2; B seeds 2, 3): each seed is compared where both have it."

    def test_sides_without_a_common_seed_are_compared_by_majority_alone(self) -> None:
        found = find_flips(side([0], [0], names="1"), side([0], [1], names="2"))
        assert kinds(found) == ["broken"]
        assert "share no seed" in found.warning
        assert mcnemar_lines(found) == ["McNemar: no seed is on both sides, so there is no pair to test."]


class TestRefusals:
    def test_cells_of_other_test_rows_are_not_compared(self) -> None:
        with pytest.raises(InputError, match=r"Test rows differ: A is scored on 1 rows and B on 2"):
            find_flips(side([0], [0]), side([0, 1], [0, 1]))

    def test_the_same_labels_in_another_test_set_are_not_compared(self) -> None:
        with pytest.raises(InputError, match="Test rows differ"):
            find_flips(side([0], [0]), side([0], [0], test="another"))

    def test_cells_of_other_labels_are_not_compared(self) -> None:
        with pytest.raises(InputError, match="Labels differ: A has 4"):
            find_flips(side([0], [0]), side([0], [0], labels=3))


class TestMcNemar:
    def test_each_seed_has_its_own_test(self) -> None:
        gold = [0] * 9
        found = find_flips(side(gold, [0] * 8 + [1]), side(gold, [1] * 8 + [0]))
        assert (found.by_seed["1"].fixed, found.by_seed["1"].broken) == (1, 8)
        assert found.by_seed["1"].p == pytest.approx(binomtest(1, 9).pvalue)

    def test_pooling_counts_a_row_once_however_many_seeds_break_it(self) -> None:
        gold = [0] * 6
        one = find_flips(side(gold, [0] * 6), side(gold, [1] * 6))
        many = find_flips(side(gold, *[[0] * 6] * 5), side(gold, *[[1] * 6] * 5))
        assert many.pooled == one.pooled == one.by_seed["1"]

    def test_a_row_that_one_seed_fixes_and_another_breaks_counts_for_neither(self) -> None:
        found = find_flips(side([0], [0], [1]), side([0], [1], [0]))
        assert (found.pooled.fixed, found.pooled.broken, found.pooled.p) == (0, 0, 1.0)

    def test_it_is_said_to_speak_of_these_checkpoints_only(self) -> None:
        told = mcnemar_lines(find_flips(side([0], [0], [0]), side([0], [1], [1])))
        assert told[0].startswith("McNemar, exact (these checkpoints only): seed 1: 0 fixed, 1 broken, p 1")
        assert "nothing of other seeds" in told[-1]


class TestChoice:
    @pytest.fixture
    def found(self) -> Flips:
        a = Predicted(("x", "y"), ("fr", "en", "fr"), (0, 1, 1), {"1": (1, 1, 1), "2": (1, 1, 1)}, "t")
        b = Predicted(("x", "y"), ("fr", "en", "fr"), (0, 1, 1), {"1": (0, 0, 1), "2": (0, 0, 0)}, "t")
        return find_flips(a, b)

    def rows(self, found: Flips, **wanted: str) -> list[int]:
        return [flip.row for flip in Choice(**wanted).of(found)]

    def test_without_one_all_that_differ_are_shown_broken_first(self, found: Flips) -> None:
        assert self.rows(found) == [1, 0, 2]

    def test_kind_language_gold_and_predicted_narrow(self, found: Flips) -> None:
        assert self.rows(found, kind="fixed") == [0]
        assert self.rows(found, language="fr") == [0, 2]
        assert self.rows(found, gold="y") == [1, 2]
        assert self.rows(found, gold="y", language="fr") == [2]
        assert self.rows(found, predicted="x", kind="split") == [2]

    def test_by_one_seed_only_what_it_changes_is_shown(self, found: Flips) -> None:
        assert self.rows(found, seed="1") == [1, 0]
        assert self.rows(found, seed="2", kind="broken") == [1, 2]

    @pytest.mark.parametrize(("name", "value"), [("kind", "fixd"), ("language", "de"), ("gold", "z"), ("seed", "9")])
    def test_an_unknown_word_is_named(self, found: Flips, name: str, value: str) -> None:
        with pytest.raises(InputError, match=f"'{value}' is no {name}"):
            self.rows(found, **{name: value})


def test_labels_are_told_once_where_seeds_agree_and_with_their_seeds_where_not() -> None:
    assert labels_by_seed(("ham", "spam"), ("1", "2", "3"), (1, 1, 1)) == "spam"
    assert labels_by_seed(("ham", "spam"), ("1", "2", "3"), (1, 0, 1)) == "spam (1, 3) ham (2)"


def test_the_summary_counts_kinds_by_majority_and_by_seed() -> None:
    found = find_flips(side([0, 0], [0, 0], [0, 0]), side([0, 0], [1, 0], [1, 1]))
    assert summary(found) == "^ 0 fixed  v 1 broken  ~ 0 changed  ? 1 split  of 2, by majority of 2 seeds"
    assert summary(found, "2") == "^ 0 fixed  v 2 broken  ~ 0 changed  of 2, by seed 2"
