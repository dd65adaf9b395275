"""Near-duplicates, against every pair compared."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.cleaning import Dropped, fold
from pipeline.corpora.near import THRESHOLD, NearIndex, near_rows, without_near
from pipeline.corpora.schema import Row
from pipeline.corpora.shingles import jaccard, shingles, words
from pipeline.corpora.signatures import signatures

NOTHING = Dropped(0, 0, 0)
Make = Callable[..., Row]


def text_of(length: int, *, first: int = 0) -> str:
    return " ".join(f"w{number}" for number in range(first, first + length))


class TestShingles:
    def test_they_are_runs_of_three_words(self) -> None:
        assert shingles("one two, three - four!") == {("one", "two", "three"), ("two", "three", "four")}

    def test_a_text_of_fewer_words_has_one(self) -> None:
        assert shingles("one, two") == {("one", "two")}
        assert shingles("?!") == {("?!",)}

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("मैं हिन्दी की", ["मैं", "हिन्दी", "की"]),
            ("他是我的 friend", ["他", "是", "我", "的", "friend"]),
            ("東京タワー", list("東京タワー")),
            ("good😀bad 😀😀", ["good", "😀", "bad", "😀", "😀"]),
            ("l'été_2004", ["l", "été", "2004"]),
        ],
    )
    def test_words_of_every_script(self, text: str, found: list[str]) -> None:
        assert words(text) == found


class TestSignatures:
    @given(st.lists(st.text(min_size=1).map(fold).filter(bool), min_size=2, max_size=8))
    def test_texts_of_the_same_shingles_and_no_others_agree_in_all_values(self, texts: list[str]) -> None:
        found = signatures([(text, None) for text in texts])
        for one, ours in zip(texts, found, strict=True):
            for other, theirs in zip(texts, found, strict=True):
                assert (shingles(one) == shingles(other)) == bool((ours == theirs).all())

    def test_agreement_is_the_jaccard_similarity(self) -> None:
        rows = [(text_of(400, first=3 * number), None) for number in range(60)]
        found = signatures(rows)
        for number, row in enumerate(rows):
            truth = jaccard(shingles(rows[0][0]), shingles(row[0]))
            assert float(np.mean(found[0] == found[number])) == pytest.approx(truth, abs=0.17)

    def test_a_text_has_the_same_signature_whatever_stands_beside_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = [(text_of(30, first=number), None if number % 2 else "a pair") for number in range(40)]
        whole = signatures(rows)
        monkeypatch.setattr("pipeline.corpora.signatures.AT_ONCE", 100)
        assert (signatures(rows) == whole).all()

    def test_the_side_of_a_text_counts(self) -> None:
        found = signatures([("one", "two"), ("two", "one"), ("one", None)])
        assert len(np.unique(found, axis=0)) == 3


class TestDropped:
    def test_a_row_goes_where_an_earlier_one_with_its_label_is_alike(self, row: Make) -> None:
        rows = [row("1", text_of(80)), row("2", text_of(81)), row("3", text_of(80, first=50))]
        kept, dropped = without_near(rows, Dropped(3, 2, 1))
        assert [row.id for row in kept] == ["1", "3"]
        assert dropped == Dropped(3, 2, 1, near=1, contrasts=0)

    def test_exactly_nine_tenths_are_near_and_less_is_not(self, row: Make) -> None:
        # 18 of 20 shingles, and 17 of 19.
        assert without_near([row("1", text_of(20)), row("2", text_of(22))], NOTHING)[1].near == 1
        assert without_near([row("1", text_of(19)), row("2", text_of(21))], NOTHING)[1].near == 0

    def test_a_row_of_another_label_stays_and_is_counted(self, row: Make) -> None:
        rows = [row("1", text_of(80)), row("2", text_of(81), label="spam"), row("3", text_of(82), label="spam")]
        kept, dropped = without_near(rows, NOTHING)
        assert [row.id for row in kept] == ["1", "2"] and (dropped.near, dropped.contrasts) == (1, 1)

    def test_what_was_dropped_drops_nothing(self, row: Make) -> None:
        # Each is near the one before it, the third is not near the first.
        rows = [row(str(number), text_of(40, first=2 * number)) for number in range(3)]
        assert [row.id for row in without_near(rows, NOTHING)[0]] == ["0", "2"]

    def test_both_texts_of_a_pair_have_to_be_alike(self, row: Make) -> None:
        one = row("1", text_of(80), text_pair=text_of(80))
        rows = [one, row("2", text_of(81), text_pair="other"), row("3", text_of(81), text_pair=text_of(81))]
        assert [row.id for row in without_near(rows, NOTHING)[0]] == ["1", "2"]

    def test_names_in_another_order_are_another_sentence(self, row: Make) -> None:
        rows = [row("1", "In 1904 Ada met Ben in Rome ."), row("2", "In 1904 Ben met Ada in Rome .")]
        assert len(without_near(rows, NOTHING)[0]) == 2

    def test_no_rows_are_no_duplicates(self) -> None:
        assert without_near([], NOTHING) == ([], NOTHING)


class TestAgainstEveryPair:
    @given(
        st.lists(st.tuples(st.integers(0, 12), st.integers(30, 60), st.sampled_from("ab")), max_size=30),
        st.integers(0, 25),
    )
    def test_the_same_rows_are_near(self, shapes: list[tuple[int, int, str]], cut: int) -> None:
        empty = dict.fromkeys(Row._fields)
        rows = [
            Row(**{**empty, "id": str(place), "text": text_of(length, first=first), "label": label, "language": "en"})
            for place, (first, length, label) in enumerate(shapes)
        ]
        sets = [shingles(row.text) for row in rows]
        tests, seen = rows[cut:], rows[:cut]
        expected = [
            any(jaccard(sets[cut + place], other) >= THRESHOLD for other in sets[:cut]) for place in range(len(tests))
        ]
        assert near_rows(tests, seen) == expected

    def test_a_row_is_found_once_it_was_added(self, row: Make) -> None:
        index = NearIndex([row("1", "a b c"), row("2", "a, b c")])
        assert list(index.near(1)) == []
        index.add(0)
        assert list(index.near(1)) == [0]


def test_other_processes_find_the_same() -> None:
    code = (
        "from pipeline.corpora.signatures import signatures; import hashlib\n"
        "rows = [(f'some words and number {number} of many 東京', None) for number in range(50)]\n"
        "print(hashlib.sha256(signatures(rows).tobytes()).hexdigest())"
    )
    environments = [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "RAYON_NUM_THREADS": "1"}]
    run = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=env) for env in environments
    ]
    assert run[0].stdout == run[1].stdout != b""
