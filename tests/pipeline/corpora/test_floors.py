"""The floors against scikit-learn's own counting, and on corpora whose answer is known."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpora.floors import floors
from pipeline.corpora.grams import count_grams
from pipeline.corpora.schema import Row

ROOT = str(Path(__file__).resolve().parents[3])
TEXTS = st.lists(st.text("aB é1_,.\n日", max_size=12), min_size=1, max_size=6)


class TestGrams:
    @settings(max_examples=60, deadline=None)
    @given(TEXTS, TEXTS)
    def test_counts_are_those_of_scikit_learn(self, fitting: list[str], test: list[str]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        ours = [matrix.toarray() for matrix in count_grams(fitting, test, 10_000)]
        vectorizer = CountVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b")
        try:
            theirs = [vectorizer.fit_transform(fitting).toarray(), vectorizer.transform(test).toarray()]
        except ValueError:
            assert ours[0].shape[1] == ours[1].shape[1] == 0
            return
        # The columns have another order: compare them as a bag of columns over both parts.
        columns = [Counter(map(tuple, np.vstack(counts).T.astype(int).tolist())) for counts in (ours, theirs)]
        assert columns[0] == columns[1]

    def test_only_the_most_frequent_grams_are_kept(self) -> None:
        counts, _ = count_grams(["a a a b b c", "a b"], [], 2)
        assert sorted(counts.toarray().sum(axis=0)) == [3, 4]

    def test_a_pair_of_words_does_not_reach_over_two_texts(self) -> None:
        _, counts = count_grams(["a b"], ["a", "b", "a b", "a x b"], 10)
        assert counts.toarray().sum(axis=1).tolist() == [1, 1, 3, 2]


class TestFloors:
    def test_the_majority_label_is_that_of_the_fitting_rows(self, row: Callable[..., Row]) -> None:
        fitting = [row(str(i), f"text {i}", label) for i, label in enumerate(["b", "c", "c", "b", "a"])]
        assert floors(fitting, [row(label="a")], ["a", "b", "c"])["majority"] == 1

    def test_words_that_tell_the_label_are_used(self, row: Callable[..., Row]) -> None:
        dice = random.Random(1)
        labels = ["ham", "spam", "news"]
        rows = []
        for i in range(300):
            label = dice.choice(labels)
            words = [dice.choice(["the", "a", "of", "to", "in", "on"]) for _ in range(8)] + [f"{label}word"] * 2
            rows.append(row(str(i), " ".join(dice.sample(words, 10)), label))
        found = floors(rows[:200], rows[200:], labels)["tfidf"]
        assert found == [labels.index(each.label) for each in rows[200:]]

    def test_the_second_text_of_a_pair_is_used(self, row: Callable[..., Row]) -> None:
        rows = [row(str(i), "same", "ham" if i % 2 else "spam", text_pair="yes" if i % 2 else "no") for i in range(40)]
        assert floors(rows[:30], rows[30:], ["ham", "spam"])["tfidf"] == [1, 0] * 5

    def test_the_side_of_a_word_counts(self, row: Callable[..., Row]) -> None:
        rows = [
            row(str(i), "x" if i % 2 else "y", "ham" if i % 2 else "spam", text_pair="y" if i % 2 else "x")
            for i in range(40)
        ]
        assert floors(rows[:30], rows[30:], ["ham", "spam"])["tfidf"] == [1, 0] * 5

    def test_labels_without_a_fitting_row_keep_their_ids(self, row: Callable[..., Row]) -> None:
        rows = [row(str(i), "b word" if i % 2 else "c word", "b" if i % 2 else "c") for i in range(20)]
        assert floors(rows, rows[:2], ["a", "b", "c"])["tfidf"] == [2, 1]

    @pytest.mark.parametrize("texts", [["?!", "..."], ["same", "same"]])
    def test_texts_that_tell_nothing_give_some_label(self, row: Callable[..., Row], texts: list[str]) -> None:
        rows = [row("1", texts[0], "ham"), row("2", texts[1], "spam"), row("3", texts[1], "spam")]
        assert floors(rows, rows, ["ham", "spam"]) == {"majority": 1, "tfidf": [1, 1, 1]}

    def test_one_label_alone_is_predicted_without_a_warning(
        self, row: Callable[..., Row], recwarn: pytest.WarningsRecorder
    ) -> None:
        assert floors([row(label="spam")], [row()], ["ham", "spam"]) == {"majority": 1, "tfidf": [1]}
        assert not recwarn.list

    def test_other_processes_predict_the_same(self) -> None:
        code = (
            "import random\n"
            "from pipeline.corpora.schema import Row\n"
            "from pipeline.corpora.floors import floors\n"
            "dice, words = random.Random(1), [str(i) for i in range(400)]\n"
            "rows = [Row(str(i), ' '.join(dice.choices(words, "
            "k=9)), None, dice.choice('abc'), 'en', None, None, None, None) for i in range(400)]\n"
            "print(floors(rows[:300], rows[300:], ['a', 'b', 'c']))"
        )
        outputs = {
            subprocess.run(
                [sys.executable, "-c", code],
                check=True,
                capture_output=True,
                env={"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed, "PYTHONPATH": ROOT},
            ).stdout
            for seed in "12"
        }
        assert len(outputs) == 1
