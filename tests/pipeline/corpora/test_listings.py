"""Pairs of one thing and of two, half of each, with the nearest name as the other."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.listings import Pair, pair_up

FIRST = {"A1": "Abel Corp. Common Stock", "A2": "Abel Corp. Warrant", "B": "Abelson Inc. Units", "C": "Zeta Bank plc"}
SECOND = {"A1": "Abel Corp.", "A2": "Abel Corp.", "B": "Abelson, Inc.", "C": "Zeta Bank"}


def pairs_of(first: dict[str, str], second: dict[str, str], seed: int = 1) -> dict[str, Pair]:
    keys = list(first)
    return {keys[pair.index]: pair for pair in pair_up(keys, list(first.values()), second, seed)}


def test_one_thing_is_paired_with_its_own_other_name_and_two_things_never_share_one() -> None:
    found = {(key, pair.same, pair.second) for seed in range(8) for key, pair in pairs_of(FIRST, SECOND, seed).items()}
    assert {entry for entry in found if entry[1]} == {(key, True, name) for key, name in SECOND.items()}
    # The name after Abel's is Abelson's, also for the second row of Abel; after the last comes the first.
    assert {entry for entry in found if not entry[1]} == {
        ("A1", False, "Abelson, Inc."),
        ("A2", False, "Abelson, Inc."),
        ("B", False, "Zeta Bank"),
        ("C", False, "Abel Corp."),
    }


def test_rows_that_the_second_list_lacks_or_names_alike_make_no_pair() -> None:
    assert pairs_of(FIRST | {"D": "Delta", "E": "EPSILON  Corp"}, SECOND | {"E": "Epsilon Corp"}).keys() == FIRST.keys()


def test_rows_of_one_thing_share_a_group() -> None:
    found = pairs_of(FIRST, SECOND)
    assert found["A1"].group == found["A2"].group != found["B"].group


def test_where_all_rows_name_one_thing_there_is_no_other_to_pair_with() -> None:
    assert [pair.same for pair in pairs_of({"A1": "Abel Corp. Stock", "A2": "Abel Corp. Unit"}, SECOND).values()] == [
        True
    ]


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=2), st.integers(0, 9))
def test_half_are_of_one_thing_and_no_different_pair_is_of_one(others: dict[str, str], seed: int) -> None:
    first = {key: f"{name} stock" for key, name in others.items()}
    pairs = pairs_of(first, others, seed)
    same = sum(pair.same for pair in pairs.values())
    assert same == (len(first) + 1) // 2
    assert all(pair.same or pair.second != others[key] for key, pair in pairs.items())
