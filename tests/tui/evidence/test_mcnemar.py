"""The exact test, against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tui.evidence.mcnemar import exact_binomial, mcnemar


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_p_value_is_that_of_a_fair_coin(fixed: int, broken: int) -> None:
    expected = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert exact_binomial(fixed, broken) == pytest.approx(expected, rel=1e-9)


def test_many_rows_keep_their_digits_and_end_in_zero_not_in_an_error() -> None:
    assert exact_binomial(544, 1456) == pytest.approx(binomtest(544, 2000).pvalue, rel=1e-9)
    assert exact_binomial(0, 100_000) == 0.0
    assert exact_binomial(50_000, 50_000) == 1.0


def test_it_does_not_matter_which_side_is_which() -> None:
    assert mcnemar(3, 12).p == mcnemar(12, 3).p
