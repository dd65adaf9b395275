"""Records of predicted ids, whole and broken."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evidence.records import predicted_record
from tests.tui.evidence.studies import F_IDS, GOLD, IF, IF_IDS, F, results
from tui.evidence.predicted import read_predicted


def whole() -> dict[str, Any]:
    return json.loads(json.dumps(predicted_record(results(IF, IF_IDS))))


def test_a_record_is_read_with_its_seeds_in_order() -> None:
    record = predicted_record(results(F, {10: F_IDS[1], 9: F_IDS[2]}))
    found = read_predicted(json.loads(json.dumps(record)), "x")
    assert found.seeds == ("9", "10")
    assert found.gold == tuple(GOLD)
    assert found.by_seed["10"] == tuple(F_IDS[1])
    assert found.test == record["about"][0]["test"]
    assert found.label(1) == "spam"
    assert found.label(None) == "-"


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"gold": None}, "cannot be read"),
        ({"predicted": {"1": [0]}}, "seed 1 has 1 rows where gold has 12"),
        ({"predicted": {"1": [7] * 12}}, r"predicted.1 holds what is no id of the 2 labels"),
        ({"predicted": {"1": [True] * 12}}, "no id"),
        ({"predicted": {}}, "nothing was predicted"),
        ({"predicted": {"one": [0] * 12}}, "cannot be read"),
        ({"languages": ["en"]}, "languages has 1 rows"),
        ({"about": []}, "cannot be read"),
        ({"labels": []}, "no id of the 0 labels"),
    ],
)
def test_a_broken_record_is_one_sentence_with_the_mend(broken: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        read_predicted({**whole(), **broken}, "reports/predicted/x.json of main")
    assert str(caught.value).startswith("reports/predicted/x.json of main cannot be read (")
    assert "run its cell again" in str(caught.value)


def test_a_missing_part_is_named() -> None:
    record = whole()
    del record["gold"]
    with pytest.raises(InputError, match="gold is missing"):
        read_predicted(record, "x")


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40)
@given(st.sampled_from(sorted(whole())), _json)
def test_whatever_stands_in_a_part_is_read_or_refused_in_a_sentence(part: str, value: Any) -> None:
    try:
        read_predicted({**whole(), part: value}, "x")
    except InputError as error:
        assert "run its cell again" in str(error)
