"""The question's answer in one sentence."""

import pytest
from scipy import stats

from pipeline.reporting.page.answer import answer, over_targets


def gains(*entries: tuple[str, float, str], alpha: float = 0.05) -> dict:
    """Gains of targets, each with its verdict."""
    held = {
        str(place): {"task": "t", "target": target, "gain": gain, "verdict": verdict}
        for place, (target, gain, verdict) in enumerate(entries)
    }
    return {"family": {"alpha": alpha}, "gains": held}


def test_without_a_gain_nothing_is_said() -> None:
    for found in ({}, {"gains": 3}, gains(), {"gains": {"a": {"gain": None, "verdict": "not comparable"}}}):
        assert answer(found).startswith("Nothing can be said yet")


@pytest.mark.parametrize(
    ("verdicts", "begins"),
    [
        (["inconclusive", "inconclusive"], "Undecided: in none of 2 comparisons"),
        (["positive", "inconclusive"], "The detour helps in 1 of 2 comparisons and demonstrably hurts in none"),
        (["negative", "equivalent"], "The detour hurts in 1 of 2 comparisons and demonstrably helps in none"),
        (["positive", "negative"], "It depends: the detour helps in 1 of 2 comparisons and hurts in 1"),
        (["equivalent", "equivalent"], "The detour is as good as none in all 2 comparisons"),
        (["equivalent", "inconclusive"], "The detour demonstrably helps in none of 2 comparisons, and in 1 it is"),
    ],
)
def test_verdicts_decide_and_never_the_mean(verdicts: list[str], begins: str) -> None:
    assert answer(gains(*((f"t{place}", 0.4, verdict) for place, verdict in enumerate(verdicts)))).startswith(begins)


def test_one_target_gives_no_interval() -> None:
    said = answer(gains(("a", 0.1, "inconclusive"), ("a", 0.3, "inconclusive")))
    assert "+.200 on its one target, which gives no interval" in said


def test_each_target_counts_once_and_the_interval_is_students() -> None:
    entries = [("a", 0.1), ("a", 0.3), ("b", -0.2), ("c", 0.05)]
    found = over_targets([{"task": "t", "target": target, "gain": gain} for target, gain in entries], 0.9)
    expected = stats.ttest_1samp([0.2, -0.2, 0.05], 0).confidence_interval(0.9)
    assert found is not None
    assert (found.mean, found.targets) == (pytest.approx(0.05 / 3), 3)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
