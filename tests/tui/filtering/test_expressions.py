"""Columns made of expressions."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.filtering.rows import cell, index, row
from tui.filtering.expressions import Summaries, parse_expression, summed_up
from tui.filtering.faults import FilterFault
from tui.filtering.index import Entry
from tui.history.curves import Curve, read_curve

A, B = "classification@sms_spam-imdb-bert", "sentiment@emotions-pretrained-roberta"
CURVE = b"""seed,epoch,train_loss,dev_loss,dev_accuracy
1,1,3.0,2.0,0.5
1,2,1.0,nan,0.9
2,1,5.0,4.0,0.6
2,2,,1.0,0.7
"""
MADE = index(
    row("both", cell(A, accuracy=0.5), cell(B, accuracy=0.7), params={"metrics": {"accuracy": {"higher_is_better": False}}}),
    row("one", cell(A, accuracy=0.9)),
    row("bare"),
)  # fmt: skip


def curves(entry: Entry) -> Mapping[str, Curve]:
    return {A: read_curve(CURVE)} if entry.row.name != "bare" else {}


def values(text: str) -> dict[str, float | None]:
    made = Summaries(MADE, curves)
    found = made.values(made.resolve(parse_expression(text)))
    return {MADE.entries[key].row.name: value for key, value in found.items()}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mean accuracy", [0.6, 0.9, None]),
        ("max accuracy", [0.7, 0.9, None]),
        ("best accuracy", [0.5, 0.9, None]),
        ("MIN   accuracy  task:sentiment", [0.7, None, None]),
        ("mean accuracy -task:sentiment", [0.5, 0.9, None]),
        ("max dev_accuracy", [0.9, 0.9, None]),
        ("best train_loss", [1.0, 1.0, None]),
        ("first train_loss", [4.0, 4.0, None]),
        ("last train_loss", [3.0, 3.0, None]),
        ("min dev_loss", [1.0, 1.0, None]),
        ("last dev_loss model:roberta", [None, None, None]),
    ],
)
def test_a_function_takes_metrics_or_curves(text: str, wanted: list[float | None]) -> None:
    assert list(values(text).values()) == pytest.approx(wanted)


def test_nan_makes_means_nan() -> None:
    assert math.isnan(values("last dev_loss")["one"] or 0)


@pytest.mark.parametrize(
    ("text", "word", "sentence"),
    [
        ("", "", "A column begins with max, min"),
        ("maximum accuracy", "maximum", "A column begins with max, min"),
        ("max", "max", "max wants a name"),
        ("max acuracy", "acuracy", "did you mean accuracy"),
        ("last loss", "loss", "train_loss or dev_loss; write one"),
        ("max accuracy kind:branch", "kind", "Only terms about cells"),
        ("max accuracy (stale", "(", "not closed"),
    ],
)
def test_what_does_not_parse_or_is_not_there_is_refused(text: str, word: str, sentence: str) -> None:
    with pytest.raises(FilterFault) as caught:
        values(text)
    assert sentence in str(caught.value)
    assert text[caught.value.start : caught.value.end] == word


@pytest.mark.parametrize("content", [None, b"", b"\xff", b"seed\n1\n", b"a,b\n1,2\n", b"seed,epoch,x\n1,1,zero\n1"])
def test_a_broken_file_of_curves_has_nothing_to_sum_up(content: bytes | None) -> None:
    for name, series in read_curve(content).items():
        assert name not in ("seed", "epoch")
        assert all(value is None or isinstance(value, float) for one in series for value in one)


@given(
    st.sampled_from(["max", "min", "mean", "first", "last"]),
    st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1), min_size=1),
)
def test_every_value_lies_between_the_least_and_the_largest(function: str, series: list[list[float]]) -> None:
    found = summed_up(function, series, lambda: True)
    assert found is not None
    everything = [value for one in series for value in one]
    assert min(everything) - 1e-6 <= found <= max(everything) + 1e-6
